#!/usr/bin/env python3
"""Renews the printed examples of the conformance statement.

    print_examples.py CXRGATE FOLDER

From one synthetic frontal radiograph with an opacity (of 60 seeds the one that the model, made for children, is least sure
is none), and one that is called lateral: the reports as text (dsrdump), the
heat map over and beside the radiograph as pictures. FOLDER is Conformance/Examples.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

import pydicom
from PIL import Image

cxrgate, folder = sys.argv[1], Path(sys.argv[2])


def product(*arguments):
    subprocess.run([cxrgate, *map(str, arguments)], check=True, capture_output=True, text=True)


def text(report):
    dump = subprocess.run(["dsrdump", "+Pl", "+Pc", report], check=True, capture_output=True, text=True).stdout
    # The time of the run is not part of the example.
    return "\n".join(line for line in dump.splitlines() if not line.startswith("Content Date")) + "\n"


with tempfile.TemporaryDirectory() as work:
    work = Path(work)
    product("data", "generate", work, "--seed", 48, "--count", 1, "--rows", 1250, "--columns", 1024, "--opacity")
    frontal = work / "phantom-48.dcm"
    lateral = work / "lateral.dcm"
    data = pydicom.dcmread(frontal)
    data.ViewPosition = "LL"
    data.save_as(lateral, enforce_file_format=True)
    for layout, name in (("overlay", "heatmap"), ("side_by_side", "heatmap-side-by-side")):
        output = work / layout
        output.mkdir()
        product("instance", "results", frontal, lateral, "--output-dir", output, "--layout", layout)
        picture = Image.fromarray(pydicom.dcmread(output / "0-capture.dcm").pixel_array)
        picture.thumbnail((800, 800) if layout == "overlay" else (1100, 1100), Image.LANCZOS)
        picture.save(folder / f"{name}.png", optimize=True)
    (folder / "report.txt").write_text(text(work / "overlay/0-report.dcm"))
    (folder / "report-not-performed.txt").write_text(text(work / "overlay/1-report.dcm"))
