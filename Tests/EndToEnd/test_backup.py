"""Backup under load, disaster, restore elsewhere: nothing that was answered before is missing, and work goes on.

Requirement: a backup is one moment of a working installation, opened by nothing but the escrow of its keys; what was
shredded since stays shredded; what a later version wrote is refused.
"""
import json
import os
import shutil
import sqlite3
import subprocess
import threading

import pydicom
import pytest

from kit.gateway import NOBODY
from kit.modality import send, statuses, storescu

COUNT = int(os.environ.get("CXR_BACKUP_IMAGES", "40"))
PASSPHRASE = "correct horse battery staple\n"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a second user of the system can be played by root only")


def ask(gateway, *words, stdin=None):
    finished = gateway.run(*words, "--json", stdin=stdin)
    assert finished.returncode == 0, f"{' '.join(map(str, words))}: {finished.stderr}"
    return json.loads(finished.stdout)


@pytest.fixture(scope="module")
def disaster(make_gateway, make_recorder, images, meeting_place):
    """A gateway that is backed up while images flow, then loses its host; and the gateway that takes its place."""
    gateway = make_gateway(
        "lost", administration_socket=meeting_place / "admin.sock", results_heatmap="always",
        administration_privacy_officers=str(NOBODY), administration_key_custodians=str(NOBODY))
    gateway.start()
    gateway.add_source("CR1")
    gateway.pacs = make_recorder()
    gateway.add_destination(gateway.pacs)
    files = [images.synthetic(seed=50_000 + number, rows=128, columns=105) for number in range(COUNT)]
    before, flowing = files[:5], files[5:]
    send(gateway, *before)
    gateway.wait_until_idle()

    action = ask(gateway, "keys", "escrow", "request", "--reason", "backup")["action"]
    assert gateway.run_as(NOBODY, "actions", "approve", action).returncode == 0
    escrow = gateway.folder / "escrow.bin"
    ask(gateway, "keys", "escrow", "export", action, escrow, stdin=PASSPHRASE)

    half = threading.Event()
    said = []

    def flow():
        for number, file in enumerate(flowing):
            said.extend(statuses(storescu(gateway, file).stdout))
            if number == len(flowing) // 3:
                half.set()
    sender = threading.Thread(target=flow)
    sender.start()
    assert half.wait(300)
    acknowledged = 5 + len(said)
    backup = gateway.folder / "backup"
    made = ask(gateway, "backup", backup)
    sender.join()
    assert said == ["Success"] * len(flowing), "no C-STORE failed while the backup was made"
    gateway.wait_until_idle()

    accession = str(pydicom.dcmread(files[0], specific_tags=["AccessionNumber"]).AccessionNumber)
    action = ask(gateway, "keys", "shred", "--by", "accession", "--reason", "erasure", stdin=accession + "\n")["action"]
    assert gateway.run_as(NOBODY, "actions", "approve", action).returncode == 0
    certificates = gateway.folder / "certificates"
    shutil.copytree(gateway.data / "shredded", certificates)
    gateway.assert_journal_verifies()
    gateway.kill9()
    gateway.end()

    restored = make_gateway("restored", results_heatmap="always")
    ask(restored, "keys", "escrow", "open", escrow, stdin=PASSPHRASE)
    proof = ask(restored, "restore", backup, "--shredded", certificates)
    return dict(gateway=gateway, restored=restored, backup=backup, made=made, proof=proof, files=files,
                acknowledged=acknowledged, escrow=escrow)


def test_the_backup_can_be_checked_by_anyone_and_opened_by_nobody(disaster):
    """sha256sum agrees with every file; no key is in it; the journal's copy verifies."""
    backup = disaster["backup"]
    subprocess.run(["sha256sum", "--quiet", "--check", "SHA256SUMS"], cwd=backup, check=True, timeout=120)
    listed = {line.split("  ")[1] for line in (backup / "SHA256SUMS").read_text().splitlines()}
    there = {str(path.relative_to(backup)) for path in backup.rglob("*") if path.is_file()}
    assert there - listed == {"SHA256SUMS", "backup.json"}
    assert not [path for path in there if path.endswith(".key")]
    assert disaster["made"]["escrowed"] is True
    copy = backup / "journal"
    verified = disaster["restored"].run(
        "journal", "verify", "--public-key", copy / "journal.pub", "--checkpoint", copy / "checkpoint.note",
        copy / "journal")
    assert verified.returncode == 0, verified.stderr


def test_nothing_is_missing_and_the_shredded_study_stays_shredded(disaster):
    """Every image that was answered before the backup began is there; the restore proves what it says."""
    proof = disaster["proof"]
    assert proof["missing"] == 0 and proof["opened"] == 1 and proof["journalVerified"] is True
    count = sum(proof["instances"].values())
    assert disaster["acknowledged"] <= count <= COUNT
    assert proof["instances"]["shredded"] == 1


def test_the_restored_gateway_goes_on(disaster, make_recorder, images):
    """It starts, ends the work that was open, takes new images, and its journal verifies."""
    restored = disaster["restored"].start()
    before = sum(restored.states().values())
    lost = disaster["gateway"].pacs
    new = images.synthetic(seed=60_000, rows=128, columns=105)
    send(restored, new)
    states = restored.wait_until_idle()
    assert states == {"delivered": before, "shredded": 1}
    study = str(pydicom.dcmread(new, specific_tags=["StudyInstanceUID"]).StudyInstanceUID)
    assert len(lost.by_study[study]) == 2
    restored.assert_journal_verifies()
    [entry] = [entry for entry in restored.journal(kind="heal") if entry["details"].get("what", "").startswith("restored")]
    assert entry["subject"] == disaster["made"]["id"]


def test_an_image_that_came_after_the_backup_is_taken_again(disaster):
    """A modality that sends it again gets Success, and the PACS the same results once more."""
    restored = disaster["restored"]
    send(restored, *disaster["files"][1:])
    restored.wait_until_idle()
    assert sum(restored.states().values()) == COUNT + 1


def test_what_a_later_version_wrote_is_refused(disaster, make_gateway, folder):
    """By restore and by serve, with what to do."""
    later = folder / "later"
    shutil.copytree(disaster["backup"], later)
    with sqlite3.connect(later / "gateway.sqlite") as database:
        database.execute("INSERT INTO grdb_migrations VALUES ('of a later version')")
    subprocess.run("sha256sum $(cut -c67- SHA256SUMS) > NEW && mv NEW SHA256SUMS", shell=True, cwd=later, check=True)
    gateway = make_gateway("later-version")
    ask(gateway, "keys", "escrow", "open", disaster["escrow"], stdin=PASSPHRASE)
    refused = gateway.run("restore", later)
    assert refused.returncode == 74 and "DUR-007" in refused.stderr and "install that version" in refused.stderr
    assert not (gateway.data / "gateway.sqlite").exists()
    shutil.copy(later / "gateway.sqlite", gateway.data / "gateway.sqlite")
    served = gateway.run("serve")
    assert served.returncode != 0 and "DUR-007" in served.stderr
    (gateway.data / "gateway.sqlite").unlink()


def test_a_damaged_or_unfinished_backup_is_refused(disaster, make_gateway, folder):
    """One flipped bit in one file; no manifest."""
    damaged = folder / "damaged"
    shutil.copytree(disaster["backup"], damaged)
    sealed = next(damaged.glob("instances/*/*.sealed"))
    content = bytearray(sealed.read_bytes())
    content[len(content) // 2] ^= 1
    sealed.write_bytes(content)
    gateway = make_gateway("damaged-backup")
    ask(gateway, "keys", "escrow", "open", disaster["escrow"], stdin=PASSPHRASE)
    refused = gateway.run("restore", damaged)
    assert refused.returncode == 65 and "BKP-004" in refused.stderr
    (damaged / "backup.json").unlink()
    assert "BKP-002" in gateway.run("restore", damaged).stderr
