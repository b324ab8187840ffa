"""Strangers at the door: whoever is silent, slow, broken or lying costs others nothing, and leaves nothing behind.

Requirement: silent and half-open connections, probes, dripping clients; raw streams; lying lengths; 64 large images at
once within 1.5 GiB; no descriptor and no memory is lost over many rounds.

CXR_TEST_ROUNDS sets the rounds of the watch over memory and descriptors (default 50; evidence runs take 2000), and
CXR_TEST_LARGE_MB the size of the large images (default 1, since an unoptimized build packs slowly; evidence runs take 40).
"""
import os
import random
import re
import struct
import threading
import time
from pathlib import Path

import pydicom
import pytest

from kit.images import data_set_bytes
from kit.processes import wait_for
from kit.raw import (ABORT, CR, EXPLICIT, REJECTED, RawAssociation, associate_request, data_pdu, echo_from,
                     store_command)

CONTEXTS = ((CR, EXPLICIT),)
CANNOT_UNDERSTAND = 0xC000
# What Network.md says that a C-STORE can be answered with.
DOCUMENTED = {0x0000, 0xA700, 0xA900, CANNOT_UNDERSTAND, 0x0122, 0x0124}
ROUNDS = int(os.environ.get("CXR_TEST_ROUNDS", "50"))
LARGE_MB = int(os.environ.get("CXR_TEST_LARGE_MB", "1"))


@pytest.fixture(scope="module")
def gateway(make_gateway):
    """Alone: nothing is analysed, so that reception is all that is watched."""
    gateway = make_gateway(
        "attacked", dicom_limits_associations=200, dicom_limits_per_address=128, dicom_limits_acse_seconds=20,
        dicom_limits_half_open=64)
    gateway.command += ["--roles", "reception"]
    gateway.start()
    gateway.ask("ae", "add", "CR1", "--role", "source", "--rate", "100000", "--max-associations", "200")
    return gateway


@pytest.fixture(scope="module")
def reception(gateway):
    return gateway.roles()["reception"]


@pytest.fixture(autouse=True)
def same_process(gateway, reception):
    """Whatever was sent: the role is the same process as before, and answers."""
    yield
    assert gateway.roles()["reception"] == reception, gateway.text()[-2000:]
    assert echo_from(gateway.port, "127.0.0.2") == 0


def renamed(content, number):
    """The same data set with another SOP Instance UID and study, of the same length."""
    digits = b"%012d" % number
    for uid in set(re.findall(rb"2\.25\.\d{30,39}", content[:8192])):
        content = content.replace(uid, uid[:-12] + digits)
    return content


def instance_of(content):
    place = content.index(b"\x08\x00\x18\x00UI")
    length = struct.unpack_from("<H", content, place + 6)[0]
    return content[place + 8:place + 8 + length].rstrip(b"\0").decode()


@pytest.fixture(scope="module")
def content(images):
    """A small image as it goes over the network."""
    return data_set_bytes(images.synthetic(seed=5100, rows=64, columns=64))


def test_who_is_silent_slow_or_broken_holds_up_nobody(gateway, content):
    """16 silent sockets, an HTTP probe, half a request, 1 kB/s, a stop inside a PDU: 200 C-ECHOs from another address."""
    stop = threading.Event()
    strangers = [RawAssociation(gateway.port) for _ in range(16)]
    probe = RawAssociation(gateway.port)
    probe.send(b"GET / HTTP/1.1\r\nHost: gateway\r\n\r\n")
    half = RawAssociation(gateway.port)
    half.send(associate_request()[:40])
    stuck = RawAssociation(gateway.port)
    assert stuck.associate(contexts=CONTEXTS)
    stuck.send(data_pdu(1, store_command(CR, instance_of(content)), True, True))
    stuck.send(data_pdu(1, content[:4000], False, False)[:1500])
    slow = RawAssociation(gateway.port)
    assert slow.associate(contexts=CONTEXTS)

    def drip():
        stream = data_pdu(1, store_command(CR, instance_of(content)), True, True) + data_pdu(1, content, False, True)
        for place in range(0, len(stream), 100):
            if stop.wait(0.1):
                return
            slow.send(stream[place:place + 100])
    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        seconds = []
        for _ in range(200):
            begun = time.monotonic()
            assert echo_from(gateway.port, "127.0.0.2") == 0
            seconds.append(time.monotonic() - begun)
        seconds.sort()
        print(f"measured: C-ECHO beside 20 strangers: median {seconds[99] * 1e3:.1f} ms, "
              f"99th percentile {seconds[197] * 1e3:.1f} ms, most {seconds[199] * 1e3:.1f} ms")
    finally:
        stop.set()
        dripping.join()
        for each in [*strangers, probe, half, stuck, slow]:
            each.socket.close()


def test_raw_streams_on_the_port_are_answered_or_closed(gateway, data):
    """Every seed and every recorded stream as bytes on the port, whole and byte by byte."""
    streams = sorted((data / "malformed/kcenon_seeds").glob("*.bin")) + sorted(
        (data / "malformed/profuzzbench_net").glob("*.raw"))
    assert len(streams) > 15
    for stream in streams:
        for portion in (1 << 20, 7):
            with RawAssociation(gateway.port, timeout=30) as peer:
                peer.pour(stream.read_bytes(), portion)
    assert echo_from(gateway.port, "127.0.0.1") == 0


FORGERIES = [
    b'CR1\n{"kind":"x"}', b"\nlevel=info a=1", b"A\r\nB", b"A\tB", b"A\x1b[2JB", b"A\\B", b"A\0B", b'"},{"a":"',
    b"\xff\xfe\x80",
]


@pytest.mark.parametrize("title", FORGERIES, ids=repr)
@pytest.mark.parametrize("place", ["calling", "called"])
def test_a_title_cannot_forge_a_line_of_the_journal_or_the_log(gateway, title, place):
    """A newline, a quote, a terminal's escape in an AE title: refused, and nothing of it is more than text."""
    lines, entries = len(gateway.text().splitlines()), len(gateway.journal())
    with RawAssociation(gateway.port) as peer:
        peer.send(associate_request(**{place: title}, contexts=CONTEXTS))
        answer = peer.receive()
    assert answer is None or answer[0] == REJECTED, answer
    new = wait_for("the refusal is logged", lambda: gateway.text().splitlines()[lines:])
    assert len(new) == 1 and new[0].isprintable() and "REC-0" in new[0], new
    assert gateway.journal(kind="refuse"), "refusals are journalled, the later ones of a peer by their count"
    for entry in gateway.journal()[entries:]:
        assert entry["kind"] in ("refuse", "journalRead"), entry
        assert all(text.isprintable() for text in entry["details"].values()), entry
    gateway.assert_journal_verifies()


def test_mutated_requests_cost_nobody_anything(gateway, seed):
    """Bits, lengths and cuts in an A-ASSOCIATE-RQ and in what follows it."""
    dice = random.Random(seed)
    good = associate_request(contexts=CONTEXTS) + data_pdu(1, store_command(CR, "1.2.3"), True, True)
    for _ in range(300):
        bad = bytearray(good)
        for _ in range(dice.randrange(1, 6)):
            bad[dice.randrange(len(bad))] = dice.randrange(256)
        if dice.random() < 0.2:
            struct.pack_into(">I", bad, 2, dice.choice([0, 1, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]))
        with RawAssociation(gateway.port, timeout=30) as peer:
            peer.pour(bytes(bad[:dice.randrange(1, len(bad) + 1)]))
    assert echo_from(gateway.port, "127.0.0.1") == 0


def stored_meanwhile(gateway, content, number):
    """An image over an association that stood before, during and after."""
    with RawAssociation(gateway.port) as other:
        assert other.associate(contexts=CONTEXTS)
        yield
        good = renamed(content, number)
        assert other.store(good, instance_of(good)) == 0
        other.release()


@pytest.mark.parametrize("name, statuses", [
    ("own/sq_nesting_10000.dcm", {CANNOT_UNDERSTAND}), ("own/rows_cols_65535.dcm", {CANNOT_UNDERSTAND}),
    ("own/deflate_bomb_50MB.dcm", {CANNOT_UNDERSTAND}), ("own/not_dicom.dcm", {CANNOT_UNDERSTAND})])
def test_a_hostile_object_gets_its_status_and_another_association_does_not_notice(
        gateway, reception, content, data, name, statuses):
    """Depth, size and deflation beyond reason, whatever the context says that they are."""
    other = stored_meanwhile(gateway, content, 1000 + len(name))
    next(other)
    before = memory(reception)
    file = data / "malformed" / name
    body = data_set_bytes(file) if file.stat().st_size > 144 and file.read_bytes()[128:132] == b"DICM" else file.read_bytes()
    with RawAssociation(gateway.port) as peer:
        assert peer.associate(contexts=CONTEXTS)
        name = instance_of(body) if b"\x08\x00\x18\x00UI" in body else "1.2.3.4"
        assert peer.store(body, name) in statuses
        peer.release()
    assert memory(reception) - before < 64 << 20
    assert next(other, "over") == "over"


def test_deflated_objects_are_refused_at_negotiation(gateway):
    """What is not taken is refused as a presentation context: 4, transfer syntaxes not supported."""
    with RawAssociation(gateway.port) as peer:
        peer.send(associate_request(contexts=((CR, "1.2.840.10008.1.2.1.99"),)))
        kind, body = peer.receive()
        assert kind == 2
        assert body[body.index(b"\x21\0") + 6] == 4


def test_every_file_of_the_corpus_gets_a_documented_status(gateway, data):
    """Each as an object over one association after another, in the encoding that its name is agreed with."""
    seen = {}
    files = [path for path in sorted((data / "malformed").rglob("*")) if path.suffix in (".dcm", ".bin")]
    assert len(files) > 300
    for file in files:
        body = file.read_bytes()
        if body[128:132] == b"DICM" and len(body) > 144:
            body = data_set_bytes(file)
        with RawAssociation(gateway.port) as peer:
            assert peer.associate(contexts=CONTEXTS)
            status = peer.store(body[:len(body) // 2 * 2], "1.2.3.4")
        seen[status] = seen.get(status, 0) + 1
        assert status in DOCUMENTED, f"{file.name}: {status}"
    print("measured: statuses of the corpus:", {hex(status): count for status, count in sorted(seen.items())})


@pytest.mark.parametrize("length", [0x7FFFFFF0, 0xFFFFFFF0])
@pytest.mark.parametrize("tag", [b"\x08\x00\x05\x00UN\0\0", b"\x09\x00\x10\x10OB\0\0", b"\xe0\x7f\x10\x00OW\0\0"])
def test_a_length_that_lies_allocates_nothing(gateway, reception, tag, length):
    """An element says gigabytes; 64 associations believe nothing of it."""
    before = memory(reception)
    peers = [RawAssociation(gateway.port) for _ in range(64)]
    try:
        for peer in peers:
            assert peer.associate(contexts=CONTEXTS)
            peer.send(data_pdu(1, store_command(CR, "1.2.3"), True, True))
            peer.send(data_pdu(1, tag + struct.pack("<I", length) + bytes(1000), False, False))
        time.sleep(0.5)
        assert memory(reception) - before < 96 << 20
    finally:
        for peer in peers:
            peer.socket.close()


def test_a_pdu_that_says_four_gigabytes_ends_its_association_alone(gateway, reception):
    """Longer than what was agreed: aborted, nothing allocated."""
    before = memory(reception)
    for length in (131_073 + 6, 0x7FFFFFFF, 0xFFFFFFFF):
        with RawAssociation(gateway.port, timeout=30) as peer:
            assert peer.associate(contexts=CONTEXTS)
            peer.pour(b"\4\0" + struct.pack(">I", length) + bytes(100))
    assert memory(reception) - before < 64 << 20


def test_64_large_images_at_once_stay_within_their_memory(gateway, images, make_gateway):
    """Each association sends an image of 40 MB (1 in the short run): pixels pass through, headers alone are held."""
    fresh = make_gateway(
        "large", dicom_limits_associations=200, dicom_limits_per_address=128, dicom_limits_half_open=128,
        dicom_limits_acse_seconds=30)
    fresh.command += ["--roles", "reception"]
    fresh.start()
    fresh.ask("ae", "add", "CR1", "--role", "source", "--rate", "100000", "--max-associations", "200")
    process = fresh.roles()["reception"]
    rows = int((LARGE_MB * 1_000_000 / 2) ** 0.5)
    small = pydicom.dcmread(images.synthetic(seed=5200, rows=64, columns=64))
    small.Rows = small.Columns = rows
    small.PixelData = os.urandom(1 << 20) * (rows * rows * 2 // (1 << 20) + 1)
    small.PixelData = small.PixelData[:rows * rows * 2]
    target = images.folder / "large.dcm"
    small.save_as(target, enforce_file_format=True)
    content = data_set_bytes(target)
    header = content[:8192]
    statuses, gate = [], threading.Barrier(64)

    def send(number):
        own = renamed(header, 7000 + number)
        with RawAssociation(fresh.port, timeout=600) as peer:
            assert peer.associate(contexts=CONTEXTS)
            peer.send(data_pdu(1, store_command(CR, instance_of(own)), True, True))
            peer.send(data_pdu(1, own, False, False))
            gate.wait(120)  # every association has begun its image
            view = memoryview(content)
            for place in range(len(header), len(content), 131_060):
                part = bytes(view[place:place + 131_060])
                peer.send(data_pdu(1, part, False, place + 131_060 >= len(content)))
            statuses.append(peer.status())
    threads = [threading.Thread(target=send, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    peak = status_bytes(process, "VmHWM")
    print(f"measured: 64 × {len(content) / 1e6:.0f} MB at once: peak of reception {peak >> 20} MiB")
    assert statuses == [0] * 64
    assert peak < 1536 << 20
    fresh.stop()


def memory(process):
    """Private memory of a process in bytes."""
    return status_bytes(process, "RssAnon")


def status_bytes(process, name):
    text = Path(f"/proc/{process}/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", text)[1]) << 10


def descriptors(process):
    return len(os.listdir(f"/proc/{process}/fd"))


def test_nothing_leaks_over_many_rounds(gateway, reception, content, seed):
    """Good images, broken ones, aborts, probes and cuts, round after round: descriptors and memory stay where they were."""
    dice = random.Random(seed)

    def visit(number):
        kind = number % 8
        with RawAssociation(gateway.port, timeout=30) as peer:
            if kind == 0:
                peer.send(b"GET / HTTP/1.0\r\n\r\n")
                return
            if kind == 1:
                peer.send(associate_request()[:dice.randrange(1, 100)])
                return
            if kind == 2:
                assert not peer.associate(calling=b"STRANGER")
                return
            assert peer.associate(contexts=CONTEXTS)
            if kind == 3:
                peer.send(data_pdu(1, store_command(CR, "1.2.3"), True, True))
                peer.send(data_pdu(1, content[:dice.randrange(2, len(content), 2)], False, False) + ABORT)
            elif kind == 4:
                peer.send(data_pdu(1, content[:3000], False, True))  # data without a command
            elif kind == 5:
                assert peer.store(content[:len(content) // 2], instance_of(content)) == CANNOT_UNDERSTAND
            elif kind == 6:
                good = renamed(content, 100_000 + number)
                assert peer.store(good, instance_of(good)) == 0
                peer.release()
            else:
                peer.send(data_pdu(1, store_command(CR, "1.2.3"), True, True)[:dice.randrange(7, 60)])

    def rounds(first, count):
        for number in range(first, first + count):
            for each in range(8):
                visit(8 * number + each)
        wait_for("the last associations end", lambda: descriptors(reception) <= base + 2, seconds=30)
        return memory(reception)

    base = descriptors(reception)
    warm = ROUNDS // 4
    after_warming = rounds(0, warm)
    halfway = rounds(warm, ROUNDS // 2 - warm)
    at_end = rounds(ROUNDS // 2, ROUNDS - ROUNDS // 2)
    print(f"measured: {ROUNDS} rounds of 8 connections: descriptors {base} and {descriptors(reception)}, private memory "
          f"{after_warming >> 10} KiB after {warm}, {halfway >> 10} after {ROUNDS // 2}, {at_end >> 10} at the end")
    assert descriptors(reception) <= base + 2
    # Books of senders and caches of studies settle; what leaked a connection's buffers would be hundreds of MiB.
    assert at_end - halfway < 4 << 20
