"""Training as a person uses it: data, split, training, stop and resume, runs, and MLflow's own client on the export.

Requirement: splits by patient; a stopped training ends with the same bits as one that was not; run folders are whole; a real
MLflow shows exported runs.
"""
import csv
import hashlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

SMALL = [
    "network.widths=[8, 16]", "network.blocks=[1, 1]", "network.strides=[2, 2]", "training.batch=8",
    "data.labels=split.csv", "data.label=label", "data.validation_share=0.25",
]


def train(gateway, folder, *words, epochs=2):
    settings = [word for setting in SMALL for word in ("--set", setting)]
    return gateway.run(
        "train", "--data", folder / "data", "--runs", folder / "runs", "--size", 32, "--epochs", epochs, "--seed", 3,
        *settings, *words)


@pytest.fixture(scope="module")
def tool(make_gateway):
    """The program, without a daemon."""
    return make_gateway("training")


@pytest.fixture(scope="module")
def work(tool, folder):
    """Forty small phantoms as DICOM, half of them with an opacity, divided by data split."""
    for kind, options, seed in [("NORMAL", [], 100), ("PNEUMONIA", ["--opacity"], 200)]:
        made = tool.run(
            "data", "generate", folder / "data" / kind, "--count", 20, "--seed", seed, "--rows", 64, "--columns", 64,
            *options)
        assert made.returncode == 0, made.stderr
    split = tool.run(
        "data", "split", folder / "data", "--positive", "PNEUMONIA", "--shares", "train=0.8,test=0.2", "--seed", 5, "--json")
    assert split.returncode == 0, split.stderr
    parts = json.loads(split.stdout)
    assert [part["pictures"] for part in parts] == [32, 8]
    assert parts[0]["classes"] == {"NORMAL": 16, "PNEUMONIA": 16}
    return folder


def weights(folder, run):
    return hashlib.sha256((folder / "runs" / run / "model.onnx").read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def straight(tool, work):
    """A training that nobody stopped."""
    finished = train(tool, work, "--json", "--name", "straight")
    assert finished.returncode == 0, finished.stderr
    assert "epoch 2:" in finished.stderr
    return json.loads(finished.stdout)


def test_the_table_of_a_split_holds_no_patient_id_and_no_patient_twice(work):
    """Patients of DICOM files are numbered; each is in one part."""
    rows = list(csv.DictReader((work / "data/split.csv").open()))
    assert len(rows) == 40 and {row["label"] for row in rows} == {"0", "1"}
    assert all(row["patient_group"].startswith("dicom-") for row in rows)
    parts = {}
    for row in rows:
        assert parts.setdefault(row["patient_group"], row["split"]) == row["split"]
    assert "PHANTOM" not in (work / "data/split.csv").read_text()


def test_stats_count_and_measure(tool, work):
    """Counts by class, sizes, gray levels, duplicates; a damaged file is named by its place and ends with 65."""
    finished = tool.run("data", "stats", work / "data", "--labels", "none.csv", "--json", "--csv", work / "stats.csv")
    assert finished.returncode == 0, finished.stderr
    answer = json.loads(finished.stdout)
    assert answer["classes"]["NORMAL"]["pictures"] == 20 and answer["all"]["pictures"] == 40
    assert answer["all"]["rows_least"] == answer["all"]["columns_greatest"] == 64
    assert 0.1 < answer["all"]["gray_mean"] < 0.9 and answer["duplicates"]["sets"] == 0
    assert [row["class"] for row in csv.DictReader((work / "stats.csv").open())] == ["NORMAL", "PNEUMONIA", "(all)"]

    twice = work / "twice"
    for part in ["a/NORMAL", "b/NORMAL"]:
        (twice / part).mkdir(parents=True)
        (twice / part / "x.dcm").write_bytes((work / "data/NORMAL/phantom-100.dcm").read_bytes())
    (twice / "b/NORMAL/z.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    finished = tool.run("data", "stats", twice, "--json")
    assert finished.returncode == 65 and "places in the order" in finished.stderr
    answer = json.loads(finished.stdout)
    assert answer["unreadable"] == [3] and answer["duplicates"]["acrossSplits"] == 1


def test_a_run_is_kept_whole(tool, work, straight):
    """list, show and the folder agree; a changed file is named and ends with 74."""
    listed = json.loads(tool.run("runs", "list", "--runs", work / "runs", "--json").stdout)
    assert straight["id"] in [run["id"] for run in listed]
    assert straight["state"] == "finished" and len(straight["dataSHA256"]) == 64
    folder = work / "runs" / straight["id"]
    for name, digest in straight["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    card = json.loads((folder / "model.json").read_text())
    assert card["sha256"] == straight["files"]["model.onnx"]
    assert not (folder / "checkpoint.bin").exists()
    shown = tool.run("runs", "show", straight["id"], "--runs", work / "runs")
    assert shown.returncode == 0 and "training_loss" in shown.stdout
    kept = (folder / "metrics.json").read_bytes()
    (folder / "metrics.json").write_bytes(kept + b" ")
    spoiled = tool.run("runs", "show", straight["id"], "--runs", work / "runs")
    (folder / "metrics.json").write_bytes(kept)
    assert spoiled.returncode == 74 and "metrics.json" in spoiled.stdout
    assert tool.run("runs", "show", "../../etc", "--runs", work / "runs").returncode == 65


def start(binary, work, name, epochs):
    words = [word for setting in SMALL for word in ("--set", setting)]
    return subprocess.Popen(
        [binary, "train", "--data", work / "data", "--runs", work / "runs", "--size", "32", "--epochs", str(epochs), "--seed",
         "3", "--name", name, *words],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | {"SWIFT_BACKTRACE": "registers=none"})


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_training_ends_with_the_same_weights(tool, binary, work, kind):
    """Ctrl-C leaves a checkpoint at once, a crash the last epoch's; both go on to the bits of a straight training."""
    epochs = 6
    reference = train(tool, work, "--json", "--name", f"whole-{kind.name}", epochs=epochs)
    assert reference.returncode == 0, reference.stderr
    process = start(binary, work, f"stopped-{kind.name}", epochs)
    run = process.stderr.readline().split()[1]
    for line in process.stderr:
        if line.startswith("epoch 1:"):
            break
    process.send_signal(kind)
    rest = process.communicate(timeout=60)[1]
    assert process.returncode == (1 if kind == signal.SIGINT else -9), rest
    state = json.loads(tool.run("runs", "show", run, "--runs", work / "runs", "--json").stdout)["state"]
    assert state == "interrupted"
    assert (work / "runs" / run / "checkpoint.bin").exists()
    resumed = tool.run("train", "--resume", run, "--runs", work / "runs", "--json")
    assert resumed.returncode == 0, resumed.stderr
    assert "epoch 1:" not in resumed.stderr
    assert weights(work, run) == weights(work, json.loads(reference.stdout)["id"])


def test_wrong_settings_are_all_named_and_nothing_is_started(tool, work):
    """78, every problem at once."""
    before = len(list((work / "runs").iterdir())) if (work / "runs").exists() else 0
    finished = train(
        tool, work, "--set", "augmentation.contrast=1.5", "--set", "network.family=vgg", "--set", "no.such=1")
    assert finished.returncode == 78
    assert "contrast_range must be between 0.0 and 1.0, got 1.5" in finished.stderr
    assert "network.family" in finished.stderr and "no.such" in finished.stderr
    assert (len(list((work / "runs").iterdir())) if (work / "runs").exists() else 0) == before


def test_a_failed_training_is_recorded_as_failed(tool, work):
    """A table that is not there: 65, and the run says so."""
    finished = train(tool, work, "--set", "data.labels=none.csv", "--name", "fails")
    assert finished.returncode == 65 and "TRN-001" in finished.stderr
    runs = json.loads(tool.run("runs", "list", "--runs", work / "runs", "--json").stdout)
    assert [(run["state"], run["failure"]) for run in runs if run["name"] == "fails"] == [("failed", "TRN-001")]


def test_cross_validation_keeps_a_record_of_each_fold(tool, work):
    """Every picture is tested once; the means are those of the folds."""
    finished = train(tool, work, "--folds", 2, "--name", "folds", "--json", epochs=1)
    assert finished.returncode == 0, finished.stderr
    record = json.loads(finished.stdout)
    folder = work / "runs" / record["id"]
    folds = [json.loads((folder / f"fold-{number}.json").read_text()) for number in (1, 2)]
    rows = [row["row"] for number in (1, 2) for row in csv.DictReader((folder / f"fold-{number}-scores.csv").open())]
    assert len(rows) == len(set(rows)) == 32
    assert record["metrics"]["mean_auroc"] == pytest.approx(sum(fold["test"]["auroc"] for fold in folds) / 2)


def test_settings_and_shipped_recipes_are_complete(tool):
    """--settings lists every key; the built-in model's recipe is taken as it stands."""
    rows = json.loads(tool.run("train", "--settings", "--json").stdout)
    assert {"network.family", "augmentation.contrast", "schedule.kind"} <= {row["key"] for row in rows}
    assert all(row["range"] and row["meaning"] for row in rows)
    recipe = Path(__file__).resolve().parents[2] / "Config/training/kermany.yaml"
    finished = tool.run("train", "--config", recipe, "--data", "/nonexistent", "--runs", tool.folder / "runs")
    assert finished.returncode == 65 and "TRN-001" in finished.stderr


def test_mlflow_itself_reads_the_export(tool, work, straight):
    """The client of MLflow finds the run, its parameters, its metrics by epoch, and its artefacts."""
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    from mlflow import MlflowClient

    for _ in range(2):
        finished = tool.run("runs", "export", straight["id"], "--mlflow", work / "mlruns", "--runs", work / "runs")
        assert finished.returncode == 0, finished.stderr
    client = MlflowClient(tracking_uri=(work / "mlruns").as_uri())
    experiment = client.get_experiment_by_name("cxrgate")
    runs = client.search_runs([experiment.experiment_id])
    assert len(runs) == 1
    run = runs[0]
    assert run.info.run_name == straight["id"] and run.info.status == "FINISHED"
    assert run.data.params["training.epochs"] == "2" and "data.folder" not in run.data.params
    assert run.data.metrics["auroc"] == pytest.approx(straight["metrics"]["auroc"])
    assert run.data.tags["cxrgate.data_sha256"] == straight["dataSHA256"]
    losses = client.get_metric_history(run.info.run_id, "validation_loss")
    assert [entry.step for entry in losses] == [1, 2]
    artifacts = {entry.path for entry in client.list_artifacts(run.info.run_id)}
    assert {"model.onnx", "model.json", "history.csv"} <= artifacts
    assert run.info.end_time >= run.info.start_time > time.time() * 1000 - 3_600_000
