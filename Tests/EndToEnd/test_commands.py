"""The one command: help, JSON, exit codes; the same answers with and without a running daemon.

Requirement: `--json` everywhere, help with examples, exit codes 64, 65, 69, 74, 77, 78; changes of AE titles take effect
at once and are journalled; results wait in the outbox until a destination is added.
"""
import json
import re

import pydicom
import pytest

from kit.modality import SUCCESS, UNKNOWN_CALLER, echo, send
from kit.processes import free_port, wait_for

COMMANDS = [
    "serve", "check", "config", "config show", "config check", "config diff", "config apply", "config history",
    "config rollback", "config example", "config schema", "pause", "drain", "resume", "manual", "status", "ae",
    "ae list", "ae add", "ae set", "ae remove", "ae echo", "ae show", "ae doctor", "ae undo", "ae export",
    "ae import", "queue", "queue list", "queue show", "queue retry", "queue discard", "quarantine", "quarantine list",
    "quarantine show", "quarantine release", "quarantine reject", "results", "results show", "results recall",
    "trace", "journal", "journal verify", "journal show", "keys", "keys init", "keys list", "keys rotate",
    "keys shred", "keys escrow", "keys escrow request", "keys escrow export", "keys escrow open", "bench",
    "bench seal", "actions", "actions list", "actions approve", "actions reject", "hold", "hold set", "hold clear",
    "hold list", "objections", "objections add", "objections remove", "objections list", "instance",
    "instance deidentify", "instance open", "instance explain", "instance pixels", "model", "model list",
    "model show", "train", "predict", "data", "data generate", "data wrap", "version", "model performance",
    "model drift", "model drift accept", "model resume", "model calibrate", "logs", "logs stats", "logs clean",
    "evaluate", "accept", "accept run", "feedback", "feedback import", "feedback show", "runs", "runs list",
    "runs show", "runs compare", "runs export", "data stats", "data split", "decommission", "decommission plan",
    "decommission confirm",
]
WITH_OUTPUT = {"instance deidentify", "data wrap"}
USAGE, BAD_DATA, UNAVAILABLE, INPUT_OUTPUT, REFUSED, CONFIGURATION = 64, 65, 69, 74, 77, 78


@pytest.fixture(scope="module")
def image(images):
    return images.synthetic(seed=8000, rows=256, columns=210)


@pytest.fixture(scope="module")
def running(make_gateway):
    """A gateway without any AE."""
    return make_gateway("running").start()


@pytest.fixture(scope="module")
def alone(make_gateway):
    """A data directory on which no daemon works."""
    return make_gateway("alone")


@pytest.fixture(params=["with a daemon", "without a daemon"])
def gateway(request, running, alone):
    """Either: commands answer the same."""
    return running if request.param == "with a daemon" else alone


# ---- help and JSON


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(alone, command):
    """--help ends with 0, says how it is used, and names --json."""
    finished = alone.run(*command.split(), "--help")
    assert finished.returncode == 0, finished.stderr
    assert f"USAGE: cxrgate {command}" in finished.stdout
    assert "OVERVIEW" in finished.stdout
    has_verbs = any(other.startswith(command + " ") for other in COMMANDS)
    assert has_verbs or "--json" in finished.stdout


def test_help_shows_examples_and_the_exit_codes(alone):
    """The first help that a person reads has examples and every exit code."""
    text = alone.run("--help").stdout
    assert "Examples:" in text and "cxrgate ae add" in text
    assert [code for code in (0, 1, 64, 65, 69, 70, 74, 77, 78) if not re.search(rf"\b{code}\b", text)] == []


@pytest.mark.parametrize("words", [
    "status", "ae list", "queue list", "queue list --state dead", "queue retry", "quarantine list", "journal verify",
    "journal show", "journal show --limit 2", "keys list", "model list", "model show", "version",
])
def test_answers_in_json_are_json(gateway, words):
    """--json prints one JSON value and nothing else; without it the same command prints text for people."""
    finished = gateway.run(*words.split(), "--json")
    assert finished.returncode == 0, finished.stderr
    json.loads(finished.stdout)
    plain = gateway.run(*words.split())
    assert plain.returncode == 0 and plain.stdout.strip()


def test_check_answers_in_json_and_finds_a_silent_peer(gateway):
    """`check` lists what it looked at; a destination that does not answer is a problem, and exit code 1."""
    assert gateway.run("ae", "add", "SILENT", "--host", "127.0.0.1", "--port", free_port(), "--role",
                       "destination").returncode == 0
    try:
        finished = gateway.run("check", "--json")
        findings = json.loads(finished.stdout)
        assert finished.returncode == 1, findings
        assert [finding for finding in findings if not finding["fine"] and "SILENT" in json.dumps(finding)], findings
    finally:
        gateway.ask("ae", "remove", "SILENT")


# ---- exit codes


@pytest.mark.parametrize("words", [
    "frobnicate", "ae add", "ae add X --role nonsense", "ae add X --role destination",
    "ae add X --host 127.0.0.1 --port 0 --role destination", "ae add SEVENTEEN-LETTERS --role source",
    "status --no-such-option", "queue discard 0123", "quarantine release 0123", "data generate /tmp/none --rows 1",
])
def test_wrong_usage_ends_with_64(gateway, words):
    """What the command line cannot mean is said, with exit code 64, and changes nothing."""
    finished = gateway.run(*words.split())
    assert finished.returncode == USAGE, finished.stdout + finished.stderr
    assert finished.stderr.strip()
    assert gateway.ask("ae", "list") == []


@pytest.mark.parametrize("words", [
    "trace 0123456789abcdef0123456789abcdef", "queue show 0123", "quarantine show 0123", "ae remove NOBODY",
    "ae set NOBODY --port 4242", "ae echo NOBODY", "model show other 1.0.0",
    "queue discard 0123 --reason because", "quarantine release 0123 --reason because",
])
def test_what_is_not_there_ends_with_65(gateway, words):
    """Ids and names that nobody has: exit code 65."""
    finished = gateway.run(*words.split())
    assert finished.returncode == BAD_DATA, finished.stdout + finished.stderr


@pytest.mark.parametrize("words", ["predict", "instance deidentify", "instance explain", "data wrap"])
def test_files_that_are_no_image_end_with_65(alone, tmp_path, words):
    """`predict`, `data wrap` and the stations on files say that it is not an image."""
    text, output = tmp_path / "text.dcm", tmp_path / "out.dcm"
    text.write_text("this is not an image\n" * 100)
    finished = alone.run(*words.split(), text, *([output] if words in WITH_OUTPUT else []))
    assert finished.returncode == BAD_DATA, (finished.returncode, finished.stderr)
    assert not output.exists()


@pytest.mark.parametrize("words", ["instance deidentify", "instance explain", "data wrap"])
def test_files_that_cannot_be_read_end_with_74(alone, tmp_path, words):
    """A path where nothing is."""
    finished = alone.run(*words.split(), tmp_path / "none", *([tmp_path / "out"] if words in WITH_OUTPUT else []))
    assert finished.returncode == INPUT_OUTPUT, (finished.returncode, finished.stderr)


def test_an_echo_that_nobody_answers_ends_with_69(gateway):
    """The peer is registered, but nobody listens there."""
    gateway.ask("ae", "add", "GONE", "--host", "127.0.0.1", "--port", free_port(), "--role", "destination")
    finished = gateway.run("ae", "echo", "GONE")
    gateway.ask("ae", "remove", "GONE")
    assert finished.returncode == UNAVAILABLE, finished.stderr


def test_a_second_gateway_on_the_same_data_directory_ends_with_77(running):
    """It says why, and the first one does not notice."""
    roles = running.roles()
    finished = running.run("serve", dicom_port=free_port())
    assert finished.returncode == REFUSED, finished.stderr
    assert "already" in finished.stderr
    assert running.roles() == roles
    assert running.ask("status")["aeTitle"] == "CXRGATE"


def test_a_bad_configuration_ends_with_78_and_lists_every_problem(alone, tmp_path):
    """Three wrong values from two places are all named at once."""
    file = tmp_path / "gateway.yaml"
    file.write_text("dicom:\n  ae_title: A-TITLE-THAT-IS-TOO-LONG\nresults:\n  heatmap: sometimes\n")
    for command in ("serve", "status", "check"):
        finished = alone.run(command, "--config", file, dicom_port="many")
        problems = finished.stderr + finished.stdout
        assert finished.returncode == CONFIGURATION, (command, problems)
        for key in ("dicom.ae_title", "dicom.port"):
            assert key in problems, (command, problems)
        # The environment, which every test here sets, goes before the file.
        assert "results.heatmap" not in problems
    finished = alone.run("serve", results_heatmap="sometimes", study_quiet_seconds="-1", dicom_port="70000")
    assert finished.returncode == CONFIGURATION
    for key in ("results.heatmap", "study.quiet_seconds", "dicom.port"):
        assert key in finished.stderr, finished.stderr


def test_a_configuration_file_that_is_no_yaml_ends_with_78(alone, tmp_path):
    """A file that cannot be read is not passed over."""
    file = tmp_path / "gateway.yaml"
    file.write_text("dicom: [unclosed\n\t- x: {")
    assert alone.run("status", "--config", file).returncode == CONFIGURATION
    assert alone.run("status", "--config", tmp_path / "missing.yaml").returncode == CONFIGURATION


# ---- AE titles


def test_ae_titles_are_managed_alike_with_and_without_a_daemon(running, alone):
    """The same commands, the same answers, the same exit codes, the same journal entries."""
    script = [
        ["ae", "list"], ["ae", "add", "CR7", "--role", "source"],
        ["ae", "add", "PACS7", "--host", "127.0.0.1", "--port", "4242", "--role", "destination"],
        ["ae", "add", "CR7", "--role", "source"], ["ae", "set", "PACS7", "--port", "4243", "--title", "OTHER"],
        ["ae", "set", "CR7", "--role", "source,destination"], ["ae", "set", "CR7", "--host", "127.0.0.2"],
        ["ae", "list"], ["ae", "remove", "PACS7"], ["ae", "remove", "PACS7"], ["ae", "remove", "CR7"], ["ae", "list"],
    ]

    def played(gateway):
        finished = [gateway.run(*words, "--json") for words in script]
        answers = [(one.returncode, one.stdout, one.stderr) for one in finished]
        journal = [entry["details"] for entry in gateway.journal(kind="configurationChange")]
        return answers, [details for details in journal if details.get("ae") in {"CR7", "PACS7"}]
    with_daemon, journalled = played(running)
    assert with_daemon == played(alone)[0]
    assert [code for code, _, _ in with_daemon] == [0, 0, 0, USAGE, 0, USAGE, 0, 0, 0, BAD_DATA, 0, 0]
    assert journalled == played(alone)[1][-len(journalled):]
    assert [details["change"] for details in journalled] == [
        "ae add", "ae add", "ae set", "ae set", "ae remove", "ae remove"]


def test_changes_of_ae_titles_take_effect_at_once(running):
    """A source may send as soon as it is added, and no more once it is removed."""
    assert echo(running, calling="CR8") == UNKNOWN_CALLER
    running.add_source("CR8")
    assert echo(running, calling="CR8") == SUCCESS
    running.ask("ae", "set", "CR8", "--title", "CR9")
    assert echo(running, calling="CR8") == UNKNOWN_CALLER
    assert echo(running, calling="CR9") == SUCCESS
    running.ask("ae", "remove", "CR8")
    assert echo(running, calling="CR9") == UNKNOWN_CALLER


def test_what_was_added_without_a_daemon_counts_when_one_starts(alone):
    """The commands worked on the data directory itself."""
    alone.add_source("EARLY")
    alone.start()
    assert echo(alone, calling="EARLY") == SUCCESS
    alone.stop()
    alone.ask("ae", "remove", "EARLY")


def test_ae_echo_reaches_the_pacs(running, pacs):
    """C-ECHO to a real PACS ends with 0."""
    running.add_destination(pacs)
    assert running.ask("ae", "echo", pacs.title)["answer"] == "success"
    running.ask("ae", "remove", pacs.title)


# ---- the outbox and the queue


def test_results_wait_until_a_destination_is_added_and_then_arrive(make_gateway, make_pacs, image):
    """Without a destination the results are made and kept, also over a restart; then they are sent."""
    gateway = make_gateway("waiting").start()
    gateway.add_source("CR1")
    send(gateway, image)
    assert gateway.wait_until_idle() == {"reported": 1}
    assert len(list((gateway.data / "outbox").iterdir())) == 2
    gateway.kill9("supervisor")
    gateway.start()
    assert gateway.states() == {"reported": 1}
    pacs = make_pacs("late-pacs")
    gateway.add_destination(pacs)
    pacs.wait_for_results(image)
    assert gateway.wait_until_idle() == {"delivered": 1}
    assert pacs.count() == 2
    assert list((gateway.data / "outbox").iterdir()) == []


def test_results_wait_while_the_pacs_is_down_and_then_arrive(make_gateway, make_pacs, image):
    """A PACS that does not answer is tried again."""
    gateway = make_gateway("patient").start()
    pacs = make_pacs("down-pacs")
    gateway.add_source("CR1")
    gateway.add_destination(pacs)
    pacs.stop()
    send(gateway, image)
    wait_for("a delivery was tried", lambda: [job for job in gateway.ask("queue", "list") if job["attempts"] >= 1])
    pacs.start()
    pacs.wait_for_results(image)
    assert gateway.wait_until_idle() == {"delivered": 1}


def test_dead_jobs_are_listed_retried_and_discarded_with_a_reason(make_gateway, make_recorder, image):
    """A PACS that refuses for good: the job is dead, is shown, can be retried; discarding wants a reason."""
    gateway, pacs = make_gateway("refused").start(), make_recorder(status=0xC000)
    gateway.add_source("CR1")
    gateway.add_destination(pacs)
    send(gateway, image)
    gateway.wait_until_idle()
    dead = wait_for("two deliveries are dead", lambda: (
        jobs := gateway.ask("queue", "list", "--state", "dead")) and len(jobs) == 2 and jobs)
    assert {job["kind"] for job in dead} == {"deliver"} and all("C000" in job["error"] for job in dead), dead
    assert gateway.ask("queue", "show", dead[0]["id"])["state"] == "dead"

    assert gateway.ask("queue", "retry")["retried"] == 2
    wait_for("they are dead again", lambda: len(gateway.ask("queue", "list", "--state", "dead")) == 2)
    assert sum(pacs.receipts().values()) == 4 and not pacs.variants()

    assert gateway.run("queue", "discard", dead[0]["id"]).returncode == USAGE
    gateway.ask("queue", "discard", dead[0]["id"], "--reason", "the PACS will not have it")
    assert [job["id"] for job in gateway.ask("queue", "list", "--state", "dead")] == [dead[1]["id"]]

    pacs.status = 0x0000
    assert gateway.ask("queue", "retry", dead[1]["id"])["retried"] == 1
    assert wait_for("nothing waits", lambda: gateway.ask("queue", "list") == [] and gateway.states())
    changes = [entry["details"] for entry in gateway.journal(kind="configurationChange")]
    assert {"change": "queue discard", "reason": "(sealed)"} in changes


# ---- trace, keys, the stations on files


@pytest.fixture(scope="module")
def traced(make_gateway, make_pacs, image):
    """A gateway that has delivered one image, and the id of that image."""
    gateway, pacs = make_gateway("traced").start(), make_pacs("trace-pacs")
    gateway.add_source("CR1")
    gateway.add_destination(pacs)
    send(gateway, image)
    gateway.wait_until_idle()
    return gateway, gateway.journal(kind="receive")[0]["subject"]


def test_trace_tells_the_whole_passage_of_an_image(traced):
    """State, jobs, results and every journal entry; journalled as an administrator's reading."""
    gateway, id = traced
    trace = gateway.ask("trace", id)
    assert trace["instance"]["state"] == "delivered"
    assert {job["kind"] for job in trace["jobs"]} == {"analyse", "capture", "report", "deliver"}
    kinds = [entry["kind"] for entry in trace["journal"]]
    for kind in ("receive", "deidentify", "verify", "seal", "infer", "explain", "open", "report", "deliver"):
        assert kind in kinds, kinds
    assert gateway.journal(kind="administratorRead", subject=id)


def test_trace_finds_an_image_by_any_of_its_jobs_and_results(traced):
    """As its help says: the id of a job, an image or a result."""
    gateway, id = traced
    trace = gateway.ask("trace", id)
    named = [(f"{job['kind']} job", job["id"]) for job in trace["jobs"]]
    named += [(result["kind"], result["id"]) for result in trace["results"]]
    assert len(named) == 7
    unknown = [what for what, other in named if gateway.run("trace", other).returncode != 0]
    assert not unknown


def test_the_deidentified_image_can_be_opened_for_a_reason(traced, image):
    """`instance open` wants --reason, journals it, and writes what analysis sees: the pixels, and no name."""
    gateway, id = traced
    opened = gateway.folder / "opened.dcm"
    assert gateway.run("instance", "open", id, opened).returncode == USAGE
    assert not opened.exists()
    assert gateway.run("instance", "open", id, opened, "--reason", "to look").returncode == 0
    clean, original = pydicom.dcmread(opened), pydicom.dcmread(image)
    assert clean.PatientIdentityRemoved == "YES" and clean.PixelData == original.PixelData
    assert str(clean.PatientName) != str(original.PatientName)
    assert clean.StudyInstanceUID != original.StudyInstanceUID
    assert opened.stat().st_mode & 0o077 == 0
    assert gateway.journal(kind="open", subject=id)[-1]["details"]["reason"] == "(sealed)"


def test_keys_are_made_once_and_never_shown(make_gateway):
    """`keys init` makes them; a second time it refuses; `keys list` names them without a secret."""
    gateway = make_gateway("keys")
    assert gateway.run("keys", "list").returncode == CONFIGURATION
    made = gateway.ask("keys", "init")
    before = {path.name: path.read_bytes() for path in (gateway.data / "keys").iterdir()}
    assert gateway.run("keys", "init").returncode == CONFIGURATION
    assert {path.name: path.read_bytes() for path in (gateway.data / "keys").iterdir()} == before
    assert gateway.ask("keys", "list") == made
    shown = gateway.run("keys", "list").stdout + json.dumps(made)
    for name, content in before.items():
        assert name.endswith(".pub") or content.decode().strip() not in shown, name
        assert (gateway.data / "keys" / name).stat().st_mode & 0o077 == 0, name


def test_explain_shows_actions_and_no_values(alone, image):
    """`instance explain` names what is done to each attribute, never what stands in it."""
    rows = alone.ask("instance", "explain", image)
    by_keyword = {row["keyword"]: row["effect"] for row in rows}
    assert "PatientName" in by_keyword and "StudyInstanceUID" in by_keyword
    original = pydicom.dcmread(image)
    text = json.dumps(rows)
    for value in (original.PatientName, original.PatientID, original.StudyInstanceUID, original.AccessionNumber):
        assert str(value) not in text


def test_predict_says_what_the_gateway_would_say(alone, image, data):
    """A probability for a DICOM image and for a picture; one unreadable file does not spoil the others."""
    picture = next((data / "kermany").glob("val_original/**/*.jp*g"))
    rows = alone.ask("predict", image, picture)
    assert len(rows) == 2 and all(0 <= row["probability"] <= 1 for row in rows), rows
    finished = alone.run("predict", image, alone.folder / "none.dcm", "--json")
    assert finished.returncode == BAD_DATA
    good, bad = json.loads(finished.stdout)
    assert good["error"] is None and bad["error"]
