"""The canary study: it walks the real path, is held against what it said first, and touches nothing else.

Requirement: every so many minutes a synthetic image with a known answer walks the real path to a loopback destination;
an alarm when answer or latency changes; excluded from statistics.
"""
import json
import sqlite3

import pytest

from kit.modality import UNKNOWN_CALLER, echo, send
from kit.processes import wait_for

TITLE = "CXRGATE-CANARY"


@pytest.fixture(scope="module")
def recorder(make_recorder):
    return make_recorder()


@pytest.fixture(scope="module")
def gateway(make_gateway, recorder):
    gateway = make_gateway("canaries", study_quiet_seconds=0).start()
    gateway.add_source("CR1")
    gateway.add_destination(recorder)
    return gateway


def database(gateway):
    return sqlite3.connect(gateway.data / "gateway.sqlite")


def test_it_walks_the_whole_path_and_reaches_nobody_else(gateway, recorder):
    outcome = gateway.ask("canary")
    assert outcome["trouble"] is None and 0 < outcome["answerSeconds"] < outcome["reportSeconds"]
    gateway.wait_until_idle()
    kinds = {entry["kind"] for entry in gateway.journal()}
    assert {"receive", "infer", "report", "deliver"} <= kinds, "the path is the real one"
    assert not recorder.digests


def test_it_counts_in_no_statistics_and_others_do(gateway, recorder, images):
    assert gateway.ask("model", "performance") == []
    send(gateway, images.synthetic(seed=8801, rows=256, columns=210))
    gateway.wait_until_idle()
    model, = gateway.ask("model", "performance")
    assert model["images"] == 1
    assert recorder.digests


def test_nobody_else_is_the_canary(gateway):
    """Between two canaries its title is unknown; and it cannot be registered."""
    assert echo(gateway, calling=TITLE) == UNKNOWN_CALLER
    finished = gateway.run("ae", "add", TITLE, "--role", "source")
    assert finished.returncode == 64 and "canary" in finished.stderr


def test_another_answer_than_the_first_is_trouble(gateway):
    with database(gateway) as connection:
        text, = connection.execute("SELECT value FROM fact WHERE name = 'canary answer'").fetchone()
        known = json.loads(text)
        assert len(known["answer"]["certainties"]) == 1
        known["answer"]["certainties"][0] = 100 - known["answer"]["certainties"][0] + 7
        connection.execute("UPDATE fact SET value = ? WHERE name = 'canary answer'", [json.dumps(known)])
    finished = gateway.run("canary")
    assert finished.returncode == 1 and "where it first said" in finished.stdout
    with database(gateway) as connection:
        connection.execute("UPDATE fact SET value = ? WHERE name = 'canary answer'", [text])
    assert gateway.ask("canary")["trouble"] is None


def test_a_path_that_stands_still_is_trouble_and_leaves_nothing_behind(make_gateway):
    """Analysis waits: the report does not come, and afterwards nothing of the canary waits for a destination."""
    gateway = make_gateway("stuck", study_quiet_seconds=0, canary_seconds=3).start()
    gateway.ask("pause", "analysis")
    outcome = json.loads(gateway.run("canary", "--json").stdout)
    assert "no report came back within 3 s" in outcome["trouble"]
    gateway.ask("resume")
    assert gateway.wait_until_idle() == {"delivered": 1}


def test_one_is_sent_by_itself(make_gateway):
    gateway = make_gateway("regular", study_quiet_seconds=0, canary_minutes=1, watch_port=0).start()

    def known():
        return database(gateway).execute("SELECT count(*) FROM fact WHERE name = 'canary answer'").fetchone()[0]
    wait_for("a canary has come back by itself", known, 60)
    alarms = json.loads(gateway.run("alarms", "--json").stdout)
    assert not [alarm for alarm in alarms if alarm["alarm"] == "canary"]


def test_a_model_that_does_not_look_raises_the_alarm_and_is_not_what_is_expected_later(make_gateway):
    """A first report without a finding proves nothing; when the model looks again, the alarm ends."""
    def alarms():
        return {alarm["alarm"] for alarm in json.loads(gateway.run("alarms", "--json").stdout)}
    gateway = make_gateway("unseen", study_quiet_seconds=0).start()
    title = "{id} {version}".format(**gateway.ask("model", "show"))
    with database(gateway) as connection:
        connection.execute("INSERT INTO model_pause VALUES (?, 'DRI-002: by the test', 0)", [title])
    gateway.run("canary")
    assert "canary" not in alarms(), "none is wanted here"
    gateway.end()
    gateway = make_gateway("unseen", study_quiet_seconds=0, canary_minutes=60).start()
    assert "its report has no finding" in json.loads(gateway.run("canary", "--json").stdout)["trouble"]
    assert "canary" in alarms()
    with database(gateway) as connection:
        connection.execute("DELETE FROM model_pause")
    assert gateway.ask("canary")["trouble"] is None
    assert "canary" not in alarms()
