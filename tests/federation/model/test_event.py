"""federation.model.event: any CloudEvent of a node out and in, and what is none."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.model.event import MAX_EVENT_BYTES, MAX_ID, Event, read_event
from trust import canonical

EVENT = Event(
    id="n1",
    province="320000",
    type="cn.certmesh.example.v1",
    time="2026-03-01T12:00:00.123+00:00",
    subject="s",
    data={"addressee": "HOLDER", "count": 3},
)
NAME = st.text(st.characters(codec="ascii"), max_size=MAX_ID)
TEXT = st.text(st.characters(codec="utf-8"), max_size=MAX_ID)


@settings(deadline=None, max_examples=60)
@given(
    st.builds(
        Event, id=TEXT, province=TEXT, type=TEXT, time=TEXT, subject=TEXT, data=st.dictionaries(NAME, TEXT, max_size=5)
    )
)
def test_an_event_reads_back(event: Event) -> None:
    assert read_event(event.to_json()) == event


def test_a_member_that_is_no_text_is_none() -> None:
    assert [EVENT.text(name) for name in ("addressee", "count", "absent")] == ["HOLDER", "", ""]


def changed(*, without: str = "", **changes: Any) -> bytes:
    event = json.loads(EVENT.to_json()) | changes
    event.pop(without, None)
    return canonical.dumps(event)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(b" " * (MAX_EVENT_BYTES + 1), id="over 16 KiB"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff", id="no UTF-8"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"[" * 16_000, id="JSON without end"),
        pytest.param(changed(specversion="0.3"), id="an older CloudEvents"),
        pytest.param(changed(data=[]), id="data that are a list"),
        pytest.param(changed(data="text"), id="data that are a text"),
        pytest.param(changed(source="urn:other:320000"), id="another source"),
        pytest.param(changed(id="x" * (MAX_ID + 1)), id="an id that is no exchange's"),
        pytest.param(changed(subject="x" * 513), id="a subject without end"),
        pytest.param(changed(type=7), id="a type that is a number"),
        *(pytest.param(changed(without=name), id=f"no {name}") for name in ("id", "source", "type", "time", "data")),
    ],
)
def test_what_is_no_event(event: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_event(event)
