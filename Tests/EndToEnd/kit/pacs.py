"""The receiving side: Orthanc, a real PACS; and a scripted Storage SCP that remembers every receipt."""
import hashlib
import io
import json
import threading
import urllib.request
from collections import Counter
from pathlib import Path

import pydicom
from pynetdicom import AE, evt

from kit.processes import Service, free_port, wait_for

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
COMPREHENSIVE_3D_SR = "1.2.840.10008.5.1.4.1.1.88.34"


def open_raw(data):
    """A data set from the bytes of a Part 10 file."""
    return pydicom.dcmread(io.BytesIO(data), force=True)


def referenced_instances(data_set):
    """The SOP Instance UIDs that a result says it was made from."""
    found = set()
    for element in data_set.iterall():
        if element.tag == (0x0008, 0x1155):
            found.add(str(element.value))
    return found


class Orthanc(Service):
    """A PACS on free ports of the loopback; its verbose log tells every C-STORE it received."""

    title = "ORTHANC"

    def __init__(self, folder, executable):
        folder = Path(folder)
        (folder / "db").mkdir(parents=True)
        self.port, self.http = free_port(), free_port()
        settings = {
            "Name": "PACS", "StorageDirectory": str(folder / "db"), "IndexDirectory": str(folder / "db"),
            "HttpPort": self.http, "DicomPort": self.port, "DicomAet": self.title, "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False, "DicomAlwaysAllowStore": True, "DicomAlwaysAllowFind": True,
            "OverwriteInstances": False, "StableAge": 1,
        }
        (folder / "orthanc.json").write_text(json.dumps(settings))
        super().__init__(
            [executable, "--verbose", folder / "orthanc.json"], folder, folder / "orthanc.log",
            {"PATH": "/usr/bin:/bin", "TCP_NODELAY": "1", "LC_ALL": "C.UTF-8"})

    def start(self):
        self.launch()

        def is_up():
            assert self.is_running, f"Orthanc ended: {self.text()[-2000:]}"
            try:
                return self.get("/system")
            except OSError:
                return None
        wait_for("Orthanc answers", is_up, seconds=60)
        return self

    def get(self, path, query=None):
        """The raw answer of its REST interface; with a query, to a POST of it."""
        body = None if query is None else json.dumps(query).encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}{path}", body, timeout=60) as answer:
            return answer.read()

    def count(self):
        return json.loads(self.get("/statistics"))["CountInstances"]

    def files(self):
        """Every object it holds, as the bytes of a Part 10 file."""
        return [self.get(f"/instances/{name}/file") for name in json.loads(self.get("/instances"))]

    def results(self):
        """Every object it holds, as data sets."""
        return [open_raw(data) for data in self.files()]

    def of_study(self, study):
        """The objects of one study, as data sets."""
        found = json.loads(self.get("/tools/find", {"Level": "Instance", "Query": {"StudyInstanceUID": study}}))
        return [open_raw(self.get(f"/instances/{name}/file")) for name in found]

    def wait_for_results(self, source, seconds=90):
        """Returns the report and the capture that were made from an image, when both are there."""
        header = pydicom.dcmread(source, stop_before_pixels=True)
        kinds = {COMPREHENSIVE_3D_SR, SECONDARY_CAPTURE}

        def arrived():
            found = [result for result in self.of_study(str(header.StudyInstanceUID))
                     if str(header.SOPInstanceUID) in referenced_instances(result)]
            return {str(result.SOPClassUID) for result in found} == kinds and found
        return wait_for("report and capture are in the PACS", arrived, seconds, pause=0.2)

    def receipts(self):
        """How many C-STORE requests it has logged."""
        return self.text().count("Incoming Store request")

    def wait_for_count(self, count, seconds=120):
        wait_for(f"{count} objects in the PACS", lambda: self.count() >= count, seconds)


def text_of(report):
    """The sentences at the head of a report, line by line."""
    return "\n".join(str(item.TextValue) for item in report.ContentSequence
                     if (item.ValueType, item.RelationshipType) == ("TEXT", "CONTAINS"))


class RecordingPacs:
    """A Storage SCP (pynetdicom) that keeps the digest of every data set it was sent, each time."""

    title = "RECORDER"

    def __init__(self, status=0x0000):
        self.port = free_port()
        self.status = status
        self.digests = []
        self.by_study = {}
        self.classes = {}
        self._lock = threading.Lock()
        self._entity = AE(self.title)
        for abstract in (SECONDARY_CAPTURE, COMPREHENSIVE_3D_SR):
            self._entity.add_supported_context(abstract, ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"])
        self._entity.maximum_pdu_size = 0
        self._server = None

    def start(self):
        self._server = self._entity.start_server(
            ("127.0.0.1", self.port), block=False, evt_handlers=[(evt.EVT_C_STORE, self._store)])
        return self

    def end(self):
        if self._server is not None:
            self._server.shutdown()

    def _store(self, event):
        digest = hashlib.sha256(event.request.DataSet.getvalue()).hexdigest()
        instance, study = str(event.request.AffectedSOPInstanceUID), str(event.dataset.StudyInstanceUID)
        with self._lock:
            self.digests.append((instance, digest))
            self.by_study.setdefault(study, set()).add(instance)
            self.classes[instance] = str(event.request.AffectedSOPClassUID)
        return self.status

    def receipts(self):
        """How often each object was received."""
        with self._lock:
            return Counter(uid for uid, _ in self.digests)

    def variants(self):
        """The objects that were received with more than one content."""
        with self._lock:
            contents = {}
            for uid, digest in self.digests:
                contents.setdefault(uid, set()).add(digest)
        return {uid: found for uid, found in contents.items() if len(found) > 1}
