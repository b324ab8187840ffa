"""The list of AE titles: every change is checked, acts at once and can be taken back; the doctor names what ails a peer.

Requirement: `ae doctor NAME` shows the last refusals in plain words and the command that would mend each.
"""
import json
import shlex

import pytest

from kit.modality import UNKNOWN_CALLER, echo, send
from kit.processes import free_port, wait_for

REFUSED, USAGE = 77, 64


@pytest.fixture(scope="module")
def gateway(make_gateway):
    return make_gateway("titles").start()


def names(gateway):
    return {entry["name"] for entry in gateway.ask("ae", "list")}


def mend(gateway, name, code):
    """Carries out the command that the doctor gives for a refusal."""
    finding, = [each for each in gateway.ask("ae", "doctor", name)["findings"] if each["finding"].startswith(code)]
    command = shlex.split(finding["mend"].split("cxrgate ", 1)[1])
    finished = gateway.run(*command)
    assert finished.returncode == 0, finished.stderr
    return finding


def test_the_doctors_command_lets_an_unknown_caller_in(gateway):
    assert echo(gateway, calling="NEWCR") == UNKNOWN_CALLER
    assert "REC-002" in gateway.run("ae", "doctor", "NEWCR").stdout
    mend(gateway, "NEWCR", "REC-002")
    assert echo(gateway, calling="NEWCR") == "Success"


def test_the_doctors_command_admits_another_address(gateway):
    gateway.ask("ae", "add", "MOVED", "--role", "source", "--host", "127.0.0.9")
    assert echo(gateway, calling="MOVED") == UNKNOWN_CALLER
    mend(gateway, "MOVED", "REC-003")
    assert echo(gateway, calling="MOVED") == "Success"


def test_the_doctor_names_a_near_miss(gateway):
    """A title that differs in case, spaces or hyphens alone is the commonest mistake."""
    gateway.ask("ae", "add", "ROOM-7", "--role", "source")
    assert echo(gateway, calling="Room_7") == UNKNOWN_CALLER
    findings = gateway.ask("ae", "doctor", "ROOM-7")["findings"]
    assert any("Room_7" in each["finding"] and "--title" in each["mend"] for each in findings)


def test_case_is_ignored_only_where_it_is_agreed(gateway):
    gateway.ask("ae", "add", "UPPER", "--role", "source")
    assert echo(gateway, calling="upper") == UNKNOWN_CALLER
    gateway.ask("ae", "set", "UPPER", "--ignore-case", "on")
    assert echo(gateway, calling="upper") == "Success"


def test_an_ae_title_may_open_so_many_associations_per_minute(gateway):
    gateway.ask("ae", "add", "FAST", "--role", "source", "--rate", "2")
    answers = [echo(gateway, calling="FAST") for _ in range(3)]
    assert answers[:2] == ["Success"] * 2
    assert answers[2][0] == "Rejected Transient" and "Congestion" in answers[2][2]
    mend(gateway, "FAST", "REC-042")


@pytest.mark.parametrize("change", [
    ("add", "UNDONE", "--role", "source"), ("set", "KEPT", "--addresses", "10.0.0.1,fd00::1"), ("remove", "KEPT")])
def test_every_change_is_taken_back_by_one_command(gateway, change):
    if "KEPT" not in names(gateway):
        gateway.ask("ae", "add", "KEPT", "--role", "source")
    before = gateway.ask("ae", "list")
    gateway.ask("ae", *change)
    after = gateway.ask("ae", "list")
    assert after != before
    gateway.ask("ae", "undo")
    assert gateway.ask("ae", "list") == before
    gateway.ask("ae", "undo")
    assert gateway.ask("ae", "list") == after
    entry = gateway.journal(kind="configurationChange")[-1]
    assert {"change", "ae", "before", "after"} <= entry["details"].keys()


def test_a_list_is_exported_and_imported_all_or_nothing(gateway, folder):
    exported = folder / "aes.json"
    exported.write_text(gateway.run("ae", "export").stdout)
    before = gateway.ask("ae", "list")
    gateway.ask("ae", "add", "EXTRA", "--role", "source")
    assert gateway.ask("ae", "import", exported) == {"changed": 0, "removed": 0}
    assert gateway.ask("ae", "import", exported, "--replace") == {"changed": 0, "removed": 1}
    assert gateway.ask("ae", "list") == before
    spoiled = json.loads(exported.read_text())
    spoiled["aeTitles"][0]["title"] = "CHANGED"
    spoiled["aeTitles"].append(dict(spoiled["aeTitles"][0], name="BAD", title="much too long a title"))
    exported.write_text(json.dumps(spoiled))
    assert gateway.run("ae", "import", exported).returncode == USAGE
    assert gateway.ask("ae", "list") == before


@pytest.mark.parametrize("words", [
    "--tls maybe", "--fingerprint abc", "--addresses nowhere", "--max-associations 0", "--rate 0",
    "--quiet-seconds 121", "--sr best", "--max-identity-age -1"])
def test_an_option_out_of_its_range_changes_nothing(gateway, words):
    gateway.run("ae", "add", "CHECKED", "--role", "source")
    before = gateway.ask("ae", "show", "CHECKED")
    finished = gateway.run("ae", "set", "CHECKED", *words.split(" "))
    assert finished.returncode == USAGE and finished.stderr
    assert gateway.ask("ae", "show", "CHECKED") == before


def test_a_destination_that_is_owed_results_cannot_be_removed(make_gateway, images):
    gateway = make_gateway("owed").start()
    gateway.add_source("CR1")
    gateway.ask("ae", "add", "DOWN", "--host", "127.0.0.1", "--port", free_port(), "--role", "destination")
    send(gateway, images.synthetic(seed=7800, rows=256, columns=210))

    def owed():
        return [job for job in gateway.ask("queue", "list") if job["kind"] == "deliver"]
    wait_for("two results wait", lambda: len(owed()) == 2)
    finished = gateway.run("ae", "remove", "DOWN")
    assert finished.returncode == REFUSED and "have not reached DOWN" in finished.stderr
    for job in owed():
        wait_for("it can be discarded", lambda job=job: gateway.run(
            "queue", "discard", job["id"], "--reason", "test").returncode == 0)
    assert gateway.run("ae", "remove", "DOWN").returncode == 0


def test_ipv6_is_as_good_as_ipv4(make_gateway):
    """The gateway listens on both, and calls itself over IPv6."""
    gateway = make_gateway("six", dicom_bind="::").start()
    gateway.ask("ae", "add", "CXRGATE", "--host", "::1", "--port", gateway.port, "--role", "source,destination")
    assert gateway.ask("ae", "echo", "CXRGATE")["answer"] == "success"
    gateway.add_source("CR1")
    assert echo(gateway) == "Success"
