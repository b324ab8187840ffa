"""A scripted PACS: Storage, Query (Study Root) and Storage Commitment, each behaving as a test says."""
import hashlib
import threading
import time

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, build_role, evt

from kit.processes import free_port

CR, DX = "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
COMPREHENSIVE_3D_SR = "1.2.840.10008.5.1.4.1.1.88.34"
COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33"
ENHANCED_SR = "1.2.840.10008.5.1.4.1.1.88.22"
STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
COMMITMENT = "1.2.840.10008.1.20.1"
COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1.1"
SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]


class ScriptedPeer:
    """`statuses` are given to C-STORE in turn, the last one for ever. `studies` answers queries: by Study Instance UID
    the patient id, accession number and the SOP Instance UIDs that are there. `commits`: yes, no, never."""

    title = "SCRIPTED"

    def __init__(self, classes=(SECONDARY_CAPTURE, COMPREHENSIVE_3D_SR), statuses=(0x0000,), studies=None, commits=None,
                 where="same", gateway_port=None):
        self.port = free_port()
        self.classes, self.statuses, self.studies, self.commits = classes, list(statuses), studies, commits
        self.where, self.gateway_port = where, gateway_port
        self.received, self.queries, self.asked, self.report_answers = [], [], [], []
        self.stall = 0.0
        self._lock = threading.Lock()
        self._server = None

    def start(self):
        entity = AE(self.title)
        for each in self.classes:
            entity.add_supported_context(each, SYNTAXES)
        entity.add_supported_context("1.2.840.10008.1.1", SYNTAXES)
        if self.studies is not None:
            entity.add_supported_context(STUDY_FIND, SYNTAXES)
        if self.commits is not None:
            entity.add_supported_context(COMMITMENT, SYNTAXES, scu_role=True, scp_role=True)
        self._server = entity.start_server(
            ("127.0.0.1", self.port), block=False,
            evt_handlers=[(evt.EVT_C_STORE, self._store), (evt.EVT_C_FIND, self._find),
                          (evt.EVT_N_ACTION, self._action)])
        return self

    def end(self):
        if self._server is not None:
            self._server.shutdown()
            self._server = None

    # ---- what it was sent

    def stored(self):
        """The objects that it said it stored, in order: SOP class, SOP instance, digest of the bytes, data set."""
        with self._lock:
            return [entry for entry in self.received if entry[4] in (0x0000, 0xB000, 0xB006, 0xB007)]

    def _store(self, event):
        time.sleep(self.stall)
        with self._lock:
            status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
            content = event.request.DataSet.getvalue()
            self.received.append((
                str(event.request.AffectedSOPClassUID), str(event.request.AffectedSOPInstanceUID),
                hashlib.sha256(content).hexdigest(), event.dataset, status))
        return status

    def _find(self, event):
        identifier = event.identifier
        self.queries.append(identifier)
        study = self.studies.get(str(identifier.StudyInstanceUID))
        if study is None:
            yield 0x0000, None
            return
        answer = Dataset()
        answer.QueryRetrieveLevel = identifier.QueryRetrieveLevel
        answer.StudyInstanceUID = identifier.StudyInstanceUID
        if identifier.QueryRetrieveLevel == "STUDY":
            answer.PatientID, answer.AccessionNumber = study["patient"], study.get("accession", "")
            yield 0xFF00, answer
        else:
            wanted = identifier.SOPInstanceUID
            wanted = [wanted] if isinstance(wanted, str) else list(wanted)
            for uid in wanted:
                if uid in study["instances"]:
                    answer.SOPInstanceUID = uid
                    yield 0xFF00, answer
        yield 0x0000, None

    # ---- commitment

    def _action(self, event):
        request = event.action_information
        with self._lock:
            self.asked.append(request)
        if self.commits != "never":
            target = event.assoc if self.where == "same" else None
            threading.Thread(target=self._report, args=(request, target), daemon=True).start()
        return 0x0000, None

    def _report(self, request, association):
        time.sleep(0.2)
        report = Dataset()
        report.TransactionUID = request.TransactionUID
        if self.commits == "yes":
            report.ReferencedSOPSequence = request.ReferencedSOPSequence
        else:
            for item in request.ReferencedSOPSequence:
                item.FailureReason = 0x0112
            report.FailedSOPSequence = request.ReferencedSOPSequence
        event_type = 1 if self.commits == "yes" else 2
        if association is not None:
            status, _ = association.send_n_event_report(report, event_type, COMMITMENT, COMMITMENT_INSTANCE)
            self.report_answers.append(status.get("Status"))
            return
        entity = AE(self.title)
        entity.add_requested_context(COMMITMENT, SYNTAXES)
        association = entity.associate(
            "127.0.0.1", self.gateway_port, ae_title="CXRGATE", ext_neg=[build_role(COMMITMENT, scp_role=True)])
        if not association.is_established:
            self.report_answers.append("refused")
            return
        status, _ = association.send_n_event_report(report, event_type, COMMITMENT, COMMITMENT_INSTANCE)
        self.report_answers.append(status.get("Status"))
        association.release()
