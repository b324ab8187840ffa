"""How a model fares: counted and logged once for each image, across kills, without a word about a patient."""
import json

import pytest

from kit.images import uid_of
from kit.modality import send
from kit.processes import wait_for


@pytest.fixture(scope="module")
def gateway(make_gateway):
    gateway = make_gateway("performance", performance_log_max_file_size_mb=1).start()
    gateway.add_source("CR1")
    gateway.add_source("CR2")
    return gateway


@pytest.fixture(scope="module")
def files(images):
    return images.synthetic(seed=9700, count=8, rows=256, columns=210)


def records(gateway):
    """All records of the log, file by file."""
    return [json.loads(line) for file in sorted((gateway.data / "logs").glob("*.jsonl"))
            for line in file.read_text().splitlines()]


def model(gateway, *words):
    answer, = gateway.ask("model", "performance", *words)
    return answer


def test_each_image_is_counted_and_logged_once(gateway, images, files):
    """Analysed and not eligible ones by source; every stage has its time."""
    def lateral(data_set):
        data_set.ViewPosition = "LL"
    send(gateway, *files[:3])
    send(gateway, images.edited(files[3], "lateral.dcm", lateral), calling="CR2")
    gateway.wait_until_idle()
    answer = model(gateway, "--since", "1h")
    assert answer["images"] == 4 and answer["analysed"] == 3 and sum(answer["scores"]) == 3
    sources = {source["source"]: source for source in answer["sources"]}
    assert sources["CR1"]["outcomes"] == {"analysed": 3}
    assert sources["CR2"]["outcomes"] == {"not-eligible ELI-003": 1} and sources["CR2"]["failed"] == 0
    for stage in ("open", "clear", "classify", "explain", "seal", "total", "waited"):
        assert 0 < answer["milliseconds"][stage]["p50"] <= answer["milliseconds"][stage]["p99"]
    assert wait_for("the log", lambda: len(records(gateway)) == 4)
    assert model(gateway, "--model", "cxr-pneumonia")["images"] == 4
    assert gateway.ask("model", "performance", "--model", "another") == []


def test_a_kill_loses_and_repeats_nothing(gateway, files):
    """kill -9 of the role that writes, between images and at any moment."""
    for file in files[4:7]:
        send(gateway, file)
        gateway.kill9("analysis")
    gateway.wait_until_idle()
    gateway.kill9()
    gateway.start()
    send(gateway, files[7])
    gateway.wait_until_idle()
    wait_for("the log", lambda: len(records(gateway)) == 8)
    numbers = [record["n"] for record in records(gateway)]
    assert numbers == sorted(set(numbers)) and model(gateway)["images"] == 8


def test_the_log_says_nothing_of_patients(gateway, files):
    """No name, no id, no date, no UID, no identifier of an image."""
    text = "\n".join(file.read_text() for file in (gateway.data / "logs").glob("*.jsonl"))
    for file in files:
        assert uid_of(file) not in text
    allowed = {"n", "at", "model", "weights", "source", "device", "outcome", "code", "score", "presence", "stages",
               "waited"}
    assert set().union(*(record.keys() for record in records(gateway))) <= allowed


def test_what_lies_in_the_log_and_cleaning(gateway):
    stats = gateway.ask("logs", "stats")
    assert len(stats["files"]) == 1 and stats["limits"] == {"fileMB": 1, "filesPerModel": 10, "days": 30}
    assert stats["oldest"] <= stats["newest"] and stats["bytes"] > 0
    assert gateway.ask("logs", "clean", "--dry-run")["files"] == []
    assert "beyond" in gateway.run("logs", "clean").stdout


def test_sources_are_watched_for_drift(gateway):
    """Every analysed image has left its features; there is no reference yet, and no alarm."""
    answer = gateway.ask("model", "drift")
    source, = answer["sources"]
    assert (source["source"], source["images"], source["reference"]) == ("CR1", 7, None)
    assert answer["alarms"] == [] and answer["paused"] == []
    page = gateway.folder / "drift.html"
    assert gateway.run("model", "drift", "--html", page).returncode == 0
    assert "<h1>" in page.read_text() and "<script" not in page.read_text()
    assert gateway.run("model", "drift", "--html", page).returncode == 74
    assert gateway.run("model", "drift", "accept", "CR1", "--reason", "too early").returncode == 77


def test_a_paused_model_refuses_and_reception_goes_on(gateway, images):
    """What drift.stop does: images come, and are answered as not performed, until a person resumes the model."""
    import sqlite3
    title = model(gateway)["model"]
    with sqlite3.connect(gateway.data / "gateway.sqlite") as database:
        database.execute("INSERT INTO model_pause VALUES (?, 'DRI-002: test', 0)", (title,))
    first, second = images.synthetic(seed=9750, count=2, rows=256, columns=210)
    send(gateway, first)
    assert gateway.wait_until_idle()["not-eligible"] == 2
    assert gateway.journal(kind="infer", outcome="ELI-008")
    assert "PAUSED" in gateway.run("model", "drift").stdout
    assert gateway.run("model", "resume", "cxr-pneumonia", "--reason", "repaired").returncode == 0
    send(gateway, second)
    assert gateway.wait_until_idle()["analysed" if "analysed" in gateway.states() else "reported"] >= 1
    assert len(gateway.journal(kind="infer", outcome="ok")) == 8
    gateway.assert_journal_verifies()
