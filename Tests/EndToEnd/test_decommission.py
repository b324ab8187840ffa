"""The end of an installation: delivered, exported, every key destroyed, and proven.

Requirement: decommission drains, reconciles (nothing undelivered, or a list and a refusal), exports the journal, destroys
the keys with a signed certificate that names its limits; two steps, two persons; afterwards nothing on disk opens, the
exported journal verifies offline and in another language, and no start is possible.
"""
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pydicom
import pytest

from kit.gateway import NOBODY
from kit.modality import send, storescu, statuses

WORD = "CXRGATE"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a second user of the system can be played by root only")


@pytest.fixture(scope="module")
def ending(make_gateway, make_recorder, meeting_place, images):
    """A gateway at whose socket `nobody` is a privacy officer, with one study delivered and one on its way."""
    gateway = make_gateway(
        "ending", administration_socket=meeting_place / "admin.sock", administration_privacy_officers=str(NOBODY),
        journal_anchors=f"file:{meeting_place / 'anchor'}")
    gateway.start()
    gateway.add_source("CR1")
    gateway.pacs = make_recorder()
    gateway.add_destination(gateway.pacs)
    gateway.file = images.synthetic(seed=50_000, rows=128, columns=105)
    send(gateway, gateway.file)
    gateway.wait_until_idle()
    return gateway


def confirm(gateway, action, folder, *more, word=WORD):
    return gateway.run("decommission", "confirm", action, "--word", word, "--export", folder, *more)


@pytest.fixture(scope="module")
def before(ending):
    """What lay there while it worked: every secret, and copies to try the sealed files with."""
    keys = {path.name: path.read_bytes() for path in (ending.data / "keys").glob("*.key")}
    sealed = [path for path in ending.data.rglob("*.sealed")]
    assert len(keys) >= 5 and sealed
    return dict(keys=keys, sealed=sealed)


@pytest.fixture(scope="module")
def action(ending, before):
    """Planned by one and approved by another."""
    planned = ending.ask("decommission", "plan", "--reason", "replaced")
    assert planned["open"] == 0 and planned["word"] == WORD
    early = confirm(ending, planned["action"], ending.folder / "early")
    assert early.returncode == 77 and "drain" in early.stderr, early.stderr
    alone = ending.run("actions", "approve", planned["action"])
    assert alone.returncode == 77 and "second person" in alone.stderr
    approved = ending.run_as(NOBODY, "actions", "approve", planned["action"])
    assert approved.returncode == 0, approved.stderr
    return planned["action"]


def test_a_plan_lets_nothing_more_in(ending, action, images):
    """Reception is paused: the modality keeps its image and tries again elsewhere."""
    late = images.synthetic(seed=50_001, rows=128, columns=105)
    assert statuses(storescu(ending, late).stdout) != ["Success"]
    assert "reception" in json.dumps(ending.ask("status")["paused"])


def test_what_is_open_is_listed_and_refused(ending, action, images):
    """Analysed, and not delivered: the answer names what is left, and nothing is destroyed."""
    ending.pacs.status = 0xA700
    assert ending.run("resume", "reception").returncode == 0
    send(ending, images.synthetic(seed=50_002, rows=128, columns=105))
    assert ending.run("pause", "reception").returncode == 0
    ending.stop()
    refused = confirm(ending, action, ending.folder / "refused")
    assert refused.returncode == 77, refused.stderr
    assert "have not come to their end" in refused.stderr
    assert not (ending.folder / "refused").exists() and not (ending.data / "decommission.mark").exists()
    assert (ending.data / "keys/journal.key").exists()
    unreasoned = confirm(ending, action, ending.folder / "refused", "--force")
    assert unreasoned.returncode == 64 and "--reason" in unreasoned.stderr


def test_the_wrong_word_and_an_action_nobody_approved_are_refused(ending, action):
    """One who has the wrong installation before them has the wrong word."""
    assert confirm(ending, action, ending.folder / "x", word="OTHER").returncode == 64
    assert confirm(ending, "0" * 32, ending.folder / "x").returncode == 77
    inside = confirm(ending, action, ending.data / "export")
    assert inside.returncode == 64 and "outside" in inside.stderr


def test_a_crash_before_the_keys_go_is_ended_by_the_same_command(ending, action):
    """An export that cannot be written stops it behind the point of no return: nothing else works, and it can be ended."""
    blocked = ending.folder / "blocked"
    blocked.mkdir()
    (blocked / "something").write_text("is here")
    stopped = confirm(ending, action, blocked, "--force", "--reason", "the PACS is gone")
    assert stopped.returncode != 0
    assert (ending.data / "keys/journal.key").exists()
    begun = ending.run("status")
    assert begun.returncode == 77 and "was begun" in begun.stderr, begun.stderr
    served = ending.run("serve")
    assert served.returncode == 77 and "was begun" in served.stderr, served.stderr


@pytest.fixture(scope="module")
def ended(ending, action):
    folder = ending.folder / "end"
    finished = confirm(ending, action, folder, "--force", "--reason", "the PACS is gone")
    assert finished.returncode == 0, finished.stderr
    return folder


def test_nothing_on_disk_opens(ending, before, ended):
    """No secret is in any file, no sealed file is left, and nothing tells of a patient."""
    found = {path: path.read_bytes() for path in ending.data.rglob("*") if path.is_file()}
    for name, content in before["keys"].items():
        lines = [line for line in content.splitlines() if b"-----" not in line]
        body = b"".join(lines)
        assert not [path for path, held in found.items() if body in held.replace(b"\n", b"")], name
    assert not [path for path in before["sealed"] if path.exists()]
    assert not list((ending.data / "keys").glob("*.key")) and not list(ending.data.glob("gateway.sqlite*"))
    patient = pydicom.dcmread(ending.file, specific_tags=["PatientID", "PatientName"])
    for value in (str(patient.PatientID), str(patient.PatientName)):
        assert not [path for path, held in found.items() if value.encode() in held]


def test_the_exported_journal_verifies_offline_and_in_another_language(ending, ended):
    """By the command without a gateway, by the independent verifier, and the anchor holds the same checkpoint."""
    checked = subprocess.run(
        [str(ending.binary), "journal", "verify", "--public-key", ended / "journal.pub", "--checkpoint",
         ended / "checkpoint.note", ended / "journal", "--json"], capture_output=True, text=True,
        env=ending.environment | {"CXR_DATA_DIR": "/nonexistent"})
    assert checked.returncode == 0, checked.stderr
    key = (ended / "journal.pub").read_text().strip()
    suite = Path(__file__).resolve().parents[2] / "Conformance/Suite/verify_journal.py"
    again = subprocess.run(
        [sys.executable, suite, ended / "journal", "--key", key], capture_output=True, text=True)
    assert again.returncode == 0, again.stdout + again.stderr
    note = (ended / "checkpoint.note").read_text()
    certificate = json.loads((ended / "decommission.json").read_text())
    assert certificate["journalRoot"] in note
    assert certificate["journalEntries"] == json.loads(checked.stdout)["entries"]
    assert certificate["journalRoot"] in Path(ending.environment["CXR_JOURNAL_ANCHORS"].split(":", 1)[1]).read_text()


def test_the_certificate_verifies_with_openssl_and_names_its_limits(ending, ended):
    """Signed by the journal's key as its last act."""
    for place in (ended, ending.data):
        public = bytes.fromhex((ended / "journal.pub").read_text().strip())
        key = ended / "key.der"
        key.write_bytes(bytes.fromhex("302a300506032b6570032100") + public)
        verified = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", key, "-rawin", "-in",
             place / "decommission.json", "-sigfile", place / "decommission.sig"], capture_output=True)
        assert verified.returncode == 0, verified.stderr
    words = json.loads((ended / "decommission.json").read_text())
    assert words["approvedBy"] == "nobody" and words["studies"] == 2 and words["images"] == 2
    limits = " ".join(words["limits"])
    assert "backups" in limits and "escrow" in limits and "PACS" in limits


def test_no_start_is_possible_and_it_says_why(ending, ended, images):
    """Neither the daemon nor a command that would open something, nor a second confirmation."""
    for words in (["serve"], ["status"], ["keys", "list"], ["journal", "show"], ["backup", ending.folder / "late"]):
        finished = ending.run(*words)
        assert finished.returncode == 77 and "was decommissioned" in finished.stderr, (words, finished.stderr)
    again = confirm(ending, "0" * 32, ending.folder / "again")
    assert again.returncode == 77 and "was decommissioned" in again.stderr, again.stderr
    made = ending.run("keys", "init")
    assert made.returncode != 0


def test_keys_that_come_back_open_nothing(ending, before, ended):
    """An escrow or a copy of the keys finds no study's key and no sealed file here: only backups would have them."""
    for name, content in before["keys"].items():
        (ending.data / "keys" / name).write_bytes(content)
        (ending.data / "keys" / name).chmod(0o600)
    (ending.data / "decommission.mark").unlink()
    status = ending.run("status", "--json")
    assert status.returncode == 0, status.stderr
    assert json.loads(status.stdout)["instances"] == {}


@pytest.fixture(scope="module")
def held(make_gateway, meeting_place):
    gateway = make_gateway(
        "held", administration_socket=meeting_place / "held.sock", administration_privacy_officers=str(NOBODY))
    return gateway.start()


def test_a_study_under_legal_hold_cannot_be_ended(held, images):
    """Not even by force."""
    gateway = held
    gateway.add_source("CR1")
    file = images.synthetic(seed=50_003, rows=128, columns=105)
    send(gateway, file)
    accession = str(pydicom.dcmread(file, specific_tags=["AccessionNumber"]).AccessionNumber)
    held = gateway.run("hold", "set", "--by", "accession", "--reason", "court", stdin=accession + "\n")
    assert held.returncode == 0, held.stderr
    action = gateway.ask("decommission", "plan", "--reason", "replaced")["action"]
    assert gateway.run_as(NOBODY, "actions", "approve", action).returncode == 0
    gateway.stop()
    refused = confirm(gateway, action, gateway.folder / "end", "--force", "--reason", "all the same")
    assert refused.returncode == 77 and "legal hold" in refused.stderr, refused.stderr
    assert (gateway.data / "keys/journal.key").exists()
    gateway.agreed = action
    gateway.accession = accession


def test_killed_at_any_moment_the_same_command_ends_it(held):
    """kill -9 later and later, until it comes to its end: keys are there until the mark says that they go.

    Which moments it meets is chance; the test of every lasting call meets them all.
    """
    cleared = held.run("hold", "clear", "--by", "accession", "--reason", "over", stdin=held.accession + "\n")
    assert cleared.returncode == 0, cleared.stderr
    marks = set()
    folder = held.folder / "end-killed"
    for number in range(200):
        process = subprocess.Popen(
            [str(held.binary), "decommission", "confirm", held.agreed, "--word", WORD, "--export", str(folder),
             "--force", "--reason", "no destination"],
            env=held.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            _, trouble = process.communicate(timeout=0.02 * number)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            mark = held.data / "decommission.mark"
            phase = json.loads(mark.read_text())["phase"] if mark.exists() else "none"
            marks.add(phase)
            if phase in ("none", "studies"):
                assert (held.data / "keys/journal.key").exists() and (held.data / "keys/analysis.key").exists()
            continue
        assert process.returncode == 0 or "was decommissioned" in trouble, trouble
        break
    print("killed while the mark said", marks)
    assert marks, "it was never killed"
    certificate = json.loads((held.data / "decommission.json").read_text())
    assert certificate["studies"] == 1 and certificate["images"] == 1
    assert not list((held.data / "keys").glob("*.key")) and not list(held.data.glob("gateway.sqlite*"))
    assert (folder / "decommission.json").read_bytes() == (held.data / "decommission.json").read_bytes()
    for journal in (held.data / "journal", folder / "journal"):
        checked = held.run("journal", "verify", "--public-key", held.data / "keys/journal.pub", journal)
        assert checked.returncode == 0, checked.stderr


@pytest.fixture
def agreed(make_gateway, meeting_place):
    """Makes gateways that are stopped and whose end two persons agreed on: the gateway and the action."""
    def make(name):
        gateway = make_gateway(
            name, administration_socket=meeting_place / f"{name}.sock",
            administration_privacy_officers=str(NOBODY)).start()
        action = gateway.ask("decommission", "plan", "--reason", "replaced")["action"]
        assert gateway.run_as(NOBODY, "actions", "approve", action).returncode == 0
        gateway.stop()
        return gateway, action
    return make


# Every call that leaves something on the disk for good.
LASTING = "fsync,fdatasync,sync_file_range,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir"


def test_killed_at_every_lasting_call_the_same_command_ends_it(agreed):
    """Each time from the same beginning: killed at the n-th call of a thread that lasts, then the same command again."""
    gateway, action = agreed("nth")
    kept = gateway.folder / "kept"
    subprocess.run(["cp", "-a", gateway.data, kept], check=True)
    target, phases = gateway.folder / "end", []
    command = [str(gateway.binary), "decommission", "confirm", action, "--word", WORD, "--export", str(target)]
    for number in range(1, 400):
        killed = subprocess.run(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={LASTING}", "-e",
             f"inject={LASTING}:signal=SIGKILL:when={number}", *command],
            env=gateway.environment, capture_output=True, text=True)
        if killed.returncode == 0:
            break
        if killed.returncode == 1 and "ptrace" in killed.stderr:
            pytest.skip(f"this machine lets nobody trace a process: {killed.stderr[:200]}")
        assert killed.returncode in (-9, 137), killed.stderr
        mark = gateway.data / "decommission.mark"
        phases.append(json.loads(mark.read_text())["phase"] if mark.exists() else "none")
        assert phases[-1] in ("keys", "done") or (gateway.data / "keys/journal.key").exists()
        ended = subprocess.run(command, env=gateway.environment, capture_output=True, text=True)
        assert ended.returncode == 0 or phases[-1] == "done", f"{number}: {ended.stderr}"
        assert sorted(path.name for path in target.iterdir()) == [
            "checkpoint.note", "decommission.json", "decommission.sig", "journal", "journal.pub"], number
        assert (target / "decommission.json").read_bytes() == (gateway.data / "decommission.json").read_bytes()
        assert not list((gateway.data / "keys").glob("*.key")) and not list(gateway.data.glob("gateway.sqlite*"))
        checked = gateway.run("journal", "verify", "--public-key", target / "journal.pub", target / "journal")
        assert checked.returncode == 0, checked.stderr
        subprocess.run(["rm", "-rf", gateway.data, target], check=True)
        subprocess.run(["cp", "-a", kept, gateway.data], check=True)
    print(f"killed {len(phases)} times: {dict(Counter(phases))}")
    assert {"none", "studies", "keys"} <= set(phases)


def test_without_its_certificate_no_key_is_destroyed(agreed):
    """The mark says that the keys go, and somebody took the certificate: they stay, and it says why."""
    gateway, action = agreed("robbed")
    blocked = gateway.folder / "blocked"
    blocked.mkdir()
    (blocked / "something").write_text("is here")
    assert confirm(gateway, action, blocked).returncode == 64
    mark = gateway.data / "decommission.mark"
    words = json.loads(mark.read_text()) | {"phase": "keys"}
    mark.write_text(json.dumps(words))
    refused = confirm(gateway, action, gateway.folder / "end")
    assert refused.returncode != 0 and "certificate is not there" in refused.stderr, refused.stderr
    assert (gateway.data / "keys/journal.key").exists()
