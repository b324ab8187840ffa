"""The secured port: certificates are required, belong to their AE titles, and are renewed without a restart."""
import os
import re
import shutil
import socket
import subprocess
import time

import pydicom
import pytest

from kit.certificates import Certificates
from kit.modality import send
from kit.processes import free_port, wait_for


@pytest.fixture(scope="module")
def certificates(folder):
    made = Certificates(folder / "tls")
    for name in ("gateway", "renewed", "modality", "other", "pacs", "withdrawn"):
        made.make(name)
    made.revoke("withdrawn")
    return made.make("expired", days=-1)


@pytest.fixture(scope="module")
def gateway(make_gateway, certificates):
    for kind in ("pem", "key"):
        shutil.copy(certificates.folder / f"gateway.{kind}", certificates.folder / f"current.{kind}")
    gateway = make_gateway(
        "secured", dicom_tls_port=free_port(), dicom_tls_certificate=certificates.pem("current"),
        dicom_tls_key=certificates.key("current"), dicom_tls_authorities=certificates.pem("ca"),
        dicom_tls_revocations=certificates.pem("revoked"))
    gateway.secure_port = int(gateway.environment["CXR_DICOM_TLS_PORT"])
    return gateway.start()


def echo_tls(gateway, certificates, name, calling="CRTLS", options=()):
    """C-ECHO over TLS by DCMTK: what it said."""
    finished = subprocess.run(
        ["/usr/bin/echoscu", "-v", "+tls", certificates.key(name), certificates.pem(name), "+cf",
         certificates.pem("ca"), *options, "-aet", calling, "-aec", "CXRGATE", "127.0.0.1", str(gateway.secure_port)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=60)
    return finished.stdout


def s_client(gateway, *options):
    return subprocess.run(
        ["/usr/bin/openssl", "s_client", "-connect", f"127.0.0.1:{gateway.secure_port}", *map(str, options)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        timeout=60).stdout


def test_a_certificate_lets_its_own_ae_title_in_and_no_other(gateway, certificates):
    gateway.ask("ae", "add", "CRTLS", "--role", "source", "--tls", "on")
    said = echo_tls(gateway, certificates, "modality")
    assert "Calling AE Title Not Recognized" in said, said
    findings = gateway.ask("ae", "doctor", "CRTLS")["findings"]
    mend = [each["mend"] for each in findings if each["finding"].startswith("REC-009")]
    assert len(mend) == 1 and certificates.fingerprint("modality") in mend[0]
    gateway.ask("ae", "set", "CRTLS", "--fingerprint", certificates.fingerprint("modality"))
    assert "Received Echo Response (Success)" in echo_tls(gateway, certificates, "modality")
    assert "Calling AE Title Not Recognized" in echo_tls(gateway, certificates, "other")


def test_an_image_comes_over_tls(gateway, certificates, images):
    gateway.run("ae", "add", "CRTLS", "--role", "source", "--tls", "on")
    gateway.ask("ae", "set", "CRTLS", "--fingerprint", certificates.fingerprint("modality"))
    file = images.synthetic(seed=7700, rows=256, columns=210)
    finished = subprocess.run(
        ["/usr/bin/storescu", "-v", "-R", "+tls", certificates.key("modality"), certificates.pem("modality"), "+cf",
         certificates.pem("ca"), "-aet", "CRTLS", "-aec", "CXRGATE", "127.0.0.1", str(gateway.secure_port), file],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=120)
    assert "Received Store Response (Success)" in finished.stdout, finished.stdout


def test_who_shows_no_certificate_or_a_bad_one_is_refused_and_told_apart(gateway, certificates):
    # In TLS 1.3 the client hears of it only after its own handshake, so the gateway's log is the witness.
    log = len(gateway.text())
    s_client(gateway)
    wait_for("no certificate", lambda: "no certificate" in gateway.text()[log:])
    echo_tls(gateway, certificates, "expired")
    wait_for("expired", lambda: "has expired" in gateway.text()[log:])
    echo_tls(gateway, certificates, "withdrawn")
    wait_for("revoked", lambda: "has been revoked" in gateway.text()[log:])
    assert [entry for entry in gateway.journal(kind="refuse") if entry["outcome"] == "REC-043"]


@pytest.mark.parametrize("options", [
    ("-groups", "X25519"), ("-groups", "P-256"), ("-groups", "P-384"), ("-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"),
    ("-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"), ("-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305")])
def test_every_group_and_suite_of_the_statement_is_spoken(gateway, certificates, options):
    said = s_client(gateway, "-cert", certificates.pem("modality"), "-key", certificates.key("modality"), *options)
    assert "Cipher is (NONE)" not in said and "Secure Renegotiation IS" in said, said[-2000:]
    assert "Compression: NONE" in said


@pytest.mark.parametrize("options", [
    ("-groups", "ffdhe2048"), ("-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA:@SECLEVEL=0"),
    ("-tls1_2", "-cipher", "aNULL:eNULL:@SECLEVEL=0"), ("-tls1_2", "-sigalgs", "RSA+SHA1", "-cipher", "ALL:@SECLEVEL=0")])
def test_what_the_statement_does_not_name_is_not_spoken(gateway, certificates, options):
    said = s_client(gateway, "-cert", certificates.pem("modality"), "-key", certificates.key("modality"), *options)
    assert "Cipher is (NONE)" in said, said[-2000:]


def test_a_session_is_not_resumed_by_ticket(gateway, certificates):
    """Session tickets would outlive a certificate that is withdrawn."""
    said = s_client(gateway, "-tls1_2", "-cert", certificates.pem("modality"), "-key", certificates.key("modality"))
    assert "TLS session ticket:" not in said


def test_a_source_registered_for_tls_may_not_come_in_the_clear(gateway):
    gateway.run("ae", "add", "CRTLS", "--role", "source", "--tls", "on")
    finished = subprocess.run(
        ["/usr/bin/echoscu", "-v", "-aet", "CRTLS", "-aec", "CXRGATE", "127.0.0.1", str(gateway.port)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert "Calling AE Title Not Recognized" in finished.stdout
    assert any(each["finding"].startswith("REC-008") for each in gateway.ask("ae", "doctor", "CRTLS")["findings"])


@pytest.mark.parametrize("options, fine", [
    (("-tls1_3",), True), (("-tls1_2",), True),
    (("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), False), (("-tls1", "-cipher", "ALL:@SECLEVEL=0"), False),
    (("-tls1_2", "-cipher", "AES256-GCM-SHA384"), False), (("-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384"), False),
    (("-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA384"), False)])
def test_only_good_versions_and_suites_are_spoken(gateway, certificates, options, fine):
    said = s_client(gateway, "-cert", certificates.pem("modality"), "-key", certificates.key("modality"), *options)
    assert ("Cipher is (NONE)" not in said) == fine, said[-2000:]


def test_silent_handshakes_hold_up_nobody(gateway, certificates):
    gateway.run("ae", "add", "CRTLS", "--role", "source", "--tls", "on")
    gateway.ask("ae", "set", "CRTLS", "--fingerprint", certificates.fingerprint("modality"))
    silent = [socket.create_connection(("127.0.0.1", gateway.secure_port)) for _ in range(12)]
    try:
        for each in silent[:6]:
            each.sendall(b"\x16\x03\x01\x02")
        begun = time.monotonic()
        assert "Received Echo Response (Success)" in echo_tls(gateway, certificates, "modality")
        print(f"measured: C-ECHO over TLS beside 12 silent connections in {time.monotonic() - begun:.3f} s")
    finally:
        for each in silent:
            each.close()


def test_renewed_certificates_serve_without_a_restart(gateway, certificates):
    pid = gateway.roles()["reception"]

    def shown():
        said = s_client(gateway, "-cert", certificates.pem("modality"), "-key", certificates.key("modality"))
        return re.search(r"subject=.*CN ?= ?(\w+)", said)[1]
    assert shown() == "gateway"
    for kind in ("key", "pem"):
        target = certificates.folder / f"current.{kind}"
        shutil.copy(certificates.folder / f"renewed.{kind}", f"{target}.new")
        os.replace(f"{target}.new", target)
    wait_for("the new certificate is shown", lambda: shown() == "renewed")
    certificates.pem("current").write_text("nonsense")
    wait_for("it is said that it cannot be used", lambda: "the old ones stay" in gateway.text())
    assert shown() == "renewed" and gateway.roles()["reception"] == pid
    shutil.copy(certificates.pem("renewed"), certificates.pem("current"))


def test_results_go_to_a_destination_over_tls(gateway, certificates, images, folder):
    """DCMTK's storescp with a certificate of its own, ours demanded."""
    port, received = free_port(), folder / "over-tls"
    received.mkdir()
    server = subprocess.Popen(
        ["/usr/bin/storescp", "+tls", certificates.key("pacs"), certificates.pem("pacs"), "+cf", certificates.pem("ca"),
         "-rc", "-aet", "PACSTLS", "-od", received, "-uf", "+xa", "-pm", "--fork", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"TCP_NODELAY": "1"})
    try:
        gateway.add_source("CRPLAIN")
        gateway.ask("ae", "add", "PACSTLS", "--host", "127.0.0.1", "--port", port, "--role", "destination", "--query",
                    "off", "--tls", "on", "--fingerprint", certificates.fingerprint("other"))
        wait_for("storescp listens", lambda: gateway.run("ae", "echo", "PACSTLS").returncode == 69 and "another fingerprint"
                 in gateway.run("ae", "echo", "PACSTLS").stderr)
        gateway.ask("ae", "set", "PACSTLS", "--fingerprint", "")
        assert gateway.ask("ae", "echo", "PACSTLS")["answer"] == "success"
        send(gateway, images.synthetic(seed=7710, rows=256, columns=210), calling="CRPLAIN")
        wait_for("both results arrive", lambda: len(list(received.iterdir())) >= 2)
        assert {pydicom.dcmread(file).Modality for file in received.iterdir()} >= {"SR"}
    finally:
        server.kill()
        server.wait()


def test_check_warns_of_a_certificate_that_ends_soon(gateway, certificates):
    certificates.make("soon", days=7)
    finished = gateway.run(
        "check", dicom_tls_certificate=certificates.pem("soon"), dicom_tls_key=certificates.key("soon"))
    assert finished.returncode != 0
    assert re.search(r"certificate.*expires in [67] days", finished.stdout + finished.stderr)
