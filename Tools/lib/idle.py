#!/usr/bin/env python3
"""Start to ready, and what the gateway takes while it has nothing to do, with a long history in its database.

    idle.py EXECUTABLE FOLDER [ROWS]      default 1,000,000 rows: studies, images, results and deliveries in equal parts

Ready is the first answer 200 of /health/ready, asked every 5 ms. Processor time and memory (proportional set size: what is
shared is counted once) are those of all processes, in a minute that begins ten seconds after an image was analysed, so
that the model is loaded. Prints one object in JSON.
"""
import json
import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

STARTS = 5
IDLE_SECONDS = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Gateway:
    def __init__(self, executable, data):
        self.executable, self.data, self.watch = executable, Path(data), free_port()
        self.dicom = free_port()
        self.environment = os.environ | {
            "CXR_DATA_DIR": str(data), "CXR_DICOM_PORT": str(self.dicom), "CXR_DICOM_BIND": "127.0.0.1",
            "CXR_WATCH_PORT": str(self.watch), "CXR_CONFIG": "/nonexistent", "CXR_STUDY_QUIET_SECONDS": "0"}

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.watch}/health/ready", timeout=1) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def start(self):
        """Seconds until it is ready."""
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [self.executable, "serve"], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not self.is_ready():
            if self.process.poll() is not None:
                sys.exit(f"the gateway ended with {self.process.returncode}")
            if time.monotonic() - begun > 60:
                sys.exit("the gateway is not ready after 60 s")
            time.sleep(0.005)
        return time.monotonic() - begun

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def run(self, *words):
        subprocess.run([self.executable, *map(str, words)], env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def processes(self):
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [self.process.pid] + [int(pid) for each in children for pid in each.read_text().split()]

    def processor_seconds(self):
        ticks = 0
        for pid in self.processes():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_mib(self):
        lines = [line for pid in self.processes() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def fill(database, rows):
    """History as it is after the retention of files: everything was delivered."""
    part, begun = rows // 10, 1_760_000_000_000
    connection = sqlite3.connect(database)

    def insert(table, count, values):
        columns = [
            (name, kind) for _, name, kind, needed, fallback, _ in connection.execute(f"PRAGMA table_info({table})")
            if name in values or (needed and fallback is None)]
        plain = {"TEXT": "x", "INTEGER": 1, "BLOB": b"x"}
        connection.executemany(
            f"INSERT INTO {table} ({','.join(name for name, _ in columns)}) VALUES ({','.join('?' * len(columns))})",
            ([values[name](number) if name in values else plain[kind] for name, kind in columns]
             for number in range(count)))

    def identifier(letter):
        return lambda number: f"{letter}{number:031x}"

    def of_study(number):
        return f"a{number // 3:031x}"

    def moment(number):
        return begun + number * 1000
    insert("study", part, {"id": identifier("a")})
    insert("instance", 3 * part, {
        "id": identifier("b"), "study": of_study, "state": lambda _: "delivered", "source": lambda _: "CR1",
        "uid_token": identifier("c"), "received_at": moment, "changed_at": moment})
    insert("result", 3 * part, {
        "id": identifier("d"), "study": of_study, "kind": lambda _: "report", "made_at": moment,
        "path": lambda number: f"outbox/{number:032x}.sealed"})
    insert("job", 3 * part, {
        "id": identifier("e"), "kind": lambda _: "deliver", "subject": identifier("d"),
        "destination": lambda _: "PACS1", "state": lambda _: "done", "made_at": moment, "changed_at": moment})
    connection.commit()
    connection.close()
    return 10 * part


def main():
    executable, folder = sys.argv[1:3]
    rows = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
    gateway = Gateway(executable, Path(folder) / "data")
    found = {"firstSeconds": gateway.start()}
    gateway.stop()
    found["rows"] = fill(gateway.data / "gateway.sqlite", rows)
    starts = []
    for _ in range(STARTS):
        starts.append(gateway.start())
        gateway.stop()
    found["readySeconds"] = statistics.median(starts)
    gateway.start()
    gateway.run("canary")
    time.sleep(10)
    before = gateway.processor_seconds()
    time.sleep(IDLE_SECONDS)
    found["processorShare"] = (gateway.processor_seconds() - before) / IDLE_SECONDS
    found["memoryMiB"] = gateway.memory_mib()
    gateway.stop()
    print(json.dumps(found))


main()
