"""The product under test: its daemon, and its commands, on a data directory of the test's own."""
import json
import os
import signal
import sqlite3
import subprocess
from pathlib import Path

from kit.processes import Service, arguments, children, free_port, is_alive, kill, wait_for

ROLES = ("reception", "analysis", "filing")
NOBODY = 65534


class Gateway(Service):
    """A gateway. `settings` are configuration by environment: `Gateway(..., results_heatmap="never")`."""

    title = "CXRGATE"

    def __init__(self, binary, folder, **settings):
        self.binary = Path(binary)
        self.port = free_port()
        folder = Path(folder)
        self.data = folder / "data"
        for name in ("tmp", "home"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        environment = {
            name: value for name, value in os.environ.items()
            if not name.startswith(("CXR", "OPENBLAS", "SWIFT_BACKTRACE"))
        }
        environment |= {
            "CXR_DICOM_PORT": str(self.port), "CXR_DICOM_BIND": "127.0.0.1", "CXR_DATA_DIR": str(self.data),
            "CXR_RESULTS_HEATMAP": "always", "CXR_STUDY_QUIET_SECONDS": "0", "CXR_CONFIG": "/nonexistent",
            "TMPDIR": str(folder / "tmp"), "HOME": str(folder / "home"),
        }
        environment |= {f"CXR_{name.upper()}": str(value) for name, value in settings.items()}
        super().__init__([self.binary, "serve"], folder, folder / "gateway.log", environment)
        self.answers = folder / "commands.log"

    # ---- the daemon

    def start(self):
        """Returns when images are received."""
        started = self.text().count("receives on port")
        self.launch()

        def is_up():
            assert self.is_running, f"the gateway ended: {self.text()[-2000:]}"
            return self.text().count("receives on port") > started
        wait_for("the gateway receives", is_up, seconds=90)
        self.remember()
        return self

    def roles(self):
        """The running roles by name, with their process ids."""
        found = {}
        for pid in children(self.pid) if self.is_running else []:
            line = arguments(pid)
            if len(line) > 2 and line[1] == "role" and line[2] in ROLES:
                found[line[2]] = pid
                self.seen.add(pid)
        return found

    def kill9(self, what="supervisor"):
        """kill -9 of the supervisor or of one role; returns when that process is gone."""
        self.remember()
        if what == "supervisor":
            kill(self.pid, signal.SIGKILL)
            self.process.wait()
            return
        pid = wait_for(f"{what} runs", lambda: self.roles().get(what))
        kill(pid, signal.SIGKILL)
        wait_for(f"{what} is gone", lambda: not is_alive(pid), pause=0.005)

    # ---- the commands

    def run(self, *words, stdin=None, **settings):
        """Runs one command; returns the finished process with text output. Never fails by itself."""
        environment = self.environment | {f"CXR_{name.upper()}": str(value) for name, value in settings.items()}
        finished = subprocess.run(
            [str(self.binary), *map(str, words)], input=stdin, capture_output=True, text=True, errors="replace",
            env=environment, cwd=self.folder, timeout=120)
        with open(self.answers, "a") as answers:
            answers.write(f"$ {finished.returncode}\n{finished.stdout}{finished.stderr}")
        return finished

    def ask(self, *words):
        """Runs one command with --json and returns its answer; fails if the command does."""
        finished = self.run(*words, "--json")
        assert finished.returncode == 0, f"{' '.join(map(str, words))}: {finished.stderr}"
        return json.loads(finished.stdout)

    def run_as(self, user, *words, stdin=None):
        """Runs one command as another user of the system, by number; returns the finished process."""
        return subprocess.run(
            ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", str(self.binary), *map(str, words)],
            input=stdin, capture_output=True, text=True, timeout=120, cwd="/", env=self.environment)

    def rows(self, query):
        """What the database answers, read beside the running gateway."""
        with sqlite3.connect(f"file:{self.data / 'gateway.sqlite'}?mode=ro", uri=True) as database:
            return database.execute(query).fetchall()

    def add_source(self, title="CR1"):
        self.ask("ae", "add", title, "--role", "source")
        return title

    def add_destination(self, pacs, query="off", **options):
        """Registers a PACS. Most tests send images to the gateway alone, so it is not asked for them by default."""
        words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)]
        self.ask("ae", "add", pacs.title, "--host", "127.0.0.1", "--port", pacs.port, "--role", "destination",
                 "--query", query, *words)

    def states(self):
        """How many images are in which state."""
        return self.ask("status")["instances"]

    def counters(self):
        return self.ask("status")["counters"]

    def journal(self, limit=10_000, **wanted):
        """The journal's entries, or those with the given kind, outcome, …"""
        entries = self.ask("journal", "show", "--limit", limit)
        return [entry for entry in entries if all(entry[name] == value for name, value in wanted.items())]

    def wait_until_idle(self, seconds=120):
        """Returns the states of all images when no work is open."""
        def is_idle():
            status = self.ask("status")
            jobs = {name: count for name, count in status["jobs"].items() if not name.endswith(" dead")}
            return not jobs and not {"received", "clearing", "ready"} & status["instances"].keys() and status
        return wait_for("no work is open", is_idle, seconds, pause=0.3)["instances"]

    def assert_journal_verifies(self):
        finished = self.run("journal", "verify")
        assert finished.returncode == 0, finished.stderr
