"""A source may ask us for commitment, and hears yes only when the PACS has its images: a modality deletes on a yes.

Requirement: off by default; Success only after the PACS is confirmed to hold the originals, failure otherwise.
"""
import urllib.request

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from pynetdicom import AE, evt

from kit.processes import free_port, wait_for

COMMITMENT, INSTANCE = "1.2.840.10008.1.20.1", "1.2.840.10008.1.20.1.1"


class Modality:
    """Asks for commitment, and hears the report on a port of its own."""

    title = "COMCR"

    def __init__(self, gateway):
        self.gateway, self.port, self.reports = gateway, free_port(), []
        entity = AE(self.title)
        entity.add_supported_context(COMMITMENT, ExplicitVRLittleEndian, scu_role=False, scp_role=True)
        self.server = entity.start_server(
            ("127.0.0.1", self.port), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, self._hear)])

    def _hear(self, event):
        self.reports.append((event.event_type, event.event_information))
        return 0x0000, None

    def ask(self, *files):
        """Returns the status, and the transaction."""
        entity = AE(self.title)
        entity.add_requested_context(COMMITMENT, ExplicitVRLittleEndian)
        association = entity.associate("127.0.0.1", self.gateway.port, ae_title="CXRGATE")
        if not association.is_established:  # pynetdicom aborts when every context is refused
            return None, None
        request = Dataset()
        request.TransactionUID = generate_uid()
        request.ReferencedSOPSequence = []
        for file in files:
            header, item = pydicom.dcmread(file, stop_before_pixels=True), Dataset()
            item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = header.SOPClassUID, header.SOPInstanceUID
            request.ReferencedSOPSequence.append(item)
        status, _ = association.send_n_action(request, 1, COMMITMENT, INSTANCE)
        association.release()
        return status.Status, request.TransactionUID

    def report(self, transaction, seconds=60):
        return wait_for("a report comes", lambda: next(
            (each for each in self.reports if each[1].TransactionUID == transaction), None), seconds)


@pytest.fixture(scope="module")
def pacs(make_pacs):
    return make_pacs("commitment-pacs")


@pytest.fixture(scope="module")
def modality(make_gateway, pacs):
    gateway = make_gateway("commitment").start()
    gateway.add_destination(pacs, query="on")
    modality = Modality(gateway)
    gateway.ask("ae", "add", modality.title, "--role", "source", "--host", "127.0.0.1", "--port", modality.port)
    yield modality
    modality.server.shutdown()


def keep(pacs, file):
    """The modality's own copy reaches the PACS."""
    with open(file, "rb") as content:
        urllib.request.urlopen(urllib.request.Request(
            f"http://127.0.0.1:{pacs.http}/instances", data=content.read(),
            headers={"Content-Type": "application/dicom"}), timeout=60).read()


def uids(sequence):
    return {str(item.ReferencedSOPInstanceUID) for item in sequence}


def test_by_default_nobody_may_ask(modality, images):
    assert modality.ask(images.synthetic(seed=7500, rows=64, columns=64)) == (None, None)


def test_what_the_pacs_has_is_committed_also_when_it_comes_late(modality, pacs, images):
    modality.gateway.ask("ae", "set", modality.title, "--commitment-service", "on")
    early, late = (images.synthetic(seed=seed, rows=64, columns=64) for seed in (7501, 7502))
    keep(pacs, early)
    status, transaction = modality.ask(early, late)
    assert status == 0x0000 and not modality.reports
    keep(pacs, late)
    kind, report = modality.report(transaction)
    assert kind == 1 and len(uids(report.ReferencedSOPSequence)) == 2 and "FailedSOPSequence" not in report
    entry = modality.gateway.journal(kind="commit")[-1]
    assert entry["details"]["committed"] == "2" and entry["details"]["for"] == modality.title


def test_what_the_pacs_has_not_is_a_failure(modality, pacs, images):
    """Although we have received, sealed and answered it ourselves."""
    modality.gateway.ask("ae", "set", modality.title, "--commitment-service", "on")
    there, missing = (images.synthetic(seed=seed, rows=64, columns=64) for seed in (7503, 7504))
    keep(pacs, there)
    status, transaction = modality.ask(there, missing)
    assert status == 0x0000
    kind, report = modality.report(transaction, seconds=150)
    assert kind == 2
    assert uids(report.ReferencedSOPSequence) == {str(pydicom.dcmread(there).SOPInstanceUID)}
    assert uids(report.FailedSOPSequence) == {str(pydicom.dcmread(missing).SOPInstanceUID)}
