"""What a privacy officer does with the journal: who touched this patient's images, what went to whom, and proof elsewhere.

Requirement: search by patient and study through keyed pseudonyms; reading is journalled; copies verify offline; a journal
that was rolled back contradicts a checkpoint that was kept elsewhere.
"""
import json
import shutil
import subprocess
import sys

import pydicom
import pytest

from conftest import REPOSITORY
from kit.modality import send

INDEPENDENT = REPOSITORY / "Conformance/Suite/verify_journal.py"


@pytest.fixture(scope="module")
def anchors(folder):
    (folder / "elsewhere").mkdir()
    return folder / "elsewhere"


@pytest.fixture(scope="module")
def worked(make_gateway, pacs, images, anchors):
    """Two patients, one image each, analysed and delivered; checkpoints kept in a directory and a witness file."""
    gateway = make_gateway(
        "worked", journal_anchors=f"directory:{anchors},file:{anchors}/witness", journal_anchor_seconds=1).start()
    gateway.add_source("CR1")
    gateway.add_destination(pacs)
    gateway.files = images.synthetic(seed=7200, count=2, rows=256, columns=210)
    send(gateway, *gateway.files)
    assert gateway.wait_until_idle() == {"delivered": 2}
    return gateway


def found(gateway, verb, by, identifier):
    finished = gateway.run("journal", verb, "--by", by, "--json", stdin=f"{identifier}\n")
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def test_every_touch_of_a_patients_images_is_found_and_no_other(worked):
    """By Patient ID and by Study Instance UID the same entries; the other patient's are not among them."""
    first, second = (pydicom.dcmread(file, stop_before_pixels=True) for file in worked.files)
    by_patient = found(worked, "search", "patient", first.PatientID)
    by_study = found(worked, "search", "study", first.StudyInstanceUID)
    kinds = {entry["kind"] for entry in by_patient}
    assert {"receive", "deidentify", "verify", "seal", "infer", "explain", "open", "report", "deliver"} <= kinds
    indices = {entry["index"] for entry in by_study if entry["kind"] != "journalRead"}
    assert indices == {entry["index"] for entry in by_patient if entry["kind"] != "journalRead"}
    assert str(first.PatientID) not in json.dumps(by_patient)
    other = found(worked, "search", "patient", second.PatientID)
    assert not indices & {entry["index"] for entry in other}
    assert found(worked, "search", "patient", "NOBODY-1") == [
        entry for entry in found(worked, "search", "patient", "NOBODY-1") if entry["kind"] == "journalRead"][:1]


def test_the_ordinary_day_leaves_every_kind_of_entry_that_it_should(worked):
    """From the start to the PACS, and what administrators did meanwhile."""
    worked.run("trace", worked.journal(kind="receive")[0]["subject"])
    kinds = {entry["kind"] for entry in worked.journal()}
    assert {
        "start", "configurationChange", "receive", "deidentify", "verify", "seal", "infer", "explain", "open", "report",
        "deliver", "administratorRead", "journalRead",
    } <= kinds


def test_the_search_itself_is_journalled(worked):
    """Who asked, and about which pseudonym."""
    first = pydicom.dcmread(worked.files[0], stop_before_pixels=True)
    found(worked, "search", "patient", first.PatientID)
    entry = worked.journal(kind="journalRead")[-2]
    assert entry["details"]["what"] == "search" and len(entry["details"]["patient"]) == 16


def test_disclosures_are_accounted_for(worked, pacs):
    """Date, recipient, what and purpose of each result that left; and who looked at it here."""
    first = pydicom.dcmread(worked.files[0], stop_before_pixels=True)
    report = found(worked, "accounting", "patient", first.PatientID)
    assert report["studies"] == 1
    assert {(entry["to"], entry["what"]) for entry in report["disclosures"]} == {
        (pacs.title, "report"), (pacs.title, "capture")}
    assert any(entry["what"] == "journalRead" for entry in report["accesses"])
    text = worked.run("journal", "accounting", stdin=f"{first.PatientID}\n")
    assert pacs.title in text.stdout and str(first.PatientID) not in text.stdout


def test_an_export_verifies_by_itself(worked, tmp_path):
    """With the public key and checkpoint beside it: by the product offline, and by the independent verifier."""
    copy = tmp_path / "copy"
    finished = worked.run("journal", "export", copy)
    assert finished.returncode == 0, finished.stderr
    checked = worked.run(
        "journal", "verify", "--public-key", copy / "journal.pub", "--checkpoint", copy / "checkpoint.note",
        copy / "journal", "--json", data_dir="/nonexistent")
    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout)["compared"] == 1
    independent = subprocess.run(
        [sys.executable, INDEPENDENT, "--key", copy / "journal.pub", "--against", copy / "checkpoint.note",
         copy / "journal"], capture_output=True, text=True)
    assert independent.returncode == 0, independent.stdout
    assert worked.journal(kind="export"), "the export is not in the journal"
    assert worked.run("journal", "export", copy).returncode != 0, "a second export into the same place"


def test_reasons_are_sealed_and_the_officer_opens_them(worked):
    """What people type is not in the journal's files; `journal show --reasons` shows it."""
    image = worked.journal(kind="receive")[0]["subject"]
    assert worked.run(
        "instance", "open", image, worked.folder / "opened.dcm", "--reason", "ordered by qXzVreasonName").returncode == 0
    assert worked.journal(kind="open", subject=image)[-1]["details"]["reason"] == "(sealed)"
    for segment in (worked.data / "journal").iterdir():
        assert b"qXzVreasonName" not in segment.read_bytes()
    opened = json.loads(worked.run("journal", "show", "--reasons", "--json").stdout)
    assert "ordered by qXzVreasonName" in [entry["details"].get("reason") for entry in opened]


def test_a_rolled_back_journal_contradicts_what_was_kept_elsewhere(worked, anchors, tmp_path):
    """The whole data directory put back to an earlier state verifies in itself; an anchor says otherwise."""
    worked.stop()
    shutil.copytree(worked.data, tmp_path / "earlier", ignore=shutil.ignore_patterns("admin.sock"))
    worked.start()
    worked.ask("ae", "add", "CR7", "--role", "source")
    printed = worked.run("journal", "checkpoint")
    assert printed.returncode == 0, printed.stderr
    (tmp_path / "printed").write_text(printed.stdout)
    worked.stop()
    assert worked.run("journal", "verify", data_dir=tmp_path / "earlier").returncode == 0
    key = worked.data / "keys/journal.pub"
    for note in (tmp_path / "printed", anchors / "checkpoint.note", anchors / "witness"):
        for directory, code in ((worked.data / "journal", 0), (tmp_path / "earlier/journal", 1)):
            finished = worked.run("journal", "verify", "--public-key", key, "--checkpoint", note, directory)
            assert finished.returncode == code, f"{note} {directory}: {finished.stdout}{finished.stderr}"
            independent = subprocess.run(
                [sys.executable, INDEPENDENT, "--key", key, "--against", note, directory],
                capture_output=True, text=True)
            assert independent.returncode == code, independent.stdout
