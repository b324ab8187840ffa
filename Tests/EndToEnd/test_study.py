"""Several images of one study: one report when the study has been quiet, and another when an image comes late.

Requirement: one structured report per study and model version, one secondary capture per image; a late image makes a
superseding revision.
"""
import pytest

from kit.images import uid_of
from kit.modality import send
from kit.pacs import COMPREHENSIVE_3D_SR, SECONDARY_CAPTURE, referenced_instances, text_of
from kit.processes import wait_for

STUDY, PATIENT = "1.2.826.0.1.3680043.8.498.77", "STUDY-77"


@pytest.fixture(scope="module")
def gateway(make_gateway, pacs):
    """Waits three seconds for more images before it reports."""
    gateway = make_gateway("quiet", study_quiet_seconds=3).start()
    gateway.add_source("CR1")
    gateway.add_destination(pacs)
    return gateway


@pytest.fixture(scope="module")
def views(images):
    """Four images of one study."""
    def join(data_set):
        data_set.StudyInstanceUID, data_set.PatientID = STUDY, PATIENT
    files = images.synthetic(seed=9000, count=4, rows=256, columns=210)
    return [images.edited(file, f"view-{number}.dcm", join) for number, file in enumerate(files)]


def results(pacs, sop_class):
    return [result for result in pacs.of_study(STUDY) if str(result.SOPClassUID) == sop_class]


def sources(result, files):
    """Which of the files a result refers to."""
    return {number for number, file in enumerate(files) if uid_of(file) in referenced_instances(result)}


def predecessors(report):
    """The documents that a report says it replaces."""
    return [reference.ReferencedSOPInstanceUID for study in report.get("PredecessorDocumentsSequence", [])
            for series in study.ReferencedSeriesSequence for reference in series.ReferencedSOPSequence]


def test_two_images_of_a_study_share_one_report(gateway, pacs, views):
    """Sent together: one report that speaks of both, one capture each."""
    send(gateway, *views[:2])
    wait_for("two captures and a report", lambda: len(pacs.of_study(STUDY)) == 3)
    assert gateway.wait_until_idle() == {"delivered": 2}
    report, = results(pacs, COMPREHENSIVE_3D_SR)
    assert sources(report, views) == {0, 1}
    assert [sources(capture, views) for capture in results(pacs, SECONDARY_CAPTURE)] in ([{0}, {1}], [{1}, {0}])


def test_a_late_image_makes_a_superseding_report(gateway, pacs, views):
    """An image that comes when the study has been reported and delivered: a new report speaks of all three."""
    first, = results(pacs, COMPREHENSIVE_3D_SR)
    send(gateway, views[2])
    gateway.wait_until_idle()
    assert gateway.ask("queue", "list") == [], gateway.text()[-1000:]
    assert gateway.states() == {"delivered": 3}
    reports = results(pacs, COMPREHENSIVE_3D_SR)
    assert sorted(len(sources(report, views)) for report in reports) == [2, 3]
    assert len({report.SOPInstanceUID for report in reports}) == 2
    assert first.SOPInstanceUID in {report.SOPInstanceUID for report in reports}, "what was sent stays as it was"
    second = next(report for report in reports if report.SOPInstanceUID != first.SOPInstanceUID)
    assert predecessors(second) == [first.SOPInstanceUID] and predecessors(first) == []
    assert f"Revision 2, replaces {first.ContentTime[:2]}:{first.ContentTime[2:4]}." in text_of(second)
    assert len(results(pacs, SECONDARY_CAPTURE)) == 3


def test_a_late_image_after_a_restart_makes_another_revision(gateway, pacs, views):
    """The study's history is on disk, not in a process."""
    gateway.kill9("supervisor")
    gateway.start()
    send(gateway, views[3])
    gateway.wait_until_idle()
    assert gateway.states() == {"delivered": 4}
    reports = sorted(results(pacs, COMPREHENSIVE_3D_SR), key=lambda report: len(sources(report, views)))
    assert [len(sources(report, views)) for report in reports] == [2, 3, 4]
    assert predecessors(reports[2]) == [reports[1].SOPInstanceUID], "each names the one before it"
    gateway.assert_journal_verifies()
