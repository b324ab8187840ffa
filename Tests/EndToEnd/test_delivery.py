"""Results reach a PACS that misbehaves exactly once and in order, and no result goes where it no longer belongs.

Requirement: the destination is asked for study, patient and accession before anything is sent; a mismatch holds the
result; statuses of C-STORE mean what PS3.4 B.2.3 says; Storage Commitment on the same or a separate association.
"""
import itertools
import urllib.request
from collections import Counter

import pydicom
import pytest

from kit.modality import send
from kit.peer import COMPREHENSIVE_3D_SR, COMPREHENSIVE_SR, ENHANCED_SR, SECONDARY_CAPTURE, ScriptedPeer
from kit.processes import wait_for


@pytest.fixture(scope="module")
def gateway(make_gateway):
    gateway = make_gateway("delivery", delivery_wait_for_images_seconds=600).start()
    gateway.add_source("CR1")
    return gateway


@pytest.fixture
def image(images, _seeds=itertools.count(7000)):
    """Makes one image of a new patient: the file and its header."""
    def make():
        file = images.synthetic(seed=next(_seeds), rows=256, columns=210)
        return file, pydicom.dcmread(file, stop_before_pixels=True)
    return make


@pytest.fixture
def peer(gateway):
    """Starts scripted peers and registers them; takes them out of the list at the end, whatever is owed to them."""
    made = []

    def make(query="off", options=(), **settings):
        peer = ScriptedPeer(gateway_port=gateway.port, **settings).start()
        made.append(peer)
        gateway.ask("ae", "add", peer.title, "--host", "127.0.0.1", "--port", peer.port, "--role", "destination",
                    "--query", query, *options)
        return peer
    yield make
    for peer in made:
        peer.end()
        for state in ("waiting", "held", "dead"):
            for job in gateway.ask("queue", "list", "--state", state):
                gateway.run("queue", "discard", job["id"], "--reason", "the test is over")
        wait_for("the peer can be removed", lambda: gateway.run("ae", "remove", peer.title).returncode == 0, 60)


def study_of(header, patient=None, images=True, accession=None):
    return {str(header.StudyInstanceUID): {
        "patient": str(header.PatientID) if patient is None else patient,
        "accession": str(header.AccessionNumber) if accession is None else accession,
        "instances": {str(header.SOPInstanceUID)} if images else set()}}


def arrived(peer, count=2, seconds=90):
    return wait_for(f"{count} results arrive", lambda: len(peer.stored()) >= count and peer.stored(), seconds)


def held(gateway):
    return [job["error"] for job in gateway.ask("queue", "list", "--state", "held")]


# ---- agreement


def test_a_result_goes_out_when_study_patient_and_images_agree(gateway, image, peer):
    file, header = image()
    scripted = peer(query="on", studies=study_of(header))
    send(gateway, file)
    assert {entry[0] for entry in arrived(scripted)} == {SECONDARY_CAPTURE, COMPREHENSIVE_3D_SR}
    assert {query.QueryRetrieveLevel for query in scripted.queries} == {"STUDY", "IMAGE"}


@pytest.mark.parametrize("change, words", [
    ({"patient": "MERGED-1"}, "patient id"), ({"accession": "OTHER-9"}, "accession number")])
def test_a_mismatch_holds_the_result_and_alarms(gateway, image, peer, change, words):
    """After a merge or a correction in the PACS nothing is filed under the old patient."""
    file, header = image()
    scripted = peer(query="on", studies=study_of(header, **change))
    send(gateway, file)
    wait_for("both results are held", lambda: len(held(gateway)) == 2)
    assert all("DEL-010" in error and words in error for error in held(gateway))
    assert not scripted.received
    assert any("DEL-010" in alarm for alarm in gateway.ask("status")["alarms"])
    assert gateway.journal(kind="hold")[-1]["details"]["destination"] == scripted.title
    assert "DEL-010" in gateway.run("ae", "doctor", scripted.title).stdout
    # Corrected there, a person lets it be asked again.
    scripted.studies.update(study_of(header))
    gateway.ask("queue", "retry")
    arrived(scripted)


def test_results_wait_until_the_pacs_has_the_images(make_gateway, images, folder):
    """The modality's own copy is often later than we are."""
    gateway = make_gateway("waits", delivery_wait_for_images_seconds=20).start()
    gateway.add_source("CR1")
    file = images.synthetic(seed=7900, rows=256, columns=210)
    header = pydicom.dcmread(file, stop_before_pixels=True)
    scripted = ScriptedPeer(studies=study_of(header, images=False)).start()
    try:
        gateway.add_destination(scripted, query="on")
        send(gateway, file)
        wait_for("it says that it waits", lambda: any(
            "DEL-013" in (job["error"] or "") for job in gateway.ask("queue", "list", "--state", "waiting")))
        assert not scripted.received
        scripted.studies[str(header.StudyInstanceUID)]["instances"].add(str(header.SOPInstanceUID))
        arrived(scripted)
        # Never there: held in the end, by the default policy.
        other = images.synthetic(seed=7901, rows=256, columns=210)
        send(gateway, other)
        wait_for("held in the end", lambda: len(held(gateway)) == 2)
        assert all("DEL-011" in error for error in held(gateway))
    finally:
        scripted.end()


def test_a_peer_that_cannot_be_asked_gets_no_old_identity(gateway, image, peer):
    file, header = image()
    scripted = peer(query="on", options=("--max-identity-age", "0"))
    send(gateway, file)
    wait_for("held", lambda: len(held(gateway)) == 2)
    assert all("DEL-012" in error for error in held(gateway))
    assert not scripted.received
    gateway.ask("ae", "set", scripted.title, "--max-identity-age", "86400")
    gateway.ask("queue", "retry")
    arrived(scripted)


def test_orthanc_is_asked_and_agrees(make_gateway, make_pacs, images):
    """A real PACS: it lacks the image, then has it."""
    pacs = make_pacs("asked-pacs")
    gateway = make_gateway("asks-orthanc", delivery_wait_for_images_seconds=60).start()
    gateway.add_source("CR1")
    gateway.add_destination(pacs, query="on")
    file = images.synthetic(seed=7910, rows=256, columns=210)
    send(gateway, file)
    wait_for("it waits for the image", lambda: any(
        "DEL-013" in (job["error"] or "") for job in gateway.ask("queue", "list", "--state", "waiting")))
    assert pacs.count() == 0
    _store(pacs, file)
    pacs.wait_for_results(file)


def _store(pacs, file):
    request = urllib.request.Request(f"http://127.0.0.1:{pacs.http}/instances", data=open(file, "rb").read(),
                                     headers={"Content-Type": "application/dicom"})
    urllib.request.urlopen(request, timeout=60).read()


# ---- statuses


@pytest.mark.parametrize("statuses", [(0xA700, 0xA700, 0x0000), (0xB000,), (0xB006,), (0xB007,), (0x0110, 0x0000)])
def test_what_is_temporary_is_tried_again_and_a_warning_counts_as_stored(gateway, image, peer, statuses):
    file, _ = image()
    scripted = peer(statuses=statuses)
    send(gateway, file)
    entries = arrived(scripted)
    assert Counter(entry[1] for entry in entries).most_common(1)[0][1] == 1, "an object was stored twice"
    # A repeat is the same object, byte for byte.
    for uid in {entry[1] for entry in scripted.received}:
        assert len({entry[2] for entry in scripted.received if entry[1] == uid}) == 1


@pytest.mark.parametrize("status", [0xA900, 0xC000, 0x0122])
def test_what_is_permanent_is_dead_at_once(gateway, image, peer, status):
    file, _ = image()
    scripted = peer(statuses=(status,))
    send(gateway, file)
    dead = wait_for("both results are dead", lambda: (
        lambda jobs: len(jobs) == 2 and jobs)(gateway.ask("queue", "list", "--state", "dead")))
    assert all(f"{status:04X}" in job["error"] for job in dead)
    assert len(scripted.received) == 2, "a permanent failure was tried again"


def test_a_peer_that_is_down_gets_everything_once_when_it_is_back(gateway, image, peer):
    """The circuit opens, the attempts stay unspent, and one object finds out that it is back."""
    first = peer()
    first.end()
    files = [image()[0] for _ in range(3)]
    send(gateway, *files)
    wait_for("the circuit opens", lambda: [
        row for row in gateway.ask("status")["peers"] if row["name"] == first.title and row["line"] == "open"])
    assert any("is not reached" in alarm for alarm in gateway.ask("status")["alarms"])
    first.start()
    arrived(first, count=6)
    gateway.wait_until_idle()
    entries = first.stored()
    assert len(entries) == 6
    assert Counter(entry[1] for entry in entries).most_common(1)[0][1] == 1
    wait_for("the circuit closes", lambda: [
        row for row in gateway.ask("status")["peers"] if row["name"] == first.title and row["line"] == "closed"])


# ---- SR classes


@pytest.mark.parametrize("classes, expected", [
    ((SECONDARY_CAPTURE, COMPREHENSIVE_SR, ENHANCED_SR), COMPREHENSIVE_SR),
    ((SECONDARY_CAPTURE, ENHANCED_SR), ENHANCED_SR)])
def test_a_destination_without_3d_sr_gets_the_best_that_it_takes(gateway, image, peer, classes, expected):
    file, _ = image()
    scripted = peer(classes=classes)
    send(gateway, file)
    report, = [entry for entry in arrived(scripted) if entry[0] != SECONDARY_CAPTURE]
    assert report[0] == expected == str(report[3].SOPClassUID)
    assert report[1] == str(report[3].SOPInstanceUID)
    assert "a destination takes reports" in gateway.text()


# ---- commitment


@pytest.mark.parametrize("where", ["same", "separate"])
def test_results_are_committed_when_the_destination_says_so(gateway, image, peer, where):
    file, _ = image()
    scripted = peer(commits="yes", where=where, options=("--commitment", "on"))
    before = gateway.counters().get("results committed", 0)
    send(gateway, file)
    wait_for("both are committed", lambda: gateway.counters().get("results committed", 0) == before + 2)
    assert {0x0000} == set(wait_for("it was answered", lambda: scripted.report_answers))
    assert len(scripted.stored()) == 2
    wait_for("the image is committed", lambda: "committed" in gateway.states())
    assert len(gateway.journal(kind="commit", outcome="ok")) >= 2


def test_what_a_destination_does_not_commit_to_is_sent_again(gateway, image, peer):
    file, _ = image()
    scripted = peer(commits="no", options=("--commitment", "on"))
    send(gateway, file)
    entries = arrived(scripted, count=4)
    for uid in {entry[1] for entry in entries}:
        assert len({entry[2] for entry in entries if entry[1] == uid}) == 1, "it was not the same object"
    scripted.commits = "yes"
    wait_for("committed in the end", lambda: not [
        row for row in gateway.ask("status")["peers"] if row["name"] == scripted.title and row["uncommitted"]])


def test_a_destination_that_never_reports_is_asked_again_and_then_shown(gateway, image, peer):
    file, _ = image()
    scripted = peer(commits="never", options=("--commitment", "on", "--commitment-timeout", "1"))
    send(gateway, file)
    wait_for("it is shown", lambda: any("has not committed" in alarm for alarm in gateway.ask("status")["alarms"]))
    assert len(scripted.asked) >= 3
    assert len(scripted.stored()) == 2, "silence is no reason to send again"
