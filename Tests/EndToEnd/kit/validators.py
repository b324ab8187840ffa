"""Outside opinions on what the PACS received."""
import shutil
import subprocess
import sys
from pathlib import Path

import highdicom
import pydicom


def tool(name):
    """A program of the test environment, or of the system."""
    path = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    assert path, f"{name} is not installed"
    return path


def dciodvfy_errors(file):
    """The lines of `dciodvfy -new` that begin with Error."""
    finished = subprocess.run([tool("dciodvfy"), "-new", file], capture_output=True, text=True, errors="replace",
                              timeout=120)
    return [line for line in (finished.stdout + finished.stderr).splitlines() if line.startswith("Error")]


def dsrdump(file):
    """The exit code and the text of DCMTK's reader of structured reports."""
    finished = subprocess.run(["/usr/bin/dsrdump", "+Pl", file], capture_output=True, text=True, errors="replace",
                              timeout=120)
    return finished.returncode, finished.stdout + finished.stderr


def highdicom_groups(file):
    """The measurement groups of the report, as highdicom reads them."""
    content = highdicom.sr.srread(str(file)).content
    return [*content.get_image_measurement_groups(), *content.get_planar_roi_measurement_groups()]


def raw(file, tag):
    """The bytes of an attribute's value as they stand in the file; `None` if it is not there."""
    data_set = pydicom.dcmread(file, specific_tags=[tag])
    element = data_set.get_item(tag)
    if element is None:
        return None
    value = element.value or b""
    if not isinstance(value, bytes):
        # pydicom reads the character set itself at once: code strings, so nothing is lost on the way back.
        value = (value if isinstance(value, str) else "\\".join(value)).encode("ascii")
    return value.rstrip(b" \0")
