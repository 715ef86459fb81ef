"""federation.receipt.document: what is written is read again; what is none is refused. What it proves: tests/node/usecases."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.receipt import Receipt, Rejection, from_json
from federation.receipt.document import MAX_PROVINCES
from trust.envelope import MAX_ENTRY_BYTES, MAX_PATH, LogProof

TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
PROOF = st.builds(
    LogProof,
    entry=TEXT.map(str.encode),
    index=st.integers(0, 2**53 - 1),
    path=st.lists(st.binary(min_size=32, max_size=32), max_size=4).map(tuple),
    checkpoint=TEXT.map(str.encode),
)
CODE = st.from_regex(r"[0-9]{6}", fullmatch=True)
DOCUMENTS = st.dictionaries(CODE, st.lists(TEXT.map(str.encode), max_size=2).map(tuple), max_size=2)
RECEIPT = st.builds(
    Receipt,
    consumer=CODE,
    exchange_id=TEXT,
    requests=st.lists(PROOF, max_size=3).map(tuple),
    answered=PROOF,
    answers=st.dictionaries(CODE, PROOF, max_size=3),
    rejections=st.dictionaries(CODE, st.builds(Rejection, request=PROOF, answer=PROOF), max_size=2),
    stops=DOCUMENTS,
    lists=DOCUMENTS,
)
PLAIN = LogProof(entry=b"{}", index=0, path=(), checkpoint=b"note")
GOOD = Receipt(consumer="320000", exchange_id="e", requests=(PLAIN,), answered=PLAIN).to_dict()


@settings(deadline=None, max_examples=60)
@given(RECEIPT)
def test_what_is_written_is_read_again(receipt: Receipt) -> None:
    assert from_json(receipt.to_json()) == receipt


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200))
def test_bytes_that_are_none_are_refused_and_nothing_else_is_raised(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_json(data)


def proof(**changes: Any) -> dict[str, Any]:
    return {**GOOD, "answered": {**GOOD["answered"], **changes}}


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(proof(entry="x" * (MAX_ENTRY_BYTES + 1)), id="an entry that is too long"),
        pytest.param(proof(path=["00"] * (MAX_PATH + 1)), id="a path that is too long"),
        pytest.param(proof(path=["zz"]), id="a hash that is not hex"),
        pytest.param(proof(path="00"), id="a path that is no list"),
        pytest.param(proof(index="7"), id="an index that is a text"),
        pytest.param(proof(index=True), id="an index that is a truth value"),
        pytest.param({**GOOD, "requests": [GOOD["answered"]] * (MAX_PROVINCES + 1)}, id="too many questions"),
        pytest.param({**GOOD, "answers": {str(n): GOOD["answered"] for n in range(65)}}, id="too many answers"),
        pytest.param({**GOOD, "rejections": {"330000": {"request": GOOD["answered"]}}}, id="half a rejection"),
        pytest.param({**GOOD, "stops": {"330000": [7]}}, id="an order that is no text"),
        pytest.param({name: value for name, value in GOOD.items() if name != "stops"}, id="a member missing"),
    ],
)
def test_what_is_not_in_this_form_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_json(json.dumps(raw).encode())
