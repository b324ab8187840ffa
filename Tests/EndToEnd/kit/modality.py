"""The sending side: DCMTK's storescu as a modality would use it, and pynetdicom where bytes must go as they are."""
import os
import re
import subprocess
import threading
from collections import namedtuple

import pydicom
from pynetdicom import AE, _config

# A path is sent as the bytes behind its file meta information, unparsed; the command says what the meta says.
_config.STORE_SEND_CHUNKED_DATASET = True

# storescu proposes a compressed transfer syntax only if told so.
PROPOSALS = {
    "1.2.840.10008.1.2.4.50": "-xy", "1.2.840.10008.1.2.4.70": "-xs", "1.2.840.10008.1.2.4.80": "-xt",
    "1.2.840.10008.1.2.4.81": "-xu", "1.2.840.10008.1.2.4.90": "-xv", "1.2.840.10008.1.2.4.91": "-xw",
    "1.2.840.10008.1.2.5": "-xr",
}

SUCCESS = "Success"
UNKNOWN_CALLER = ("Rejected Permanent", "Service User", "Calling AE Title Not Recognized")

Answer = namedtuple("Answer", "status comment")


def storescu(gateway, *files, calling="CR1", called="CXRGATE", options=()):
    """Sends files over one association; the finished process, `stdout` with all that storescu said."""
    syntax = str(pydicom.filereader.read_file_meta_info(files[0]).TransferSyntaxUID)
    proposal = [PROPOSALS[syntax]] if syntax in PROPOSALS else []
    return subprocess.run(
        ["/usr/bin/storescu", "-v", "-R", *proposal, *options, "-aet", calling, "-aec", called, "127.0.0.1",
         str(gateway.port), *map(str, files)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=300,
        env=os.environ | {"TCP_NODELAY": "1"})


def statuses(output):
    """What the answers in storescu's output were: `Success`, or the words for another status."""
    return re.findall(r"Received Store Response \((.*)\)", output)


def send(gateway, *files, calling="CR1"):
    """Sends files, in groups of one transfer syntax; fails unless each is answered with Success."""
    groups = {}
    for file in files:
        meta = pydicom.filereader.read_file_meta_info(file)
        groups.setdefault(str(meta.TransferSyntaxUID), []).append(file)
    for group in groups.values():
        finished = storescu(gateway, *group, calling=calling)
        said = statuses(finished.stdout)
        assert said == ["Success"] * len(group), finished.stdout[-3000:]


def send_raw(gateway, *files, calling="CR1", called="CXRGATE"):
    """Sends the bytes of files as they are over one association; an `Answer` for each, its status `None` if the
    association ended instead."""
    entity = AE(calling)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 60
    for file in files:
        meta = pydicom.filereader.read_file_meta_info(file)
        entity.add_requested_context(meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID)
    association = entity.associate("127.0.0.1", gateway.port, ae_title=called)
    assert association.is_established, "the association was not accepted"
    answers = []
    try:
        for file in files:
            answer = association.send_c_store(str(file)) if association.is_established else {}
            answers.append(Answer(answer.get("Status"), str(answer.get("ErrorComment", ""))))
    finally:
        association.release() if association.is_established else association.abort()
    return answers


def echo(gateway, calling="CR1", called="CXRGATE"):
    """C-ECHO by DCMTK: `SUCCESS`, or why the association was refused, as `UNKNOWN_CALLER`.

    Not by pynetdicom, which loses about one rejection in 250 when the connection closes right behind it.
    """
    finished = subprocess.run(
        ["/usr/bin/echoscu", "-v", "-aet", calling, "-aec", called, "127.0.0.1", str(gateway.port)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=120)
    if finished.returncode == 0:
        return re.search(r"Received Echo Response \((.*)\)", finished.stdout)[1]
    refused = re.search(r"Result: (.*), Source: (.*)\nF: Reason: (.*)", finished.stdout)
    assert refused, finished.stdout
    return refused.groups()


class PersistentModality(threading.Thread):
    """A modality that resends what got no Success, until it did; knows which instances were answered with Success.

    `may_send(number)` holds it back until the test wants the image with that number to go.
    """

    def __init__(self, gateway, files, may_send, calling="CR1"):
        super().__init__(name="modality")
        self.gateway, self.files, self.may_send, self.calling = gateway, list(files), may_send, calling
        self.successes = []
        self.attempts = 0
        self.given_up = threading.Event()
        self.statuses = []

    def run(self):
        for number, file in enumerate(self.files):
            while not self.may_send(number) and not self.given_up.wait(0.02):
                pass
            uid = str(pydicom.filereader.read_file_meta_info(file).MediaStorageSOPInstanceUID)
            while not self.given_up.is_set():
                self.attempts += 1
                if self._send(file):
                    self.successes.append(uid)
                    break
                self.given_up.wait(0.1)

    def _send(self, file):
        try:
            answer = send_raw(self.gateway, file, calling=self.calling)[0]
        except (AssertionError, OSError, RuntimeError, ValueError):
            return False
        if answer.status is not None:
            self.statuses.append(answer.status)
        return answer.status == 0x0000
