"""Markers in every identifying attribute are nowhere outside, also when things go wrong.

Requirement: refusals, quarantine, crashes, a full disk; journal, database with its write-ahead log, logs, answers of
commands, environment and command lines of every process.
"""
import os
import subprocess
import threading
from pathlib import Path

import pydicom
import pytest

from kit.identifying import Markers, plant_everything
from kit.markers import Search
from kit.modality import send, send_raw, storescu
from kit.processes import wait_for


@pytest.fixture(scope="module")
def planted(images, data):
    """A radiograph full of markers, the same UID with other pixels, one cut short; and the search for the markers."""
    markers = Markers("faults")

    def everywhere(data_set):
        assert plant_everything(data_set, markers, data) > 550

    def otherwise(data_set):
        pixels = bytearray(data_set.PixelData)
        pixels[1000:2000] = bytes(1000)
        data_set.PixelData = bytes(pixels)
    whole = images.edited(images.synthetic(seed=41), "whole.dcm", everywhere)
    other = images.edited(whole, "other.dcm", otherwise)
    cut = images.changed(whole, "cut.dcm", lambda content: content.__delitem__(slice(len(content) // 2, None)))
    return whole, other, cut, Search(markers.planted)


@pytest.fixture(scope="module")
def faulty(make_gateway, pacs, planted):
    """A gateway that was refused to, held for, crashed and started again, with the markers in everything it was sent."""
    whole, other, cut, _ = planted
    gateway = make_gateway("faulty").start()
    gateway.add_source("CR1")
    gateway.add_destination(pacs)
    # Refusals: an unknown caller, and an image that ends too early.
    assert "Rejected" in storescu(gateway, whole, calling="STRANGER").stdout
    assert [answer.status for answer in send_raw(gateway, cut)] != [0]
    # A crash of reception in the middle of an image, and of the supervisor behind it.
    def crash():
        try:
            send_raw(gateway, whole)
        except (AssertionError, OSError, RuntimeError, ValueError):
            pass  # the peer went away: that is the test
    sender = threading.Thread(target=crash)
    sender.start()
    gateway.kill9("reception")
    sender.join()
    gateway.kill9("supervisor")
    gateway.end()
    gateway.start()
    send(gateway, whole)
    # Quarantine: the same UID with other content is held, shown, and rejected.
    send(gateway, other)
    gateway.wait_until_idle()
    held = gateway.ask("quarantine", "list")
    assert len(held) == 1 and held[0]["reason"] == "REC-030"
    gateway.ask("quarantine", "show", held[0]["id"])
    gateway.ask("quarantine", "reject", held[0]["id"], "--reason", "other content")
    return gateway


def test_refusals_quarantine_and_crashes_leave_no_marker(faulty, planted):
    """Every file below the gateway's folder, while it runs."""
    hits, read = planted[3].below(faulty.folder)
    assert read > 100_000 and not hits
    assert faulty.journal(kind="refuse") and faulty.journal(kind="hold") and faulty.journal(kind="reject")


def test_searching_for_a_patient_leaves_no_marker(faulty, planted):
    """The identifier goes in over standard input, and is nowhere afterwards; the search does find something."""
    source = pydicom.dcmread(planted[0], stop_before_pixels=True)
    for by, identifier in (("patient", source.PatientID), ("study", source.StudyInstanceUID)):
        for verb in ("search", "accounting"):
            finished = faulty.run("journal", verb, "--by", by, "--json", stdin=f"{identifier}\n")
            assert finished.returncode == 0 and "receive" in finished.stdout or verb == "accounting", finished.stderr
    hits, _ = planted[3].below(faulty.folder)
    assert not hits


def test_no_process_shows_a_marker(faulty, planted):
    """Environment and command line of the supervisor and of every role; and core files are off."""
    processes = {"supervisor": faulty.pid, **faulty.roles()}
    assert len(processes) == 4
    for name, pid in processes.items():
        for what in ("environ", "cmdline", "comm"):
            content = Path(f"/proc/{pid}/{what}").read_bytes()
            assert content and not planted[3].within(content), f"{name} {what}"
        limits = Path(f"/proc/{pid}/limits").read_text()
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size")).split()
        assert core[4:6] == ["0", "0"], f"{name} may write a core file"
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert b"SWIFT_BACKTRACE=" in environment and b"registers=none" in environment, name


def test_a_full_disk_leaves_no_marker(make_gateway, planted, images, folder):
    """A file system of 24 MiB that fills up while images arrive: they are refused, and nothing is left in the clear."""
    small = folder / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", small], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        gateway = make_gateway("full", data_dir=small / "data", disk_reserve_mib=0).start()
        gateway.add_source("CR1")
        (small / "ballast").write_bytes(os.urandom(14 << 20))
        answers = []
        for number in range(12):
            def again(data_set, number=number):
                data_set.SOPInstanceUID = f"{data_set.SOPInstanceUID}{number}"[:64]
            try:
                answers += send_raw(gateway, images.edited(planted[0], f"full-{number}.dcm", again))
            except AssertionError:
                answers.append(None)
        statuses = [answer.status for answer in answers if answer]
        assert any(status != 0 for status in statuses) or None in answers, "the disk did not fill up"
        hits, _ = planted[3].below(gateway.folder, small)
        assert not hits
        (small / "ballast").unlink()
        wait_for("commands work again", lambda: gateway.run("status").returncode == 0)
        gateway.stop()
        gateway.start()
        gateway.assert_journal_verifies()
        hits, _ = planted[3].below(gateway.folder, small)
        assert not hits
        gateway.stop()
    finally:
        subprocess.run(["umount", "-l", small], check=True)
