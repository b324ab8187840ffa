"""The list of what the program consists of is accepted by the formats' own validators; a scan never passes over anything.

Requirement: Swift packages as they were linked, and loaded libraries with versions and licences.
"""
import datetime
import json
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def gateway(make_gateway):
    return make_gateway("software")


@pytest.fixture(scope="module")
def bill(gateway):
    return gateway.ask("sbom")


def test_cyclonedx_is_valid_and_complete(bill):
    """By the project's own schema, and against Package.resolved and the linker's list."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(json.dumps(bill)) is None
    versions = {part["name"].lower(): part["version"] for part in bill["components"]}
    pins = json.loads((REPOSITORY / "Package.resolved").read_text())["pins"]
    for pin in pins:
        assert versions[pin["location"].split("/")[-1].removesuffix(".git").lower()] == pin["state"]["version"]
    for name in ["libc6", "libssl3", "libsqlite3-0", "libdcmtk17", "libopenjp2-7"]:
        installed = subprocess.run(
            ["dpkg-query", "-W", "-f=${Version}", name], capture_output=True, text=True, check=True).stdout
        assert versions[name] == installed, name
    unlicensed = [part["name"] for part in bill["components"] if "licenses" not in part]
    assert not unlicensed, unlicensed


def test_spdx_is_valid(gateway, tmp_path):
    """By spdx-tools."""
    file = tmp_path / "cxrgate.spdx.json"
    file.write_text(json.dumps(gateway.ask("sbom", "--format", "spdx")))
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
    problems = validate_full_spdx_document(parse_file(str(file)))
    assert not problems, [problem.validation_message for problem in problems]


def write(folder, name, ecosystem, package, events, modified=None):
    folder.mkdir(exist_ok=True)
    modified = modified or datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    (folder / f"{name}.json").write_text(json.dumps({
        "schema_version": "1.6.0", "id": name, "modified": modified, "summary": "made for a test",
        "affected": [{"package": {"ecosystem": ecosystem, "name": package},
                      "ranges": [{"type": "ECOSYSTEM", "events": events}]}]}))


def scan(gateway, folder):
    finished = gateway.run("scan", "--advisories", folder, "--json")
    return finished.returncode, json.loads(finished.stdout or "{}")


def test_a_scan_finds_what_applies_and_only_that(gateway, tmp_path):
    folder = tmp_path / "osv"
    swift = "github.com/apple/swift-protobuf"
    write(folder, "OLD-1", "Debian:12", "openssl", [{"introduced": "0"}, {"fixed": "1.1.1"}])
    write(folder, "OTHER-1", "SwiftURL", "github.com/apple/swift-nio", [{"introduced": "0"}])
    assert scan(gateway, folder)[0] == 0
    write(folder, "NEW-1", "Debian:12", "openssl", [{"introduced": "0"}, {"fixed": "99"}])
    write(folder, "NEW-2", "SwiftURL", swift, [{"introduced": "1.0.0"}, {"last_affected": "900.0.0"}])
    code, found = scan(gateway, folder)
    assert code == 1
    assert {(entry["advisory"], entry["part"]) for entry in found["findings"]} == {
        ("NEW-1", "libssl3"), ("NEW-2", "swift-protobuf")}


def test_what_was_not_scanned_is_stale_or_cannot_be_read_fails(gateway, tmp_path):
    assert gateway.run("scan", "--advisories", tmp_path / "none").returncode == 65
    empty = tmp_path / "empty"
    empty.mkdir()
    code, found = scan(gateway, empty)
    assert code == 1 and found["notScanned"] == ["Debian:12", "SwiftURL"]
    half = tmp_path / "half"
    write(half, "D-1", "Debian:12", "nothing", [{"introduced": "0"}])
    code, found = scan(gateway, half)
    assert code == 1 and found["notScanned"] == ["SwiftURL"]
    stale = tmp_path / "stale"
    write(stale, "D-1", "Debian:12", "nothing", [{"introduced": "0"}])
    write(stale, "S-1", "SwiftURL", "nothing", [{"introduced": "0"}], modified="2020-01-01T00:00:00Z")
    code, found = scan(gateway, stale)
    assert code == 1 and found["stale"] == ["SwiftURL"]
    (half / "broken.json").write_text("{")
    code, found = scan(gateway, half)
    assert code == 1 and found["unreadable"] == ["broken.json"]
