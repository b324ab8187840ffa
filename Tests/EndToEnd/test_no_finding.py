"""Images without a finding: each has its reason, and an answer that a radiologist sees.

Requirement: silence never reads as normal. What is not eligible, held, rejected or failed is answered by a report that
says so and why, unless the site has opted out in writing; and the answer is replaced when the outcome changes.
"""
import pytest

from kit.images import uid_of
from kit.modality import send, send_raw
from kit.pacs import SECONDARY_CAPTURE, referenced_instances, text_of
from kit.processes import wait_for


@pytest.fixture(scope="module")
def gateway(make_gateway, pacs):
    gateway = make_gateway("answers", study_quiet_seconds=1).start()
    gateway.add_source("CR1")
    gateway.add_destination(pacs)
    return gateway


@pytest.fixture(scope="module")
def files(images):
    return images.synthetic(seed=9100, count=6, rows=256, columns=210)


def in_study(images, file, name, number, **attributes):
    """The image in a study and of a patient by number, with other attributes."""
    def edit(data_set):
        data_set.StudyInstanceUID, data_set.PatientID = f"1.2.826.0.1.3680043.8.498.91.{number}", f"ANSWER-{number}"
        for keyword, value in attributes.items():
            setattr(data_set, keyword, value)
    return images.edited(file, name, edit), f"1.2.826.0.1.3680043.8.498.91.{number}"


def test_a_lateral_image_is_answered_by_a_report_that_says_why(gateway, pacs, images, files):
    """Not eligible: one report, no capture, no word that could be read as a finding."""
    file, study = in_study(images, files[0], "lateral.dcm", 1, ViewPosition="LL")
    send(gateway, file)
    report, = wait_for("an answer", lambda: pacs.of_study(study))
    assert gateway.wait_until_idle() == {"not-eligible": 1}
    assert text_of(report).startswith("AI analysis not performed: not a frontal view (ELI-003). No finding was assessed.")
    assert referenced_instances(report) == {uid_of(file)}
    assert report.PatientID == "ANSWER-1"


def test_an_image_beside_an_analysed_one_is_named_in_its_report(gateway, pacs, images, files):
    """PA and lateral: one report speaks of both, with findings for one and the reason for the other."""
    frontal, study = in_study(images, files[1], "frontal.dcm", 2)
    lateral, _ = in_study(images, files[2], "side.dcm", 2, ViewPosition="LL")
    send(gateway, frontal, lateral)
    wait_for("report and capture", lambda: len(pacs.of_study(study)) == 2)
    gateway.wait_until_idle()
    report, = [result for result in pacs.of_study(study) if str(result.SOPClassUID) != SECONDARY_CAPTURE]
    words = text_of(report)
    assert words.startswith("AI assessed only: pneumonia.")
    assert "AI analysis not performed in image " in words and " of 2: not a frontal view (ELI-003)." in words
    assert referenced_instances(report) == {uid_of(frontal), uid_of(lateral)}


def test_the_answer_changes_with_the_outcome(gateway, pacs, images, files):
    """Analysed first, then a lateral image comes: another revision says so, and replaces the first."""
    frontal, study = in_study(images, files[3], "early.dcm", 3)
    send(gateway, frontal)
    wait_for("report and capture", lambda: len(pacs.of_study(study)) == 2)
    lateral, _ = in_study(images, files[4], "late.dcm", 3, ViewPosition="LL")
    send(gateway, lateral)
    wait_for("another report", lambda: len(pacs.of_study(study)) == 3)
    reports = [result for result in pacs.of_study(study) if str(result.SOPClassUID) != SECONDARY_CAPTURE]
    assert sorted("AI analysis not performed in image" in text_of(report) for report in reports) == [False, True]
    assert sum("PredecessorDocumentsSequence" in report for report in reports) == 1


def test_two_patients_in_one_study_are_never_mixed(gateway, pacs, images, files):
    """The second patient's image is held, and no report speaks of it."""
    first, study = in_study(images, files[0], "one.dcm", 4, SOPInstanceUID="1.2.3.4.1")
    second, _ = in_study(images, files[1], "two.dcm", 4, SOPInstanceUID="1.2.3.4.2", PatientID="SOMEONE-ELSE")
    send(gateway, first)
    wait_for("report and capture", lambda: len(pacs.of_study(study)) == 2)
    assert [answer.status for answer in send_raw(gateway, second)] == [0]
    held, = gateway.ask("quarantine", "list")
    assert held["reason"] == "REC-031"
    gateway.wait_until_idle()
    gateway.ask("quarantine", "reject", held["id"], "--reason", "registered wrongly")
    gateway.wait_until_idle()
    assert len(pacs.of_study(study)) == 2
    assert all(str(result.PatientID) == "ANSWER-4" for result in pacs.of_study(study))


def test_a_site_can_opt_out_with_a_name_and_a_date(make_gateway, make_recorder, images, files):
    """Written consent to silence: nothing is sent; anything less than name and day is no configuration."""
    gateway = make_gateway("silent", results_not_performed_opt_out="Head of radiology, 2026-01-15").start()
    gateway.add_source("CR1")
    pacs = make_recorder()
    gateway.add_destination(pacs)
    file, _ = in_study(images, files[5], "silent.dcm", 5, ViewPosition="LL")
    send(gateway, file)
    assert gateway.wait_until_idle() == {"not-eligible": 1}
    assert not pacs.receipts()
    refused = gateway.run("check", results_not_performed_opt_out="yes")
    assert refused.returncode == 78 and "results.not_performed_opt_out" in refused.stderr


def test_the_journal_verifies_after_all_of_it(gateway):
    gateway.assert_journal_verifies()
