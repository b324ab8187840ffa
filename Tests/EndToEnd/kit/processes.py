"""Processes of the tests' own: started here, ended here, by their process id."""
import os
import signal
import socket
import subprocess
import time
from pathlib import Path


def free_port():
    """A TCP port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, condition, seconds=60.0, pause=0.1):
    """Returns the first true answer of `condition`; fails, saying `what` did not happen, after `seconds`.

    The limit only ends a test that hangs: no test says how fast something is.
    """
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds:g} s still not: {what}")
        time.sleep(pause)


def is_alive(pid):
    """Whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def children(parent):
    """The process ids of the direct children of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(entry.name))
    return found


def descendants(parent):
    """The process ids of all processes below a process."""
    found = []
    for child in children(parent):
        found += [child, *descendants(child)]
    return found


def arguments(pid):
    """The command line of a process; empty if it is gone."""
    try:
        return [part.decode(errors="replace") for part in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]]
    except OSError:
        return []


def kill(pid, number=signal.SIGKILL):
    """Sends a signal to a process that may be gone already."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


class Service:
    """A process in the background with its output in a file; started again under the same name after it ended."""

    def __init__(self, command, folder, log, environment):
        self.command = [str(part) for part in command]
        self.folder = Path(folder)
        self.log = Path(log)
        self.environment = environment
        self.process = None
        self.seen = set()

    @property
    def pid(self):
        return self.process.pid

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def launch(self):
        assert not self.is_running, "started already"
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=self.folder,
                env=self.environment)
        self.seen.add(self.process.pid)

    def remember(self):
        """Notes the processes below this one, so that none is left behind if it dies."""
        if self.is_running:
            self.seen.update(descendants(self.pid))

    def stop(self, number=signal.SIGTERM, seconds=30):
        """Asks it to end and returns its exit code; kills it, and fails, if it does not."""
        if self.process is None:
            return None
        if self.is_running:
            self.remember()
            kill(self.pid, number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.end()
            raise AssertionError(f"{self.command[0]} does not stop: {self.text()[-2000:]}") from None

    def end(self):
        """Kills it and everything below it that was seen; returns what outlived its parent."""
        self.remember()
        if self.process is not None:
            kill(self.pid)
            self.process.wait()
        try:
            wait_for("its children end", lambda: not self.outliving(), seconds=5)
        except AssertionError:
            pass  # said by what is returned
        outlived = [(pid, arguments(pid)) for pid in self.outliving()]
        for pid, _ in outlived:
            kill(pid)
        return outlived

    def outliving(self):
        """The processes below it that still run though it does not."""
        return [
            pid for pid in self.seen - {self.process.pid if self.process else 0}
            if is_alive(pid) and arguments(pid)[:1] == self.command[:1]
        ]

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""
