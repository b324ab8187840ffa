"""Odd associations: what the field sends at negotiation is answered, and never hurts the next one.

Requirement: presentation-context oddities, titles with padding, PDU lengths, roles and asynchronous operations.
"""
import socket

import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGLosslessSV1
from pynetdicom import AE, build_role
from pynetdicom.pdu_primitives import AsynchronousOperationsWindowNegotiation, UserIdentityNegotiation
from pynetdicom.presentation import build_context

from kit.modality import echo
from kit.raw import associate_request, item

CR, CT, VERIFICATION = "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.1"
RAW_CT = "1.2.840.10008.5.1.4.1.1.66"


@pytest.fixture(scope="module")
def gateway(make_gateway):
    gateway = make_gateway("negotiation").start()
    gateway.add_source("CR1")
    return gateway


@pytest.fixture(autouse=True)
def lives(gateway):
    yield
    assert echo(gateway) == "Success"


def associate(gateway, contexts, calling="CR1", ext_neg=(), max_pdu=16382):
    entity = AE(calling)
    for abstract, syntaxes in contexts:
        entity.add_requested_context(abstract, syntaxes)
    return entity.associate("127.0.0.1", gateway.port, ae_title="CXRGATE", ext_neg=list(ext_neg), max_pdu=max_pdu)


def test_128_contexts_of_one_class_are_all_answered(gateway):
    entity = AE("CR1")
    entity.requested_contexts = [build_context(CR, ExplicitVRLittleEndian) for _ in range(128)]
    association = entity.associate("127.0.0.1", gateway.port, ae_title="CXRGATE")
    assert association.is_established and len(association.accepted_contexts) == 128
    association.release()


def test_the_best_transfer_syntax_of_a_context_is_taken(gateway):
    association = associate(gateway, [(CR, [JPEGLosslessSV1, ImplicitVRLittleEndian, ExplicitVRLittleEndian])])
    assert association.accepted_contexts[0].transfer_syntax == [ExplicitVRLittleEndian]
    association.release()


def test_contexts_that_are_not_served_are_refused_one_by_one(gateway):
    association = associate(gateway, [
        (CR, ImplicitVRLittleEndian), (CT, ExplicitVRLittleEndian), (RAW_CT, ExplicitVRLittleEndian),
        (CR, "1.2.840.113619.5.2")])
    assert association.is_established
    assert [context.result for context in association.rejected_contexts] == [3, 3, 4]
    association.release()


def test_roles_windows_and_identities_are_ignored_politely(gateway):
    window, identity = AsynchronousOperationsWindowNegotiation(), UserIdentityNegotiation()
    window.maximum_number_operations_invoked = window.maximum_number_operations_performed = 8
    identity.user_identity_type, identity.primary_field = 1, b"somebody"
    association = associate(
        gateway, [(CR, ExplicitVRLittleEndian), (VERIFICATION, ExplicitVRLittleEndian)],
        ext_neg=[window, identity, build_role(CR, scu_role=True, scp_role=True)])
    assert association.is_established
    assert association.send_c_echo().Status == 0x0000
    association.release()


@pytest.mark.parametrize("max_pdu", [0, 4096, 131072, 1 << 28])
def test_any_pdu_length_is_honoured(gateway, max_pdu):
    association = associate(gateway, [(VERIFICATION, ExplicitVRLittleEndian)], max_pdu=max_pdu)
    assert association.is_established and association.send_c_echo().Status == 0x0000
    association.release()


def answer(gateway, data):
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=30) as peer:
        peer.sendall(data)
        return peer.recv(10)


@pytest.mark.parametrize("title", [b"CR1", b"  CR1", b"CR1\0\0\0\0\0\0\0\0\0\0\0\0\0", b" CR1 \0"])
def test_padding_around_a_title_means_nothing(gateway, title):
    assert answer(gateway, associate_request(title))[0] == 2


@pytest.mark.parametrize("title", [b"", b"\0", b"CR1\r\n", b"CR\0001", "CRÄ".encode(), b"\xff\xfe", b"CR\\1"])
def test_a_title_that_cannot_be_is_refused_with_the_right_reason(gateway, title):
    got = answer(gateway, associate_request(title))
    assert (got[0], got[7], got[8], got[9]) == (3, 1, 1, 3)
    assert "\xff" not in gateway.text()


def test_unknown_user_items_are_skipped(gateway):
    assert answer(gateway, associate_request(b"CR1", extra=item(0x5F, b"whatever") + item(0x99, b"")))[0] == 2
