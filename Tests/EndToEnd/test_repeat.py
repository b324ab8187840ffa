"""What arrives twice: the same bytes are known and not analysed again; other bytes under the same UID are held.

Requirement: a byte-identical repeat is answered with Success without a second inference or result; the same SOP
Instance UID with other content is kept sealed and held until a person releases or rejects it.
"""
import pytest

from kit.images import uid_of
from kit.modality import send, send_raw, storescu
from kit.pacs import COMPREHENSIVE_3D_SR, SECONDARY_CAPTURE, referenced_instances


@pytest.fixture(scope="module")
def first(gateway, pacs, images):
    """An image that has walked the whole way."""
    file = images.synthetic(seed=7000, rows=256, columns=210)
    send(gateway, file)
    pacs.wait_for_results(file)
    gateway.wait_until_idle()
    return file


@pytest.fixture(scope="module")
def impostor(first, images):
    """Another picture under the same SOP Instance UID."""
    def brighten(data_set):
        data_set.PixelData = bytes(value ^ 1 if number % 2 == 0 else value
                                   for number, value in enumerate(data_set.PixelData))
    return images.edited(first, "impostor.dcm", brighten)


def analyses(gateway):
    return len(gateway.journal(kind="infer"))


def test_a_byte_identical_resend_is_success_without_another_analysis(gateway, pacs, first):
    """Ten resends: ten times Success, counted, no second inference, nothing more in the PACS."""
    before = analyses(gateway), pacs.receipts(), gateway.states(), gateway.counters().get("instances repeated", 0)
    for _ in range(10):
        send(gateway, first)
    gateway.wait_until_idle()
    after = analyses(gateway), pacs.receipts(), gateway.states(), gateway.counters()["instances repeated"] - 10
    assert after == before


def test_a_resend_after_a_restart_is_known_too(gateway, pacs, first):
    """What was received is known by what is on disk, not by what a process remembers."""
    before = analyses(gateway), pacs.receipts()
    gateway.stop()
    gateway.start()
    send(gateway, first)
    gateway.wait_until_idle()
    assert (analyses(gateway), pacs.receipts()) == before


def test_the_same_image_twice_in_one_association_is_analysed_once(gateway, images, pacs):
    """Duplicates right behind one another."""
    file = images.synthetic(seed=7001, rows=256, columns=210)
    received = gateway.counters()["instances received"]
    finished = storescu(gateway, file, file)
    assert finished.stdout.count("(Success)") == 2, finished.stdout
    pacs.wait_for_results(file)
    gateway.wait_until_idle()
    assert gateway.counters()["instances received"] == received + 1


def test_the_same_uid_with_other_content_is_held(gateway, pacs, impostor):
    """Success, because it is kept; but held with its reason, shown in the quarantine, and not analysed."""
    before = analyses(gateway), pacs.receipts()
    assert gateway.ask("quarantine", "list") == []
    assert [answer.status for answer in send_raw(gateway, impostor)] == [0]
    gateway.wait_until_idle()
    held, = gateway.ask("quarantine", "list")
    assert (held["state"], held["reason"], held["source"]) == ("held", "REC-030", "CR1")
    assert gateway.ask("quarantine", "show", held["id"])["id"] == held["id"]
    assert (analyses(gateway), pacs.receipts()) == before
    assert gateway.journal(kind="hold", subject=held["id"])


def test_a_repeat_of_what_is_held_stays_one(gateway, impostor):
    """The held image sent again, byte for byte, is a repeat."""
    assert [answer.status for answer in send_raw(gateway, impostor)] == [0]
    assert len(gateway.ask("quarantine", "list")) == 1


def test_releasing_wants_a_reason(gateway):
    """Without --reason the command ends with 64 and nothing happens."""
    held, = gateway.ask("quarantine", "list")
    for verb in ("release", "reject"):
        assert gateway.run("quarantine", verb, held["id"]).returncode == 64
        assert gateway.run("quarantine", verb, held["id"], "--reason", "").returncode == 64
    assert len(gateway.ask("quarantine", "list")) == 1


def test_a_released_image_is_analysed_and_delivered(gateway, pacs, impostor):
    """Release: the image walks on; the journal says who released it and why."""
    held, = gateway.ask("quarantine", "list")
    before = analyses(gateway)
    gateway.ask("quarantine", "release", held["id"], "--reason", "compared with the modality")
    assert gateway.wait_until_idle() == {"delivered": 3}
    assert gateway.ask("quarantine", "list") == []
    assert analyses(gateway) == before + 1
    entry, = gateway.journal(kind="release", subject=held["id"])
    assert entry["details"]["reason"] == "(sealed)"
    kinds = [str(result.SOPClassUID) for result in pacs.results()
             if uid_of(impostor) in referenced_instances(result)]
    assert kinds.count(SECONDARY_CAPTURE) == 2, "each of the two pictures has its capture"
    assert kinds.count(COMPREHENSIVE_3D_SR) >= 2, "the report was made anew"


def test_a_rejected_image_is_refused_for_good(gateway, pacs, images, first):
    """Reject: the image ends refused, without results."""
    def darken(data_set):
        data_set.PixelData = bytes(len(data_set.PixelData))
    before = analyses(gateway), pacs.receipts()
    assert [answer.status for answer in send_raw(gateway, images.edited(first, "dark.dcm", darken))] == [0]
    held, = gateway.ask("quarantine", "list")
    gateway.ask("quarantine", "reject", held["id"], "--reason", "a fault of the modality")
    assert gateway.wait_until_idle() == {"delivered": 3, "refused": 1}
    assert gateway.ask("quarantine", "list") == []
    assert (analyses(gateway), pacs.receipts()) == before
    assert gateway.run("quarantine", "release", held["id"], "--reason", "regret").returncode == 65


def test_a_source_may_be_refused_what_has_a_known_uid(gateway, images, first):
    """--duplicates refuse: C000, journalled, nothing kept; the same bytes again are Success as ever."""
    def repaint(data_set):
        data_set.PixelData = b"\x11\x01" * (len(data_set.PixelData) // 2)
    other = images.edited(first, "repainted.dcm", repaint)
    gateway.ask("ae", "add", "STRICT", "--role", "source", "--duplicates", "refuse")
    sealed = len(list((gateway.data / "instances").rglob("*.sealed")))
    answer, again = send_raw(gateway, other, first, calling="STRICT")
    assert (answer.status, again.status) == (0xC000, 0x0000)
    assert "UID" in answer.comment
    assert gateway.journal(kind="refuse", outcome="REC-033")
    assert len(list((gateway.data / "instances").rglob("*.sealed"))) == sealed


def test_the_journal_verifies_after_all_of_it(gateway):
    """Holds, releases and rejections are in the journal, and it is whole."""
    gateway.assert_journal_verifies()
