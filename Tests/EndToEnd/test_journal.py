"""The journal shows whether it is what was written; `journal verify` names the place where it is not.

Requirement: a changed byte, a removed line, a cut tail: `journal verify` fails and names the place; exit code 1. The
independent verifier of the conformance suite, written from the specification alone, says the same.
"""
import shutil
import sqlite3
import subprocess
import sys

import pytest

from conftest import REPOSITORY
from kit.journal import CHECKPOINT, ENTRY, frames, place_named, segments
from kit.modality import send

INDEPENDENT = REPOSITORY / "Conformance/Suite/verify_journal.py"


@pytest.fixture(scope="module")
def written(make_gateway, pacs, images):
    """A gateway that has worked and stopped; its journal is whole, and the latest checkpoint is known."""
    gateway = make_gateway("written").start()
    gateway.add_source("CR1")
    gateway.add_destination(pacs)
    send(gateway, *images.synthetic(seed=6000, count=2, rows=256, columns=210))
    assert gateway.wait_until_idle() == {"delivered": 2}
    gateway.stop()
    gateway.assert_journal_verifies()
    return gateway


def copied(source, target):
    """A data directory of nobody's, to be spoiled."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("admin.sock"))


@pytest.fixture
def spoil(written, tmp_path):
    """A copy of the data directory whose first segment is replaced by `change(bytes, frames) -> bytes`."""
    def spoiled(change=lambda content, found: content):
        data = tmp_path / "data"
        copied(written.data, data)
        segment = segments(data)[0]
        content = segment.read_bytes()
        segment.write_bytes(change(content, frames(content)))
        return data
    return spoiled


def assert_found(written, data, at_entry=None):
    """`journal verify` ends with 1 and names the place; so does the independent verifier, and neither heals anything."""
    known = known_checkpoint(data)
    before = [segment.read_bytes() for segment in segments(data)]
    independent = independently(data, known)
    assert independent.returncode == 1, independent.stdout + independent.stderr
    finished = written.run("journal", "verify", data_dir=data)
    assert finished.returncode == 1, finished.stdout + finished.stderr
    place = place_named(finished.stderr)
    assert place, finished.stderr
    if at_entry is not None:
        assert place[1] in at_entry, finished.stderr
    other = place_named(independent.stdout + independent.stderr)
    # Of a torn tail one names the broken frame, the other the end of what is signed.
    assert other and place[0] == other[0] and abs(place[1] - other[1]) <= 1, (place, other)
    assert [segment.read_bytes() for segment in segments(data)] == before, "what is damaged must be left as it is"
    assert written.run("journal", "verify", data_dir=data).returncode == 1, "a second look must not find it whole"


def known_checkpoint(data):
    """The checkpoint that the database has noted."""
    with sqlite3.connect(f"file:{data}/gateway.sqlite?mode=ro", uri=True) as database:
        row = database.execute("SELECT value FROM fact WHERE name = 'checkpoint'").fetchone()
    assert row, "the database knows no checkpoint"
    note = data.parent / "known-checkpoint"
    note.write_text(row[0])
    return note


def independently(data, known=None):
    against = ["--against", known] if known else []
    return subprocess.run(
        [sys.executable, INDEPENDENT, "--key", data / "keys/journal.pub", *against, data / "journal"],
        capture_output=True, text=True, timeout=120)


def group_of(found, entry):
    """The indices of the entries between two checkpoints, among which a changed entry lies, and the next index."""
    index, group = 0, []
    for frame in found:
        if frame.kind == ENTRY:
            group.append(index)
            index += 1
        elif frame.kind == CHECKPOINT:
            if entry in group:
                return range(group[0], group[-1] + 2)
            group = []
    raise AssertionError("no such entry")


def entries(found):
    return [frame for frame in found if frame.kind == ENTRY]


def test_an_untouched_journal_verifies(written, spoil):
    """Exit code 0, from the product and from the independent verifier."""
    data = spoil()
    independent = independently(data, known_checkpoint(data))
    assert independent.returncode == 0, independent.stdout + independent.stderr
    finished = written.run("journal", "verify", "--json", data_dir=data)
    assert finished.returncode == 0, finished.stderr


def test_one_changed_byte_in_any_entry_is_found(written, tmp_path):
    """A digit flipped in the middle of an entry, for entries from the whole length of the journal."""
    content = segments(written.data)[0].read_bytes()
    found = frames(content)
    count = len(entries(found))
    assert count > 20
    for number in {0, 1, count // 2, count - 1}:
        data = tmp_path / f"entry-{number}/data"
        copied(written.data, data)
        frame = entries(found)[number]
        place = next(
            place for place in range((frame.start + frame.end) // 2, frame.end) if content[place:place + 1].isalnum())
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1:]
        segments(data)[0].write_bytes(changed)
        assert_found(written, data, at_entry=group_of(found, number))


def test_a_removed_entry_is_found(written, spoil):
    """One line taken out; the place is the entry that then stands in its stead."""
    removed = 7

    def remove(content, found):
        frame = entries(found)[removed]
        return content[:frame.start] + content[frame.end:]
    assert_found(written, spoil(remove), at_entry=range(removed, removed + 2))


def test_a_removed_group_with_its_checkpoint_is_found(written, spoil):
    """Everything between two checkpoints taken out, the later checkpoint too."""
    def remove(content, found):
        marks = [frame for frame in found if frame.kind == CHECKPOINT]
        return content[:marks[2].end] + content[marks[3].end:]
    assert_found(written, spoil(remove))


def test_exchanged_entries_are_found(written, spoil):
    """Two neighbours in the other order."""
    def exchange(content, found):
        for first, second in zip(found, found[1:]):
            if first.kind == second.kind == ENTRY:
                return (content[:first.start] + content[second.start:second.end] + content[first.start:first.end]
                        + content[second.end:])
        raise AssertionError("no two entries stand side by side")
    assert_found(written, spoil(exchange))


def test_a_doubled_entry_is_found(written, spoil):
    """One line there twice."""
    def double(content, found):
        frame = entries(found)[5]
        return content[:frame.end] + content[frame.start:]
    assert_found(written, spoil(double), at_entry=range(5, 8))


def test_a_tail_cut_in_a_frame_is_found(written, spoil):
    """The last bytes are gone."""
    assert_found(written, spoil(lambda content, found: content[:-3]))


def test_a_tail_cut_at_a_checkpoint_is_found(written, spoil):
    """Whole groups are gone from the end: what remains is in itself without fault, but a later checkpoint is known."""
    def cut(content, found):
        marks = [frame for frame in found if frame.kind == CHECKPOINT]
        return content[:marks[-3].end]
    assert_found(written, spoil(cut))


def test_foreign_bytes_behind_the_end_are_found(written, spoil):
    """An entry that nobody has signed, behind the last checkpoint."""
    def append(content, found):
        frame = entries(found)[-1]
        return content + content[frame.start:frame.end]
    assert_found(written, spoil(append))


def test_a_running_gateway_finds_a_changed_byte_too(make_gateway):
    """`journal verify` asks the daemon: damage done while it runs is found, and nothing more is written after it."""
    gateway = make_gateway("running").start()
    gateway.add_source("CR1")
    gateway.assert_journal_verifies()
    segment = segments(gateway.data)[0]
    content = segment.read_bytes()
    frame = entries(frames(content))[0]
    with open(segment, "r+b") as file:
        file.seek(frame.end - 4)
        file.write(bytes([content[frame.end - 4] ^ 1]))
    finished = gateway.run("journal", "verify")
    assert finished.returncode == 1, finished.stdout
    assert place_named(finished.stderr), finished.stderr
    assert place_named(finished.stderr)[:2] in [(0, 0), (0, 1)]
