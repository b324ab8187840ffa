"""The systemd units are as closed as they say. Requirement: `systemd-analyze security` at most 2.0."""
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).resolve().parents[2] / "Config/systemd"


@pytest.mark.parametrize("unit, threshold", [("cxrgate.service", 20), ("cxrgate-backup.service", 20)])
def test_the_exposure_of_a_unit_is_low(unit, threshold):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed here: no unit was looked at")
    finished = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={threshold}", UNITS / unit],
        capture_output=True, text=True, timeout=60)
    assert finished.returncode == 0, finished.stdout[-400:]


def test_no_core_and_no_registers_leave_the_service():
    text = (UNITS / "cxrgate.service").read_text()
    assert "LimitCORE=0" in text and "SWIFT_BACKTRACE=registers=none" in text and "WatchdogSec=" in text
