#!/usr/bin/env python3
"""Makes results of many studies, and lets everyone judge them.

    validate_results.py CXRGATE FOLDER [--all] [--data FOLDER] [--standard FOLDER]

The product makes report, heat map, presentation state and key objects of every eligible file of the data folder
(CXR_TEST_DATA) and of synthetic studies (50 with --all, 4 without). Then

- the product's own gate, dciodvfy -new, dcentvfy with the source beside the results, dsrdump, and a structural test;
- PixelMed's validator of structured reports, and dicom-validator with the tables in --standard (default: the folder
  standard/validators/dicom-validator-std of the data), on every object with --all, on a few without;
- highdicom reads every measurement group, and finds the numbers that the product says it wrote;
- patient and study attributes are the source's own bytes;
- one report is spoiled in every way that is known to slip through public validators, and in others: the product's gate
  and the structural test must find each; and so must the gate with foreign spoiled reports of the data folder.

A fault that lies in bytes which are the source's own is counted apart. Prints a table; exits with 0 if there is no fault.
"""
import argparse
import copy
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import highdicom
import numpy
import pydicom

import validate_objects as objects

pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
SHARED = ["00080005", "00080020", "00080030", "00080050", "00080090", "00081030", "00100010", "00100020", "00100021",
          "00100030", "00100040", "0020000D", "00200010", "00080201"]
CLASSES = ("comprehensive_3d", "comprehensive", "enhanced")


def product(cxrgate, *arguments):
    finished = subprocess.run([cxrgate, *map(str, arguments)], capture_output=True, text=True, timeout=3600)
    return finished.returncode, finished.stdout, finished.stderr


def sources(options):
    """Files to make results of: real ones, pictures in an object of their own, and synthetic ones."""
    made = options.folder / "sources"
    made.mkdir(parents=True, exist_ok=True)
    count = 50 if options.all else 4
    product(options.cxrgate, "data", "generate", made, "--seed", 500, "--count", count, "--rows", 640, "--columns", 512)
    files = sorted(made.glob("phantom-*.dcm"))
    assert len(files) >= count, "synthetic studies are missing"
    if options.data:
        pictures = sorted((options.data / "kermany").glob("*original*/**/*.jp*g"))
        for number, picture in enumerate(pictures if options.all else pictures[::12]):
            product(options.cxrgate, "data", "wrap", picture, made / f"wrapped-{number}.dcm", "--seed", 900 + number)
        files += sorted(made.glob("wrapped-*.dcm"))
        real = sorted((options.data / "dicom").glob("*/*.dcm"))
        files += real if options.all else [file for file in real if "nih_dx_test1" in file.name or "siim" in file.name]
    return files


def element_bytes(file, tag):
    element = pydicom.dcmread(file, specific_tags=[int(tag, 16)]).get_item(int(tag, 16))
    if element is None:
        return None
    value = element.value or b""
    if not isinstance(value, bytes):
        value = (value if isinstance(value, str) else "\\".join(value)).encode("ascii", "replace")
    return value.rstrip(b" \0")


def is_sources_own(line, source, result):
    """Whether a complaint is about an attribute whose bytes are the source's own."""
    path = re.findall(r"\(([0-9a-fA-F]{4}),([0-9a-fA-F]{4})\)", line)
    tag = "".join(path[-1]) if path else None
    return bool(tag and element_bytes(source, tag)) and element_bytes(source, tag) == element_bytes(result, tag)


def value_faults(report, summary):
    """What highdicom reads against what the product says."""
    content = highdicom.sr.srread(report).content
    images, regions = content.get_image_measurement_groups(), content.get_planar_roi_measurement_groups()
    findings = summary["findings"]
    if len(images) != len(findings) or len(regions) != sum(len(finding["regions"]) for finding in findings):
        yield "highdicom finds another number of groups"
        return
    outlines = [outline for finding in findings for outline in finding["regions"]]
    for group, finding in zip(images, findings):
        number, = (item for item in group.get_measurements() if item.name.value == "111012")
        if group.finding_type.value != finding["code"][0] or abs(number.value / 100 - finding["probability"]) > 5.1e-4:
            yield "highdicom reads another finding or certainty"
        presence, = (item for item in group.get_qualitative_evaluations() if item.name.value == "121052")
        if presence.value.meaning.lower().split()[-1] != finding["presence"]:
            yield "highdicom reads another presence"
    for group, outline in zip(regions, outlines):
        points = numpy.asarray(outline).reshape(-1, 2)
        if not numpy.allclose(group.roi.value, numpy.vstack([points, points[:1]])):
            yield "highdicom reads another region"


# ---- what a report must not survive

def items(data, code):
    return [item for item in objects.walk(data) if objects.name(item) == code]


def dropped(code):
    def edit(data):
        def drop(parent):
            if "ContentSequence" in parent:
                parent.ContentSequence = [item for item in parent.ContentSequence if objects.name(item) != code]
                for item in parent.ContentSequence:
                    drop(item)
        drop(data)
    return edit


def changed(code, edit):
    def change(data):
        found = items(data, code)
        assert found, f"the report has no {code}"
        for item in found:
            edit(item)
    return change


def concept(keyword, value):
    return lambda item: setattr(item.ConceptNameCodeSequence[0], keyword, value)


SPOILED = {
    "no procedure reported": dropped("121058"), "no language": dropped("121049"), "no tracking UID": dropped("112040"),
    "no finding": dropped("121071"), "no image library": dropped("111028"),
    "no template identification": lambda data: delattr(data, "ContentTemplateSequence"),
    "wrong code meaning": changed("111012", concept("CodeMeaning", "Certainty of Impression")),
    "unknown DCM code": changed("111012", concept("CodeValue", "999999")),
    "no tracking identifier": dropped("112039"), "no algorithm name": dropped("111001"),
    "no algorithm parameters": dropped("111002"), "no presence": dropped("121052"), "no first line": dropped("121106"),
    "no observer": dropped("121005"), "no region": dropped("111030"), "no certainty": dropped("111012"),
    "no completion flag": lambda data: delattr(data, "CompletionFlag"),
    "verified": lambda data: setattr(data, "VerificationFlag", "VERIFIED"),
    "no evidence": lambda data: delattr(data, "CurrentRequestedProcedureEvidenceSequence"),
    "evidence of another image": lambda data: setattr(
        data.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0],
        "ReferencedSOPInstanceUID", "1.2.3"),
    "algorithm name as content": changed("111001", lambda item: setattr(item, "RelationshipType", "CONTAINS")),
    "illegal relationship": changed("111030", lambda item: setattr(item, "RelationshipType", "SELECTED FROM")),
    "open region": changed("111030", lambda item: setattr(item, "GraphicData", list(item.GraphicData)[:-2])),
    "odd coordinates": changed("111030", lambda item: setattr(item, "GraphicData", list(item.GraphicData)[:-1])),
    "region in space": changed("111030", lambda item: setattr(item, "ValueType", "SCOORD3D")),
    "units of another scheme": changed("111012", lambda item: setattr(
        item.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0], "CodingSchemeDesignator", "99X")),
    "one tracking UID for all": changed("112040", lambda item: setattr(item, "UID", "1.2.3")),
    "another patient": lambda data: setattr(data, "PatientID", "SOMEONE-ELSE"),
    "another study": lambda data: setattr(data, "StudyInstanceUID", "1.2.3"),
    "accession number lost": lambda data: setattr(data, "AccessionNumber", ""),
    "another character set": lambda data: setattr(data, "SpecificCharacterSet", "ISO_IR 144"),
    "bad UID": lambda data: setattr(data, "SeriesInstanceUID", "1.02.3"),
    "bad date": lambda data: setattr(data, "ContentDate", "20241399"),
    "presence that does not follow": changed("121052", lambda item: setattr(
        item, "ConceptCodeSequence", [highdicom.sr.CodedConcept("121054", "DCM", "Absent")])),
}
# About the source: the structural test, which has only the report, cannot know.
NEEDS_SOURCE = {"another patient", "another study", "accession number lost", "another character set", "bad UID", "bad date",
                "presence that does not follow"}


def spoil(options, report, source, table):
    """Counts of spoiled reports that were found and that were not."""
    whole, found = pydicom.dcmread(report), Counter()
    for name, edit in SPOILED.items():
        data = copy.deepcopy(whole)
        edit(data)
        path = options.folder / "spoiled.dcm"
        data.save_as(path, enforce_file_format=True)
        status, answer, error = product(options.cxrgate, "instance", "validate", path, "--source", source)
        is_seen = status == 77 and bool(answer.strip())
        found["gate" if is_seen else "gate missed"] += 1
        if not is_seen:
            print(f"NOT FOUND by the gate: {name} ({status} {answer} {error})")
        if name not in NEEDS_SOURCE:
            is_seen = any(objects.tree_faults(data)) or any(objects.code_faults(data, table))
            found["structure" if is_seen else "structure missed"] += 1
            if not is_seen:
                print(f"NOT FOUND by the structural test: {name}")
    return found


def foreign_spoiled(options):
    """Spoiled reports of others: the gate must say more of each than of the whole one that they were made of."""
    whole = options.data / "standard/reference_sr_highdicom.dcm"
    said = Counter(product(options.cxrgate, "instance", "validate", whole)[1].splitlines())
    found = Counter()
    for path in sorted((options.data / "malformed/own").glob("sr_*.dcm")):
        answer = Counter(product(options.cxrgate, "instance", "validate", path)[1].splitlines())
        is_seen = bool(answer - said) or not answer
        found["foreign" if is_seen else "foreign missed"] += 1
        if not is_seen:
            print(f"NOT FOUND by the gate: {path.name}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cxrgate")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--data", type=Path, default=os.environ.get("CXR_TEST_DATA"))
    parser.add_argument("--standard", type=Path)
    parser.add_argument("--pixelmed", type=int, help="let PixelMed see about this many reports (4 seconds each)")
    options = parser.parse_args()
    options.data = Path(options.data) if options.data else None
    options.pixelmed = options.pixelmed or (None if options.all else 2)
    standard = options.standard or (options.data and options.data / "standard/validators/dicom-validator-std")
    started, table = time.monotonic(), objects.meanings()
    counts, problems, own = Counter(), [], Counter()
    reports, everything, positive = [], [], None
    files = sources(options)
    for turn, report_class in enumerate(CLASSES if options.all else CLASSES[:1]):
        output = options.folder / f"results-{report_class}"
        output.mkdir(exist_ok=True)
        # The lesser classes differ in the report only: a few studies are enough for them.
        chosen = files if turn == 0 else files[-40::8]
        _, answer, error = product(options.cxrgate, "instance", "results", *chosen, "--output-dir", output,
                                   "--report-class", report_class, "--layout",
                                   "overlay" if turn == 0 else "side_by_side", "--json")
        assert answer, error
        for row in json.loads(answer):
            source = Path(row["file"])
            if row["error"]:
                counts["files without results"] += 1
                print(f"no results of {source.name}: {row['error']}")
                continue
            refusal = row["summary"]["refusal"]
            counts["not eligible" if refusal else "eligible"] += 1
            made = [row[kind] for kind in ("report", "capture", "presentation", "keys") if kind in row]
            for kind in ("report", "capture", "presentation", "keys"):
                if kind in row:
                    counts[kind] += 1
                    problems += [(row[kind], f"gate: {fault}") for fault in row[f"{kind} problems"]]
            for path in made:
                everything.append((path, source))
                for fault in objects.faults(path, table):
                    if is_sources_own(fault, source, path):
                        own["dciodvfy"] += 1
                    else:
                        problems.append((path, fault))
                for tag in SHARED:
                    if (element_bytes(path, tag) or b"") != (element_bytes(source, tag) or b""):
                        problems.append((path, f"({tag}) is not the source's own"))
            _, text = objects.run("dcentvfy", source, *made)
            problems += [(str(source), f"dcentvfy: {line}") for line in text.splitlines() if line.startswith("Error")]
            if not refusal:
                problems += [(row["report"], fault) for fault in value_faults(row["report"], row["summary"])]
                if any(finding["regions"] for finding in row["summary"]["findings"]):
                    positive = positive or (row["report"], source)
            reports.append((row["report"], source))
    few = slice(None) if options.all else slice(None, None, max(1, len(everything) // 6))
    if standard:
        shown = {path: source for path, source in everything[few]}
        counts["seen by dicom-validator"] = len(shown)
        for path, fault in objects.dicom_validator_faults(list(shown), standard):
            if is_sources_own(fault, shown[path], path):
                own["dicom-validator"] += 1
            else:
                problems.append((path, fault))
    chosen = reports[::max(1, len(reports) // options.pixelmed)] if options.pixelmed else reports
    counts["seen by PixelMed"] = len(chosen)
    problems += list(objects.pixelmed_faults([path for path, _ in chosen]))
    assert positive or not options.data, "no report with a region: the spoiled reports need one"
    if positive:
        spoiled = spoil(options, *positive, table)
        if options.data:
            spoiled += foreign_spoiled(options)
        problems += [(name, str(count)) for name, count in spoiled.items() if "missed" in name]
        counts.update({f"spoiled, found by {name}": count for name, count in spoiled.items() if "missed" not in name})
    for path, fault in problems:
        print(f"FAULT {path}: {fault}")
    for name, count in counts.items():
        print(f"{count:6} {name}")
    for name, count in own.items():
        print(f"{count:6} complaints of {name} about bytes that are the source's own")
    for tool in sorted(objects.missing_tools):
        print(f"not installed: {tool}")
    print(f"{len(everything)} objects of {counts['eligible'] + counts['not eligible']} images, {len(problems)} faults, "
          f"{time.monotonic() - started:.0f} s")
    sys.exit(1 if problems or objects.missing_tools else 0)


main()
