"""A de-identification profile that is weaker than Basic says so: in `check`, in the journal, and in the object.

Requirement: nobody weakens de-identification silently.
"""
import json

import pydicom

PROFILE = """
options:
  - modified-dates
rules:
  - "ProtocolName clean"
"""


def notices(gateway):
    finished = gateway.run("journal", "show", "--json")
    assert finished.returncode == 0, finished.stderr
    return [entry for entry in json.loads(finished.stdout) if "de-identification profile" in json.dumps(entry)]


def test_a_weaker_profile_is_journalled_once_and_said_in_check_and_in_the_object(make_gateway, images, tmp_path):
    profile = tmp_path / "ours.yaml"
    profile.write_text(PROFILE)
    gateway = make_gateway("weaker", deidentification_profile=profile).start()
    assert len(notices(gateway)) == 1
    assert "YES" in json.dumps(notices(gateway))
    gateway.stop()
    gateway.start()
    assert len(notices(gateway)) == 1, "the same profile at the next start is no change"
    checked = gateway.run("check").stdout
    assert "WEAKER THAN BASIC" in checked and "rule: ProtocolName clean" in checked

    original, clean = images.synthetic(seed=71, rows=64, columns=64), tmp_path / "clean.dcm"
    assert gateway.run("instance", "deidentify", original, clean).returncode == 0
    before, after = pydicom.dcmread(original), pydicom.dcmread(clean)
    assert after.LongitudinalTemporalInformationModified == "MODIFIED"
    assert any("WEAKER THAN BASIC" in text for text in after.DeidentificationMethod)
    assert after.StudyDate and after.StudyDate != before.StudyDate
    assert gateway.run("instance", "verify", clean, "--original", original).returncode == 0
    assert gateway.run("instance", "verify", original).returncode == 77
    gateway.stop()

    back = make_gateway("weaker").start()
    assert len(notices(back)) == 2, "the way back to Basic is a change as well"
    back.stop()
    gateway.assert_journal_verifies()


def test_a_profile_that_cannot_be_read_is_a_configuration_error(make_gateway, tmp_path):
    profile = tmp_path / "broken.yaml"
    profile.write_text('options: [modified-dates, full-dates]\nrules: ["PatientName keep"]\n')
    finished = make_gateway("broken").run("check", deidentification_profile=profile)
    assert finished.returncode == 78
    assert "DEI-006" in finished.stderr
