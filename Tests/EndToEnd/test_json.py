"""The answers for machines: which keys they have, and of which kind; a script that reads them goes on working.

Requirement: `--json` schemas are stable. Kept under `golden/json`; keys of objects that count by name (states, jobs,
counters) are names of ours, not of the schema.
"""
import json

import pytest

from kit.golden import compare

# Members whose keys are data.
BY_NAME = {"instances", "jobs", "counters", "details", "daemon"}
# Lists whose length is the machine's: an unsynchronised clock raises an alarm.
BY_MACHINE = {"alarms"}

COMMANDS = [
    "status", "ae list", "ae show CR1", "queue list --state done", "quarantine list", "journal show --limit 500",
    "journal verify", "keys list", "model list", "model show", "config show", "config history", "config check",
    "actions list", "hold list", "objections list", "version", "trace {image}", "results show {image}", "pause analysis",
    "resume",
]


def shape(value, name=""):
    """Keys and kinds: what any of several rows may have, has a question mark where it may be absent or null."""
    if isinstance(value, dict):
        if name in BY_NAME:
            return {"<name>": kinds(value.values())}
        return {key: shape(inner, key) for key, inner in sorted(value.items())}
    if isinstance(value, list) and name in BY_MACHINE:
        return "list"
    if isinstance(value, list):
        rows = [item for item in value if isinstance(item, dict)]
        if rows and len(rows) == len(value):
            keys = sorted({key for row in rows for key in row})
            return [{key: kinds(row.get(key) for row in rows) for key in keys}]
        return [kinds(value)]
    return kind(value)


def kind(value):
    if value is None:
        return "null"
    return {bool: "flag", int: "number", float: "number", str: "text", list: "list", dict: "object"}[type(value)]


def kinds(values):
    return "|".join(sorted({kind(value) for value in values})) or "nothing"


@pytest.fixture(scope="module")
def gateway(make_gateway, make_recorder, images):
    from kit.modality import send
    gateway = make_gateway("shapes").start()
    gateway.add_source("CR1")
    gateway.add_destination(make_recorder())
    send(gateway, images.synthetic(seed=8300, rows=256, columns=210))
    gateway.wait_until_idle()
    return gateway


@pytest.mark.parametrize("command", COMMANDS)
def test_the_keys_of_an_answer_and_their_kinds_are_the_kept_ones(gateway, command):
    image = next(entry["subject"] for entry in gateway.journal(kind="receive") if entry["subject"])
    answer = gateway.ask(*command.format(image=image).split())
    name = "-".join(word for word in command.split() if not word.startswith(("-", "{")) and not word.isdigit())
    compare(f"json/{name}.json", json.dumps(shape(answer), indent=1, sort_keys=True) + "\n")
