"""Other people's senders: a PACS that forwards, and pynetdicom with everything that it can propose.

Requirement: Orthanc as a sender; role selection, many transfer syntaxes, asynchronous operations; what is sent arrives.
"""
import json
import urllib.request

import pydicom
import pytest
from pydicom.uid import (ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit,
                         JPEGLosslessSV1, JPEGLSLossless, RLELossless)
from pynetdicom import AE, build_role
from pynetdicom.pdu_primitives import AsynchronousOperationsWindowNegotiation
from pynetdicom.sop_class import Verification

CR = "1.2.840.10008.5.1.4.1.1.1"
SYNTAXES = [JPEGBaseline8Bit, JPEG2000Lossless, RLELossless, JPEGLSLossless, JPEGLosslessSV1, ImplicitVRLittleEndian,
            ExplicitVRLittleEndian]


@pytest.fixture(scope="module")
def gateway(make_gateway):
    gateway = make_gateway("foreign")
    gateway.command += ["--roles", "reception"]
    gateway.start()
    gateway.add_source("CR1")
    return gateway


def received(gateway):
    return gateway.counters().get("instances received", 0)


def ask(pacs, method, path, body, kind="application/json"):
    request = urllib.request.Request(f"http://127.0.0.1:{pacs.http}{path}", body, {"Content-Type": kind}, method=method)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read() or b"null")


def test_orthanc_forwards_what_it_has(gateway, make_pacs, data, images):
    """Native, JPEG lossless, JPEG-LS, JPEG 2000, RLE and baseline: each as Orthanc stored it."""
    sender = make_pacs("sender")
    gateway.ask("ae", "add", "FORWARDER", "--title", sender.title, "--host", "127.0.0.1", "--role", "source")
    ask(sender, "PUT", "/modalities/gateway", json.dumps(["CXRGATE", "127.0.0.1", gateway.port]).encode())
    files = [images.synthetic(seed=8800, rows=300, columns=200), *sorted((data / "dicom/radiograph").glob("nema_*.dcm")),
             data / "dicom/chest/siim_cr_pa_jpegbaseline.dcm"]
    assert len(files) == 7
    before, seen = received(gateway), set()
    for number, file in enumerate(files):
        # The encodings of one picture share a UID; here each is an image of its own.
        def rename(data_set, number=number):
            data_set.SOPInstanceUID = f"1.2.826.0.1.3680043.10.543.{8800 + number}"
        copy = images.edited(file, f"forwarded-{number}.dcm", rename)
        seen.add(str(pydicom.filereader.read_file_meta_info(copy).TransferSyntaxUID))
        stored = ask(sender, "POST", "/instances", copy.read_bytes(), "application/dicom")
        answer = ask(sender, "POST", "/modalities/gateway/store", stored["ID"].encode(), "text/plain")
        assert answer["FailedInstancesCount"] == 0, answer
    assert len(seen) >= 6
    assert received(gateway) == before + len(files)


def test_many_syntaxes_roles_and_windows_end_in_a_stored_image(gateway, images):
    """One context with seven transfer syntaxes, one for each alone, roles proposed both ways, a window of 16."""
    entity = AE("CR1")
    entity.add_requested_context(CR, SYNTAXES)
    entity.add_requested_context(Verification)
    for syntax in SYNTAXES:
        entity.add_requested_context(CR, syntax)
    window = AsynchronousOperationsWindowNegotiation()
    window.maximum_number_operations_invoked = window.maximum_number_operations_performed = 16
    association = entity.associate(
        "127.0.0.1", gateway.port, ae_title="CXRGATE",
        ext_neg=[window, build_role(CR, scu_role=True, scp_role=True), build_role(Verification, scu_role=True)])
    assert association.is_established
    assert not association.rejected_contexts
    assert association.accepted_contexts[0].transfer_syntax == [ExplicitVRLittleEndian]
    before = received(gateway)
    for number in range(5):
        image = pydicom.dcmread(images.synthetic(seed=8900 + number, rows=100, columns=80))
        assert association.send_c_store(image, msg_id=0xFFFF - number).Status == 0
        assert association.send_c_echo().Status == 0
    association.release()
    assert received(gateway) == before + 5


def test_the_scp_role_alone_leaves_the_sender_its_default_role(gateway, images):
    """A sender that says it is the SCP of storage is answered with the default roles, and may store."""
    entity = AE("CR1")
    entity.add_requested_context(CR, ExplicitVRLittleEndian)
    association = entity.associate(
        "127.0.0.1", gateway.port, ae_title="CXRGATE", ext_neg=[build_role(CR, scu_role=False, scp_role=True)])
    assert association.is_established
    context, = association.accepted_contexts + association.rejected_contexts
    assert context.result == 0
    association.release()
