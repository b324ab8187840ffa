"""Markers that stand for a patient, and the search for them in everything that a gateway left behind.

A marker is planted in an attribute; its encodings are the shapes in which a program could write it by mistake.
"""
import base64
import os
from pathlib import Path

import numpy

# Shorter traces occur by chance: in megabytes of encrypted bytes, and, of digits alone, in times and lengths.
SHORTEST, SHORTEST_NUMBER = 6, 8


def encodings(value):
    """Every shape of a marker to look for: `{name: bytes}`. `value` are its bytes as planted."""
    shapes = {"plain": value, "reversed": value[::-1], "hexadecimal": value.hex().encode(),
              "HEXADECIMAL": value.hex().upper().encode()}
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    shapes["UTF-16LE"], shapes["UTF-16BE"] = text.encode("utf-16-le"), text.encode("utf-16-be")
    shapes["lower case"], shapes["upper case"] = text.lower().encode(), text.upper().encode()
    if not text.isascii():
        # What was UTF-8 may have been taken for Latin-1 and encoded again, or the other way round.
        shapes["twice encoded"] = value.decode("latin-1").encode("utf-8")
        shapes["Latin-1"] = text.encode("latin-1", errors="ignore")
    for start in (0, 1):
        whole = value[start:len(value) - (len(value) - start) % 2]
        shapes[f"swapped bytes {start}"] = b"".join(whole[i:i + 2][::-1] for i in range(0, len(whole), 2))
    for shift in range(3):
        # Only the characters that depend on no neighbour.
        encoded = base64.b64encode(b"\0" * shift + value)
        first = (shift * 8 + 5) // 6
        last = (shift + len(value)) * 8 // 6
        shapes[f"base64 at {shift}"] = encoded[first:last]
    return {
        name: shape for name, shape in shapes.items()
        if len(shape) >= (SHORTEST_NUMBER if shape.isdigit() else SHORTEST)
    }


class Search:
    """Looks for many markers at once. `markers`: `{what: bytes}`."""

    def __init__(self, markers):
        self.by_head = {}
        for what, value in markers.items():
            for name, shape in encodings(value).items():
                self.by_head.setdefault(shape[:4], []).append((shape, f"{what} ({name})"))
        heads = [int.from_bytes(head, "little") for head in self.by_head]
        self.heads = numpy.unique(numpy.array(heads, dtype=numpy.uint32))

    def within(self, content):
        """What was found in some bytes."""
        if len(content) < 4:
            return set()
        numbers = numpy.frombuffer(content, dtype=numpy.uint8).astype(numpy.uint32)
        windows = numbers[:-3] | numbers[1:-2] << 8 | numbers[2:-1] << 16 | numbers[3:] << 24
        places = numpy.minimum(numpy.searchsorted(self.heads, windows), len(self.heads) - 1)
        found = set()
        for position in numpy.flatnonzero(self.heads[places] == windows):
            for shape, what in self.by_head[content[position:position + 4]]:
                if content.startswith(shape, position):
                    found.add(what)
        return found

    def below(self, *folders):
        """What was found in every file below folders, and in its name: `{path: found}`; and how much was read."""
        hits, read = {}, 0
        for folder in folders:
            for parent, names, files in os.walk(folder):
                for name in [*names, *files]:
                    path = Path(parent) / name
                    found = self.within(os.fsencode(name) + b"    ")
                    if path.is_file():
                        content = path.read_bytes()
                        read += len(content)
                        found |= self.within(content)
                    if found:
                        hits[str(path)] = sorted(found)
        return hits, read
