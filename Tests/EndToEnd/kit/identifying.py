"""Images in which every identifying attribute holds a marker.

Source: PS3.15 Table E.1-1, as `standard/ps3.15-e.1-1.tsv` of the test data folder.
"""
import csv
import hashlib
from datetime import date, timedelta

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

# Attributes whose markers would make the image another kind of image, or that no data set may hold.
KEPT = {
    "00100040",  # Patient's Sex: an enumerated value that a report must repeat
    "00080018",  # SOP Instance UID, and the two below: planted as UIDs of the image itself
    "0020000D", "0020000E",
}
LONG = {"LT", "ST", "UT", "LO", "UC", "UR"}
WORD = "qXzVjK"


class Markers:
    """Values that occur nowhere else, each with a name. `ending` closes the words of texts: other scripts."""

    def __init__(self, salt, ending=""):
        self.salt, self.ending = salt, ending
        self.planted = {}
        self._count = 0

    def _digits(self, count):
        """Digits that follow from the salt and the number of the marker."""
        self._count += 1
        number = int.from_bytes(hashlib.sha256(f"{self.salt} {self._count}".encode()).digest(), "big")
        return str(number)[:count].replace("0", "7")

    def keep(self, what, value, encoding="utf-8"):
        """Notes what to look for; returns the value."""
        content = value if isinstance(value, bytes) else value.encode(encoding)
        self.planted[f"{what} {self._count}"] = content
        return value

    def text(self, what, longest=64):
        word = WORD + self._digits(6) + self.ending
        assert len(word) <= longest
        return self.keep(what, word)

    def value(self, vr, what):
        """A marker as a value of a VR; `None` where none that is long enough would fit."""
        if vr == "PN":
            return f"{self.text(what)}^{self.text(what)}"
        if vr in LONG or vr == "SH":
            return self.text(what)
        if vr in {"CS", "AE"}:
            return self.keep(what, WORD.upper() + self._digits(8))
        if vr == "UI":
            return self.keep(what, f"1.2.826.0.1.3680043.9.7.{self._digits(20)}")
        if vr == "DA":
            return self._day(what)
        if vr == "DT":
            return self._day(what) + self.keep(what, "123457." + self._digits(6))
        if vr == "TM":
            return self.keep(what, "123457." + self._digits(6))
        if vr in {"DS", "IS"}:
            return self.keep(what, "1" + self._digits(8))
        if vr in {"OB", "UN", "OW"}:
            return self.text(what).encode().ljust(32, b" ")
        return None

    def _day(self, what):
        """A day of which no other marker, and no clock of today, knows."""
        self._count += 1
        day = date(1801, 1, 1) + timedelta(days=int(self._digits(4)) + self._count)
        return self.keep(what, day.strftime("%Y%m%d"))

    def item(self, what, depth=2):
        """A sequence item with markers, private ones among them, and the same again inside."""
        item = Dataset()
        item.PatientName = self.value("PN", what)
        item.PatientID = self.value("LO", what)
        item.InstitutionName = self.value("LO", what)
        item.ReferencedSOPInstanceUID = self.value("UI", what)
        item.DateTime = self.value("DT", what)
        block = item.private_block(0x0029, self.text(what), create=True)
        block.add_new(0x01, "LO", self.text(what))
        block.add_new(0x02, "UN", self.value("UN", what))
        if depth:
            item.add(DataElement(0x00081140, "SQ", Sequence([self.item(what, depth - 1)])))
        return item


def identifying_rows(data):
    """The single tags of Table E.1-1 that a data set may hold: (tag, keyword, VR)."""
    with open(data / "standard/ps3.15-e.1-1.tsv", newline="") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            digits = row["tag"].replace(",", "")
            if "x" in digits.lower() or "g" in digits.lower() or digits[:4] in {"0000", "0002", "0004"}:
                continue
            yield digits, row["keyword"], row["vr"].split(" ")[0]


def plant_everything(data_set, markers, data):
    """Puts a marker into each identifying attribute, at the top level, in items, in private and repeating groups,
    and behind the pixel data. Returns how many attributes were planted."""
    count = 0
    for digits, keyword, vr in identifying_rows(data):
        if digits in KEPT:
            continue
        if vr == "SQ":
            value = Sequence([markers.item(keyword, depth=1)])
        else:
            value = markers.value(vr, keyword)
        if value is not None:
            data_set.add(DataElement(Tag(digits), vr, value))
            count += 1
    for group in (0x5000, 0x5002):
        data_set.add(DataElement(Tag(group, 0x2500), "LO", markers.text("curve label")))
        data_set.add(DataElement(Tag(group, 0x3000), "OW", markers.value("OW", "curve")))
    data_set.add(DataElement(Tag(0x6000, 0x3000), "OW", markers.value("OW", "overlay")))
    data_set.add(DataElement(Tag(0x6000, 0x4000), "LT", markers.text("overlay comment")))
    for group in (0x0009, 0x0011, 0x0019, 0x7FE1):
        block = data_set.private_block(group, markers.text("private creator"), create=True)
        block.add_new(0x01, "LO", markers.text("private"))
        block.add_new(0x02, "PN", markers.value("PN", "private"))
        block.add_new(0x03, "UN", markers.value("UN", "private"))
        block.add_new(0x04, "SQ", Sequence([markers.item("private")]))
        block.add_new(0x05, "DA", markers.value("DA", "private"))
    for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"):
        setattr(data_set, keyword, markers.value("UI", keyword))
    return count


def with_preamble(content, markers):
    """The bytes of a Part 10 file with a marker in its preamble."""
    return markers.text("preamble").encode().ljust(128, b"\0") + content[128:]
