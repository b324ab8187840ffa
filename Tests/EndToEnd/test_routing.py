"""Which results go to which destination.

Requirement: several destinations, each with its rules: by the sender of the images, by finding, by object. A result that
no rule asks for is owed to nobody, and says so; a destination that has heard of a study hears every later word.
"""
import csv

import pydicom
import pytest

from kit.modality import send
from kit.pacs import COMPREHENSIVE_3D_SR, SECONDARY_CAPTURE

SENDERS = ("CR1", "CR2")
USAGE = 64


@pytest.fixture(scope="module")
def peers(make_recorder):
    """Destinations by the name of their rule."""
    made = {}
    for name in ("ALL", "SECOND", "ALERTS", "MAPS"):
        made[name] = make_recorder()
        made[name].title = name
    return made


@pytest.fixture(scope="module")
def gateway(make_gateway, peers):
    gateway = make_gateway("routes", study_quiet_seconds=0, results_heatmap="positive").start()
    for sender in SENDERS:
        gateway.add_source(sender)
    gateway.add_destination(peers["ALL"])
    gateway.add_destination(peers["SECOND"], results_of="CR2,CR9")
    gateway.add_destination(peers["ALERTS"], findings="notable", objects="report")
    gateway.add_destination(peers["MAPS"], objects="heatmap")
    return gateway


@pytest.fixture(scope="module")
def studies(gateway, images, data):
    """Eight radiographs with and without pneumonia, from two senders: the sender by study."""
    with open(data / "kermany/labels.csv") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "val"]
    chosen = [row for row in rows if row["pneumonia"] == "0"][:4] + [row for row in rows if row["pneumonia"] == "1"][:4]
    sent = {}
    for number, row in enumerate(chosen):
        file = images.wrapped(data / "kermany" / row["file"], seed=7300 + number)
        sender = SENDERS[number % 2]
        send(gateway, file, calling=sender)
        sent[str(pydicom.dcmread(file, stop_before_pixels=True).StudyInstanceUID)] = sender
    assert set(gateway.wait_until_idle(seconds=240)) == {"delivered"}
    return sent


def having(peer, sop_class):
    """The studies of which a destination has an object of this class."""
    return {study for study, found in peer.by_study.items() if any(peer.classes[uid] == sop_class for uid in found)}


def test_a_destination_without_rules_gets_everything(peers, studies):
    assert having(peers["ALL"], COMPREHENSIVE_3D_SR) == set(studies)
    assert having(peers["ALL"], SECONDARY_CAPTURE), "no study has a finding: the test would show nothing"


def test_results_of_names_the_senders(peers, studies):
    wanted = {study for study, sender in studies.items() if sender == "CR2"}
    assert having(peers["SECOND"], COMPREHENSIVE_3D_SR) == wanted
    assert having(peers["SECOND"], SECONDARY_CAPTURE) == wanted & having(peers["ALL"], SECONDARY_CAPTURE)


def test_notable_studies_alone_and_reports_alone(peers, studies):
    """The heat map is made where a finding is present or undetermined: the same studies."""
    notable = having(peers["ALL"], SECONDARY_CAPTURE)
    assert notable < set(studies)
    assert having(peers["ALERTS"], COMPREHENSIVE_3D_SR) == notable
    assert not having(peers["ALERTS"], SECONDARY_CAPTURE)


def test_heat_maps_alone(peers, studies):
    assert not having(peers["MAPS"], COMPREHENSIVE_3D_SR)
    assert having(peers["MAPS"], SECONDARY_CAPTURE) == having(peers["ALL"], SECONDARY_CAPTURE)


def test_what_nobody_asks_for_waits_for_nobody(make_gateway, make_recorder, images):
    """It is made, it is on record that no rule asked for it, and a rule that comes later does not fetch it."""
    gateway = make_gateway("nobody", study_quiet_seconds=0).start()
    gateway.add_source("CR1")
    first, later = make_recorder(), make_recorder()
    later.title = "LATER"
    gateway.add_destination(first, results_of="CR9")
    send(gateway, images.synthetic(seed=7390, rows=256, columns=210))
    assert gateway.wait_until_idle() == {"delivered": 1}
    noted = [entry for entry in gateway.journal(kind="report") if "destinations" in entry["details"]]
    assert noted and not first.digests
    gateway.add_destination(later)
    gateway.wait_until_idle()
    assert not later.digests


@pytest.mark.parametrize("words", ["--results-of with,a\\\\b", "--findings some", "--objects report,film"])
def test_a_rule_that_cannot_be_is_refused(gateway, peers, words):
    finished = gateway.run("ae", "set", "ALL", *words.split())
    assert finished.returncode == USAGE and "GAT-007" in finished.stderr, finished.stderr


def test_rules_are_shown_exported_and_taken_back(gateway, peers):
    shown = gateway.ask("ae", "show", "ALERTS")
    assert shown["findings"] == "notable" and shown["objects"] == "report"
    gateway.ask("ae", "set", "ALERTS", "--findings", "", "--objects", "", "--results-of", "")
    shown = gateway.ask("ae", "show", "ALERTS")
    assert shown["findings"] == "all" and shown["objects"] is None and shown["results-of"] is None
    gateway.ask("ae", "undo")
    assert gateway.ask("ae", "show", "ALERTS")["findings"] == "notable"
