"""Results that were wrong are taken back: the PACS gets a rejection note for our objects, and for no others.

Requirement: recall by model, version, period, source, study or image; counted first; IHE IOCM rejection notes.
"""
import json

import pytest

from kit.images import uid_of
from kit.modality import send
from kit.pacs import COMPREHENSIVE_3D_SR, SECONDARY_CAPTURE, referenced_instances
from kit.processes import wait_for
from kit.validators import dciodvfy_errors

KEY_OBJECT_SELECTION = "1.2.840.10008.5.1.4.1.1.88.59"
COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33"
STUDY = "1.2.826.0.1.3680043.8.498.92.1"


@pytest.fixture(scope="module")
def gateway(make_gateway, pacs):
    gateway = make_gateway("recalls").start()
    gateway.add_source("CR1")
    gateway.add_destination(pacs)
    return gateway


@pytest.fixture(scope="module")
def pair(images):
    """Two images of one study."""
    def join(data_set):
        data_set.StudyInstanceUID, data_set.PatientID = STUDY, "RECALL-1"
    files = images.synthetic(seed=9200, count=2, rows=256, columns=210)
    return [images.edited(file, f"pair-{number}.dcm", join) for number, file in enumerate(files)]


def of_class(pacs, sop_class):
    return [result for result in pacs.of_study(STUDY) if str(result.SOPClassUID) == sop_class]


def referenced(note):
    """The objects that a note rejects."""
    return {str(item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)
            for item in note.ContentSequence if item.ValueType in ("IMAGE", "COMPOSITE")}


def test_a_recall_counts_before_it_acts(gateway, pacs, pair):
    """Without --confirm nothing happens; with another count than was shown nothing happens either."""
    send(gateway, *pair)
    wait_for("a report and two captures", lambda: len(of_class(pacs, SECONDARY_CAPTURE)) == 2 and any(
        len(referenced_instances(report)) >= 2 for report in of_class(pacs, COMPREHENSIVE_3D_SR)))
    gateway.wait_until_idle()
    plan = gateway.ask("results", "recall", "--model", "cxr-pneumonia")
    assert (plan["recall"], plan["images"], plan["studies"], plan["destinations"]) == (None, 2, 1, [pacs.title])
    wrong = gateway.run("results", "recall", "--model", "cxr-pneumonia", "--confirm", plan["results"] + 1,
                        "--reason", "a test")
    assert wrong.returncode != 0 and "look again" in wrong.stderr
    assert gateway.run("results", "recall", "--confirm", "1", "--reason", "no condition").returncode != 0
    assert gateway.run("results", "recall", "--model", "cxr-pneumonia", "--confirm", plan["results"]).returncode != 0
    assert gateway.states() == {"delivered": 2}


def test_one_image_is_taken_back_and_the_other_is_reported_anew(gateway, pacs, pair, tmp_path):
    """Recall of one image: its capture and every report of the study are rejected; a new report speaks of the other."""
    traced = {entry["subject"]: entry for entry in gateway.journal(kind="receive") if entry["subject"]}
    capture = next(result for result in of_class(pacs, SECONDARY_CAPTURE) if uid_of(pair[0]) in referenced_instances(result))
    before = {str(report.SOPInstanceUID) for report in of_class(pacs, COMPREHENSIVE_3D_SR)}
    other = next(result for result in of_class(pacs, SECONDARY_CAPTURE) if result.SOPInstanceUID != capture.SOPInstanceUID)
    for instance in traced:
        shown = gateway.ask("results", "show", instance)
        assert {"report", "capture"} == {line["kind"] for line in shown}
        assert all(line["delivered"][0]["status"] == "0000" for line in shown)
    # Which of the two ids is the first picture's only the sealed identity says: take the one sent first.
    first = min(traced.values(), key=lambda entry: entry["at"])["subject"]
    plan = gateway.ask("results", "recall", "--instance", first)
    assert plan["images"] == 1 and plan["results"] == 1 + len(before)
    done = gateway.ask("results", "recall", "--instance", first, "--confirm", plan["results"], "--reason", "a test")
    assert done["recall"]
    note, = wait_for("a rejection note", lambda: of_class(pacs, KEY_OBJECT_SELECTION))
    assert referenced(note) == before | {str(capture.SOPInstanceUID)}
    assert (str(note.PatientID), note.ConceptNameCodeSequence[0].CodeValue) == ("RECALL-1", "113037")
    note.save_as(tmp_path / "note.dcm")
    assert not dciodvfy_errors(tmp_path / "note.dcm")
    fresh = wait_for("another report", lambda: [
        report for report in of_class(pacs, COMPREHENSIVE_3D_SR) if str(report.SOPInstanceUID) not in before])
    assert uid_of(pair[1]) in referenced_instances(fresh[0]) and uid_of(pair[0]) not in referenced_instances(fresh[0])
    assert "PredecessorDocumentsSequence" not in fresh[0], "what was taken back is not continued"
    assert gateway.wait_until_idle() == {"delivered": 1, "withdrawn": 1}
    assert str(other.SOPInstanceUID) not in referenced(note)


def test_what_was_taken_back_is_shown_and_journalled(gateway, pair):
    """`results show` tells it; the journal says who did it and why."""
    instance = gateway.journal(kind="recall")
    assert len(instance) == 1 and instance[0]["details"]["reason"] == "(sealed)"
    states = {line["state"] for line in gateway.ask("results", "show", instance[0]["study"])}
    assert {"current", "recalled"} <= states
    again = gateway.ask("results", "recall", "--source", "CR1")
    assert again["images"] == 1, "what is withdrawn is not recalled again"


def test_nothing_is_told_to_a_pacs_that_has_nothing(make_gateway, images):
    """Recalled before any destination existed: no note is made, and a later destination gets nothing of it."""
    gateway = make_gateway("unsent").start()
    gateway.add_source("CR1")
    send(gateway, images.synthetic(seed=9300, rows=256, columns=210))
    gateway.wait_until_idle()
    plan = gateway.ask("results", "recall", "--source", "CR1")
    gateway.ask("results", "recall", "--source", "CR1", "--confirm", plan["results"], "--reason", "a test")
    assert gateway.wait_until_idle() == {"withdrawn": 1}
    gateway.ask("ae", "add", "PACS9", "--host", "127.0.0.1", "--port", "9", "--role", "destination")
    assert not [job for job in gateway.ask("queue", "list") if job["kind"] == "deliver"], json.dumps(plan)


def test_a_report_that_went_out_in_another_class_is_taken_back_by_that_name(make_gateway, pacs, images):
    """The fallback of a report is an object of its own: its revision replaces it by that name, and the note rejects it."""
    gateway = make_gateway("fallback").start()
    gateway.add_source("CR1")
    gateway.add_destination(pacs)
    gateway.ask("ae", "set", pacs.title, "--sr", "comprehensive")
    study = "1.2.826.0.1.3680043.8.498.92.2"

    def join(data_set):
        data_set.StudyInstanceUID, data_set.PatientID = study, "RECALL-2"
    first, second = images.synthetic(seed=9400, count=2, rows=256, columns=210)
    reports = lambda: [result for result in pacs.of_study(study) if str(result.SOPClassUID) == COMPREHENSIVE_SR]
    send(gateway, images.edited(first, "fallback-1.dcm", join))
    original, = wait_for("a report", reports)
    gateway.wait_until_idle()
    send(gateway, images.edited(second, "fallback-2.dcm", join))
    wait_for("a revision", lambda: len(reports()) == 2)
    gateway.wait_until_idle()
    revision, = [report for report in reports() if report.SOPInstanceUID != original.SOPInstanceUID]
    named = revision.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
    assert (named.ReferencedSOPClassUID, named.ReferencedSOPInstanceUID) == (COMPREHENSIVE_SR, original.SOPInstanceUID)
    plan = gateway.ask("results", "recall", "--source", "CR1")
    gateway.ask("results", "recall", "--source", "CR1", "--confirm", plan["results"], "--reason", "a test")
    note, = wait_for("a note", lambda: [
        result for result in pacs.of_study(study) if str(result.SOPClassUID) == KEY_OBJECT_SELECTION])
    assert {str(report.SOPInstanceUID) for report in reports()} <= referenced(note)
    deliveries = [entry["details"] for entry in gateway.journal(kind="deliver")]
    assert "comprehensive" in {details.get("as") for details in deliveries}


def test_the_journal_verifies_after_all_of_it(gateway):
    gateway.assert_journal_verifies()
