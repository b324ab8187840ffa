"""The life of a model in a running gateway: registered, promoted under load, rolled back, watched from a shadow.

Requirement: a registered version never changes; each study has exactly one version; rollback takes effect within a
second, without a restart; what was tampered with does not work, and reception goes on.
"""
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pydicom
import pytest

from kit import models
from kit.modality import send
from kit.pacs import COMPREHENSIVE_3D_SR
from kit.processes import wait_for

ID = "cxr-pneumonia"
REFUSED, BAD_DATA = 77, 65


def study_of(file):
    return str(pydicom.dcmread(file, specific_tags=["StudyInstanceUID"]).StudyInstanceUID)


def reports(pacs, file):
    return [found for found in pacs.of_study(study_of(file)) if str(found.SOPClassUID) == COMPREHENSIVE_3D_SR]


def version_of(pacs, file):
    """The one version that the report of an image's study names."""
    report, = wait_for("the report is there", lambda: reports(pacs, file), seconds=90)
    version, = models.algorithm_versions(report)
    return version


def register(gateway, folder, version, evaluated=True, **more):
    weights, card = models.make(folder, version, **more)
    words = ["--evaluation", models.report(folder, weights)] if evaluated else []
    return gateway.run("model", "register", weights, "--card", card, *words, "--reason", "test", "--json")


def production(gateway):
    return [(model["id"], model["version"]) for model in gateway.ask("model", "list")
            if model["state"] == "production"]


def test_the_first_start_registers_the_built_in_model_and_lets_it_speak(gateway):
    def loaded():
        shown = gateway.ask("model", "show")
        return shown["latencyMilliseconds"] and shown
    shown = wait_for("analysis has loaded it", loaded)
    assert (shown["id"], shown["version"], shown["state"]) == (ID, "1.0.0", "production")
    assert shown["passport"] == "signed and unchanged" and shown["origin"] == "built-in"
    assert shown["latencyMilliseconds"] > 0 and shown["loadMilliseconds"] > 0
    assert shown["card"]["labels"][0]["code"][:2] == ["233604007", "SCT"]
    assert gateway.ask("status")["model"]["version"] == "1.0.0"


def test_what_is_not_proven_is_not_promoted(gateway, folder):
    """No report, figures that somebody typed, a report of other weights, a bad model: none of them speaks."""
    assert register(gateway, folder, "1.0.1", evaluated=False).returncode == 0
    refused = gateway.run("model", "promote", ID, "1.0.1", "--reason", "test")
    assert refused.returncode == REFUSED and "REG-010" in refused.stderr

    weights, card = models.make(folder, "1.0.2")
    other, _ = models.make(folder, "9.9.9", comment=b"other")
    typed = folder / "typed.json"
    typed.write_text('{"auroc": 0.99, "sensitivity": 0.99, "specificity": 0.99}')
    for bad in (typed, models.report(folder, other), models.report(folder, weights, auroc=0.5)):
        refused = gateway.run("model", "register", weights, "--card", card, "--evaluation", bad, "--reason", "test")
        assert refused.returncode == BAD_DATA and "REG-008" in refused.stderr, refused.stderr

    weak = models.report(folder, weights, separation=0.05)
    assert gateway.run(
        "model", "register", weights, "--card", card, "--evaluation", weak, "--reason", "test").returncode == 0
    refused = gateway.run("model", "promote", ID, "1.0.2", "--reason", "test")
    assert refused.returncode == REFUSED and "REG-009" in refused.stderr and "AUROC" in refused.stderr
    assert production(gateway) == [(ID, "1.0.0")]


def test_names_that_escape_and_weights_that_do_not_fit_are_refused(gateway, folder):
    before = {path for path in gateway.data.parent.rglob("*") if "instances" not in str(path)}
    for name in ("../../escape", "cxr-pneumonіa", "CXR", "a\u0000b"):
        finished = register(gateway, folder, "1.0.3", id=name)
        assert finished.returncode == BAD_DATA and "REG-001" in finished.stderr, finished.stderr
    for version in ("-1.0.0", " 1.2.3", "01.2.3", "1_0.0.0"):
        finished = register(gateway, folder, version)
        assert finished.returncode == BAD_DATA and "REG-002" in finished.stderr, finished.stderr
    weights, card = models.make(folder, "1.0.4", sha256="0" * 64)
    assert "MOD-002" in gateway.run("model", "register", weights, "--card", card, "--reason", "test").stderr
    weights, card = models.make(folder, "1.0.4", explanationLayer="nothing")
    assert "INF-003" in gateway.run("model", "register", weights, "--card", card, "--reason", "test").stderr
    after = {path for path in gateway.data.parent.rglob("*") if "instances" not in str(path)}
    assert not {path.name for path in after - before if "escape" in path.name}


def test_registering_again_never_replaces_and_many_at_once_lose_nothing(gateway, folder):
    """Eight processes, four versions, each twice: four are taken, four are told that it is there."""
    for number in range(4):
        models.make(folder, f"2.{number}.0")
    with ThreadPoolExecutor(8) as pool:
        finished = list(pool.map(lambda number: register(gateway, folder, f"2.{number % 4}.0"), range(8)))
    assert sorted(one.returncode for one in finished) == [0] * 4 + [REFUSED] * 4, [one.stderr for one in finished]
    assert all("REG-003" in one.stderr for one in finished if one.returncode)
    versions = [model["version"] for model in gateway.ask("model", "list")]
    assert sorted(version for version in versions if version.startswith("2.")) == [f"2.{n}.0" for n in range(4)]


def test_promotion_and_rollback_under_load(gateway, pacs, images, folder):
    """Studies arrive without a pause. Each gets the version of its moment, and only that; nothing is lost."""
    assert register(gateway, folder, "1.1.0", comment=b"one").returncode == 0
    files = images.synthetic(seed=61_000, count=60, rows=192, columns=160)
    after = images.synthetic(seed=61_200, count=3, rows=192, columns=160)
    sent, is_promoted = [], threading.Event()

    def arrive():
        more = 3
        while more > 0:
            more -= is_promoted.is_set()
            file = files[len(sent)]
            send(gateway, file)
            sent.append(file)
            time.sleep(0.1)
    load = threading.Thread(target=arrive)
    load.start()
    wait_for("some have come", lambda: len(sent) >= 3, pause=0.01)
    gateway.ask("model", "promote", ID, "1.1.0", "--reason", "better")
    is_promoted.set()
    load.join()
    gateway.wait_until_idle()
    versions = [version_of(pacs, file) for file in sent]
    assert set(versions) == {"1.0.0", "1.1.0"}, versions
    assert versions == sorted(versions), "in the order of arrival there is one change"

    begun = time.monotonic()
    answer = gateway.ask("model", "rollback", "--reason", "worse")
    seconds = time.monotonic() - begun
    print(f"model rollback: {seconds * 1000:.0f} ms from command to answer")
    assert answer["production"] == f"{ID} 1.0.0" and answer["from"] == f"{ID} 1.1.0"
    for file in after:
        send(gateway, file)
    gateway.wait_until_idle()
    assert {version_of(pacs, file) for file in after} == {"1.0.0"}
    assert gateway.ask("queue", "list") == []
    changes = [entry["details"]["change"] for entry in gateway.journal(kind="configurationChange")
               if entry["details"].get("change", "").startswith("model")]
    assert {"model register", "model promote", "model rollback"} <= set(changes)
    gateway.assert_journal_verifies()


def test_dcmtk_reads_the_version_and_a_late_image_keeps_it(gateway, pacs, images, folder):
    """The study was opened under 1.0.0; a late image comes after a promotion and is still seen by 1.0.0."""
    file = images.synthetic(seed=61_500, rows=192, columns=160)
    send(gateway, file)
    assert version_of(pacs, file) == "1.0.0"
    report, = reports(pacs, file)
    target = folder / "report.dcm"
    report.save_as(target)
    assert '"Algorithm Version")="1.0.0"' in models.dsrdump(target).replace("TEXT:", "")

    gateway.ask("model", "promote", ID, "1.1.0", "--reason", "again")
    late = images.edited(images.synthetic(seed=61_501, rows=192, columns=160), "late.dcm", lambda data_set: (
        setattr(data_set, "StudyInstanceUID", study_of(file)),
        setattr(data_set, "PatientID", str(pydicom.dcmread(file).PatientID))))
    send(gateway, late)
    wait_for("another revision", lambda: len(reports(pacs, file)) == 2, seconds=90)
    for report in reports(pacs, file):
        assert models.algorithm_versions(report) == {"1.0.0"}
    fresh = images.synthetic(seed=61_502, rows=192, columns=160)
    send(gateway, fresh)
    assert version_of(pacs, fresh) == "1.1.0"


def test_a_shadow_looks_and_never_speaks(gateway, pacs, images, folder):
    """The second model sees the same images; its results stay here, and nothing is promoted by itself."""
    gateway.ask("model", "rollback", "--reason", "back")
    gateway.ask("model", "ab", "start", "autumn", ID, "1.1.0", "--studies", "2", "--reason", "to see")
    refused = gateway.run("model", "ab", "start", "winter", ID, "2.0.0", "--reason", "two at once")
    assert refused.returncode == REFUSED and "REG-016" in refused.stderr
    files = images.synthetic(seed=62_000, count=3, rows=192, columns=160)
    for file in files:
        send(gateway, file)
    gateway.wait_until_idle()
    assert {version_of(pacs, file) for file in files} == {"1.0.0"}

    def compared():
        experiment = gateway.ask("model", "ab", "status")[0]
        return experiment["studies"].get("compared") == 3 and experiment
    experiment = wait_for("three studies are compared", compared)
    label, = experiment["labels"]
    assert (label["label"], label["images"], label["agreement"]) == ("Pneumonia", 3, 1)
    assert label["withFeedback"] == 0 and not label["decided"]
    gateway.ask("model", "ab", "stop", "--reason", "seen")
    assert gateway.ask("model", "ab", "status")[0]["state"] == "stopped"
    assert production(gateway) == [(ID, "1.0.0")]
    for file in files:
        assert "1.1.0" not in {version for report in reports(pacs, file)
                               for version in models.algorithm_versions(report)}


def test_a_split_wants_a_second_person(gateway):
    action = gateway.ask("model", "ab", "start", "spring", ID, "1.1.0", "--live", "--share", "0.01", "--reason", "try")
    refused = gateway.run("actions", "approve", action["action"])
    assert refused.returncode == REFUSED, "whoever asked cannot be the second"
    assert gateway.ask("model", "ab", "status")[0]["name"] == "autumn", "nothing runs"


def test_tampered_weights_do_not_work_and_reception_goes_on(gateway, pacs, images):
    """Images wait while the model in production is not what was signed, and are analysed when another may speak."""
    gateway.ask("model", "promote", ID, "1.1.0", "--reason", "to be tampered with")
    shown = gateway.ask("model", "show", ID, "1.1.0")
    weights = gateway.data / "models" / f"{shown['sha256']}.onnx"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    gateway.end()
    weights.write_bytes(content)
    gateway.start()
    alarm = wait_for("the alarm", lambda: [text for text in gateway.ask("status")["alarms"] if "REG-005" in text])
    assert "1.1.0" in alarm[0]
    assert gateway.run("model", "verify", ID, "1.1.0").returncode == 1
    assert gateway.run("check").returncode != 0
    file = images.synthetic(seed=63_000, rows=192, columns=160)
    send(gateway, file)
    time.sleep(2)
    assert set(gateway.states()) & {"clearing", "ready"}, "received, and waiting"
    begun = time.monotonic()
    gateway.ask("model", "rollback", "--reason", "tampered with")
    assert version_of(pacs, file) == "1.0.0"
    print(f"from the command to the report in the PACS: {time.monotonic() - begun:.1f} s")
    refused = gateway.run("model", "promote", ID, "1.1.0", "--reason", "no")
    assert refused.returncode == REFUSED and "REG-005" in refused.stderr
    gateway.assert_journal_verifies()


def test_a_passport_that_was_written_by_hand_does_not_work(gateway):
    """Its file is named by its own hash, and the database points to it: the signature is what counts."""
    import hashlib
    import sqlite3
    shown = gateway.ask("model", "show", ID, "2.0.0")
    folder = gateway.data / "models"
    content = (folder / f"{shown['passportSHA256']}.passport").read_bytes().replace(b'0.747', b'0.001')
    name = hashlib.sha256(content).hexdigest()
    (folder / f"{name}.passport").write_bytes(content)
    with sqlite3.connect(gateway.data / "gateway.sqlite") as database:
        database.execute("UPDATE model SET passport = ? WHERE version = '2.0.0'", (name,))
    refused = gateway.run("model", "promote", ID, "2.0.0", "--reason", "no")
    assert refused.returncode == REFUSED and "MOD-006" in refused.stderr, refused.stderr


@pytest.mark.parametrize("verb", ["promote", "rollback", "retire"])
def test_whoever_has_no_role_for_it_decides_nothing(gateway, verb):
    assert gateway.run_as(65533, "model", verb, ID, "1.0.0", "--reason", "no").returncode != 0
    assert production(gateway) == [(ID, "1.0.0")]
