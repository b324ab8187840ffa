"""Models to register: the built-in weights under another version, and reports about them."""
import hashlib
import json
import os
import random
import subprocess
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
DATA = REPOSITORY / "Sources/CAssets/data"

ALGORITHM_VERSION = ("111003", "DCM")


def put(path, content):
    """Whole or not at all: tests that register at once make the same file, and read it meanwhile."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as unfinished:
        unfinished.write(content)
    os.replace(unfinished.name, path)


def make(folder, version, comment=b"", **changes):
    """Weights and card of a version; a comment in the ONNX file (field 6 of a ModelProto) makes other weights of it."""
    weights = (DATA / "model.onnx").read_bytes()
    if comment:
        weights += b"\x32" + bytes([len(comment)]) + comment
    card = json.loads((DATA / "model.json").read_text()) | {
        "version": version, "sha256": hashlib.sha256(weights).hexdigest()} | changes
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(repr((version, comment, changes)).encode()).hexdigest()[:8]
    put(folder / f"{name}.onnx", weights)
    put(folder / f"{name}.json", json.dumps(card).encode())
    return folder / f"{name}.onnx", folder / f"{name}.json"


def report(folder, weights, separation=0.85, cases=200, **changes):
    """An evaluation report about weights: seeded scores of cases with and without the finding."""
    generator = random.Random(7)
    positive = [min(max(generator.gauss(0.5 + separation / 2, 0.08), 0), 1) for _ in range(cases // 2)]
    negative = [min(max(generator.gauss(0.5 - separation / 2, 0.08), 0), 1) for _ in range(cases // 2)]
    content = {
        "format": "cxrgate evaluation 1", "label": "Pneumonia",
        "model": {"sha256": hashlib.sha256(Path(weights).read_bytes()).hexdigest()},
        "scores": {"positive": positive, "negative": negative},
    } | changes
    target = Path(folder) / f"report-{hashlib.sha256(repr(content).encode()).hexdigest()[:8]}.json"
    put(target, json.dumps(content).encode())
    return target


def algorithm_versions(sr):
    """Every algorithm version that a report names, wherever in its tree."""
    found = set()

    def walk(items):
        for item in items:
            name = item.get("ConceptNameCodeSequence")
            if name and (name[0].CodeValue, name[0].CodingSchemeDesignator) == ALGORITHM_VERSION:
                found.add(str(item.TextValue))
            walk(item.get("ContentSequence", []))
    walk(sr.ContentSequence)
    return found


def dsrdump(file):
    """The report as DCMTK reads it."""
    finished = subprocess.run(["dsrdump", str(file)], capture_output=True, text=True, errors="replace", timeout=60)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout
