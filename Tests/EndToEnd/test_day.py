"""A day in short: images without a pause, and meanwhile what a day brings.

Peers go down and come back, all keys rotate twice, a model is promoted and taken back, the roles are paused and resumed.
Requirement: nothing lost, nothing twice, the journal verifies, descriptors and memory stay flat.

CXR_DAY_IMAGES (default 200) makes the day longer; CXR_DAY_REPORT names a file for its figures.
"""
import os
import statistics
import time
from collections import namedtuple

import pydicom
import pytest

from kit import models
from kit.images import uid_of
from kit.modality import PersistentModality
from kit.resources import uses

IMAGES = int(os.environ.get("CXR_DAY_IMAGES", "200"))
# Images that may be on their way at a time: the load follows the machine.
OPEN_IMAGES = 30
# Both peers are down for a while, not at the same time.
EVENTS = [
    (0.05, "a model is promoted"), (0.10, "the model is taken back"), (0.15, "keys rotate"),
    (0.20, "the PACS goes down"), (0.35, "the PACS comes back"), (0.40, "a model is promoted"),
    (0.50, "the second peer goes down"), (0.60, "the second peer comes back"), (0.65, "the model is taken back"),
    (0.70, "analysis is paused"), (0.75, "analysis is resumed"), (0.80, "keys rotate"),
    (0.85, "a model is promoted"), (0.88, "the model is taken back"),
]
# Samples before this part of the day are of processes that still fill their caches.
WARM = 0.3

Day = namedtuple("Day", "gateway pacs recorder modality files samples states seconds")


def fictitious(images, count):
    """Files of studies and patients that differ, of a few pictures."""
    pictures = images.synthetic(seed=71_000, count=4, rows=192, columns=160)
    data_sets = [pydicom.dcmread(picture) for picture in pictures]
    files = []
    for number in range(count):
        data_set = data_sets[number % len(data_sets)]
        data_set.PatientID = f"DAY{number:06}"
        data_set.StudyInstanceUID, data_set.SeriesInstanceUID, data_set.SOPInstanceUID = (
            pydicom.uid.generate_uid(entropy_srcs=[kind, str(number)]) for kind in ("study", "series", "instance"))
        data_set.file_meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
        files.append(images.folder / f"day-{number}.dcm")
        data_set.save_as(files[-1], enforce_file_format=True)
    return files


class Hands:
    """What people and accidents do in a day, by the name of the event."""

    def __init__(self, gateway, pacs, recorder, folder):
        self.gateway, self.pacs, self.recorder, self.folder = gateway, pacs, recorder, folder
        self.is_registered = False

    def do(self, event):
        match event:
            case "keys rotate":
                self.gateway.ask("keys", "rotate", "all", "--reason", "test")
            case "the PACS goes down":
                self.pacs.stop()
            case "the PACS comes back":
                self.pacs.start()
            case "the second peer goes down":
                self.recorder.end()
            case "the second peer comes back":
                self.recorder.start()
            case "a model is promoted":
                self.register_once()
                self.gateway.ask("model", "promote", "cxr-pneumonia", "1.1.0", "--reason", "better")
            case "the model is taken back":
                self.gateway.ask("model", "rollback", "--reason", "worse")
            case "analysis is paused":
                self.gateway.ask("pause", "analysis", "--reason", "planned")
            case "analysis is resumed":
                self.gateway.ask("resume", "analysis", "--reason", "done")
            case _:
                raise AssertionError(event)

    def register_once(self):
        if not self.is_registered:
            weights, card = models.make(self.folder, "1.1.0", comment=b"day")
            self.gateway.ask("model", "register", weights, "--card", card, "--evaluation",
                             models.report(self.folder, weights), "--reason", "test")
            self.is_registered = True


@pytest.fixture(scope="module")
def day(make_gateway, pacs, make_recorder, images, folder):
    # The load of weeks in minutes: a backlog is sent as fast as it goes.
    gateway = make_gateway(delivery_drain_per_second=1000).start()
    gateway.add_source("CR1")
    gateway.ask("ae", "set", "CR1", "--rate", "100000")
    recorder = make_recorder()
    for peer in (pacs, recorder):
        gateway.add_destination(peer)
    files = fictitious(images, IMAGES)
    hands = Hands(gateway, pacs, recorder, folder)
    allowed = [OPEN_IMAGES]
    modality = PersistentModality(gateway, files, may_send=lambda number: number < allowed[0])
    samples = []
    begun = time.monotonic()
    modality.start()
    try:
        events = list(EVENTS)
        while modality.is_alive():
            sent = len(modality.successes)
            states = gateway.states()
            open_images = sum(states.get(state, 0) for state in ("received", "clearing", "ready"))
            while events and sent >= events[0][0] * IMAGES:
                name = events.pop(0)[1]
                hands.do(name)
                print(f"{time.monotonic() - begun:7.1f} s, {sent} images: {name}")
            # While analysis is paused, images wait and nothing else moves on.
            is_paused = bool(events) and events[0][1] == "analysis is resumed"
            allowed[0] = sent + (OPEN_IMAGES if is_paused else max(0, OPEN_IMAGES - open_images))
            samples.append((sent / IMAGES, uses(gateway)))
            time.sleep(0.5)
        assert not events
    finally:
        modality.given_up.set()
        modality.join()
    states = gateway.wait_until_idle(seconds=900)
    samples.append((1.0, uses(gateway)))
    day = Day(gateway, pacs, recorder, modality, files, samples, states, time.monotonic() - begun)
    report(day)
    return day


def flat(day, role, what):
    """The figure of a role after it was warm, and in the last tenth of the day: medians."""
    warm = [getattr(use[role], what) for part, use in day.samples if WARM <= part < WARM + 0.1 and role in use]
    last = [getattr(use[role], what) for part, use in day.samples if part >= 0.9 and role in use]
    return statistics.median(warm), statistics.median(last)


def report(day):
    lines = [f"{IMAGES} images in {day.seconds:.0f} s, {IMAGES / day.seconds:.1f} images/s; {day.modality.attempts} attempts",
             "", "| role | memory, MiB: warm | at the end | descriptors: warm | at the end |", "|---|---|---|---|---|"]
    for role in ("reception", "analysis", "filing"):
        figures = [*flat(day, role, "memory"), *flat(day, role, "descriptors")]
        lines.append(f"| {role} | {figures[0]:.1f} | {figures[1]:.1f} | {figures[2]:.0f} | {figures[3]:.0f} |")
    print("\n".join(lines))
    if name := os.environ.get("CXR_DAY_REPORT"):
        with open(name, "w") as file:
            file.write("\n".join(lines) + "\n")


def test_every_image_was_taken_and_delivered(day):
    assert set(day.modality.successes) == {uid_of(file) for file in day.files}
    assert day.states == {"delivered": IMAGES}
    assert day.gateway.ask("queue", "list") == []


def test_each_peer_has_each_report_and_each_capture_once(day):
    """Peers that were down got everything in the end, nothing with two contents, and nothing that was not due."""
    assert day.pacs.count() == 2 * IMAGES
    receipts = day.recorder.receipts()
    assert len(receipts) == 2 * IMAGES and not day.recorder.variants()
    # What was on the wire when the peer went down may have come twice.
    assert sum(receipts.values()) - 2 * IMAGES <= 1
    assert {len(found) for found in day.recorder.by_study.values()} == {2}
    assert len(day.recorder.by_study) == IMAGES


def test_the_journal_has_each_touch_once_and_verifies(day):
    day.gateway.assert_journal_verifies()
    received = [entry["subject"] for entry in day.gateway.journal(limit=100 * IMAGES, kind="receive", outcome="ok")]
    assert len(received) == len(set(received)) == IMAGES


def test_descriptors_stay_flat(day):
    for role in ("reception", "analysis", "filing"):
        warm, last = flat(day, role, "descriptors")
        # A connection more or less at the moment of a sample.
        assert last <= warm + 4, role


def test_memory_stays_flat(day):
    """Within 5 % over a long day; a short one still grows towards its caches."""
    for role in ("reception", "analysis", "filing"):
        warm, last = flat(day, role, "memory")
        assert last <= warm * (1.05 if IMAGES >= 5000 else 1.3), f"{role}: {warm:.1f} then {last:.1f} MiB"
