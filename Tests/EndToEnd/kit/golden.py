"""Texts that are kept and compared: a change is seen, and wanted.

`CXR_RENEW_GOLDEN=1` writes them anew; that run fails, so that nobody mistakes it for a passed one.
"""
import os
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "golden"


def compare(name, text):
    """Fails unless `text` is what is kept under `name`."""
    file = FOLDER / name
    if os.environ.get("CXR_RENEW_GOLDEN"):
        if not file.exists() or file.read_text() != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            raise AssertionError(f"{name} was written anew; look at the difference, then run without CXR_RENEW_GOLDEN")
        return
    assert file.exists(), f"there is no {name}; CXR_RENEW_GOLDEN=1 writes it"
    assert text == file.read_text(), f"{name} is another now; CXR_RENEW_GOLDEN=1 writes it anew"
