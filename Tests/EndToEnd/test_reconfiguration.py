"""Changing a running gateway: `config diff|apply|history|rollback`, and `pause|drain|resume`.

Requirement: all of a change or nothing, journalled with what was before; refused whole, or rolled back by itself, when a
port or a destination stops answering; no association lost; what is paused stands still without loss, also over a restart.
"""
import socket
import threading
import time

import pytest
from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification

from kit.modality import SUCCESS, echo, send
from kit.processes import free_port, wait_for

REFUSED, CONFIGURATION, BAD_DATA = 77, 78, 65
TRANSIENT = "Rejected Transient"


def configured(gateway, folder):
    """A gateway whose settings stand in a file; the environment would overrule what is applied."""
    gateway.file = folder / f"{gateway.folder.name}.yaml"
    gateway.environment = {
        name: value for name, value in gateway.environment.items()
        if name in ("CXR_DATA_DIR", "CXR_DICOM_BIND") or not name.startswith("CXR_")
    } | {"CXR_CONFIG": str(gateway.file)}
    gateway.file.write_text(text(gateway.port))
    return gateway


def text(port, **values):
    settings = {"quiet_seconds": 0} | values
    delivery = "".join(f"  {name}: {settings.pop(name)}\n" for name in list(settings) if name.endswith("answer_seconds"))
    lines = "".join(f"  {name}: {value}\n" for name, value in settings.items())
    return f"dicom:\n  port: {port}\nstudy:\n{lines}" + (f"delivery:\n{delivery}" if delivery else "")


@pytest.fixture(scope="module")
def gateway(make_gateway, folder):
    gateway = configured(make_gateway("live"), folder).start()
    gateway.add_source("CR1")
    return gateway


@pytest.fixture(scope="module")
def image(images):
    return images.synthetic(seed=8100, count=4, rows=256, columns=210)


@pytest.fixture()
def apply(gateway, tmp_path):
    """Applies text; returns the finished command."""
    def run(content, *words):
        file = tmp_path / "new.yaml"
        file.write_text(content)
        return gateway.run("config", "apply", file, *words)
    return run


def value(gateway, key):
    return {row["key"]: row["value"] for row in gateway.ask("config", "show")}[key]


class Traffic:
    """Images that flow for as long as a `with` lasts; every one must be answered with Success."""

    def __init__(self, gateway, files):
        self.gateway, self.files, self.sent, self.trouble = gateway, files, 0, []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.flow)

    def flow(self):
        while not self.over.is_set():
            try:
                send(self.gateway, *self.files[:4])
                self.sent += 4
            except Exception as trouble:  # told by the test
                self.trouble.append(trouble)
                return

    def __enter__(self):
        self.thread.start()
        wait_for("images flow", lambda: self.sent or self.trouble)
        return self

    def __exit__(self, *_):
        before = self.sent
        wait_for("images still flow", lambda: self.sent > before + 4 or self.trouble)
        self.over.set()
        self.thread.join()
        assert not self.trouble, self.trouble[0]


# ---- config


def test_a_change_holds_at_once_is_journalled_and_can_be_taken_back(gateway, apply):
    finished = apply(text(gateway.port, quiet_seconds=3, cap_seconds=33), "--reason", "more time")
    assert finished.returncode == 0, finished.stderr
    assert value(gateway, "study.quiet_seconds") == 3 and value(gateway, "study.cap_seconds") == 33
    entries = [entry["details"] for entry in gateway.journal() if entry["details"].get("change") == "config apply"]
    changed = {entry["key"]: entry for entry in entries}
    assert changed["study.cap_seconds"]["before"] == "120" and changed["study.cap_seconds"]["after"] == "33"
    assert "more time" not in str(entries)
    assert gateway.ask("config", "history")[0]["inForce"]
    assert gateway.run("config", "rollback", "0").returncode == 0
    assert value(gateway, "study.quiet_seconds") == 0 and value(gateway, "study.cap_seconds") == 120


def test_diff_shows_what_would_change_and_when_and_changes_nothing(gateway, tmp_path):
    file = tmp_path / "new.yaml"
    file.write_text(text(gateway.port, quiet_seconds=5) + "journal:\n  keep_years: 7\n")
    changes = {change["key"]: change for change in gateway.ask("config", "diff", file)}
    assert changes["study.quiet_seconds"]["effect"] == "now"
    assert changes["journal.keep_years"] == {
        "key": "journal.keep_years", "before": 6, "after": 7, "effect": "next start"}
    assert value(gateway, "study.quiet_seconds") == 0


def test_a_file_that_cannot_be_used_is_refused_whole_and_no_association_is_lost(gateway, apply, image):
    with Traffic(gateway, image):
        for content in (text(gateway.port, quiet_seconds=9) + "zebra: 1\n", text(70000, quiet_seconds=9), "dicom: ["):
            finished = apply(content)
            assert finished.returncode == CONFIGURATION, finished.stdout + finished.stderr
        assert value(gateway, "study.quiet_seconds") == 0


def test_a_port_that_cannot_be_had_changes_nothing(gateway, apply, image):
    with socket.socket() as taken, Traffic(gateway, image):
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        finished = apply(text(taken.getsockname()[1], quiet_seconds=9))
        assert finished.returncode == REFUSED and "nothing was changed" in finished.stderr, finished.stderr
        assert value(gateway, "study.quiet_seconds") == 0 and value(gateway, "dicom.port") == gateway.port


def test_another_port_is_opened_under_load_and_the_old_one_answers_too(gateway, apply, image):
    other = free_port()
    with Traffic(gateway, image):
        finished = apply(text(other))
        assert finished.returncode == 0, finished.stderr
        assert gateway.ask("status")["daemon"]["port"] == str(other)
    port, gateway.port = gateway.port, other
    try:
        send(gateway, image[0])
    finally:
        gateway.port = port
    assert echo(gateway) == SUCCESS
    assert gateway.run("config", "rollback", "0").returncode == 0


class SlowPacs:
    """Answers C-ECHO after a while."""

    title = "SLOW"

    def __init__(self, seconds):
        self.seconds = seconds
        entity = AE(self.title)
        entity.add_supported_context(Verification)
        self.server = entity.start_server(
            ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_ECHO, self.answer)])
        self.port = self.server.socket.getsockname()[1]

    def answer(self, event):
        time.sleep(self.seconds)
        return 0x0000


def test_a_change_that_silences_a_destination_is_rolled_back_by_itself(gateway, apply, image):
    slow = SlowPacs(2.5)
    try:
        gateway.ask("ae", "add", slow.title, "--host", "127.0.0.1", "--port", slow.port, "--role", "destination",
                    "--query", "off")
        with Traffic(gateway, image):
            finished = apply(text(gateway.port, quiet_seconds=4, answer_seconds=1))
            assert finished.returncode == REFUSED and "rolled back by itself: SLOW" in finished.stderr, finished.stderr
            assert value(gateway, "study.quiet_seconds") == 0 and value(gateway, "delivery.answer_seconds") == 60
        assert [entry for entry in gateway.journal() if entry["details"].get("outcome") == "rolled back by itself"]
    finally:
        slow.server.shutdown()


def test_rights_want_a_second_person(gateway, apply):
    content = text(gateway.port) + "administration:\n  privacy_officers: [mallory]\n"
    assert apply(content).returncode == 64  # without a reason
    finished = apply(content, "--reason", "a new officer", "--json")
    assert finished.returncode == 0 and '"action"' in finished.stdout
    action = gateway.ask("actions", "list")[0]
    assert action["verb"] == "config apply" and action["state"] == "pending"
    assert value(gateway, "administration.privacy_officers") == []
    refused = gateway.run("actions", "approve", action["id"])
    assert refused.returncode == REFUSED, refused.stderr
    gateway.ask("actions", "reject", action["id"])


def test_what_was_applied_outlives_a_restart_until_the_file_says_something_else(make_gateway, folder, tmp_path):
    gateway = configured(make_gateway("restarted"), folder).start()
    file = tmp_path / "new.yaml"
    file.write_text(text(gateway.port, cap_seconds=44) + "journal:\n  keep_years: 8\n")
    gateway.ask("config", "apply", file)
    rows = {row["key"]: row for row in gateway.ask("config", "show")}
    assert (rows["journal.keep_years"]["value"], rows["journal.keep_years"]["next"]) == (6, 8)
    gateway.stop()
    gateway.start()
    rows = {row["key"]: row for row in gateway.ask("config", "show")}
    assert (rows["journal.keep_years"]["value"], rows["journal.keep_years"]["next"]) == (8, None)
    assert rows["study.cap_seconds"]["value"] == 44 and "revision 1" in rows["study.cap_seconds"]["origin"]
    gateway.stop()
    gateway.file.write_text(text(gateway.port, cap_seconds=55))
    gateway.start()
    assert value(gateway, "study.cap_seconds") == 55 and value(gateway, "journal.keep_years") == 6
    gateway.assert_journal_verifies()


# ---- pause, drain, resume


def test_a_paused_source_is_refused_for_now_and_an_open_association_goes_on(gateway, images):
    gateway.ask("ae", "add", "CR2", "--role", "source")
    entity = AE("CR1")
    entity.add_requested_context(Verification)
    association = entity.associate("127.0.0.1", gateway.port, ae_title="CXRGATE")
    assert association.is_established
    gateway.ask("pause", "CR1")
    try:
        assert association.send_c_echo().Status == 0
        assert echo(gateway, calling="CR1")[0] == TRANSIENT
        assert echo(gateway, calling="CR2") == SUCCESS
        assert gateway.ask("status")["paused"] == ["ae CR1"]
    finally:
        association.release()
        gateway.ask("resume")
    assert echo(gateway, calling="CR1") == SUCCESS


def test_paused_delivery_and_analysis_lose_nothing_also_over_a_restart(make_gateway, make_recorder, images):
    gateway = make_gateway("paused", results_heatmap="never").start()
    gateway.add_source("CR1")
    recorder = make_recorder()
    gateway.add_destination(recorder)
    gateway.ask("pause", "analysis", "--reason", "maintenance")
    gateway.ask("pause", "delivery")
    send(gateway, *images.synthetic(seed=8200, count=2, rows=256, columns=210))
    gateway.stop()
    gateway.start()
    time.sleep(1)
    assert gateway.ask("status")["paused"] == ["analysis", "delivery"]
    assert set(gateway.states()) <= {"clearing", "received"}, gateway.states()
    gateway.ask("resume", "analysis")
    wait_for("reports are made", lambda: gateway.ask("status")["jobs"].get("deliver waiting"))
    time.sleep(1)
    assert not recorder.receipts()
    drained = gateway.run("drain", "--timeout", "1")
    assert drained.returncode == 1 and "left" in drained.stderr
    gateway.ask("resume", "delivery")
    drained = gateway.run("drain", "--timeout", "60")
    assert drained.returncode == 0, drained.stderr
    assert recorder.receipts()
    assert echo(gateway)[0] == TRANSIENT
    gateway.ask("resume")
    assert echo(gateway) == SUCCESS
    what = [entry["details"]["what"] for entry in gateway.journal() if entry["details"].get("change") == "pause"]
    assert what == ["analysis", "delivery", "reception"]
    gateway.assert_journal_verifies()


def test_what_is_not_there_cannot_be_paused(gateway):
    assert gateway.run("pause", "NOBODY").returncode == BAD_DATA
