#!/usr/bin/env python3
"""Scores de-identification the way of MIDI-B: synthetic identities are planted in real objects, an answer key says what
must become of each, and the output is marked.

    pip install pydicom
    deidentification_score.py --cxrgate PATH --data FOLDER     FOLDER/dicom holds real objects

Planted: every text VR, dates and times, UIDs, private groups, items three levels deep, overlays, descriptions and
comments with names, dates and numbers inside, file meta information, the preamble, and trailing padding.

Checks (actions of the MIDI-B validation): tag_retained, text_notnull, text_retained, text_removed, date_shifted,
uid_changed, uid_consistent, patid_consistent, pixels_retained; beside them, for each planted token, the bytes of the
whole file in UTF-8, Latin-1, UTF-16 and Base64. Texts are compared by tokens, without stop words, as there. Identities burned
into pixels are another station's matter. Bounds: 99.9 % of all checks, 100 % of removals.
"""
import argparse
import base64
import collections
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import warnings

import pydicom
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

warnings.filterwarnings("ignore")
STOP = {"a", "an", "and", "by", "for", "in", "of", "on", "the", "to", "with"}
REMOVALS = {"text_removed", "date_shifted", "uid_changed", "bytes_removed"}
# Kept whatever the profile, if the object has it.
KEPT = ["SOPClassUID", "Modality", "BodyPartExamined", "KVP", "ViewPosition", "Rows", "Columns", "BitsStored",
        "PhotometricInterpretation", "PixelRepresentation", "SeriesNumber", "InstanceNumber", "ImagerPixelSpacing"]
TEXTS = {
    "AE": ["StationAETitle", "ScheduledStationAETitle"],
    "SH": ["StationName", "StudyID", "PerformedProcedureStepID"],
    "LO": ["InstitutionName", "InstitutionalDepartmentName", "DeviceSerialNumber", "OtherPatientIDs", "IssuerOfPatientID"],
    "PN": ["ReferringPhysicianName", "OperatorsName", "PerformingPhysicianName", "PatientMotherBirthName"],
    "ST": ["InstitutionAddress", "DerivationDescription"],
    "LT": ["PatientComments", "AdditionalPatientHistory", "ImageComments"],
    "UT": ["PersonTelecomInformation"], "UC": ["EthnicGroups"], "UR": ["RetrieveURL"],
    "DS": ["PatientWeight"], "AS": ["PatientAge"], "CS": ["ModifyingDeviceID"],
}
DATES = ["StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "PatientBirthDate", "DateOfLastCalibration"]
NAMES = "Zwyrtek Quellhorst Bryndza Fjordahl Kvistgaard Obuchowicz Tschudin Vandrooghe Xanthakis Yrjola".split()


class Key:
    """The answer key of one object."""

    def __init__(self, number, chance):
        self.number, self.chance, self.rows, self.tokens = number, chance, [], set()
        self.patient = number // 2
        person = random.Random(self.patient)
        self.name = f"{person.choice(NAMES)}{self.patient}q^{person.choice(NAMES)}{self.patient}k"
        self.id = f"MRN{person.randrange(10**8):08}"

    def word(self, stem=""):
        """No word of any object: letters and digits at random."""
        token = stem + "".join(self.chance.choice("bcdfghjklmnpqrstvwxz") for _ in range(7)) + str(self.chance.randrange(100, 999))
        self.tokens.add(token)
        return token

    def date(self):
        return f"{self.chance.randrange(1931, 1999)}{self.chance.randrange(1, 13):02}{self.chance.randrange(1, 29):02}"

    def check(self, action, path, text=""):
        self.rows.append((action, path, text))


def plant(data, key):
    """Puts identities into an object, and into the key what must become of them."""
    data.PatientName, data.PatientID = key.name, key.id
    key.tokens |= {key.id, *key.name.split("^")}
    key.check("text_removed", ("PatientName",), key.name)
    key.check("patid_consistent", ("PatientID",), key.id)
    data.AccessionNumber = key.word("A")
    key.check("text_removed", ("AccessionNumber",), data.AccessionNumber)
    for vr, keywords in TEXTS.items():
        for keyword in keywords:
            text = {"AE": key.word().upper()[:14], "CS": key.word().upper(), "PN": f"{key.word()}^{key.word()}",
                    "UR": f"http://{key.word()}.example/", "DS": f"{key.chance.randrange(100, 200)}.{key.chance.randrange(1000, 9999)}",
                    "AS": f"{key.chance.randrange(10, 99):03}Y"}.get(vr, f"{key.word()} {key.word()}")
            setattr(data, keyword, text)
            key.check("text_removed", (keyword,), text)
            key.tokens |= {t for t in re.split(r"[\^ ]", text) if len(t) >= 8 and vr not in ("UR",)}
    for keyword in DATES:
        setattr(data, keyword, key.date())
        key.check("date_shifted", (keyword,), getattr(data, keyword))
        key.tokens.add(getattr(data, keyword))
    data.StudyTime, data.PatientBirthTime = "081533.4711", "031742"
    data.AcquisitionDateTime = key.date() + "101502.123456"
    key.check("date_shifted", ("AcquisitionDateTime",), data.AcquisitionDateTime[:8])
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
        setattr(data, keyword, f"1.2.276.0.77.{key.patient}.{len(keyword)}.{key.chance.randrange(10**9) if keyword != 'StudyInstanceUID' else 4711}")
    data.SOPInstanceUID = f"1.2.276.0.77.{key.patient}.9.{key.number}.{key.chance.randrange(10**9)}"
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID"):
        key.check("uid_changed", (keyword,), getattr(data, keyword))
        key.check("uid_consistent", (keyword,), getattr(data, keyword))
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = data.SOPClassUID, data.SOPInstanceUID
    data.SourceImageSequence = Sequence([reference])
    key.check("uid_changed", ("SourceImageSequence", "ReferencedSOPInstanceUID"), data.SOPInstanceUID)
    key.check("uid_consistent", ("SourceImageSequence", "ReferencedSOPInstanceUID"), data.SOPInstanceUID)

    # Descriptions: ordinary words stay where they are cleaned, what is embedded goes.
    words = "CHEST lateral portable"
    data.StudyDescription = f"CHEST {key.name.split('^')[0]} lateral {key.date()} portable {key.id}"
    data.SeriesDescription = f"CHEST lateral, portable; ref {key.word()}"
    for keyword in ("StudyDescription", "SeriesDescription"):
        key.check("text_removed", (keyword,), " ".join(re.sub("CHEST|lateral|portable|ref|[;,]", "", getattr(data, keyword)).split()))
        key.check("descriptor_retained", (keyword,), words)

    # Three levels deep, beside ordinary content.
    inner = Dataset()
    inner.PatientName, inner.StudyDate, inner.OperatorsName = f"{key.word()}^{key.word()}", key.date(), key.word()
    inner.add_new(0x00190010, "LO", "ACME 1.1")
    inner.add_new(0x00191001, "LO", key.word())
    middle, outer = Dataset(), Dataset()
    middle.add_new(0x00082220, "SQ", [inner])
    middle.InstitutionName = key.word()
    outer.add_new(0x00082218, "SQ", [middle])
    data.add_new(0x00400440, "SQ", [outer])
    deep = ("ProtocolContextSequence", "AnatomicRegionSequence", "AnatomicRegionModifierSequence")
    for keyword in ("PatientName", "OperatorsName"):
        key.check("text_removed", (*deep, keyword), str(inner[keyword].value))
    key.check("date_shifted", (*deep, "StudyDate"), inner.StudyDate)
    key.check("text_removed", (*deep[:2], "InstitutionName"), middle.InstitutionName)
    for tag in ("00190010", "00191001"):
        key.check("text_removed", (*deep, tag), str(inner[int(tag, 16)].value))

    # Private groups, an overlay, encrypted and unknown things.
    data.add_new(0x00290010, "LO", "ACME 2.0")
    for element, vr, text in ((0x1001, "LO", key.word()), (0x1002, "PN", key.name), (0x1003, "DA", key.date()), (0x1004, "UN", key.word().encode())):
        data.add_new(0x00290000 | element, vr, text)
        key.check("text_removed", (f"0029{element:04X}",), text.decode() if isinstance(text, bytes) else text)
    data.add_new(0x60020010, "US", 8)
    data.add_new(0x60020011, "US", 16)
    data.add_new(0x60024000, "LT", key.word())
    data.add_new(0x60023000, "OW", key.word().encode()[:16].ljust(16, b"\0"))
    key.check("text_removed", ("60024000",), data[0x60024000].value)
    key.check("text_removed", ("60023000",), "overlay")
    data.add_new(0xFFFCFFFC, "OB", key.word().encode().ljust(32, b" "))
    key.check("text_removed", ("FFFCFFFC",), "padding")

    for keyword in KEPT:
        if keyword in data and data[keyword].value not in (None, ""):
            key.check("tag_retained", (keyword,))
            key.check("text_retained", (keyword,), str(data[keyword].value))
    for keyword in ("SOPClassUID", "SOPInstanceUID", "PatientIdentityRemoved", "DeidentificationMethod"):
        key.check("text_notnull", (keyword,))
    if "PixelData" in data:
        key.check("pixels_retained", ("PixelData",), data.PixelData)


def find(data, path):
    """The element at a path of keywords or hexadecimal tags; `None` if it is not there."""
    for step in path[:-1]:
        data = data.get(step)
        data = (data[0] if data else None) if data is not None else None
        if data is None:
            return None
    last = path[-1]
    return data.get(int(last, 16)) if re.fullmatch("[0-9A-F]{8}", last) else (data[last] if last in data else None)


def tokens(text):
    return [t for t in re.split(r"[^a-z0-9.]+", str(text).lower()) if t and t not in STOP]


def passed(action, text, element, mapping, cleans_text):
    value = "" if element is None or element.value is None else str(element.value)
    is_empty = element is None or element.is_empty
    lower = value.lower()
    if action == "tag_retained":
        return not is_empty
    if action == "text_notnull":
        return not is_empty and value != "<>"
    if action == "text_retained":
        return lower == text.lower() or all(t in tokens(value) for t in tokens(text))
    if action == "descriptor_retained":
        return all(t in lower for t in tokens(text)) if cleans_text else is_empty or lower == "removed"
    if action == "text_removed":
        return is_empty or value == "<REMOVED>" or not any(t in lower for t in tokens(text))
    if action in ("date_shifted", "uid_changed"):
        return text not in value
    if action in ("uid_consistent", "patid_consistent"):
        return is_empty or mapping.setdefault(text, value) == value
    if action == "pixels_retained":
        # One byte of padding to even length is no pixel.
        return element is not None and element.value[:len(text)] == text and len(element.value) - len(text) <= 1
    raise SystemExit(f"no check {action}")


def encodings(token):
    raw = token.encode()
    yield raw
    yield token.encode("latin-1")
    yield token.encode("utf-16-le")
    yield token.encode("utf-16-be")
    # Base64 at its three alignments, without the characters that neighbours share.
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw).rstrip(b"=")
        yield coded[2 if shift == 1 else 4 if shift == 2 else 0:-1]


def score(cxrgate, data_folder, folder, options):
    environment = os.environ | {"CXR_DATA_DIR": str(folder / "data"), "CXR_CONFIG": "/nonexistent"}
    if options:
        profile = folder / "scored.yaml"
        profile.write_text("options:\n" + "".join(f"  - {name}\n" for name in options))
        environment["CXR_DEIDENTIFICATION_PROFILE"] = str(profile)
    subprocess.run([cxrgate, "keys", "init"], env=environment, capture_output=True)
    counts, failures, mapping, objects, held = collections.Counter(), [], {}, 0, 0
    for number, file in enumerate(sorted((data_folder / "dicom").rglob("*.dcm"))):
        try:
            data = pydicom.dcmread(file)
            key = Key(number, random.Random(number))
            if not data.file_meta.TransferSyntaxUID.is_little_endian or data.file_meta.TransferSyntaxUID.is_deflated:
                continue
            plant(data, key)
        except Exception as error:  # not an object that identities can be planted in
            print(f"not planted: {file.name}: {type(error).__name__}")
            continue
        data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
        data.file_meta.SourceApplicationEntityTitle = key.word().upper()[:14]
        data.file_meta.PrivateInformationCreatorUID = "1.2.276.0.77.1"
        data.file_meta.PrivateInformation = key.word().encode().ljust(16, b" ")
        data.preamble = key.word().encode().ljust(128, b"\0")
        source, target = folder / "planted.dcm", folder / "clean.dcm"
        target.unlink(missing_ok=True)
        data.save_as(source)
        finished = subprocess.run([cxrgate, "instance", "deidentify", source, target], env=environment, capture_output=True, text=True)
        if not target.exists():
            print(f"not read by the gateway: {file.name}: {finished.stderr.strip()[:80]}")
            continue
        objects += 1
        if finished.returncode == 77:
            held += 1
            again = subprocess.run([cxrgate, "instance", "verify", target, "--original", source], env=environment, capture_output=True, text=True)
            print(f"  held: {file.name}: {again.stdout.strip()[:200]}")
        clean = pydicom.dcmread(target)
        for action, path, text in key.rows:
            is_good = passed(action, text, find(clean, path), mapping, "clean-descriptors" in options)
            counts[action, is_good] += 1
            if not is_good:
                failures.append(f"{action} {'.'.join(path)} in {file.name}")
        content = target.read_bytes()
        folded = content.lower()
        for token in sorted(key.tokens):
            if len(token) < 6 or token == "19000101":
                continue
            is_good = not any(code.lower() in folded if code.isascii() and code == token.encode() else code in content
                              for code in encodings(token) if len(code) >= 6)
            counts["bytes_removed", is_good] += 1
            if not is_good:
                failures.append(f"bytes_removed in {file.name}")
    everything = sum(counts.values())
    good = sum(count for (_, is_good), count in counts.items() if is_good)
    removals = sum(count for (action, _), count in counts.items() if action in REMOVALS)
    lost = sum(count for (action, is_good), count in counts.items() if action in REMOVALS and not is_good)
    for action in sorted({action for action, _ in counts}):
        print(f"  {action:20} {counts[action, True]:6} of {counts[action, True] + counts[action, False]}")
    for failure in failures[:20]:
        print(f"  failed: {failure}")
    print(f"profile {'+'.join(['basic', *options])}: {objects} objects, {good} of {everything} checks "
          f"({100 * good / max(1, everything):.3f} %), {removals - lost} of {removals} removals; {held} held by the verifier")
    return objects >= 20 and good >= 0.999 * everything and lost == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cxrgate", required=True)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    results = []
    for options in ([], ["modified-dates", "clean-descriptors"]):
        with tempfile.TemporaryDirectory() as name:
            results.append(score(os.path.abspath(arguments.cxrgate), arguments.data, pathlib.Path(name), options))
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
