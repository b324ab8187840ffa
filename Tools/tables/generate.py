#!/usr/bin/env python3
"""Makes the tables that CAssets embeds, from the standard's facts.

    pip install pydicom==3.0.2
    generate.py --e11 ps3.15-e.1-1.tsv --types ps3.15-e.1-1.resolved-cr-dx-sc.tsv \
                --safe ps3.15-e.3.10-1-safe-private.tsv --content ps3.15-e.3.4-1.tsv \
                --modules module_info.json --out Sources/CAssets/data

Sources: PS3.6 through pydicom's dictionaries (MIT); PS3.15 2026c Table E.1-1; attribute types of PS3.3 2024e;
terms of PS3.3 2024e and PS3.16 Annex L. Same input, same bytes.

  dictionary.tsv        TTTTTTTT VR Keyword; `x` in a tag is any digit; VR in lower case is a choice:
                        ox = OB or OW, xs = US or SS, lt = US or SS or OW
  confidentiality.tsv   TTTTTTTT, Basic, then the ten option columns
  attribute-types.tsv   TTTTTTTT, type in CR, in DX, in SC (`-`: not in that IOD)
  safe-private.tsv      GGGG, EE (last two digits of the element), VR, private creator
  content-names.tsv     code value, coding scheme, value type, Basic, then seven option columns of Table E.3.4-1
  descriptor-words.txt  words that Clean Descriptors lets pass: descriptor-words.txt beside this file, and the body
                        parts and views below
  uids.txt              registered UIDs without 1.2.840.10008
  terms.txt             closed vocabulary of code strings (VR CS)
"""
import argparse
import csv
import json
import pathlib

import pydicom
from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom._uid_dict import UID_dictionary

EDITION = "2026c"
OPTIONS = ["rtn_safe_priv", "rtn_uids", "rtn_dev_id", "rtn_inst_id", "rtn_pat_chars", "rtn_long_full_dates",
           "rtn_long_modif_dates", "clean_desc", "clean_struct_cont", "clean_graph"]
CHOICES = {"OB or OW": "ox", "US or SS": "xs", "US or SS or OW": "lt", "US or OW": "lt"}

# Body parts and views that radiography writes into code strings (PS3.16 Annex L; PS3.3 C.8.1.1, C.8.11.5).
RADIOGRAPHY_TERMS = """
ABDOMEN ABDOMENPELVIS ACJOINT ADRENAL ANKLE ANUS AORTA ARM ARTERY AXILLA BACK BILEDUCT BLADDER BRAIN BREAST BRONCHUS
BUTTOCK CALCANEUS CALF CAROTID CEREBELLUM CERVIX CHEEK CHEST CHESTABDOMEN CHESTABDPELVIS CLAVICLE COCCYX COLON CORNEA
CORONARYARTERY CSPINE CTSPINE DUODENUM EAR ELBOW ESOPHAGUS EXTREMITY EYE EYELID FACE FEMUR FINGER FOOT FOREARM GALLBLADDER
HAND HEAD HEADNECK HEART HIP HUMERUS IAC ILEUM ILIUM JAW JEJUNUM KIDNEY KNEE LARYNX LEG LIVER LSPINE LSSPINE LUMBAR LUNG
MANDIBLE MAXILLA MEDIASTINUM MOUTH NECK NECKCHEST NECKCHESTABDOMEN NECKCHESTABDPELV NOSE ORBIT OVARY PANCREAS PAROTID PATELLA
PELVIS PENIS PHARYNX PROSTATE RADIUS RADIUSULNA RECTUM RIB RIBCAGE RIBS SACRUM SCALP SCAPULA SCLERA SCROTUM SELLA SHOULDER
SIJOINT SKULL SPINE SPLEEN SSPINE STERNUM STOMACH SUBMANDIBULAR TESTIS THIGH THORAX THUMB THYMUS THYROID TIBIA TIBIAFIBULA
TLSPINE TMJ TOE TONGUE TRACHEA TSPINE ULNA URETER URETHRA UTERUS VAGINA VEIN VULVA WHOLEBODY WRIST ZYGOMA
AP PA LL RL RLD LLD RLO LLO LAO RAO LPO RPO LAT LATERAL LORDOTIC SUPINE PRONE ERECT UPRIGHT DECUBITUS OBLIQUE PORTABLE
ORIGINAL DERIVED PRIMARY SECONDARY NONE AXIAL LOCALIZER POSTERO_ANTERIOR
ISO_IR ISO_IR 6 ISO_IR 13 ISO_IR 100 ISO_IR 101 ISO_IR 109 ISO_IR 110 ISO_IR 126 ISO_IR 127 ISO_IR 138 ISO_IR 144 ISO_IR 148
ISO_IR 166 ISO_IR 192 ISO_IR 203 GB18030 GBK REMOVED UNMODIFIED MODIFIED LANDSCAPE PORTRAIT PRESENTATION PROCESSING
LINEAR LINEAR_EXACT SIGMOID IDENTITY INVERSE ISO_2375 FLEXIBLE RECTANGULAR ROUND POLYGONAL LOSSY
ISO_10918_1 ISO_14495_1 ISO_15444_1 MONOCHROME1 MONOCHROME2 BLACK WHITE
""".split("\n")


def terms(modules):
    """Code strings of four characters or more, in upper case."""
    found = set()
    for line in RADIOGRAPHY_TERMS:
        words = line.split(" ")
        index = 0
        while index < len(words):
            word = words[index]
            if word == "ISO_IR" and index + 1 < len(words) and words[index + 1].isdigit():
                word, index = f"{word} {words[index + 1]}", index + 1
            found.add(word)
            index += 1

    def walk(node):
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "enums":
                    for choice in value:
                        found.update(str(term) for term in choice.get("val", []))
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(modules)
    allowed = set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-/")
    return sorted(t for t in found if 4 <= len(t) <= 16 and set(t) <= allowed and any(c.isalpha() for c in t))


def dictionary(rows):
    lines = {}
    for number, (vr, _, _, _, keyword) in DicomDictionary.items():
        if vr != "NONE":
            lines[f"{number:08X}"] = (CHOICES.get(vr, vr), keyword)
    for mask, (vr, _, _, _, keyword) in RepeatersDictionary.items():
        lines[mask] = (CHOICES.get(vr, vr), keyword)
    for row in rows:
        tag = row["tag"].replace(",", "")
        if len(tag) == 8 and tag not in lines and "x" not in tag:
            lines[tag] = (row["vr"] or "UN", row["keyword"] or row["name"].replace(" ", ""))
    # Masks go last; among plain tags the order is numeric.
    return [f"{tag} {vr} {keyword}" for tag, (vr, keyword) in sorted(lines.items(), key=lambda i: ("x" in i[0], i[0]))]


def safe_private(rows):
    """(gggg,xxee): the creator's block takes the place of xx. The standard's creators, letter for letter."""
    lines = set()
    for row in rows:
        group, element = row["Data Element"].strip("()").split(",")
        if not element.startswith("xx"):
            raise SystemExit(f"no block in {row['Data Element']}")
        vr = row["VR"].strip()
        lines.add("\t".join([group.upper(), element[2:].upper(), vr, row["Private Creator"].strip()]))
    return sorted(lines)


def content_names(rows):
    columns = ["Basic Prof.", "Rtn. UIDs Opt.", "Rtn. Dev. Id. Opt.", "Rtn. Inst. Id. Opt.", "Rtn. Pat. Chars. Opt.",
               "Rtn. Long. Full Dates Opt.", "Rtn. Long. Modif. Dates Opt.", "Clean Desc. Opt."]
    return ["\t".join([row["Code Value"], row["Coding Scheme Designator"], row["Value Type"]] +
                      [(row[column] or "").strip() or "-" for column in columns]) for row in rows]


def words():
    """Lower-case words of two letters or more, and what the list names beside them."""
    text = pathlib.Path(__file__).with_name("descriptor-words.txt").read_text()
    listed = {w for line in text.split("\n") if not line.startswith("#") for w in line.split()}
    parts = {part.lower() for line in RADIOGRAPHY_TERMS for part in line.replace("_", " ").split() if part.isalpha()}
    # Colours are names of many people, and no words of descriptions.
    parts -= {"black", "white"}
    return sorted(listed | parts)


def write(folder, name, title, lines):
    text = f"# {title}\n" + "".join(f"{line}\n" for line in lines)
    (folder / name).write_bytes(text.encode("ascii"))
    print(name, len(lines), "lines", len(text), "bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("e11", "types", "modules", "safe", "content", "out"):
        parser.add_argument(f"--{name}", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    rows = list(csv.DictReader(arguments.e11.open(), delimiter="\t"))
    types = list(csv.DictReader(arguments.types.open(), delimiter="\t"))
    modules = json.loads(arguments.modules.read_text())

    write(arguments.out, "dictionary.tsv", f"PS3.6 by pydicom {pydicom.__version__}, and PS3.15 {EDITION}", dictionary(rows))
    write(arguments.out, "confidentiality.tsv", f"PS3.15 {EDITION} Table E.1-1", [
        "\t".join([row["tag"].replace(",", "").replace("(odd)", ""), row["basic"]] + [row[o] or "-" for o in OPTIONS])
        for row in rows])
    write(arguments.out, "attribute-types.tsv", "PS3.3 2024e, the attributes of Table E.1-1 in CR, DX, SC", [
        "\t".join([row["tag"].replace(",", "")] + [row[f"{iod}_type"] or "-" for iod in ("CR", "DX", "SC")])
        for row in types])
    prefix = "1.2.840.10008."
    write(arguments.out, "uids.txt", f"PS3.6 Annex A by pydicom {pydicom.__version__}",
          sorted(uid[len(prefix):] for uid in UID_dictionary if uid.startswith(prefix)))
    write(arguments.out, "terms.txt", "code strings of PS3.3 2024e and PS3.16 Annex L", terms(modules))
    write(arguments.out, "safe-private.tsv", f"PS3.15 {EDITION} Table E.3.10-1",
          safe_private(csv.DictReader(arguments.safe.open(), delimiter="\t")))
    write(arguments.out, "content-names.tsv", f"PS3.15 {EDITION} Table E.3.4-1",
          content_names(csv.DictReader(arguments.content.open(), delimiter="\t")))
    write(arguments.out, "descriptor-words.txt", "words of radiographic descriptions; body parts and views of PS3.16 Annex L",
          words())


if __name__ == "__main__":
    main()
