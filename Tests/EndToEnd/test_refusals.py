"""What may not pass is refused with the right status, said clearly, journalled and counted; the next image passes.

Requirement: an unknown calling AE is refused at association; a CT image, a broken data set and a truncated pixel data
element get the right status and a line in the log; bad input never stops the daemon.
"""
import itertools
import re

import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE

from kit.images import data_set_bytes, part10, uid_of
from kit.modality import UNKNOWN_CALLER, echo, send, send_raw, storescu
from kit.processes import wait_for

CR, DX = "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
CANNOT_UNDERSTAND, DOES_NOT_MATCH = 0xC000, 0xA900
# The scanner says what is wrong with the bytes of a data set.
MALFORMED = r"STR-\d+"
PIXEL_DATA = b"\xe0\x7f\x10\x00"


@pytest.fixture(scope="module")
def template(images):
    """An image to spoil copies of."""
    return images.synthetic(seed=4000)


@pytest.fixture
def next_image(gateway, pacs, images, _numbers=itertools.count(4100)):
    """Says that the gateway still lives: another image is sent and comes back with both results."""
    def passes():
        file = images.synthetic(seed=next(_numbers), rows=256, columns=210)
        send(gateway, file)
        pacs.wait_for_results(file)
    return passes


@pytest.fixture
def source(gateway, _numbers=itertools.count(1)):
    """A source of this test's own: repeated refusals of one source are coalesced in the journal."""
    return gateway.add_source(f"SOURCE{next(_numbers)}")


@pytest.fixture
def refused(gateway):
    """Says that what happened since was logged with a code (a pattern), journalled and counted once."""
    log, entries = len(gateway.text()), len(gateway.journal(kind="refuse"))
    counters = gateway.counters()

    def check(code, what, ae):
        lines = [line for line in gateway.text()[log:].splitlines() if re.search(code, line) and what in line]
        assert len(lines) == 1, f"not one line in the log says {code}: {gateway.text()[log:]}"
        entry, = gateway.journal(kind="refuse")[entries:]
        assert re.fullmatch(code, entry["outcome"])
        assert (entry["details"]["what"], entry["details"]["ae"]) == (what, ae)
        name = f"{what}s refused"
        assert gateway.counters()[name] == counters.get(name, 0) + 1
    return check


def spoiled(images, template, name, spoil, sop_class=CR, sop_instance=None):
    """A file with the template's data set after `spoil(bytes) -> bytes`, its command as for the template."""
    content = spoil(data_set_bytes(template))
    return part10(images.folder / name, content, sop_class, sop_instance or uid_of(template))


# ---- at association


def test_an_unknown_calling_ae_is_refused_at_association(gateway, template, refused, next_image):
    """A-ASSOCIATE-RJ, permanent, by the service user, calling AE title not recognized; journalled and counted."""
    finished = storescu(gateway, template, calling="NOBODY")
    assert finished.returncode != 0
    assert "Calling AE Title Not Recognized" in finished.stdout, finished.stdout
    assert "Rejected Permanent" in finished.stdout and "Service User" in finished.stdout
    refused("REC-002", "association", ae="NOBODY")
    next_image()


def test_a_wrong_called_ae_is_refused_at_association(gateway, source, template, refused, next_image):
    """A-ASSOCIATE-RJ with called AE title not recognized."""
    finished = storescu(gateway, template, calling=source, called="OTHERAE")
    assert finished.returncode != 0
    assert "Called AE Title Not Recognized" in finished.stdout, finished.stdout
    refused("REC-001", "association", ae=source)
    next_image()


def test_an_ae_registered_with_another_address_is_refused(gateway, refused):
    """A source whose host is set may send from there alone."""
    gateway.ask("ae", "add", "ELSEWHERE", "--host", "127.0.0.9", "--role", "source")
    assert echo(gateway, calling="ELSEWHERE") == UNKNOWN_CALLER
    refused("REC-003", "association", ae="ELSEWHERE")


def test_a_destination_may_not_send(gateway, pacs):
    """The PACS is registered, but as a destination: it is not recognized as a sender."""
    assert echo(gateway, calling=pacs.title) == UNKNOWN_CALLER


def test_every_refusal_is_counted_at_once(gateway):
    """A device that tries again and again is journalled with a count, but `status` counts each refusal."""
    before = gateway.counters().get("associations refused", 0)
    for _ in range(3):
        assert echo(gateway, calling="AGAIN") == UNKNOWN_CALLER
    assert gateway.counters()["associations refused"] == before + 3
    assert len([entry for entry in gateway.journal(kind="refuse") if entry["details"]["ae"] == "AGAIN"]) == 1


def test_a_ct_image_is_refused_as_a_presentation_context(gateway, data, next_image):
    """The context is refused with abstract-syntax-not-supported, and the log says that something was refused."""
    log = len(gateway.text())
    finished = storescu(gateway, data / "dicom/syntax/ct_small_private.dcm")
    assert finished.returncode != 0
    assert "No Acceptable Presentation Contexts" in finished.stdout, finished.stdout
    entity = AE("CR1")
    entity.add_requested_context(CT, ExplicitVRLittleEndian)
    entity.add_requested_context(CR, ExplicitVRLittleEndian)
    association = entity.associate("127.0.0.1", gateway.port, ae_title="CXRGATE")
    assert association.is_established
    assert [context.result for context in association.rejected_contexts] == [3]
    association.release()
    next_image()
    assert "refused" in gateway.text()[log:], "no line in the log says that a CT image was refused"


# ---- at C-STORE


def test_a_ct_data_set_under_a_cr_command_is_answered_with_a900(gateway, source, images, data, refused, next_image):
    """SOP class of command and data set disagree: data set does not match SOP class."""
    ct = data / "dicom/syntax/ct_small_private.dcm"
    file = part10(images.folder / "ct-as-cr.dcm", data_set_bytes(ct), CR, uid_of(ct))
    assert [answer.status for answer in send_raw(gateway, file, calling=source)] == [DOES_NOT_MATCH]
    refused("REC-011", "instance", ae=source)
    next_image()


def test_another_sop_instance_in_the_command_is_answered_with_a900(gateway, images, template):
    """SOP Instance UID of command and data set disagree."""
    file = spoiled(images, template, "other-uid.dcm", lambda content: content, sop_instance="1.2.3.4.5")
    assert [answer.status for answer in send_raw(gateway, file)] == [DOES_NOT_MATCH]


def test_a_data_set_cut_in_the_header_is_answered_with_c000(gateway, source, images, template, refused, next_image):
    """A broken data set: cannot understand."""
    file = spoiled(images, template, "cut-header.dcm", lambda content: content[:600])
    answer, = send_raw(gateway, file, calling=source)
    assert answer.status == CANNOT_UNDERSTAND, answer
    assert answer.comment
    refused(MALFORMED, "instance", ae=source)
    next_image()


def test_pixel_data_cut_short_is_answered_with_c000(gateway, source, images, template, refused, next_image):
    """The element says more bytes than arrive."""
    file = spoiled(images, template, "cut-pixels.dcm", lambda content: content[:-1000])
    answer, = send_raw(gateway, file, calling=source)
    assert answer.status == CANNOT_UNDERSTAND, answer
    refused(MALFORMED, "instance", ae=source)
    next_image()


def test_pixel_data_shorter_than_rows_and_columns_say_is_answered_with_c000(gateway, source, images, template, refused):
    """The element is whole, but too short for the declared geometry."""
    def shorten(content):
        place = content.rindex(PIXEL_DATA + b"OW\0\0")
        length = int.from_bytes(content[place + 8:place + 12], "little") - 1000
        return content[:place + 8] + length.to_bytes(4, "little") + content[place + 12:place + 12 + length]
    answer, = send_raw(gateway, spoiled(images, template, "short-pixels.dcm", shorten), calling=source)
    assert answer.status == CANNOT_UNDERSTAND, answer
    refused("REC-015", "instance", ae=source)


def test_a_length_of_four_gigabytes_is_answered_with_c000(gateway, images, template, next_image):
    """A length field is never believed: nothing is allocated for it."""
    def lie(content):
        place = content.rindex(PIXEL_DATA + b"OW\0\0")
        return content[:place + 8] + b"\xfe\xff\xff\xff" + content[place + 12:]
    answer, = send_raw(gateway, spoiled(images, template, "lying-length.dcm", lie))
    assert answer.status == CANNOT_UNDERSTAND, answer
    next_image()


def test_an_image_without_pixels_is_answered_with_c000(gateway, images, template):
    """A header alone is no image."""
    file = spoiled(
        images, template, "no-pixels.dcm", lambda content: content[:content.rindex(PIXEL_DATA + b"OW\0\0")])
    answer, = send_raw(gateway, file)
    assert answer.status == CANNOT_UNDERSTAND, answer


def test_refused_instances_do_not_end_the_association(gateway, images, template):
    """Bad, good, bad over one association: each gets its own answer."""
    bad = spoiled(images, template, "bad-again.dcm", lambda content: content[:700])
    good = images.synthetic(seed=4090)
    assert [answer.status for answer in send_raw(gateway, bad, good, bad)] == [
        CANNOT_UNDERSTAND, 0x0000, CANNOT_UNDERSTAND]


def test_what_is_refused_leaves_no_file(gateway, images, template):
    """A refused instance leaves nothing in the store."""
    def sealed():
        return sorted(str(path) for path in (gateway.data / "instances").rglob("*") if path.is_file())
    gateway.wait_until_idle()
    before = sealed()
    send_raw(gateway, spoiled(images, template, "leaves-nothing.dcm", lambda content: content[:-5000]))
    assert sealed() == before


# ---- hostile input


def test_ten_thousand_nested_sequences_do_not_stop_the_gateway(gateway, source, images, data, refused, next_image):
    """What makes other receivers overflow their stack is refused; the reception role is the same process as before."""
    nested = data / "malformed/own/sq_nesting_10000.dcm"
    reception = gateway.roles()["reception"]
    file = part10(images.folder / "nested.dcm", data_set_bytes(nested), CR, "1.2.3.4.5.6")
    answer, = send_raw(gateway, file, calling=source)
    assert answer.status == CANNOT_UNDERSTAND, answer
    refused(MALFORMED, "instance", ae=source)
    assert gateway.roles()["reception"] == reception
    next_image()


def test_a_jpeg_that_never_ends_fails_alone(gateway, images, data, next_image):
    """A frame on which a decoder loops for ever: the codec is killed, the instance fails, the next image passes."""
    hostile = images.edited(data / "malformed/own/jpeg_tem_marker.dcm", "loop.dcm", make_eligible)
    analysis = gateway.roles()["analysis"]
    failed = gateway.states().get("failed", 0)
    assert [answer.status for answer in send_raw(gateway, hostile)] == [0]
    wait_for("the instance fails", lambda: gateway.states().get("failed", 0) == failed + 1, seconds=150, pause=0.5)
    assert gateway.roles()["analysis"] == analysis
    next_image()


def make_eligible(data_set):
    data_set.BodyPartExamined, data_set.PatientAge = "CHEST", "003Y"
    data_set.SOPInstanceUID = data_set.SOPInstanceUID[:-4] + "9999"


def test_no_file_of_the_malformed_corpus_stops_the_gateway(gateway, images, data, next_image):
    """Every data set of the corpus, sent as CR: each is answered or its association ends, and no role dies."""
    roles = gateway.roles()
    files = sorted((data / "malformed").rglob("*.dcm"))
    assert len(files) > 300
    answered, unreadable = 0, 0
    for number, source in enumerate(files):
        content = data_set_bytes(source) if source.stat().st_size > 144 else source.read_bytes()
        # Same length, so that nothing else in the file moves.
        content = content.replace(CT.encode() + b"\0", CR.encode() + b"\0")
        try:
            meta = pydicom.filereader.read_file_meta_info(source)
            sop_instance, syntax = str(meta.MediaStorageSOPInstanceUID), str(meta.TransferSyntaxUID)
        except Exception:  # noqa: BLE001 - a corpus of broken files: any way to fail to read one is expected
            unreadable += 1
            sop_instance, syntax = "1.2.3", ExplicitVRLittleEndian
        file = part10(images.folder / "corpus.dcm", content, CR, sop_instance or "1.2.3", syntax)
        try:
            answer, = send_raw(gateway, file)
        except (AssertionError, AttributeError, KeyError, NotImplementedError, TypeError, ValueError):
            continue  # its transfer syntax is not accepted, or pynetdicom cannot send it
        answered += answer.status is not None
        assert gateway.roles() == roles, f"{source.name} killed a role: {gateway.text()[-2000:]}"
    assert answered > 250, f"{answered} answered, {unreadable} without readable meta"
    gateway.wait_until_idle(seconds=240)
    assert gateway.roles() == roles
    next_image()
    gateway.assert_journal_verifies()
