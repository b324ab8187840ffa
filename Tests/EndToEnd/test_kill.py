"""kill -9 of the supervisor or of a role, again and again, while images are sent and analysed: nothing is lost.

Requirement: every Success that the sender saw ends with its report and its capture in the PACS; no object is sent more
often than the crashes explain, and each repeat is byte-identical; the journal verifies.
"""
import random
import time
from collections import Counter, namedtuple

import pytest

from kit.images import uid_of
from kit.modality import PersistentModality
from kit.pacs import COMPREHENSIVE_3D_SR, SECONDARY_CAPTURE, referenced_instances
from kit.processes import wait_for

IMAGES, KILLS = 50, 20
VICTIMS = ("supervisor", "reception", "analysis", "filing")
# Longest pause before a kill, in seconds: some work of each kind is done in between.
LONGEST_PAUSE = 0.8

Aftermath = namedtuple("Aftermath", "gateway pacs recorder modality kills sources states")


def kill_at_random_moments(gateway, chance, kills):
    """Twenty kills; after one of the supervisor the gateway is started again, as a service manager would."""
    # Each victim a few times, the rest as it comes.
    victims = list(VICTIMS) * 3 + chance.choices(VICTIMS, k=KILLS - 3 * len(VICTIMS))
    chance.shuffle(victims)
    for victim in victims:
        time.sleep(chance.uniform(0, LONGEST_PAUSE))
        gateway.kill9(victim)
        kills.append(victim)
        if victim == "supervisor":
            wait_for("the roles end with their supervisor", lambda: not gateway.outliving(), seconds=20)
            gateway.start()


@pytest.fixture(scope="module")
def aftermath(gateway, pacs, make_recorder, images, seed):
    """Fifty images sent during twenty kills, and then time to finish."""
    recorder = make_recorder()
    gateway.add_destination(recorder)
    files = images.synthetic(seed=500, count=IMAGES, rows=256, columns=210)
    chance = random.Random(seed)
    kills = []
    # The images are spread over the kills, so that each finds something under way.
    modality = PersistentModality(
        gateway, files, may_send=lambda number: number <= (len(kills) + 1) * IMAGES / KILLS)
    modality.start()
    try:
        kill_at_random_moments(gateway, chance, kills)
        wait_for("every image is answered with Success", lambda: not modality.is_alive(), seconds=120)
    finally:
        modality.given_up.set()
        modality.join()
    states = gateway.wait_until_idle(seconds=180)
    print(f"killed: {dict(Counter(kills))}; sent {modality.attempts} times for {IMAGES} images; "
          f"{pacs.receipts()} and {sum(recorder.receipts().values())} receipts of {2 * IMAGES} objects each")
    return Aftermath(gateway, pacs, recorder, modality, kills, {uid_of(file) for file in files}, states)


def sources_by_class(pacs):
    """How many results of each kind refer to each source image."""
    found = {COMPREHENSIVE_3D_SR: Counter(), SECONDARY_CAPTURE: Counter()}
    for result in pacs.results():
        found[str(result.SOPClassUID)].update(referenced_instances(result))
    return found


def test_the_sender_got_success_for_every_image_in_the_end(aftermath):
    """Twenty kills happened, and what was refused meanwhile was refused as something to try again (A700)."""
    assert len(aftermath.kills) == KILLS and set(aftermath.kills) == set(VICTIMS)
    assert aftermath.modality.attempts > IMAGES, "no kill ever met a sender"
    assert set(aftermath.modality.successes) == aftermath.sources
    assert set(aftermath.modality.statuses) <= {0x0000, 0xA700}


def test_every_success_has_its_report_and_its_capture_in_the_pacs(aftermath):
    """One report and one capture for each Success: none lost, none doubled."""
    found = sources_by_class(aftermath.pacs)
    for sop_class in found:
        wrong = {
            uid: found[sop_class][uid] for uid in aftermath.modality.successes if found[sop_class][uid] != 1}
        assert not wrong, f"{sop_class}: {wrong}, killed: {aftermath.kills}"
    assert aftermath.pacs.count() == 2 * IMAGES


def test_every_image_ends_in_exactly_one_state(aftermath):
    """All are delivered; no job is dead."""
    assert aftermath.states == {"delivered": IMAGES}
    assert aftermath.gateway.ask("queue", "list") == []


def test_no_object_is_sent_more_often_than_the_crashes_explain(aftermath):
    """The PACS's own log, and a scripted second one: each crash of filing explains one more C-STORE to one of them."""
    crashes = sum(victim in ("filing", "supervisor") for victim in aftermath.kills)
    in_orthanc = aftermath.pacs.receipts() - 2 * IMAGES
    receipts = aftermath.recorder.receipts()
    in_recorder = sum(receipts.values()) - 2 * IMAGES
    assert len(receipts) == 2 * IMAGES
    assert in_orthanc >= 0 and in_recorder >= 0
    assert in_orthanc + in_recorder <= crashes, (
        f"{in_orthanc} and {in_recorder} repeats, but {crashes} crashes: {aftermath.kills}")


def test_repeats_are_byte_identical(aftermath):
    """The same SOP Instance UID never arrives with two contents."""
    assert aftermath.recorder.receipts()
    assert not aftermath.recorder.variants()


def test_the_journal_verifies_after_all_crashes(aftermath):
    """No entry lost, none twice: one receive, one analysis, and one report of each kind for each image."""
    aftermath.gateway.assert_journal_verifies()
    received = Counter(entry["subject"] for entry in aftermath.gateway.journal(kind="receive", outcome="ok"))
    assert len(received) == IMAGES and set(received.values()) == {1}
    analysed = Counter(entry["subject"] for entry in aftermath.gateway.journal(kind="infer", outcome="ok"))
    assert analysed == received
    made = Counter(entry["details"]["kind"] for entry in aftermath.gateway.journal(kind="report", outcome="ok"))
    assert made == {"report": IMAGES, "capture": IMAGES}


def test_a_gateway_killed_at_rest_starts_again_with_nothing_to_do(aftermath):
    """After one more kill -9 of the supervisor everything is as before."""
    before = aftermath.gateway.states()
    aftermath.gateway.kill9("supervisor")
    aftermath.gateway.start()
    assert aftermath.gateway.wait_until_idle() == before
    aftermath.gateway.assert_journal_verifies()
    assert aftermath.pacs.count() == 2 * IMAGES
