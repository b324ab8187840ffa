"""Synthetic radiographs: valid by an independent validator, the same for the same seed, and faulty ones on demand.

Requirement: `data generate` is valid under dciodvfy; malformed objects are refused with a reason, and nothing crashes.
"""
import csv
import hashlib
import json
import re
import shutil
import subprocess

import numpy
import pydicom
import pytest
from PIL import Image


@pytest.fixture(scope="module")
def tool(make_gateway):
    """The program, without a daemon."""
    return make_gateway("phantoms")


@pytest.fixture(scope="module")
def made(tool, folder):
    """Sixteen varied studies with masks and labels, twelve of them or so ill."""
    finished = tool.run(
        "data", "generate", folder / "made", "--count", 16, "--seed", 40, "--share", 0.7, "--vary", "--masks", "--labels",
        "--rows", 96, "--columns", 80)
    assert finished.returncode == 0, finished.stderr
    return folder / "made"


def test_every_object_is_valid_and_they_differ(made):
    """dciodvfy finds no error; CR and DX, PA and AP, both polarities, ill and well are there."""
    objects = [pydicom.dcmread(path) for path in sorted(made.glob("*.dcm"))]
    assert len(objects) == 16
    assert {item.Modality for item in objects} == {"CR", "DX"}
    assert {item.ViewPosition for item in objects} == {"PA", "AP"}
    assert {item.PhotometricInterpretation for item in objects} == {"MONOCHROME1", "MONOCHROME2"}
    dciodvfy = shutil.which("dciodvfy", path="/usr/bin") or shutil.which("dciodvfy")
    assert dciodvfy, "dciodvfy is not installed: apt-get install dicom3tools"
    for path in sorted(made.glob("*.dcm")):
        judged = subprocess.run([dciodvfy, path], capture_output=True, text=True)
        assert not re.search(r"^Error", judged.stdout + judged.stderr, re.M), judged.stderr


def test_labels_and_masks_agree(made):
    """A picture has a mask with something in it if, and only if, its label says ill."""
    rows = list(csv.DictReader((made / "labels.csv").open()))
    assert {row["pneumonia"] for row in rows} == {"0", "1"}
    for row in rows:
        mask = numpy.asarray(Image.open(made / row["file"].replace(".dcm", "-mask.png")))
        assert mask.shape == (96, 80) and set(numpy.unique(mask)) <= {0, 255}
        assert mask.any() == (row["pneumonia"] == "1") == bool(row["subtype"])


def test_the_same_seed_gives_the_same_bytes(tool, folder, made):
    """A second run writes the same files."""
    again = folder / "again"
    tool.run(
        "data", "generate", again, "--count", 16, "--seed", 40, "--share", 0.7, "--vary", "--masks", "--labels",
        "--rows", 96, "--columns", 80)
    for path in made.iterdir():
        assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256((again / path.name).read_bytes()).digest()


def test_faulty_objects_are_refused_and_nothing_crashes(tool, folder):
    """Each fault is listed; predict answers each with a row; those that cannot be read are named with 65."""
    finished = tool.run("data", "generate", folder / "bad", "--malformed")
    assert finished.returncode == 0, finished.stderr
    files = sorted((folder / "bad").glob("*.dcm"))
    listed = list(csv.DictReader((folder / "bad/faults.tsv").open(), delimiter="\t"))
    assert {row["file"] for row in listed} == {path.name for path in files} and len(files) >= 20
    answer = tool.run("predict", "--json", *files)
    assert answer.returncode == 65, answer.stderr
    rows = {row["file"].split("/")[-1]: row["error"] for row in json.loads(answer.stdout)}
    assert len(rows) == len(files)
    for name in ["empty", "no-magic", "header-only", "cut-short", "no-pixels", "few-pixels", "no-rows", "too-many-rows",
                 "bits-allocated", "photometric", "samples"]:
        assert rows[f"{name}.dcm"], f"{name} was taken for an image"
    assert not rows["window.dcm"]


def test_options_that_contradict_are_refused(tool, folder):
    """64."""
    for words in (["--share", "2"], ["--opacity", "--vary"], ["--pattern", "square"], ["--rows", "8"]):
        assert tool.run("data", "generate", folder / "none", *words).returncode == 64
