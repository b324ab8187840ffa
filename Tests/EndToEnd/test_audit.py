"""Every entry of the journal comes to a real collector as a PS3.15 A.5 audit message, over TLS, also after an outage.

Requirement: valid against the standard's schema; server verified; nothing is lost while the collector is away.
"""
import shutil
import subprocess

import pytest

from kit.collector import Collector
from kit.modality import send
from kit.processes import wait_for


@pytest.fixture(scope="module")
def collector(folder):
    collector = Collector(folder / "collector").start()
    yield collector
    collector.end()


@pytest.fixture(scope="module")
def audited(make_gateway, pacs, images, collector):
    gateway = make_gateway("audited", journal_anchors="syslog", journal_anchor_seconds=1, **collector.settings())
    gateway.start()
    gateway.add_source("CR1")
    gateway.add_destination(pacs)
    send(gateway, images.synthetic(seed=7100))
    assert gateway.wait_until_idle() == {"delivered": 1}
    return gateway


def test_every_entry_of_the_journal_arrives_as_a_valid_message(audited, collector, data, tmp_path):
    """One message for each entry, and xmllint takes each with the schema of PS3.15 2026c."""
    count = len(audited.journal())
    assert count > 15
    found = collector.wait_for_entries(count)
    for number, text in found.items():
        (tmp_path / f"{number}.xml").write_text(text)
    assert shutil.which("xmllint"), "apt-get install libxml2-utils"
    schema = data / "standard/audit/dicom-audit-message-2026c.xsd"
    finished = subprocess.run(
        ["xmllint", "--noout", "--schema", schema, *tmp_path.glob("*.xml")], capture_output=True, text=True)
    assert finished.returncode == 0, [line for line in finished.stderr.splitlines() if not line.endswith("validates")]
    assert any("110104" in text and "AETITLES=CR1" in text for text in found.values()), "no transfer from CR1"
    assert all(line.startswith("85 cxrgate ") for line in collector.lines())


def test_checkpoints_arrive_too(audited, collector):
    """An anchor of its own: size, root and the whole note in one line."""
    line = wait_for("a checkpoint", lambda: [line for line in collector.lines() if " CHECKPOINT " in line])[-1]
    assert "size=" in line and "note=" in line


def test_nothing_is_lost_while_the_collector_is_away(audited, collector):
    """What happens meanwhile comes when it is back, also what was written into the broken connection."""
    collector.stop()
    for number in range(20):
        audited.ask("ae", "add", f"CR{number + 100}", "--role", "source")
    audited.assert_journal_verifies()
    collector.start()
    collector.wait_for_entries(len(audited.journal()) - 1, seconds=120)


def test_a_restarted_gateway_goes_on_where_it_was(audited, collector):
    """The end and the start are told, and nothing in between is missing."""
    audited.stop()
    audited.start()
    found = collector.wait_for_entries(len(audited.journal()) - 1, seconds=120)
    assert any("110121" in text for text in found.values()), "the end was not told"


def test_a_collector_that_is_not_trusted_hears_nothing(make_gateway, collector):
    """Its certificate was issued by another authority: CHN-004 in the log, work goes on, nothing is sent."""
    gateway = make_gateway("mistrusting", dicom_ae_title="MISTRUSTING", **collector.settings(authority="stranger")).start()
    gateway.add_source("CR1")
    wait_for("it complains", lambda: "CHN-004" in gateway.text())
    gateway.stop()
    assert collector.lines() and not [line for line in collector.lines() if "MISTRUSTING" in line]


def test_without_tls_nothing_leaves_the_machine(make_gateway):
    """Plain transport to an address that is not this machine's own is refused before any connection."""
    gateway = make_gateway("plain", audit_host="192.0.2.1", audit_port=514, audit_transport="udp").start()
    wait_for("it complains", lambda: "CHN-007" in gateway.text())
    gateway.stop()
