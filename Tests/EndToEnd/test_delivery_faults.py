"""Lines and peers that fail inside an association: everything ends delivered, with one content each.

Requirement: a peer that hangs, answers byte by byte, resets inside a PDU, or whose answer is lost costs time, not a
result; what was answered is not sent again.
"""
import itertools
from collections import Counter

import pydicom
import pytest

from kit.line import BadLine
from kit.modality import send
from kit.pacs import COMPREHENSIVE_3D_SR
from kit.peer import ScriptedPeer
from kit.processes import wait_for

# Seconds that an answer may take: what hangs is noticed after it.
ANSWER = 2


@pytest.fixture(scope="module")
def gateway(make_gateway):
    gateway = make_gateway("faults", delivery_answer_seconds=ANSWER, delivery_drain_per_second=1000).start()
    gateway.add_source("CR1")
    return gateway


@pytest.fixture
def files(images, _seeds=itertools.count(7_600)):
    """Makes images of new patients."""
    return lambda count: [images.synthetic(seed=next(_seeds), rows=128, columns=105) for _ in range(count)]


@pytest.fixture
def line(gateway):
    """Starts a scripted peer behind a bad line and registers it; takes both away at the end."""
    made = []

    def make(*behaviours, **settings):
        peer = ScriptedPeer(gateway_port=gateway.port, **settings).start()
        line = BadLine(peer.port, behaviours)
        made.append((peer, line))
        gateway.ask("ae", "add", peer.title, "--host", "127.0.0.1", "--port", line.port, "--role", "destination",
                    "--query", "off")
        return peer, line
    yield make
    for peer, line in made:
        for state in ("waiting", "held", "dead"):
            for job in gateway.ask("queue", "list", "--state", state):
                gateway.run("queue", "discard", job["id"], "--reason", "the test is over")
        wait_for("the peer can be removed", lambda: gateway.run("ae", "remove", peer.title).returncode == 0, 60)
        line.end()
        peer.end()


def delivered(gateway, peer, files):
    """Returns how often each object came, when all is delivered and nothing more is due."""
    assert set(gateway.wait_until_idle()) == {"delivered"}
    assert gateway.ask("queue", "list") == []
    stored = peer.stored()
    contents = {}
    for _, uid, digest, _, _ in stored:
        contents.setdefault(uid, set()).add(digest)
    assert len(contents) == 2 * len(files), "an object is missing, or one came that was not due"
    assert all(len(found) == 1 for found in contents.values()), "one object came with two contents"
    return Counter(entry[1] for entry in stored)


@pytest.mark.parametrize("behaviour", ["hang", "cut"])
def test_what_breaks_off_before_its_answer_is_sent_again(gateway, files, line, behaviour):
    """The peer never had the whole object: it stores each one once."""
    peer, bad = line(behaviour, behaviour)
    sent = files(3)
    send(gateway, *sent)
    assert set(delivered(gateway, peer, sent).values()) == {1}
    assert bad.connections >= 3


def test_an_answer_that_is_lost_costs_a_repeat_of_that_object_alone(gateway, files, line):
    """The peer stored it and we never heard: the same object again, byte by byte, and no other twice."""
    peer, _ = line("mute")
    sent = files(3)
    send(gateway, *sent)
    counts = delivered(gateway, peer, sent)
    assert sorted(counts.values())[-2:] == [1, 2], counts


def test_answers_that_come_byte_by_byte_are_answers(gateway, files, line):
    """Slower than 1 kB/s: nothing is given up, nothing is sent twice."""
    peer, bad = line("drip", "drip", "drip", "drip", "drip", "drip")
    sent = files(2)
    send(gateway, *sent)
    assert set(delivered(gateway, peer, sent).values()) == {1}
    assert bad.connections <= 4


def test_a_dozen_studies_through_a_line_that_fails_again_and_again(gateway, files, line):
    peer, bad = line("cut", "honest", "mute", "cut", "honest", "hang")
    sent = files(12)
    send(gateway, *sent)
    counts = delivered(gateway, peer, sent)
    studies = {str(pydicom.dcmread(file, specific_tags=["StudyInstanceUID"]).StudyInstanceUID) for file in sent}
    reported = [str(entry[3].StudyInstanceUID) for entry in peer.stored() if entry[0] == COMPREHENSIVE_3D_SR]
    assert set(reported) == studies
    assert sum(counts.values()) - 24 <= 1, "only the lost answer explains a repeat"
    print(f"12 studies, {sum(counts.values())} C-STOREs for 24 objects, {bad.connections} connections")
