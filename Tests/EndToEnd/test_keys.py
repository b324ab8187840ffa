"""Keys under load: images flow, the keys rotate twice, one study is shredded.

Requirement: nothing else is lost, and nothing of the shredded study can be read: not by its keys, which are gone from
the database, its log and its free pages; not by its files. Two persons shred, told apart by the kernel.
`CXR_KEYS_IMAGES` sets how many images flow (60; the large run is 500).
"""
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pydicom
import pytest

from kit.gateway import NOBODY
from kit.modality import send, storescu, statuses
from kit.processes import wait_for

COUNT = int(os.environ.get("CXR_KEYS_IMAGES", "60"))
CUSTODIAN = 65500
ROLES = ("analysis", "patient", "results")

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a second user of the system can be played by root only")


@pytest.fixture(scope="module")
def shared(make_gateway, make_recorder, meeting_place):
    """A gateway at whose socket `nobody` is a privacy officer."""
    gateway = make_gateway(
        "shared", administration_socket=meeting_place / "admin.sock", administration_privacy_officers=str(NOBODY),
        administration_key_custodians=str(CUSTODIAN), results_heatmap="always")
    gateway.start()
    gateway.add_source("CR1")
    gateway.pacs = make_recorder()
    gateway.add_destination(gateway.pacs)
    return gateway


def everything_on_disk(gateway):
    """Every byte that lies in the data directory, by file."""
    return {path: path.read_bytes() for path in gateway.data.rglob("*") if path.is_file() and not path.is_socket()}


@pytest.fixture(scope="module")
def run(shared, images):
    """Sends the images while keys rotate and a study is shredded; what was there before and after."""
    files = [images.synthetic(seed=20_000 + number, rows=128, columns=105) for number in range(COUNT)]
    victim = files[0]
    send(shared, victim)
    wait_for("the first study is delivered", lambda: shared.states().get("delivered") == 1, seconds=60)

    said, failed = [], []

    def flow():
        for start in range(1, COUNT, 5):
            group = files[start:start + 5]
            finished = storescu(shared, *group)
            said.extend(statuses(finished.stdout))
            if statuses(finished.stdout) != ["Success"] * len(group):
                failed.append(finished.stdout[-2000:])

    secrets = [row[0] for row in shared.rows("SELECT private_key FROM study_key")]
    [(study,)] = shared.rows("SELECT id FROM study")
    paths = [shared.data / row[0] for row in shared.rows(
        "SELECT path FROM instance UNION SELECT path FROM analysis UNION SELECT path FROM result")]
    old_keys = {name: (shared.data / "keys" / f"{name}.key").read_bytes() for name in ROLES}
    sender = threading.Thread(target=flow)
    sender.start()
    first = shared.ask("keys", "rotate", "all", "--reason", "first rotation")
    accession = str(pydicom.dcmread(victim, specific_tags=["AccessionNumber"]).AccessionNumber)
    asked = shared.run(
        "keys", "shred", "--by", "accession", "--reason", "erasure", "--json", stdin=accession + "\n")
    assert asked.returncode == 0, asked.stderr
    action = json.loads(asked.stdout)["action"]
    alone = shared.run("actions", "approve", action)
    approved = shared.run_as(NOBODY, "actions", "approve", action, "--json")
    second = shared.ask("keys", "rotate", "all", "--reason", "second rotation")
    sender.join()
    states = shared.wait_until_idle(seconds=600)
    return dict(
        files=files, victim=victim, said=said, failed=failed, secrets=secrets, study=study, paths=paths,
        old_keys=old_keys, rotations=[first, second], alone=alone, approved=approved, states=states)


def test_every_image_that_flowed_was_taken_and_answered(run, shared):
    """No C-STORE failed, and every study but the shredded one ends delivered with its two results."""
    assert not run["failed"], run["failed"][:1]
    assert run["said"] == ["Success"] * (COUNT - 1)
    assert run["states"] == {"delivered": COUNT - 1, "shredded": 1}
    for file in run["files"]:
        study = str(pydicom.dcmread(file, specific_tags=["StudyInstanceUID"]).StudyInstanceUID)
        assert len(shared.pacs.by_study[study]) == 2, file
    shared.assert_journal_verifies()


def test_both_rotations_ended_and_the_old_keys_are_nowhere(run, shared):
    """Each role has its third key; the first two are destroyed, and no study is sealed to them."""
    assert [[entry["state"] for entry in rotation] for rotation in run["rotations"]] == [["rotated"] * 3] * 2
    keys = [entry for entry in shared.ask("keys", "list") if entry["kind"] == "P-256"]
    assert [entry["state"] for entry in keys].count("destroyed") == 6
    assert sum(entry["studies"] for entry in keys if entry["state"] == "destroyed") == 0
    assert {entry["studies"] for entry in keys if entry["state"] == "current"} == {COUNT - 1}
    found = everything_on_disk(shared)
    for name, content in run["old_keys"].items():
        body = b"".join(content.splitlines()[1:-1])
        assert not [path for path, held in found.items() if body in held.replace(b"\n", b"")], name


def test_one_person_cannot_shred_alone(run):
    """Whoever asked is refused as the second person."""
    assert run["alone"].returncode == 77 and "second person" in run["alone"].stderr
    assert run["approved"].returncode == 0, run["approved"].stderr


def test_nothing_of_the_shredded_study_can_be_opened(run, shared):
    """Its keys are in no file, free page or log; its files are gone; it is not received again."""
    assert shared.rows(f"SELECT count(*) FROM study_key WHERE study = '{run['study']}'") == [(0,)]
    found = everything_on_disk(shared)
    for secret in run["secrets"]:
        assert not [path for path, held in found.items() if secret[-48:] in held]
    assert len(run["paths"]) >= 2 and not [path for path in run["paths"] if path.exists()]
    [instance] = [row[0] for row in shared.rows(f"SELECT id FROM instance WHERE study = '{run['study']}'")]
    opened = shared.run("instance", "open", instance, shared.folder / "opened.dcm", "--reason", "to see")
    assert opened.returncode != 0 and not (shared.folder / "opened.dcm").exists()
    assert "SEA-027" in opened.stderr


def test_another_image_of_the_shredded_study_is_refused(run, shared, images):
    """A study whose keys were destroyed takes nothing more."""
    def another(data_set):
        data_set.SOPInstanceUID = data_set.SOPInstanceUID + ".1"
    late = images.edited(run["victim"], "late.dcm", another)
    assert statuses(storescu(shared, late).stdout) != ["Success"]


def test_the_certificate_verifies_with_openssl_and_names_its_limits(run, shared, folder):
    """Signed by the journal's key; anybody can check it with the public half."""
    [certificate] = (shared.data / "shredded").glob("*.json")
    public = bytes.fromhex((shared.data / "keys/journal.pub").read_text().strip())
    der = bytes.fromhex("302a300506032b6570032100") + public
    key = folder / "journal.der"
    key.write_bytes(der)
    verify = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", key, "-rawin", "-in",
              certificate, "-sigfile", certificate.with_suffix(".sig")]
    assert subprocess.run(verify, capture_output=True).returncode == 0
    words = json.loads(certificate.read_text())
    assert words["study"] == run["study"] and "backups" in " ".join(words["limits"])
    assert words["approvedBy"] == "nobody"
    forged = folder / "forged.json"
    forged.write_bytes(certificate.read_bytes().replace(b'"instances":1', b'"instances":2'))
    verify[verify.index(certificate)] = forged
    assert subprocess.run(verify, capture_output=True).returncode != 0


def test_a_stranger_and_a_person_with_another_role_are_refused(shared):
    """A privacy officer may not rotate keys; a user without a role may nothing."""
    refused = shared.run_as(NOBODY, "keys", "rotate", "all", "--reason", "mine")
    assert refused.returncode == 77 and "key custodian" in refused.stderr
    assert shared.run_as(NOBODY, "journal", "verify").returncode == 0
    stranger = shared.run_as(65533, "status")
    assert stranger.returncode == 77, stranger.stderr
    assert shared.journal(kind="refuse", actor="administrator:nobody")


def test_a_restart_finds_the_keys_and_the_shredded_study_as_they_were(run, shared):
    """The next start opens what is left and brings nothing back."""
    shared.stop()
    shared.start()
    assert shared.states() == run["states"]
    assert shared.rows(f"SELECT count(*) FROM study_key WHERE study = '{run['study']}'") == [(0,)]
    shared.assert_journal_verifies()


def test_the_journal_changes_its_key_and_is_verified_with_the_first(shared, folder):
    """Both keys sign the change; whoever trusts the first one verifies to the end, offline and in another language."""
    trusted = (shared.data / "keys/journal.pub").read_text().strip()
    for number in range(2):
        [done] = shared.ask("keys", "rotate", "journal", "--reason", f"rotation {number}")
        assert done["state"] == "rotated"
        shared.assert_journal_verifies()
    assert (shared.data / "keys/journal.pub").read_text().strip() != trusted
    assert not list((shared.data / "keys").glob("journal.*.key"))
    shared.stop()
    suite = Path(__file__).resolve().parents[2] / "Conformance/Suite/verify_journal.py"
    finished = subprocess.run(
        [sys.executable, suite, shared.data / "journal", "--key", trusted], capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    shared.start()
    shared.assert_journal_verifies()


def test_an_escrow_wants_two_persons_and_brings_every_key_back(shared, make_gateway, folder):
    """Asked for by one, approved by another, opened only with its passphrase, into an installation without keys."""
    passphrase = "seven words that nobody would guess"
    asked = shared.ask("keys", "escrow", "request", "--reason", "yearly")["action"]
    file = folder / "escrow"
    early = shared.run("keys", "escrow", "export", asked, file, stdin=passphrase + "\n")
    assert early.returncode == 77 and not file.exists()
    assert shared.run_as(NOBODY, "actions", "approve", asked).returncode == 77, "a privacy officer is no key custodian"
    approved = shared.run_as(CUSTODIAN, "actions", "approve", asked)
    assert approved.returncode == 0, approved.stderr
    done = shared.run("keys", "escrow", "export", asked, file, stdin=passphrase + "\n")
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode & 0o077 == 0
    again = shared.run("keys", "escrow", "export", asked, folder / "second", stdin=passphrase + "\n")
    assert again.returncode == 77, "an approval counts once"
    new = make_gateway("escrowed")
    wrong = new.run("keys", "escrow", "open", file, stdin=passphrase + "!\n")
    assert wrong.returncode == 77 and "SEA-030" in wrong.stderr
    assert new.run("keys", "escrow", "open", file, stdin=passphrase + "\n").returncode == 0
    for name in ("analysis.key", "patient.key", "results.key", "pseudonym.key", "journal.key", "journal.pub"):
        assert (new.data / "keys" / name).read_bytes() == (shared.data / "keys" / name).read_bytes(), name
    assert passphrase not in shared.text()


def test_a_missing_or_wrong_key_is_said_plainly_and_nothing_starts(make_gateway):
    """No start: the code of the refusal, and what to do."""
    gateway = make_gateway("broken")
    gateway.ask("keys", "init")
    keys = gateway.data / "keys"
    for name, spoil, code in [
        ("patient.key", lambda file: file.unlink(), "SEA-020"),
        ("journal.key", lambda file: file.write_text("00" * 32 + "\n"), "SEA-004"),
        ("analysis.key", lambda file: file.chmod(0o644), "SEA-022"),
        ("results.key", lambda file: file.write_bytes((keys / "patient.key").read_bytes()), "SEA-004"),
    ]:
        kept = (keys / name).read_bytes()
        spoil(keys / name)
        finished = gateway.run("serve")
        assert finished.returncode in (1, 77), (name, finished.stdout, finished.stderr)
        assert code in finished.stderr, finished.stderr
        (keys / name).unlink(missing_ok=True)
        (keys / name).write_bytes(kept)
        (keys / name).chmod(0o600)


def test_a_patient_who_objects_is_not_analysed(shared, images):
    """The Patient ID goes in by standard input; the image is received, not looked at, and says why."""
    file = images.synthetic(seed=40_000, rows=128, columns=105)
    patient = str(pydicom.dcmread(file, specific_tags=["PatientID"]).PatientID)
    before = len(shared.journal(kind="infer"))
    added = shared.run("objections", "add", "--purpose", "analysis", stdin=patient + "\n")
    assert added.returncode == 0, added.stderr
    send(shared, file)
    shared.wait_until_idle()
    assert shared.rows("SELECT count(*) FROM instance WHERE state = 'not-eligible' AND reason = 'OBJ-001'") == [(1,)]
    assert len(shared.journal(kind="infer")) == before
    assert patient not in json.dumps(shared.ask("objections", "list"))
    assert shared.run("objections", "remove", stdin=patient + "\n").returncode == 0
    assert shared.ask("objections", "list") == []


def test_a_gateway_that_is_killed_while_keys_rotate_goes_on_from_there(shared, images):
    """kill -9 at many moments of a rotation: images still flow to the end, and the rotation ends by itself."""
    before = shared.states()["delivered"]
    for number in range(4):
        asking = subprocess.Popen(
            [str(shared.binary), "keys", "rotate", "all"], env=shared.environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        wait_for("a moment", lambda: True, pause=0.01 * number)
        shared.kill9()
        asking.wait(timeout=60)
        shared.start()
        file = images.synthetic(seed=30_000 + number, rows=128, columns=105)
        send(shared, file)

    def is_over():
        keys = shared.ask("keys", "list")
        return not [entry for entry in keys if entry["state"] == "previous"]
    wait_for("the rotations ended", is_over, seconds=120)
    assert shared.wait_until_idle()["delivered"] == before + 4
    assert not list((shared.data / "keys").glob("*.previous.key"))
    shared.assert_journal_verifies()
