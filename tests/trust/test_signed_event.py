"""trust.signed_event: whose signature over an event counts, and that no byte of it can be changed."""

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.model.event import Event
from federation.sample_identities import make_identities, make_membership
from tests.trust.membership.chain import fresh
from tests.trust.orders.makers import ALICE, BOB, NOW, PROVINCES
from trust import canonical, signed_event
from trust.envelope import pae
from trust.errors import EventError
from trust.gm import second_opinion
from trust.local import LocalIdentity
from trust.membership import Closed, Key, KeyUsage, Membership
from trust.signed_event import MAX_DOCUMENT_BYTES, MAX_EVENT_BYTES, SignedEvent

IDENTITIES = make_identities(PROVINCES)
MEMBERSHIP = make_membership(IDENTITIES)
EVENT = Event(
    id="n1", province=ALICE, type="cn.certmesh.example.v1", time=NOW.isoformat(), subject="s", data={"a": "样例"}
)


def signed(event: bytes = EVENT.to_json(), identity: LocalIdentity = IDENTITIES[ALICE]) -> SignedEvent:
    return signed_event.sign(event, certificate=identity.signing_certificate, signer=identity.signing_key.sign)


def refusal(one: SignedEvent, membership: Membership = MEMBERSHIP) -> str:
    with pytest.raises(EventError) as caught:
        signed_event.verify(one, membership)
    return caught.value.reason


def test_an_event_is_believed_of_the_province_that_signed_it_and_reads_back() -> None:
    one = signed()

    assert signed_event.read(one.to_json()) == one
    assert signed_event.verify(one, MEMBERSHIP) == ALICE


def test_another_library_believes_it_too() -> None:
    """The document is DSSE, and gmssl judges the signature."""
    outer = json.loads(signed().to_json())
    payload, (signature,) = base64.b64decode(outer["payload"]), outer["signatures"]
    message = pae("application/cloudevents+json", payload)

    assert outer["payloadType"] == "application/cloudevents+json"
    point = IDENTITIES[ALICE].signing_certificate.public_key.point
    assert second_opinion.verify(point, message, base64.b64decode(signature["sig"]))


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        pytest.param(signed(identity=IDENTITIES[BOB]), "KEY_UNKNOWN", id="signed by another member"),
        pytest.param(signed(replace(EVENT, province="990000").to_json()), "NOT_A_MEMBER", id="of no member"),
        pytest.param(
            replace(signed(), event=replace(EVENT, id="n2").to_json()), "SIGNATURE_INVALID", id="another event"
        ),
        pytest.param(replace(signed(), signature=bytes(64)), "SIGNATURE_INVALID", id="no signature of anything"),
        pytest.param(signed(b"{}"), "MALFORMED", id="no source"),
        pytest.param(signed(b"[]"), "MALFORMED", id="no object"),
        pytest.param(signed(b"[" * 10_000), "MALFORMED", id="JSON without end"),
        pytest.param(signed(replace(EVENT, time="2026-03-01T12:00:00").to_json()), "MALFORMED", id="no offset"),
        pytest.param(signed(replace(EVENT, time="yesterday").to_json()), "MALFORMED", id="no time"),
    ],
)
def test_an_event_that_is_not_believed(one: SignedEvent, reason: str) -> None:
    assert refusal(one) == reason


def after(closed: Closed, *, until_minutes: int) -> Membership:
    """Alice has another key since some minutes after the event; her old one was given up for this reason."""
    old, new = IDENTITIES[ALICE], fresh(ALICE)
    key = Key(
        key_id=old.signing_certificate.fingerprint,
        usage=KeyUsage.SIGNING.value,
        since=(NOW - timedelta(days=1)).isoformat(),
        until=(NOW + timedelta(minutes=until_minutes)).isoformat(),
        reason=closed.value,
    )
    members = tuple(
        replace(one, keys=(key,)) if one.province == ALICE else one
        for one in make_membership({**IDENTITIES, ALICE: new}).members
    )
    return replace(MEMBERSHIP, members=members)


@pytest.mark.parametrize(
    ("membership", "counts"),
    [
        pytest.param(after(Closed.ROTATED, until_minutes=1), True, id="rotated after the event"),
        pytest.param(after(Closed.ROTATED, until_minutes=-10), False, id="rotated before the event"),
        pytest.param(after(Closed.COMPROMISED, until_minutes=1), False, id="compromised"),
    ],
)
def test_a_key_that_was_given_up_counts_for_what_was_before(membership: Membership, *, counts: bool) -> None:
    if counts:
        assert signed_event.verify(signed(), membership) == ALICE
    else:
        assert refusal(signed(), membership) == "KEY_UNKNOWN"


@pytest.mark.parametrize(
    ("event", "certificate", "signature", "reason"),
    [
        pytest.param(b"{}", b"", b"", "MALFORMED", id="not signed"),
        pytest.param(b"{}", b"der", bytes(64), "MALFORMED", id="no certificate"),
        pytest.param(bytes(MAX_EVENT_BYTES + 1), b"der", bytes(64), "TOO_LARGE", id="too large"),
        pytest.param(b"{}", bytes(4097), bytes(64), "TOO_LARGE", id="a certificate that is too large"),
    ],
)
def test_parts_that_make_no_event(event: bytes, certificate: bytes, signature: bytes, reason: str) -> None:
    with pytest.raises(EventError) as caught:
        signed_event.of_parts(event, certificate, signature)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{}", id="no members"),
        pytest.param(b"[" * 10_000, id="JSON without end"),
        pytest.param(bytes(MAX_DOCUMENT_BYTES + 1), id="too large"),
        pytest.param(
            canonical.dumps({**json.loads(signed().to_json()), "payloadType": "text/plain"}), id="another type"
        ),
        pytest.param(canonical.dumps({**json.loads(signed().to_json()), "signatures": []}), id="no signature"),
    ],
)
def test_a_document_that_is_none(document: bytes) -> None:
    with pytest.raises(EventError):
        signed_event.read(document)


def test_the_largest_event_fits_into_a_document() -> None:
    largest = canonical.dumps({"source": "urn:certmesh:node:310000", "data": "x" * (MAX_EVENT_BYTES - 48)})
    assert len(largest) <= MAX_EVENT_BYTES
    assert signed_event.read(signed(largest).to_json()).event == largest


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_bit_of_a_document_can_be_changed(data: st.DataObject) -> None:
    document = bytearray(_DOCUMENT)
    at = data.draw(st.integers(0, len(document) - 1))
    document[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        changed = signed_event.read(bytes(document))
        signed_event.verify(changed, MEMBERSHIP)
    except EventError:
        return
    assert (changed.event, changed.signature) == (EVENT.to_json(), _SIGNED.signature)


_SIGNED = signed()
_DOCUMENT = _SIGNED.to_json()


def test_the_signature_is_no_message_of_another_kind() -> None:
    """A signed request to a webhook, a checkpoint and an envelope begin otherwise."""
    assert pae(signed_event.PAYLOAD_TYPE, b"").startswith(b"DSSEv1 28 application/cloudevents+json ")
