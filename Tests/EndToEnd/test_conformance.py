"""The conformance statement claims what the gateway does: every context claimed is negotiated, and some that are not.

Requirement: the documents in Conformance/ are those of the default configuration.
"""
import os
import subprocess
from pathlib import Path

import pytest
from pynetdicom import AE
from pynetdicom.presentation import build_context

REPOSITORY = Path(__file__).resolve().parents[2]
VERIFICATION = "1.2.840.10008.1.1"
COMMITMENT = "1.2.840.10008.1.20.1"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"

# What a chest X-ray gateway might be asked for, and does not claim.
UNCLAIMED = [
    ("1.2.840.10008.5.1.4.1.1.2", EXPLICIT), ("1.2.840.10008.5.1.4.1.1.4", EXPLICIT),
    ("1.2.840.10008.5.1.4.1.1.1.1.1", EXPLICIT), ("1.2.840.10008.5.1.4.1.1.88.34", EXPLICIT),
    ("1.2.840.10008.5.1.4.1.2.2.1", IMPLICIT), ("1.2.840.10008.5.1.4.1.2.2.2", IMPLICIT),
    ("1.2.840.10008.5.1.4.31", IMPLICIT), ("1.2.840.10008.3.1.2.3.3", IMPLICIT),
    ("1.2.840.10008.5.1.4.34.6.1", IMPLICIT), ("1.2.840.10008.5.1.1.9", IMPLICIT),
    ("1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.1.2.2"), ("1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.1.2.1.99"),
    ("1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.1.2.4.100"), ("1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.1.2.4.201"),
    (COMMITMENT, EXPLICIT),
]


@pytest.fixture(scope="module")
def gateway(make_gateway):
    gateway = make_gateway("conformance").start()
    gateway.add_source("CR1")
    gateway.ask("ae", "add", "CR2", "--role", "source", "--host", "127.0.0.1", "--port", "104",
                "--commitment-service", "on")
    return gateway


def accepted(gateway, contexts, calling="CR1"):
    """Which of (abstract, transfer) pairs are accepted, each proposed as a context of its own."""
    entity = AE(calling)
    # Set, not added: the library would merge the syntaxes of one class into one context.
    entity.requested_contexts = [build_context(abstract, syntax) for abstract, syntax in contexts]
    association = entity.associate("127.0.0.1", gateway.port, ae_title="CXRGATE")
    assert association.is_established
    found = {(str(context.abstract_syntax), str(context.transfer_syntax[0]))
             for context in association.accepted_contexts}
    association.release()
    return found


def claimed(gateway, condition):
    contexts = gateway.ask("conformance", "contexts")["accepted"]
    return [(context["abstractSyntax"], syntax) for context in contexts if condition(context)
            for syntax in context["transferSyntaxes"]]


def test_every_context_claimed_is_accepted(gateway):
    plain = claimed(gateway, lambda context: context["abstractSyntax"] != COMMITMENT)
    assert len(plain) == 2 + 3 * 11
    assert accepted(gateway, plain) == set(plain)
    commitment = claimed(gateway, lambda context: context["abstractSyntax"] == COMMITMENT)
    assert accepted(gateway, commitment, calling="CR2") == set(commitment) and commitment


def test_what_is_not_claimed_is_refused(gateway):
    everything = claimed(gateway, lambda context: True)
    assert not (set(UNCLAIMED) - {(COMMITMENT, EXPLICIT)}) & set(everything)
    # Beside one that is: the library ends an association without any.
    echo = (VERIFICATION, EXPLICIT)
    assert accepted(gateway, [echo, *UNCLAIMED]) == {echo}


def test_the_statement_names_what_it_claims_and_follows_the_configuration(gateway):
    text = gateway.run("conformance").stdout
    for abstract, syntax in claimed(gateway, lambda context: True):
        assert abstract in text and syntax in text
    for section in ["1 Overview", "1.6 De-identification", "2 Table of contents", "3 Introduction",
                    "4 Implementation model", "5 Service and interoperability description", "6 Configuration",
                    "7 Network and media communication details", "7.3 Status codes", "8 Security"]:
        assert section in text, section
    assert f"| port | `dicom.port` | {gateway.port} |" in text
    page = gateway.run("conformance", "statement", "--html").stdout
    assert page.startswith("<!DOCTYPE html>") and "http" not in page.replace("http-equiv", "")
    changed = gateway.run("conformance", results_heatmap="never", dicom_ae_title="OTHER").stdout
    assert "`OTHER`" in changed and "| Secondary Capture Image Storage | 1.2.840.10008.5.1.4.1.1.7 | heat maps |" not in changed


def test_the_network_sheet_names_ports_peers_and_nothing_else(gateway):
    sheet = gateway.run("conformance", "network").stdout
    assert str(gateway.port) in sheet and "| CR1 | CR1 | source |" in sheet
    assert "commitment reports" in sheet and "Nothing else is called" in sheet


def test_the_documents_kept_here_are_those_of_the_default_configuration(binary, tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CXR")}
    for name, words in [("ConformanceStatement.md", ["conformance"])]:
        written = subprocess.run(
            [binary, *words], env=environment | {"CXR_CONFIG": str(REPOSITORY / "Config/gateway.yaml")},
            capture_output=True, text=True, check=True, timeout=60).stdout
        kept = (REPOSITORY / "Conformance" / name).read_text()
        assert written == kept, f"renew it: cxrgate {' '.join(words)} --config Config/gateway.yaml > Conformance/{name}"
