#!/usr/bin/env python3
"""Verifies a journal (Conformance/Formats/Journal.md), written from the specification with Python's `cryptography`.

    verify_journal.py --vectors Conformance/Formats/vectors/journal
    verify_journal.py --key HEX_OR_FILE [--against NOTE]... DIRECTORY

Needs the public key alone. Exit code 0 if the journal is what was written (or every vector is judged as it says), 1 if
not; then it says what is wrong, in which segment, at which entry and byte.
"""
import argparse
import base64
import hashlib
import json
import os
import pathlib
import re
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PAYLOAD_LIMIT, EXACT = 64 << 10, 1 << 53


class Damage(Exception):
    """kind, segment, index, offset"""


def b64(text, count):
    raw = base64.b64decode(text, validate=True)
    if len(raw) != count or base64.b64encode(raw).decode() != text:
        raise ValueError
    return raw


class Tree:
    """RFC 6962 2.1, grown leaf by leaf."""

    def __init__(self):
        self.size, self.subtrees = 0, []

    def append(self, content):
        digest, carry = hashlib.sha256(b"\0" + content).digest(), self.size
        while carry & 1:
            digest, carry = hashlib.sha256(b"\1" + self.subtrees.pop() + digest).digest(), carry >> 1
        self.subtrees.append(digest)
        self.size += 1

    def root(self):
        if not self.subtrees:
            return hashlib.sha256(b"").digest()
        digest = self.subtrees[-1]
        for left in reversed(self.subtrees[:-1]):
            digest = hashlib.sha256(b"\1" + left + digest).digest()
        return digest


class Checkpoint:
    """A signed note of seven lines."""

    def __init__(self, text):
        self.text = text
        match = re.fullmatch(r"([!-*,-~]{1,128})\n(0|[1-9]\d*)\n(\S+)\nprevious (\S+)\nsequence (0|[1-9]\d*)\n"
                             r"(?:next (\S+)\n)?\n— (\S+) (\S+)\n(?:— (\S+) (\S+)\n)?", text, re.ASCII)
        if not match or match[7] != match[1] or match[9] not in (None, match[1]):
            raise ValueError
        if (match[6] is None) != (match[9] is None):
            raise ValueError
        self.origin, self.size, self.sequence = match[1], int(match[2]), int(match[5])
        self.root, self.previous = b64(match[3], 32), b64(match[4], 32)
        self.next = b64(match[6], 32) if match[6] else None
        self.signatures = [b64(match[number], 68) for number in (8, 10) if match[number]]
        if max(self.size, self.sequence) >= EXACT:
            raise ValueError

    def has_signature(self, number, key):
        """Whether the signature in that place is the key's (its 32 bytes)."""
        name = hashlib.sha256(self.origin.encode() + b"\n\1" + key).digest()[:4]
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(
                self.signatures[number][4:], self.text[:self.text.index("\n\n") + 1].encode())
        except (InvalidSignature, ValueError):
            return False
        return self.signatures[number][:4] == name

    def is_whole(self, key):
        """Signed by the key in force, and by the one that is introduced, if any."""
        return self.has_signature(0, key) and (self.next is None or self.has_signature(1, self.next))

    def is_signed(self, key):
        """By the key, as the one in force or as the one that is introduced."""
        return self.has_signature(0, key) or (self.next == key and self.has_signature(1, key))

    def digest(self):
        return hashlib.sha256(self.text.encode()).digest()


def decode(payload):
    """The one canonical form (RFC 8785) of an entry, or ValueError."""
    entry = json.loads(payload.decode())
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    needed, allowed = {"actor", "at", "details", "index", "kind", "outcome", "sequence"}, {"study", "subject"}
    if text.encode() != payload or not needed <= entry.keys() <= needed | allowed or not re.fullmatch("[A-Za-z]{1,32}", entry["kind"]):
        raise ValueError
    for name in ("at", "index", "sequence"):
        if type(entry[name]) is not int or not 0 <= entry[name] < EXACT:
            raise ValueError
    for key, value in [(k, entry[k]) for k in entry.keys() - {"at", "index", "sequence", "details"}]:
        if type(value) is not str or not value:
            raise ValueError
    texts = list(entry["details"].values()) + [v for v in entry.values() if type(v) is str]
    if any(type(t) is not str or re.search(r"[\x00-\x1f\x7f]", t) or len(t.encode()) > 512 for t in texts):
        raise ValueError
    if len(entry["details"]) > 32 or not all(re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", k) for k in entry["details"]):
        raise ValueError
    return entry


class NotSigned(Exception):
    """A checkpoint to compare with that no key of this journal has signed."""


class Verifier:
    def __init__(self, trusted, against):
        self.trusted, self.against = trusted, sorted(against, key=lambda c: c.size)
        self.key, self.keys, self.is_trusted, self.first_signature, self.retired = None, [], False, None, 0
        self.tree, self.checkpoint, self.sequence, self.origin = Tree(), None, 0, None
        self.segment = self.compared = self.older = self.checkpoints = 0

    def fail(self, kind, offset):
        raise Damage(kind, self.segment, self.tree.size, offset)

    def signed_size(self):
        return self.checkpoint.size if self.checkpoint else 0

    def header(self):
        lines = ["cxrgate journal v1", f"origin {self.origin}", f"segment {self.segment}",
                 f"key {base64.b64encode(self.key).decode()}"]
        lines += [f"frontier {base64.b64encode(h).decode()}" for h in self.tree.subtrees]
        return ("\n".join(lines) + "\n\n" + (self.checkpoint.text if self.checkpoint else "")).encode()

    def compare(self, offset):
        while self.compared < len(self.against) and self.against[self.compared].size == self.tree.size:
            if not self.knows(self.against[self.compared]):
                raise NotSigned
            if self.against[self.compared].root != self.tree.root():
                self.fail("fork", offset)
            self.compared += 1

    def knows(self, checkpoint):
        return any(checkpoint.is_signed(key) for key in [self.trusted] + self.keys)

    def entry(self, payload, offset):
        try:
            entry = decode(payload)
        except (ValueError, AttributeError, TypeError, KeyError):
            self.fail("entry", offset)
        if entry["index"] != self.tree.size:
            self.fail("order", offset)
        if entry["sequence"] and entry["sequence"] <= self.sequence:
            self.fail("sequence", offset)
        self.sequence = entry["sequence"] or self.sequence
        self.tree.append(payload)
        if entry["kind"] == "retire" and re.fullmatch(r"[1-9]\d{0,17}", entry["details"].get("below", "")):
            self.retired = max(self.retired, int(entry["details"]["below"]))
        self.compare(offset)

    def note(self, payload, offset):
        try:
            note = Checkpoint(payload.decode())
        except ValueError:
            self.fail("checkpoint", offset)
        if note.origin != self.origin:
            self.fail("checkpoint", offset)
        if not note.is_whole(self.key):
            self.fail("signature", offset)
        if note.size != self.tree.size or note.size == self.signed_size() or note.sequence != self.sequence:
            self.fail("size", offset)
        if note.root != self.tree.root():
            self.fail("root", offset)
        if note.previous != (self.checkpoint.digest() if self.checkpoint else bytes(32)):
            self.fail("previous", offset)
        self.first_signature = self.first_signature or (self.segment, self.tree.size, offset)
        self.is_trusted |= self.trusted in (self.key, note.next)
        if note.next:
            self.key = note.next
            self.keys.append(note.next)
        self.checkpoint = note
        self.checkpoints += 1

    def read_segment(self, path):
        total = path.stat().st_size
        with path.open("rb") as file:
            if file.read(8) != b"CXRJRNL1":
                self.fail("header", 0)
            offset, good, first = 8, 8, True
            while offset < total:
                head = file.read(5)
                length = int.from_bytes(head[:4], "big")
                payload = file.read(length) if len(head) == 5 and length <= PAYLOAD_LIMIT else b""
                broken = len(head) < 5 or length > PAYLOAD_LIMIT or len(payload) < length or head[4:] not in b"HEC"
                if first:
                    if broken or head[4:] != b"H":
                        self.fail("header", 0)
                    self.take_header(payload)
                elif broken or head[4:] == b"H":
                    self.fail("frame", offset)
                elif head[4:] == b"E":
                    self.entry(payload, offset)
                else:
                    self.note(payload, offset)
                offset, first = offset + 5 + length, False
                good = offset if head[4:] != b"E" else good
            if first:
                self.fail("header", 0)
        if self.tree.size != self.signed_size():
            self.fail("unsignedTail", good)
        return good

    def begin(self, payload):
        """The first header that is there: nothing before it says what it must be."""
        match = re.fullmatch(rb"cxrgate journal v1\norigin ([!-*,-~]{1,128})\nsegment (\d+)\nkey (\S+)\n"
                             rb"((?:frontier \S+\n)*)\n((?:.|\n)*)", payload)
        if not match or int(match[2]) != self.segment:
            raise ValueError
        self.origin, self.key = match[1].decode(), b64(match[3].decode(), 32)
        self.keys = [self.key]
        self.tree.subtrees = [b64(line[9:].decode(), 32) for line in match[4].splitlines()]
        if bool(match[5]) != bool(self.segment):
            raise ValueError
        if match[5]:
            note = self.checkpoint = Checkpoint(match[5].decode())
            self.tree.size, self.sequence = note.size, note.sequence
            if note.root != self.tree.root() or note.next not in (None, self.key) or not note.is_signed(self.key):
                raise ValueError
            self.is_trusted = note.is_signed(self.trusted)
        if self.tree.size.bit_count() != len(self.tree.subtrees):
            raise ValueError

    def take_header(self, payload):
        if self.origin is None:
            try:
                self.begin(payload)
                if payload != self.header():
                    raise ValueError
            except ValueError:
                raise Damage("header", self.segment, 0, 0) from None
            if any(c.origin != self.origin for c in self.against):
                self.fail("fork", 0)
            self.older = self.compared = sum(c.size < self.tree.size for c in self.against)
            self.compare(8)
        elif payload != self.header():
            self.fail("header", 8)

    def run(self, directory):
        names = sorted(n for n in os.listdir(directory) if not n.endswith(".cxrj.tmp"))
        if not names:
            raise Damage("missingSegment", 0, 0, 0)
        numbers = [int(n[:-5]) for n in names if re.fullmatch(r"\d{8,}\.cxrj", n)]
        first, end = numbers[0] if numbers else 0, 0
        for number, name in enumerate(names, first):
            wanted = f"{number:08}.cxrj"
            if name != wanted:
                is_gap = re.fullmatch(r"\d{8,}\.cxrj", name) and wanted not in names
                raise Damage("missingSegment" if is_gap else "foreignFile", number, 0, 0)
        for self.segment, name in enumerate(names, first):
            end = self.read_segment(pathlib.Path(directory) / name)
        if not self.is_trusted and (self.checkpoint or self.key != self.trusted):
            raise Damage("signature", *(self.first_signature or (first, self.tree.size, 8)))
        if first > self.retired:
            raise Damage("missingSegment", self.retired, 0, 0)
        if self.compared < len(self.against):
            if not all(self.knows(c) for c in self.against[self.compared:]):
                raise NotSigned
            self.fail("truncated", end)


def notes(text):
    """The checkpoints of a file that holds one, or many with an empty line behind each."""
    found, lines = [], []
    for line in text.splitlines(keepends=True):
        if line == "\n" and any(part.startswith("— ") for part in lines):
            found, lines = found + ["".join(lines)], []
        else:
            lines.append(line)
    return found + ["".join(lines)] if lines else found


def judge(folder):
    vectors, wrong = json.loads((folder / "vectors.json").read_text()), 0
    for v in vectors:
        verifier = Verifier(bytes.fromhex(v["key"]), [Checkpoint(t) for t in v["against"]])
        try:
            verifier.run(folder / v["name"])
            found = ("ok", verifier.tree.size, base64.b64encode(verifier.tree.root()).decode())
            expected = (v["expect"], v.get("entries"), v.get("root"))
        except Damage as damage:
            found, expected = damage.args, (v["expect"], v.get("segment"), v.get("index"), v.get("offset"))
        if found != expected:
            wrong += 1
            print(f"{v['name']}: expected {expected}, found {found}")
    print(f"{len(vectors)} vectors, {wrong} wrong")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", type=pathlib.Path)
    parser.add_argument("--key")
    parser.add_argument("--against", type=pathlib.Path, action="append", default=[])
    parser.add_argument("directory", type=pathlib.Path, nargs="?")
    options = parser.parse_args()
    if options.vectors:
        return judge(options.vectors)
    text = pathlib.Path(options.key).read_text() if os.path.exists(options.key) else options.key
    against = [Checkpoint(note) for path in options.against for note in notes(path.read_text())]
    verifier = Verifier(bytes.fromhex(text.strip()), against)
    try:
        verifier.run(options.directory)
    except NotSigned:
        print("no key of this journal has signed a checkpoint to compare with")
        return 1
    except Damage as damage:
        print("damaged: {} in segment {}, entry {}, byte {}".format(*damage.args))
        return 1
    print(f"ok: {verifier.tree.size} entries, {verifier.checkpoints} checkpoints, "
          f"root {base64.b64encode(verifier.tree.root()).decode()}, "
          f"{verifier.compared - verifier.older} of {len(against)} checkpoints compared")
    return 0


if __name__ == "__main__":
    sys.exit(main())
