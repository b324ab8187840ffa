"""Predicting a site's own labelled cases: `predict --out`, `evaluate --data`, `accept run`, and that nobody is named."""
import csv
import json
import subprocess

import numpy as np
import pydicom
import pytest
from sklearn import metrics

PERSON, DEVICE = "DOE^JANE", "SECRETROOM77"


def run(binary, *words, code=0):
    done = subprocess.run([binary, *map(str, words)], capture_output=True, text=True, timeout=300)
    assert done.returncode == code, f"exit {done.returncode}: {done.stderr}\n{done.stdout}"
    return done


@pytest.fixture(scope="module")
def cases(folder, images, data):
    """Forty-eight labelled cases under names that nobody outside may see, a few of them as DICOM objects."""
    site = folder / "site"
    site.mkdir()
    with open(data / "kermany/labels.csv") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "train"]
    rows = [row for row in rows if row["pneumonia"] == "0"][:240:10] + [
        row for row in rows if row["pneumonia"] == "1"][:480:20]
    labels = []
    for number, row in enumerate(rows):
        picture = data / "kermany" / row["file"]
        name = f"{PERSON} {number}.{'dcm' if number % 8 == 0 else 'jpeg'}"
        content = images.wrapped(picture, seed=number) if number % 8 == 0 else picture
        (site / name).write_bytes(content.read_bytes())
        labels.append([
            name, row["pneumonia"], f"{PERSON}-{row['patient_group']}", ["003Y", "010M"][number % 2],
            f"{DEVICE}-{number % 3}" if number else f"{DEVICE}-alone"])
    with open(site / "labels.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "label", "patient", "age", "device"])
        table.writerows(labels)
    return site


def test_evaluating_a_folder_says_what_predicting_and_joining_by_hand_say(binary, cases, tmp_path):
    run(binary, "predict", "--in", cases, "--out", tmp_path / "p.csv", code=65)
    with open(tmp_path / "p.csv") as file:
        rows = {row["file"]: row for row in csv.DictReader(file)}
    # The table of labels lies in the same folder, is no picture, and says so; the others go on.
    assert rows.pop("labels.csv")["status"] == "failed"
    assert len(rows) == 48 and all(row["status"] == "ok" for row in rows.values())
    with open(cases / "labels.csv") as file:
        truth = {row["file"]: int(row["label"]) for row in csv.DictReader(file)}
    scores = np.array([float(rows[name]["score"]) for name in truth])
    labels = np.array(list(truth.values()))

    run(binary, "evaluate", "--data", cases, "--rule", "youden", "--cluster", "patient", "--out", tmp_path / "out")
    report = json.loads((tmp_path / "out/evaluation.json").read_text())
    figures = report["result"]["overall"]["binary"]
    assert figures["auroc"]["value"] == pytest.approx(metrics.roc_auc_score(labels, scores))
    assert figures["brier"]["value"] == pytest.approx(metrics.brier_score_loss(labels, scores))
    assert report["scores"]["positive"] == pytest.approx(sorted(scores[labels == 1]))
    assert report["scores"]["negative"] == pytest.approx(sorted(scores[labels == 0]))
    card = json.loads(run(binary, "model", "show", "--json").stdout)
    assert report["model"] == {name: card[name] for name in ("id", "version", "sha256")}
    assert report["label"] == "Pneumonia"
    assert 0.5 < report["saliency"]["meanShare"] <= 1 and report["saliency"]["cases"] > 10
    page = (tmp_path / "out/report.html").read_text()
    found = figures["counts"]["truePositives"]
    assert page.count("data:image/png;base64,") == min(48, found) + len(report["result"]["worstErrors"])
    # A picture shows a patient; its name does not.
    for text in (page, json.dumps(report)):
        assert PERSON not in text and "patient_group" not in text


def test_the_report_of_an_acceptance_names_nobody_and_shows_no_picture(binary, cases, tmp_path):
    words = ["accept", "run", "--data", cases, "--by", "age,device", "--cluster", "patient", "--rule", "youden",
             "--minimum-cases", 40, "--out", tmp_path / "out"]
    done = run(binary, *words)
    assert "All criteria are met" in done.stdout
    machine = run(binary, *words, "--json")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["acceptance.html", "acceptance.json"]
    texts = [done.stdout, done.stderr, machine.stdout, machine.stderr] + [
        file.read_text() for file in (tmp_path / "out").iterdir()]
    names = {PERSON, "DOE", "JANE", DEVICE, "SECRETROOM", "data:image", str(cases)}
    with open(cases / "labels.csv") as file:
        for row in csv.DictReader(file):
            names |= {row["file"], row["patient"], row["device"]}
    for number in range(0, 48, 8):
        header = pydicom.dcmread(cases / f"{PERSON} {number}.dcm", stop_before_pixels=True)
        names |= {str(header.PatientName), str(header.PatientID), str(header.SOPInstanceUID)}
    for text in texts:
        for name in names:
            assert name not in text
    report = json.loads((tmp_path / "out/acceptance.json").read_text())
    assert report["format"] == "cxrgate acceptance 1" and report["isMet"]
    assert report["result"]["worstErrors"] == [] and "scores" not in report
    # One device has a single case; showing the others would tell its result.
    assert {item["by"] for item in report["result"]["subgroups"]} == {"age"}
    assert report["hiddenGroups"] == 4


def test_what_the_site_wants_and_does_not_get_is_refused_and_said(binary, cases, tmp_path):
    done = run(binary, "accept", "run", "--data", cases, "--minimum-cases", 1000, "--out", tmp_path / "out", code=77)
    assert "Not all criteria are met" in done.stdout
    report = json.loads((tmp_path / "out/acceptance.json").read_text())
    wanted = {item["name"]: item["isMet"] for item in report["criteria"]}
    assert wanted["cases"] is False and wanted["AUROC"] is True
    assert "not met" in (tmp_path / "out/acceptance.html").read_text()


def test_a_picture_that_cannot_be_read_refuses_the_evaluation_by_its_row(binary, tmp_path):
    (tmp_path / f"{PERSON}.jpeg").write_bytes(b"\xff\xd8 not a picture")
    (tmp_path / "labels.csv").write_text(f"file,label\n{PERSON}.jpeg,1\n../outside.jpeg,0\n")
    done = run(binary, "evaluate", "--data", tmp_path, code=65)
    assert "2 pictures" in done.stderr and "rows 2, 3" in done.stderr and PERSON not in done.stderr
