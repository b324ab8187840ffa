"""What an administrator sees: log, health, metrics, the status page in a real browser, alarms, reconciliation, lookup."""
import http.client
import json
import re
import shutil
import subprocess
from pathlib import Path

import pydicom
import pytest
from prometheus_client.parser import text_string_to_metric_families

from kit.modality import echo, send
from kit.processes import arguments, children, free_port, is_alive, kill, wait_for

REPOSITORY = Path(__file__).resolve().parents[2]
IDENTIFYING = ("PatientName", "PatientID", "PatientBirthDate", "AccessionNumber", "StudyInstanceUID", "SeriesInstanceUID",
               "SOPInstanceUID", "StudyID")


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.text = response.status, response.headers, response.read().decode()

    def json(self):
        return json.loads(self.text)


def ask(gateway, path, host=None, method="GET"):
    """One request to the watch port; `host` is what the Host header says."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.watch, timeout=30)
    try:
        connection.request(method, path, headers={"Host": host or f"127.0.0.1:{gateway.watch}"})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def answers(gateway, path="/health/live"):
    try:
        return ask(gateway, path).status == 200
    except OSError:
        return False


def watch_role(gateway):
    return next((pid for pid in children(gateway.pid) if arguments(pid)[1:3] == ["role", "watch"]), None)


@pytest.fixture(scope="module")
def image(images):
    return images.synthetic(7101)


@pytest.fixture(scope="module")
def watched(make_gateway, pacs, image):
    """A gateway with a watch port that has delivered one image."""
    port = free_port()
    # The clock of a test machine is not the subject here.
    gateway = make_gateway("watched", watch_port=port, watch_clock_seconds=0)
    gateway.watch = port
    gateway.start()
    gateway.add_source("CR1")
    gateway.add_destination(pacs)
    wait_for("the watch role answers", lambda: answers(gateway))
    send(gateway, image)
    gateway.wait_until_idle()
    return gateway


def identifiers(image):
    data_set = pydicom.dcmread(image, stop_before_pixels=True)
    found = set()
    for name in IDENTIFYING:
        value = str(data_set.get(name, ""))
        found |= {part for part in re.split(r"[\^= ]", value) if len(part) >= 4}
    assert len(found) >= 6
    return found


# ---- over HTTP


def test_it_is_live_and_ready(watched):
    live, ready = ask(watched, "/health/live"), ask(watched, "/health/ready")
    assert (live.status, ready.status) == (200, 200)
    assert ready.json() == {"status": "ready", "obstacles": []}


def test_metrics_are_what_prometheus_reads(watched):
    """By two foreign readers: promtool, which also lints, and Prometheus' Python client."""
    wait_for("the roles have told what they measured", lambda: 'stage="path"' in ask(watched, "/metrics").text)
    answer = ask(watched, "/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    linted = subprocess.run(["promtool", "check", "metrics"], input=answer.text, capture_output=True, text=True)
    assert linted.returncode == 0, linted.stdout + linted.stderr
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    samples = [sample for family in families.values() for sample in family.samples]
    stages = {(sample.labels["stage"], sample.labels["of"]) for sample in samples if sample.name.endswith("seconds_count")}
    assert {("receive", "CR1"), ("deliver", "ORTHANC"), ("path", "ORTHANC"), ("report", "all"), ("journal", "all")} <= stages
    assert any(stage == "analyse" and of != "all" for stage, of in stages), stages
    value = {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in samples}
    assert value["cxrgate_images", (("state", "delivered"),)] == 1
    assert value["cxrgate_counted_total", (("what", "instances received"),)] == 1
    assert value["cxrgate_stage_seconds_count", (("of", "CR1"), ("stage", "receive"))] == 1
    assert value["cxrgate_destination_up", (("destination", "ORTHANC"),)] == 1
    for role in ("reception", "analysis", "filing"):
        assert value["cxrgate_role_up", (("role", role),)] == 1
        assert value["cxrgate_role_resident_bytes", (("role", role),)] > 1 << 20


def test_nothing_identifying_is_told(watched, image):
    texts = [ask(watched, path).text for path in ("/", "/status.json", "/metrics", "/health/ready")]
    texts.append(watched.text())
    for word in identifiers(image):
        assert not any(word in text for text in texts), "something identifying is told"


def test_only_five_questions_are_answered_and_only_on_the_loopback(watched):
    assert ask(watched, "/../etc/passwd").status == 404
    assert ask(watched, "/metrics", method="POST").status in (404, 405)
    assert ask(watched, "/metrics", host="attacker.example").status == 421
    assert ask(watched, "/metrics", host=f"localhost:{watched.watch}").status == 200
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    bound = {line[1].split(":")[0] for line in listening
             if line[3] == "0A" and int(line[1].split(":")[1], 16) == watched.watch}
    assert bound == {"0100007F"}, "listens elsewhere than on 127.0.0.1"


def test_the_watch_role_holds_nothing(watched):
    """No file of the data directory is open in it, and it may open none; its death stops no image."""
    pid = watch_role(watched)
    opened = [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]
    assert not any(str(watched.data) in name for name in opened), opened
    status = Path(f"/proc/{pid}/status").read_text()
    assert re.search(r"^Seccomp:\t2$", status, re.M) and re.search(r"^NoNewPrivs:\t1$", status, re.M)
    kill(pid)
    wait_for("it is gone", lambda: not is_alive(pid))
    assert echo(watched) == "Success"
    wait_for("it answers again", lambda: answers(watched))
    assert watch_role(watched) != pid


def test_the_page_shows_in_a_browser_what_happens(watched, folder):
    """A headless Chromium runs the page: it shows the peers, and nothing is fetched from elsewhere."""
    browser = shutil.which("chromium")
    assert browser, "Chromium is not installed: apt-get install chromium"
    address, picture = f"http://127.0.0.1:{watched.watch}/", folder / "page.png"
    common = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
              f"--user-data-dir={folder}/browser", "--virtual-time-budget=4000", "--window-size=1280,1100",
              "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"]
    shown = subprocess.run([*common, "--dump-dom", address], capture_output=True, text=True, timeout=120).stdout
    body = shown[shown.index("<body"):shown.index("<script>")]
    assert "data-shown=" in body, body[:2000]
    for words in ("CXRGATE", "ready, no alarm", "ORTHANC", "CR1", "delivered", "reception", "works", "path"):
        assert words in body, f"the page does not say {words!r}"
    subprocess.run([*common, f"--screenshot={picture}", address], capture_output=True, timeout=120, check=True)
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" and picture.stat().st_size > 20_000


# ---- the log


def test_every_line_of_the_log_is_an_event_of_the_catalogue(watched):
    known = {int(number) for number in re.findall(
        r"^\| (\d+) \|", (REPOSITORY / "Conformance/LogEvents.md").read_text(), re.M)}
    lines = [json.loads(line) for line in watched.text().splitlines() if line.startswith("{")]
    assert lines and {line["event"] for line in lines} <= known
    assert {"time", "level", "event", "component", "process", "message", "facts"} == set(lines[0])
    assert {"supervisor"} <= {line["process"] for line in lines}


def test_a_level_is_changed_while_it_runs(watched):
    def refusals():
        return watched.text().count('"event":201,')
    before = refusals()
    echo(watched, calling="STRANGER")
    wait_for("a refusal is logged", lambda: refusals() == before + 1)
    watched.ask("logs", "level", "reception", "error")
    echo(watched, calling="STRANGER")
    assert {"component": "reception", "level": "error"} in watched.ask("logs", "levels")
    watched.ask("logs", "level", "reception", "info")
    echo(watched, calling="STRANGER")
    wait_for("a refusal is logged again", lambda: refusals() == before + 2)
    assert watched.run("logs", "level", "reception", "loud").returncode == 64
    changes = [entry["details"] for entry in watched.journal(kind="configurationChange")]
    assert any(change.get("change") == "logs level" for change in changes)


# ---- on the terminal


def test_lines_of_tables_fit_a_terminal(watched, image):
    id = watched.journal(kind="receive")[0]["subject"]
    for words in (["status"], ["queue", "list", "--state", "done"], ["trace", id], ["alarms"], ["logs", "levels"]):
        shown = watched.run(*words).stdout
        assert shown and max(map(len, shown.splitlines())) <= 80, (words, max(shown.splitlines(), key=len))


def test_every_success_is_accounted_for(watched, image):
    answer = watched.ask("reconcile")
    assert answer["fine"] and answer["answered"] == 1 and answer["ended"] == {"delivered": 1}, answer
    sent = str(pydicom.dcmread(image, stop_before_pixels=True).SOPInstanceUID)
    finished = watched.run("reconcile", "--list", stdin=f"{sent}\n")
    assert finished.returncode == 0 and "every one is here" in finished.stdout
    finished = watched.run("reconcile", "--list", stdin=f"{sent}\n1.2.3.4.5\nDOE^JANE\n")
    assert finished.returncode == 1
    assert "missing, by line: 2" in finished.stdout and "no UID, by line: 3" in finished.stdout
    assert sent not in finished.stdout + finished.stderr and "DOE" not in finished.stdout + finished.stderr


def test_from_an_accession_number_or_a_patient_id_to_the_image(watched, image):
    data_set = pydicom.dcmread(image, stop_before_pixels=True)
    id = watched.journal(kind="receive")[0]["subject"]
    for by, value in (("accession", data_set.AccessionNumber), ("patient", data_set.PatientID),
                      ("study", data_set.StudyInstanceUID)):
        finished = watched.run("lookup", "--by", by, "--json", stdin=f"{value}\n")
        assert finished.returncode == 0, finished.stderr
        assert [found["image"] for found in json.loads(finished.stdout)] == [id], by
        assert str(value) not in finished.stdout
    assert watched.run("lookup", "--by", "patient", stdin="NOBODY\n").stdout.startswith("nothing here")
    assert len([entry for entry in watched.journal(kind="administratorRead")
                if entry["details"].get("what") == "lookup"]) == 4


def test_a_support_bundle_is_shown_searched_and_written(watched, image):
    target = watched.folder / "support.json"
    words = "\n".join(identifiers(image))
    assert watched.run("support", "bundle", target, stdin="").returncode == 77 and not target.exists()
    finished = watched.run("support", "bundle", target, "--yes", "--search", stdin="Orthanc\n")
    assert finished.returncode == 77 and "named word" in finished.stderr and not target.exists()
    finished = watched.run("support", "bundle", target, "--yes", "--search", stdin=words)
    assert finished.returncode == 0, finished.stderr
    bundle = json.loads(target.read_text())
    assert {"status", "aeTitles", "alarms", "failures", "metrics", "roles", "version", "check"} <= set(bundle)
    assert target.stat().st_mode & 0o077 == 0 and target.read_text().strip() in finished.stdout


def test_a_destination_that_is_gone_is_an_alarm(make_gateway, images):
    """`alarms`, `check --brief` with the exit codes of Nagios, the metric, the page, the log: all say it."""
    port = free_port()
    gateway = make_gateway("alarmed", watch_port=port, watch_clock_seconds=0)
    gateway.watch = port
    assert gateway.run("check", "--brief").returncode == 2, "no gateway is worse than any"
    gateway.start()
    brief = gateway.run("check", "--brief")
    assert brief.returncode == 0 and brief.stdout.startswith("CXRGATE OK - no alarm | open_jobs=0 "), brief.stdout
    gateway.add_source("CR1")
    gateway.ask("ae", "add", "GONE", "--host", "127.0.0.1", "--port", free_port(), "--role", "destination",
                "--query", "off")
    send(gateway, images.synthetic(7102))

    def alarm():
        finished = gateway.run("alarms", "--json")
        found = json.loads(finished.stdout)
        assert finished.returncode == (1 if found else 0)
        return next((alarm for alarm in found if alarm["alarm"] == "destination-down"), None)
    found = wait_for("the alarm", alarm)
    assert (found["severity"], found["of"]) == ("critical", "GONE") and "cxrgate ae echo" in found["remedy"]
    brief = gateway.run("check", "--brief")
    assert brief.returncode == 2 and brief.stdout.startswith("CXRGATE CRITICAL - GONE is not reached"), brief.stdout
    wait_for("the watch role answers", lambda: answers(gateway))
    metrics = ask(gateway, "/metrics").text
    assert 'cxrgate_alarm{alarm="destination-down",severity="critical",of="GONE"} 1' in metrics
    assert 'cxrgate_destination_up{destination="GONE"} 0' in metrics
    assert any(alarm["of"] == "GONE" for alarm in ask(gateway, "/status.json").json()["alarms"])
    wait_for("it is logged", lambda: '"event":701' in gateway.text())
    for job in gateway.ask("queue", "list"):
        gateway.ask("queue", "discard", job["id"], "--reason", "the test is over")
    gateway.ask("ae", "remove", "GONE")
    wait_for("its end is logged", lambda: '"event":702' in gateway.text(), seconds=30)


# ---- what is handed to a monitoring system


def test_the_alert_rules_are_accepted_and_name_metrics_that_there_are(watched):
    rules = REPOSITORY / "Config/prometheus/alerts.yml"
    checked = subprocess.run(["promtool", "check", "rules", rules], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    board = (REPOSITORY / "Config/grafana/dashboard.json").read_text()
    assert json.loads(board)["panels"]
    used = set(re.findall(r"cxrgate_[a-z_]+", rules.read_text() + board))
    metrics = ask(watched, "/metrics").text
    # These have no sample while nothing is wrong, or without a certificate.
    absent = {"cxrgate_alarm", "cxrgate_certificate_days", "cxrgate_queue_jobs", "cxrgate_queue_oldest_seconds"}
    missing = {name for name in used if name not in metrics} - absent
    assert not missing, missing
