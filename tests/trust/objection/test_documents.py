"""trust.objection: the form of its documents, whose signature counts, and that no byte of one can be changed."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trust.objection.makers import IDENTITIES, MEMBERSHIP, move, opened, raised, signed, withdrawn
from tests.trust.orders.makers import ALICE, BOB, NOW
from trust import objection
from trust.errors import ObjectionError
from trust.objection import Move, Raised, RaisedBy, State, Withdrawn

CASE = opened()
DOCUMENTS: list[Raised | Withdrawn | Move] = [
    raised(),
    raised(by=RaisedBy.HOLDER, holder="cd" * 32, application=""),
    withdrawn(CASE.opened),
    move(CASE, State.CHECKING),
    move(CASE, State.CORRECTED, correction="1.2.156.3005.2.T.I.S.002.X"),
    move(CASE, State.REJECTED),
    move(CASE, State.WITHDRAWN, withdrawal="ab" * 32),
]


@pytest.mark.parametrize("record", DOCUMENTS, ids=lambda one: f"{type(one).__name__} {getattr(one, 'state', '')}")
def test_a_document_reads_back_as_it_was_signed_and_is_believed(record: Raised | Withdrawn | Move) -> None:
    made = signed(record)
    read = objection.read(made.to_json())

    objection.verify(read, MEMBERSHIP)

    assert read == made
    assert read.record == record


@pytest.mark.parametrize(
    ("record", "says"),
    [
        pytest.param(raised(holder="cd" * 32), "holder, application", id="of a using unit, with a holder"),
        pytest.param(raised(application=""), "holder, application", id="of a using unit, without the application"),
        pytest.param(raised(by=RaisedBy.HOLDER), "holder, application", id="of a holder who is not named"),
        pytest.param(raised(fields=()), "fields", id="against nothing"),
        pytest.param(raised(fields=("a", "a")), "fields", id="a field twice"),
        pytest.param(raised(fields=("a\nb",)), "fields", id="a field of two lines"),
        pytest.param(raised(claim="x"), "claim", id="a claim that is no commitment"),
        pytest.param(raised(certificate="号 1"), "certificate", id="a certificate that is no reference"),
        pytest.param(raised(due=NOW.date().isoformat()), "due", id="due at once"),
        pytest.param(raised(due=(NOW + timedelta(days=40)).date().isoformat()), "due", id="due in more than a month"),
        pytest.param(raised(due="soon"), "due", id="due on no day"),
        pytest.param(raised(raised="2026-01-01T00:00:00"), "offset", id="a time without an offset"),
        pytest.param(raised(owner="32"), "owner", id="an owner that is no province"),
        pytest.param(move(CASE, State.OPEN), "state", id="a move back"),
        pytest.param(move(CASE, State.REJECTED, reason=" "), "reason", id="a rejection without a reason"),
        pytest.param(move(CASE, State.REJECTED, reason="a\u2028b"), "reason", id="a reason of two lines"),
        pytest.param(move(CASE, State.REJECTED, correction="1.2"), "correction", id="a rejection that corrects"),
        pytest.param(move(CASE, State.WITHDRAWN, withdrawal=""), "withdrawal", id="taken back by nobody"),
        pytest.param(move(CASE, State.CHECKING, number=0), "number", id="a move before the first"),
        pytest.param(move(CASE, State.CHECKING, number=9), "number", id="a move beyond the last"),
    ],
)
def test_what_breaks_a_rule_of_its_form_is_not_signed(record: Raised | Move, says: str) -> None:
    with pytest.raises(ObjectionError, match=says):
        signed(record)


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        pytest.param({"payloadType": "application/json"}, "MALFORMED", id="another type"),
        pytest.param({"payload": base64.b64encode(b"{}").decode()}, "MALFORMED", id="another payload"),
        pytest.param({"signatures": []}, "MALFORMED", id="no signature"),
        pytest.param({"payload": "x" * 20_000}, "TOO_LARGE", id="too much of it"),
    ],
)
def test_a_document_of_another_form_is_not_read(changed: dict[str, Any], word: str) -> None:
    outer = json.loads(signed(raised()).to_json()) | changed

    with pytest.raises(ObjectionError) as caught:
        objection.read(json.dumps(outer).encode())

    assert caught.value.reason == word


def test_only_the_province_that_a_document_is_of_signs_it() -> None:
    for record, other in ((raised(), BOB), (move(CASE, State.CHECKING), ALICE)):
        with pytest.raises(ObjectionError) as caught:
            objection.verify(signed(record, by=other), MEMBERSHIP)

        assert caught.value.reason == "KEY_UNKNOWN"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 255))
def test_no_byte_of_a_document_can_be_changed(place: int, flip: int) -> None:
    document = bytearray(signed(move(CASE, State.CHECKING)).to_json())
    document[place % len(document)] ^= flip

    with pytest.raises(ObjectionError):
        objection.verify(objection.read(bytes(document)), MEMBERSHIP)


def test_the_signature_is_of_the_signers_key() -> None:
    assert signed(raised()).key_id == IDENTITIES[ALICE].signing_certificate.fingerprint
