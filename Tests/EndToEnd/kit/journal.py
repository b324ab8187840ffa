"""The journal's segment files, taken apart to be spoiled. Format: Conformance/Formats/Journal.md."""
import re
from collections import namedtuple

MAGIC = b"CXRJRNL1"
HEADER, ENTRY, CHECKPOINT = b"H", b"E", b"C"

Frame = namedtuple("Frame", "kind start end")


def segments(data):
    """The segment files of a data directory, in order."""
    return sorted((data / "journal").glob("*.cxrj"))


def frames(content):
    """The frames of a segment: kind, and where each begins and ends."""
    assert content.startswith(MAGIC)
    place, found = len(MAGIC), []
    while place < len(content):
        end = place + 5 + int.from_bytes(content[place:place + 4], "big")
        assert end <= len(content), "a frame is cut short"
        found.append(Frame(content[place + 4:place + 5], place, end))
        place = end
    return found


def place_named(text):
    """(segment, entry, byte) as an error message names it; `None` if it does not."""
    found = re.search(r"segment (\d+), entry (\d+), byte (\d+)", text)
    return tuple(int(number) for number in found.groups()) if found else None
