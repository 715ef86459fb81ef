"""trust.orders.document: whose order it may be, in which form, with which signatures; one table of refusals."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.sample_identities import make_identities
from tests.trust.orders.makers import ALICE, BOB, CAROL, DAVE, NOW, PROVINCES, key_id, membership, order, signed
from trust import canonical, consent
from trust.errors import OrderError
from trust.orders import CONSENT_REMEMBERED, MAX_DOCUMENT_BYTES, MAX_REASON, Action, Kind, is_over, read, supporters
from trust.orders.document import merged, tls_key_id

OPERATOR = "5a" * 32


def reading(document: bytes, **kwargs: Any) -> Any:
    return read(document, membership(), now=NOW, **kwargs)


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (Kind.KEY, key_id(ALICE)),
        (Kind.TYPE, "11100000000013338W032"),
        (Kind.LINE, "JS-0001"),
        (Kind.UNIT, "11320000DEMA00216X"),
        (Kind.APPLICATION, "ab" * 16),
        (Kind.OPERATOR, OPERATOR),
        (Kind.CONSENT, "ab" * 16),
        (Kind.PEER, BOB),
    ],
    ids=lambda value: value if isinstance(value, Kind) else "",
)
def test_an_order_of_each_kind_reads_back_as_it_was_signed(kind: Kind, subject: str) -> None:
    made = signed(order(kind=kind, subject=subject))

    assert reading(made.to_json()) == made


def test_a_consent_that_was_taken_back_stays_so() -> None:
    lift = signed(order(kind=Kind.CONSENT, subject="ab" * 16, action=Action.LIFT, number=2))

    with pytest.raises(OrderError, match="FINAL"):
        reading(lift.to_json())


@pytest.mark.parametrize(
    ("kind", "days", "over"),
    [
        pytest.param(Kind.CONSENT, 368, False, id="a consent, as long as it could hold"),
        pytest.param(Kind.CONSENT, 369, True, id="a consent, a day later"),
        pytest.param(Kind.LINE, 4_000, False, id="a line"),
    ],
)
def test_the_end_of_a_consent_is_forgotten_when_it_would_have_ended_by_itself(
    kind: Kind, days: int, *, over: bool
) -> None:
    made = signed(order(kind=kind, subject="C-1"))
    later = NOW + timedelta(days=days)

    assert is_over(made.order, later.date()) is over
    if over:
        with pytest.raises(OrderError, match="OVER"):
            read(made.to_json(), membership(), now=later)
    else:
        assert read(made.to_json(), membership(), now=later) == made


def test_a_revocation_is_remembered_for_longer_than_any_consent_holds() -> None:
    assert consent.MAX_VALIDITY + timedelta(days=1) < CONSENT_REMEMBERED


def test_a_province_stops_its_encryption_and_its_channel_key_too() -> None:
    identity = make_identities(PROVINCES)[ALICE]
    for subject in (identity.encryption_certificate.fingerprint, tls_key_id(identity.tls_certificate_pem.decode())):
        assert reading(signed(order(kind=Kind.KEY, subject=subject)).to_json()).order.subject == subject


def edited(change: Callable[[dict[str, Any]], None]) -> bytes:
    """A document whose payload was changed after it was signed."""
    outer = json.loads(signed(order()).to_json())
    payload = json.loads(base64.b64decode(outer["payload"]))
    change(payload)
    outer["payload"] = base64.b64encode(canonical.dumps(payload)).decode()
    return json.dumps(outer).encode()


REFUSED: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"\x00", "MALFORMED"),
    "JSON of another shape": (b"[]", "MALFORMED"),
    "signatures that are a number": (b'{"payload":"","payloadType":"","signatures":7}', "MALFORMED"),
    "nested without end": (b"[" * 60_000, "MALFORMED"),
    "a document beyond its bound": (b" " * (MAX_DOCUMENT_BYTES + 1), "TOO_LARGE"),
    "a payload beyond its bound": (edited(lambda raw: raw.update(reason="x" * 3000)), "TOO_LARGE"),
    "another payload type": (signed(order()).to_json().replace(b".order.", b".membership."), "MALFORMED"),
    "a member more": (edited(lambda raw: raw.update(more="")), "MALFORMED"),
    "a member less": (edited(lambda raw: raw.pop("reason")), "MALFORMED"),
    "a number that is true": (edited(lambda raw: raw.update(number=True)), "MALFORMED"),
    "a text that is a number": (edited(lambda raw: raw.update(subject=7)), "MALFORMED"),
    "an unknown kind": (edited(lambda raw: raw.update(kind="MOON")), "MALFORMED"),
    "an unknown action": (edited(lambda raw: raw.update(action="PAUSE")), "MALFORMED"),
    "an id with a line break": (signed(order(id="a\nb")).to_json(), "MALFORMED"),
    "a subject with spaces": (signed(order(subject="JS 1")).to_json(), "MALFORMED"),
    "an operator by name": (signed(order(kind=Kind.OPERATOR, subject="clerk-7")).to_json(), "MALFORMED"),
    "no reason": (signed(order(reason=" ")).to_json(), "MALFORMED"),
    "a reason that is too long": (signed(order(reason="x" * (MAX_REASON + 1))).to_json(), "MALFORMED"),
    "a reason of two lines": (signed(order(reason="a\nb")).to_json(), "MALFORMED"),
    "a reason with a person's number": (signed(order(reason="持证人 11010519491231002X")).to_json(), "MALFORMED"),
    "issued at no time": (signed(order(issued="yesterday")).to_json(), "MALFORMED"),
    "issued without an offset": (signed(order(issued="2026-01-01T00:00:00")).to_json(), "MALFORMED"),
    "issued in six minutes": (
        signed(order(issued=(NOW + timedelta(minutes=6)).isoformat())).to_json(),
        "FROM_THE_FUTURE",
    ),
    "number zero": (signed(order(number=0)).to_json(), "NUMBER_TOO_HIGH"),
    "a number beyond its time of issue": (
        signed(order(number=round(NOW.timestamp() * 1000) + 1)).to_json(),
        "NUMBER_TOO_HIGH",
    ),
    "a province that is no member": (edited(lambda raw: raw.update(province="990000")), "NOT_A_MEMBER"),
    "a peer that is no member": (signed(order(kind=Kind.PEER, subject="990000")).to_json(), "NOT_A_MEMBER"),
    "a province against itself": (signed(order(kind=Kind.PEER, subject=ALICE)).to_json(), "NOT_OWN"),
    "another province's key": (signed(order(kind=Kind.KEY, subject=key_id(BOB))).to_json(), "NOT_OWN"),
    "a key by another name": (signed(order(kind=Kind.KEY, subject="first")).to_json(), "NOT_OWN"),
    "signed by another province": (signed(order(ALICE), BOB).to_json(), "SIGNATURE_INVALID"),
    "changed after it was signed": (edited(lambda raw: raw.update(subject="JS-0002")), "SIGNATURE_INVALID"),
    "another province's name put on it": (edited(lambda raw: raw.update(province=BOB)), "SIGNATURE_INVALID"),
    "against a peer, without its own province": (
        signed(order(ALICE, kind=Kind.PEER, subject=BOB), CAROL, DAVE).to_json(),
        "SIGNATURE_INVALID",
    ),
    "a key lifted with itself": (
        signed(order(kind=Kind.KEY, subject=key_id(ALICE), action=Action.LIFT)).to_json(),
        "SELF_LIFT",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_document_is_refused_with_its_reason(what: str) -> None:
    document, reason = REFUSED[what]
    with pytest.raises(OrderError) as caught:
        reading(document)
    assert caught.value.reason == reason


def test_signatures_that_do_not_count_are_dropped_and_the_rest_stays() -> None:
    one = order(ALICE, kind=Kind.PEER, subject=BOB)
    whole = signed(one, ALICE, BOB, CAROL)
    spoiled = replace(whole, signatures={**whole.signatures, key_id(DAVE): bytes(64), "ab" * 32: bytes(64)})

    found = reading(spoiled.to_json())

    assert set(found.signatures) == {key_id(ALICE), key_id(CAROL)}
    assert supporters(found, membership()) == {ALICE, CAROL}


def test_signatures_known_before_are_kept_also_where_their_key_is_listed_no_longer() -> None:
    rotation = membership(second_key_of=ALICE)
    known = read(signed(order(), second=True).to_json(), rotation, now=NOW)
    again = merged(known, signed(order()))

    found = read(again.to_json(), membership(), now=NOW, known={known.digest: known}.get)

    assert found.signatures == again.signatures


def test_a_stop_on_a_key_is_lifted_with_another_key_of_the_province() -> None:
    lift = order(kind=Kind.KEY, subject=key_id(ALICE), action=Action.LIFT, number=2)
    found = read(signed(lift, second=True).to_json(), membership(second_key_of=ALICE), now=NOW)

    assert supporters(found, membership(second_key_of=ALICE)) == {ALICE}


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=300))
def test_random_bytes_are_refused_and_nothing_else_happens(data: bytes) -> None:
    with pytest.raises(OrderError):
        reading(data)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_a_damaged_document_reads_as_the_same_order_or_is_refused(data: st.DataObject) -> None:
    document = bytearray(signed(order()).to_json())
    document[data.draw(st.integers(0, len(document) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = reading(bytes(document))
    except OrderError:
        return
    assert found.order == order()
