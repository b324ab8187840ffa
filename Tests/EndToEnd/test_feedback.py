"""What was true of analysed images comes in by job and by accession number, and is compared with what was said."""
import csv
import io

import pydicom
import pytest

from kit.modality import send


@pytest.fixture(scope="module")
def analysed(gateway, images, data, folder):
    """Ten analysed images of two sources: by truth, their accession numbers and ids."""
    with open(data / "kermany/labels.csv") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "val"]
    chosen = [row for row in rows if row["pneumonia"] == "0"][:5] + [row for row in rows if row["pneumonia"] == "1"][:5]
    cases = []
    for number, row in enumerate(chosen):
        def edit(header, number=number):
            header.AccessionNumber = f"ACC{number:05d}"
        plain = images.wrapped(data / "kermany" / row["file"], seed=900 + number)
        cases.append((images.edited(plain, f"feedback-{number}.dcm", edit), row["pneumonia"]))
    send(gateway, *(file for file, _ in cases))
    states = gateway.wait_until_idle(seconds=240)
    assert sum(states.values()) == 10
    return [(str(pydicom.dcmread(file, stop_before_pixels=True).AccessionNumber), truth) for file, truth in cases]


def table(heading, rows):
    text = io.StringIO()
    csv.writer(text).writerows([heading, *rows])
    return text.getvalue()


def test_truth_by_accession_gives_agreement_by_model_and_sender(gateway, analysed):
    assert gateway.ask("feedback", "show") == []
    text = table(
        ["accession", "finding", "truth"], [[accession, "Pneumonia", truth] for accession, truth in analysed])
    done = gateway.run("feedback", "import", "-", "--json", stdin=text)
    assert done.returncode == 0, done.stderr
    assert '"added" : 10' in done.stdout
    row, = gateway.ask("feedback", "show")
    assert row["source"] == "CR1" and row["finding"] == "Pneumonia" and row["images"] == 10
    assert row["positives"] == 5 and row["model"].startswith("cxr-pneumonia ")
    said = dict(gateway.rows("SELECT instance, presence FROM said"))
    truth = dict(gateway.rows("SELECT instance, truth FROM feedback"))
    assert len(truth) == 10
    right = sum((said[instance] == "present") == bool(value) for instance, value in truth.items())
    assert row["agreement"]["value"] == pytest.approx(right / 10)
    assert row["agreement"]["low"] < row["agreement"]["value"] <= row["agreement"]["high"]
    assert "Pneumonia" in gateway.run("feedback", "show").stdout


def test_truth_by_job_may_be_corrected_and_what_is_unknown_is_counted(gateway, analysed):
    (instance, truth), = gateway.rows("SELECT instance, truth FROM feedback LIMIT 1")
    rows = [[instance, "Pneumonia", 1 - truth], ["0" * 32, "Pneumonia", 1], [instance, "Effusion", 1]]
    done = gateway.run("feedback", "import", "-", "--json", stdin=table(["job", "finding", "truth"], rows))
    assert done.returncode == 65
    assert '"changed" : 1' in done.stdout and '"unknownImage" : 1' in done.stdout
    assert '"unknownFinding" : 1' in done.stdout
    back = table(["job", "finding", "truth"], [[instance, "Pneumonia", truth]])
    assert gateway.run("feedback", "import", "-", stdin=back).returncode == 0


def test_accession_numbers_are_kept_nowhere(gateway, analysed):
    for file in gateway.folder.rglob("*"):
        if file.is_file() and file.suffix not in (".sealed", ".dcm"):
            content = file.read_bytes()
            assert not any(accession.encode() in content for accession, _ in analysed), file.name


def test_the_journal_says_that_feedback_came_and_not_of_whom(gateway, analysed):
    entries = [entry for entry in gateway.journal() if "feedback imported" in str(entry)]
    assert entries and not any("ACC0" in str(entry) for entry in entries)


def test_a_table_without_its_columns_or_with_another_truth_is_refused(gateway):
    for text in ("job,finding\na,b\n", "job,finding,truth\na,Pneumonia,maybe\n", ""):
        done = gateway.run("feedback", "import", "-", stdin=text)
        assert done.returncode == 65 and "EVA-" in done.stderr
