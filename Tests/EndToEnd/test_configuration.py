"""The configuration as one: `config show`, `check`, `example`, `schema`; what a start takes is what they say.

Requirement: one commented file, its schema without drift, an environment name for every key; every problem at once with
key, value, what is allowed and what to do; the origin of each value; secrets never printed.
"""
import json
from pathlib import Path

import jsonschema
import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
CONFIGURATION = 78


@pytest.fixture(scope="module")
def alone(make_gateway):
    """A data directory on which no daemon works."""
    return make_gateway("alone")


@pytest.fixture(scope="module")
def schema(alone):
    schema = json.loads(alone.run("config", "schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture()
def check(alone, tmp_path):
    """Runs `config check` on text; returns exit code and answer."""
    def run(text, **settings):
        file = tmp_path / "gateway.yaml"
        file.write_text(text)
        # The test gateway's own settings stay out of it.
        environment = {name: value for name, value in alone.environment.items() if not name.startswith("CXR_")}
        alone.environment, saved = environment, alone.environment
        try:
            finished = alone.run("config", "check", file, "--json", **settings)
        finally:
            alone.environment = saved
        return finished.returncode, json.loads(finished.stdout)
    return run


def test_the_files_of_the_repository_are_what_the_command_prints(alone):
    assert (REPOSITORY / "Config/gateway.yaml").read_text() == alone.run("config", "example").stdout
    assert (REPOSITORY / "Config/gateway.schema.json").read_text() == alone.run("config", "schema").stdout


def test_the_example_is_right_for_schema_and_command(schema, check):
    text = (REPOSITORY / "Config/gateway.yaml").read_text()
    schema.validate(yaml.safe_load(text))
    code, answer = check(text)
    assert (code, answer["problems"], answer["warnings"]) == (0, [], [])


@pytest.mark.parametrize("text", [
    "", "dicom:\n", "dicom: {port: 104, ae_title: 'GATE WAY'}", "results: {objects: [key_objects]}",
    "results: {objects: 'key_objects,presentation_state'}", "study: {quiet_seconds: 0.5}",
    "audit: {byte_order_mark: false}", "administration: {operators: [alice, 'group:it']}",
    "dicom: {tls: {port: 2762, certificate: /a.pem, key: /b.pem}}", "journal: {anchors: ['file:/x']}",
])
def test_good_files_are_good_for_schema_and_command(schema, check, text):
    schema.validate(yaml.safe_load(text))
    code, answer = check(text)
    assert code == 0, answer


@pytest.mark.parametrize("text, key", [
    ("dicom: {prot: 104}", "dicom.prot"), ("dicom: {port: 70000}", "dicom.port"), ("dicom: {port: 1.5}", "dicom.port"),
    ("dicom: {ae_title: SEVENTEEN-LETTERS}", "dicom.ae_title"), ("dicom: {bind: localhost}", "dicom.bind"),
    ("results: {heatmap: sometimes}", "results.heatmap"), ("results: {objects: [films]}", "results.objects"),
    ("study: {quiet_seconds: soon}", "study.quiet_seconds"), ("zebra: 1", "zebra"), ("dicom: 104", "dicom"),
    ("dicom: {tls: {key: relative.pem}}", "dicom.tls.key"), ("journal: {anchors: [ftp]}", "journal.anchors"),
    ("audit: {byte_order_mark: perhaps}", "audit.byte_order_mark"), ("journal: {keep_years: 5}", "journal.keep_years"),
])
def test_bad_files_are_bad_for_schema_and_command(schema, check, text, key):
    assert not schema.is_valid(yaml.safe_load(text))
    code, answer = check(text)
    assert code == CONFIGURATION
    problems = answer["problems"]
    assert [problem["key"] for problem in problems] == [key]
    assert problems[0]["remedy"] and "line 1" in problems[0]["place"]


def test_every_problem_is_named_at_once_and_nothing_else_starts(alone):
    finished = alone.run("serve", dicom_port="70000", results_heatmap="sometimes", retention_jobs_days="-1")
    assert finished.returncode == CONFIGURATION
    for key in ("dicom.port", "results.heatmap", "retention.jobs_days"):
        assert key in finished.stderr
    assert "CXR_DICOM_PORT" in finished.stderr and "0…65535" in finished.stderr


def test_a_secret_in_the_wrong_place_is_not_repeated(alone):
    finished = alone.run("config", "check", dicom_tls_key="-----BEGIN PRIVATE KEY-----\nMIIEsecret")
    assert finished.returncode == CONFIGURATION
    assert "dicom.tls.key" in finished.stdout and "MIIEsecret" not in finished.stdout + finished.stderr


def test_the_environment_name_of_every_key_is_heeded(alone):
    rows = alone.ask("config", "show")
    assert len(rows) > 60
    for row in rows:
        assert row["environment"] == "CXR_" + row["key"].upper().replace(".", "_")
    told = {row["key"]: row for row in alone.ask("config", "show", "dicom")}
    assert told["dicom.port"]["value"] == alone.port and told["dicom.port"]["origin"] == "CXR_DICOM_PORT"
    assert told["dicom.ae_title"]["origin"] == "default"


def test_show_says_where_a_value_comes_from(alone, tmp_path):
    file = tmp_path / "gateway.yaml"
    file.write_text("# a site\nstudy:\n  quiet_seconds: 7\n  cap_seconds: 70\n")
    shown = alone.run("config", "show", "study", "--origin", config=file)
    assert shown.returncode == 0
    lines = {line.split()[0]: line for line in shown.stdout.splitlines()}
    assert "CXR_STUDY_QUIET_SECONDS" in lines["study.quiet_seconds"]  # the kit's own setting stands above the file
    assert f"{file}, line 4" in lines["study.cap_seconds"] and " 70 " in lines["study.cap_seconds"]
