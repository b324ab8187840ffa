"""Markers in every identifying attribute of an image are nowhere in what the gateway leaves behind.

Requirement: nothing identifying on disk, in the logs or on standard output, in any encoding, while the gateway runs and
after it; and the PACS received results under the true name.
"""
from collections import namedtuple

import pydicom
import pytest

from kit.identifying import Markers, plant_everything, with_preamble
from kit.markers import Search, encodings
from kit.modality import send, send_raw
from kit.processes import wait_for

Planted = namedtuple("Planted", "gateway pacs files names search states running")

KANJI = "山田^太郎"


@pytest.fixture(scope="module")
def planted(gateway, pacs, images, data, folder):
    """Three patients: all attributes in ASCII, names in UTF-8, names in ISO 2022 with Kanji; all sent and analysed."""
    markers = Markers("ascii")
    names = {}

    def everywhere(data_set):
        assert plant_everything(data_set, markers, data) > 550
        names[str(data_set.StudyInstanceUID)] = str(data_set.PatientName).encode()

    def unicode(data_set):
        other = Markers("unicode", ending="Ünïçø")
        data_set.SpecificCharacterSet = "ISO_IR 192"
        for keyword, vr in [("PatientName", "PN"), ("PatientID", "LO"), ("InstitutionName", "LO"),
                            ("ReferringPhysicianName", "PN"), ("PatientComments", "LT"), ("StudyDescription", "LO")]:
            setattr(data_set, keyword, other.value(vr, keyword))
        data_set.StudyInstanceUID, data_set.SOPInstanceUID = other.value("UI", "UID"), other.value("UI", "UID")
        markers.planted.update({f"UTF-8 {what}": value for what, value in other.planted.items()})
        names[str(data_set.StudyInstanceUID)] = str(data_set.PatientName).encode()

    def japanese(data_set):
        other = Markers("japanese")
        roman = f"{other.text('roman')}^{other.text('roman')}"
        kanji = b"^".join(
            other.keep("kanji", b"\x1b$B" + part.encode("iso2022_jp")[3:-3] + b"\x1b(B") for part in KANJI.split("^"))
        whole = roman.encode() + b"=" + kanji
        data_set.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
        data_set.PatientName = f"{roman}={KANJI}"
        data_set.PatientID = other.value("LO", "PatientID")
        data_set.StudyInstanceUID, data_set.SOPInstanceUID = other.value("UI", "UID"), other.value("UI", "UID")
        other.keep("kanji in UTF-8", KANJI.replace("^", ""))
        for part in KANJI.split("^"):
            other.keep("kanji in UTF-8", part)
        markers.planted.update({f"Japanese {what}": value for what, value in other.planted.items()})
        names[str(data_set.StudyInstanceUID)] = whole

    files = [
        images.edited(images.synthetic(seed=31), "ascii.dcm", everywhere),
        images.edited(images.synthetic(seed=32), "unicode.dcm", unicode),
        images.edited(images.synthetic(seed=33), "japanese.dcm", japanese),
    ]
    files[0].write_bytes(with_preamble(files[0].read_bytes(), markers))
    search = Search(markers.planted)
    answers = send_raw(gateway, *files[:2])
    assert [answer.status for answer in answers] == [0, 0], answers
    send(gateway, files[2])
    running = []
    wait_for("work begins", lambda: gateway.states())
    running.append(search.below(gateway.folder))
    states = gateway.wait_until_idle()
    for words in (["queue", "list"], ["quarantine", "list"], ["journal", "show", "--limit", "500"], ["ae", "list"],
                  ["keys", "list"], ["check"]):
        gateway.run(*words)
    for entry in gateway.journal(kind="receive"):
        if entry["subject"]:
            gateway.run("trace", entry["subject"])
    running.append(search.below(gateway.folder))
    return Planted(gateway, pacs, files, names, search, states, running)


def test_images_full_of_markers_are_received_and_analysed(planted):
    """None of the images is refused, held or failed: all walk the whole way."""
    assert planted.states == {"delivered": 3}, planted.gateway.ask("quarantine", "list")


def test_no_marker_is_found_while_the_gateway_runs(planted):
    """Every file below the gateway's folder: data, database with its write-ahead log, logs, output, temporary files."""
    for hits, read in planted.running:
        assert read > 100_000
        assert not hits
    text = planted.gateway.text() + planted.gateway.answers.read_text()
    assert "receives on port" in text and "journalRead" in text, "the logs that were searched are not the gateway's"


def test_the_pacs_received_results_under_the_true_name(planted):
    """Patient's Name in each report and capture is the source's own bytes, in its own character set."""
    found = {study: set() for study in planted.names}
    for result in planted.pacs.results():
        name = bytes(result.get_item(0x00100010).value).rstrip(b" \0")
        assert name == planted.names[str(result.StudyInstanceUID)]
        found[str(result.StudyInstanceUID)].add(str(result.SOPClassUID))
    assert all(len(kinds) == 2 for kinds in found.values()), found


def test_a_deidentified_file_holds_no_marker(planted, folder):
    """`instance deidentify` on the same files, whose preamble and file meta information hold markers too."""
    (folder / "clean").mkdir()
    for number, file in enumerate(planted.files):
        assert planted.search.within(file.read_bytes()), "the source holds no marker"
        clean = folder / "clean" / f"{number}.dcm"
        finished = planted.gateway.run("instance", "deidentify", file, clean)
        assert finished.returncode == 0, finished.stderr + finished.stdout
        assert pydicom.dcmread(clean).PatientIdentityRemoved == "YES"
    hits, read = planted.search.below(folder / "clean")
    assert read > 100_000 and not hits


def test_no_marker_is_found_after_the_gateway_has_stopped(planted):
    """The same search when the gateway has ended, over the main folder with all that it ever wrote."""
    planted.gateway.stop()
    hits, read = planted.search.below(planted.gateway.folder)
    assert read > 100_000
    assert not hits


def test_the_search_would_find_each_marker_in_each_encoding(planted, tmp_path):
    """Control: the search can fail. Every shape of a marker, between other bytes, is found in a file."""
    for value in (b"qXzVjK123456", "qXzVjK12Ünï".encode(), b"1.2.826.0.1.3680043.9.7.12345"):
        search = Search({"it": value})
        for name, shape in encodings(value).items():
            (tmp_path / "planted").write_bytes(b"\x00noise" * 100 + shape + b"more noise")
            hits, _ = search.below(tmp_path)
            assert hits, f"{name} of {value} would not be found"
    (tmp_path / "planted").write_bytes(planted.files[0].read_bytes())
    hits, _ = planted.search.below(tmp_path)
    assert len(next(iter(hits.values()))) > 550, "most planted markers would not be found in the image itself"
    (tmp_path / "planted").unlink()
    assert planted.search.below(tmp_path) == ({}, 0)
