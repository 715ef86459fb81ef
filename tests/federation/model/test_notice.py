"""federation.model.notice: CloudEvents out and in, without a person in them."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from federation.model.notice import EVENT_TYPE, MAX_EVENT_BYTES, Addressee, Notice, from_event
from tests.federation.strategies import record
from trust import canonical

NOTICE = Notice(
    notice_id="n1",
    exchange_id="e1",
    apply_id="a1",
    provider="320000",
    consumer="310000",
    addressee=Addressee.HOLDER,
    holder_handle="5f1c",
    certificate_identifier="1.2.156.3005.2.1",
    certificate_type_code="T1",
    certificate_type_name="营业执照",
    use_org_code="o1",
    use_org_name="政务服务中心",
    item_code="i1",
    item_name="item",
    use_cause="cause",
    output="DATA",
    use_time="2026-03-01T12:00:00.123+00:00",
)


@settings(deadline=None, max_examples=50)
@given(record(Notice))
def test_a_notice_reads_back(notice: Notice) -> None:
    assert from_event(notice.to_event()) == notice


def test_the_event_has_the_attributes_of_cloudevents() -> None:
    """CloudEvents 1.0, JSON format, structured mode."""
    event = json.loads(NOTICE.to_event())

    assert {name: value for name, value in event.items() if name != "data"} == {
        "specversion": "1.0",
        "id": "n1",
        "source": "urn:certmesh:node:320000",
        "type": "cn.certmesh.certificate.used.v1",
        "time": "2026-03-01T12:00:00.123+00:00",
        "subject": "1.2.156.3005.2.1",
        "datacontenttype": "application/json",
    }


def test_the_event_names_the_holder_by_handle_alone() -> None:
    members = set(json.loads(NOTICE.to_event())["data"])

    assert {name for name in members if "holder" in name} == {"holder_handle"}
    assert not members & {"name", "code", "holder_code", "holder_name", "type_code", "operator"}


def _event(*, without: str = "", data: Any = None, **change: Any) -> bytes:
    event = json.loads(NOTICE.to_event()) | change
    event["data"] = event["data"] | (data or {})
    event["data"].pop(without, None)
    event.pop(without, None)
    return canonical.dumps(event)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(b" " * (MAX_EVENT_BYTES + 1), id="an event over 16 KiB"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff", id="bytes that are not UTF-8"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"[" * 10_000, id="deep nesting"),
        pytest.param(_event(specversion="0.3"), id="an older CloudEvents"),
        pytest.param(_event(type=EVENT_TYPE + "x"), id="an event of another type"),
        pytest.param(_event(without="type"), id="an event without a type"),
        pytest.param(_event(without="data"), id="an event without data"),
        pytest.param(_event(without="use_time"), id="a notice without its time"),
        pytest.param(_event(data={"addressee": "NEIGHBOUR"}), id="an unknown addressee"),
    ],
)
def test_an_event_that_is_no_notice(event: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_event(event)


def test_unknown_members_are_left_out() -> None:
    assert from_event(_event(data={"later": "x"})) == NOTICE
    assert from_event(replace(NOTICE, addressee=Addressee.ISSUER).to_event()).addressee is Addressee.ISSUER
