"""Untrusted bodies: each is refused with the path of what is wrong and never with its value. REQUIREMENTS §4.1."""

import io
import json
from typing import Any

import pytest

from node.rest.limits import Limits
from tests.node.rest.edge import (
    APPLY,
    APPLY_DATA,
    BEARER,
    DATA,
    FILE,
    FILE_DATA,
    GOOD,
    SEARCH,
    SEARCH_DATA,
    FakeServices,
    edge,
    message,
)

SECRET = "PERSONAL-VALUE"


def _with(data: dict[str, Any], **changes: Any) -> bytes:
    return json.dumps(message(data | changes)).encode()


def _without(data: dict[str, Any], name: str) -> bytes:
    return json.dumps(message({key: value for key, value in data.items() if key != name})).encode()


MALFORMED = [
    pytest.param(SEARCH, b"", 4, "body", id="an empty body"),
    pytest.param(SEARCH, b"{", 4, "body", id="half an object"),
    pytest.param(SEARCH, b"[]", 4, "body", id="an array at the top"),
    pytest.param(SEARCH, b'"' + SECRET.encode() + b'"', 4, "body", id="a bare string at the top"),
    pytest.param(SEARCH, b'{"data":"\xff\xfe"}', 4, "body", id="bytes that are not UTF-8"),
    pytest.param(SEARCH, b'{"data":"\\ud800"}', 4, "body", id="a lone surrogate"),
    pytest.param(SEARCH, b'{"data":' + b"[" * 5000 + b"]" * 5000 + b"}", 4, "body", id="arrays nested 5000 deep"),
    pytest.param(SEARCH, b'{"data":' + b'{"a":' * 5000 + b"1" + b"}" * 5001, 4, "body", id="objects nested 5000 deep"),
    pytest.param(SEARCH, b'{"data":' + b"9" * 9999 + b"}", 4, "body", id="a number of 9999 digits"),
    pytest.param(SEARCH, b"{}", 5, "data", id="no data at all"),
    pytest.param(SEARCH, b'{"head":{},"data":null}', 4, "data", id="null as data"),
    pytest.param(SEARCH, b'{"head":[],"data":{}}', 4, "head", id="an array as head"),
    pytest.param(SEARCH, json.dumps(message(SEARCH_DATA) | {"sign": SECRET}).encode(), 4, "sign", id="a third part"),
    pytest.param(
        SEARCH, json.dumps(message(SEARCH_DATA, nonce=SECRET)).encode(), 4, "head.nonce", id="an unknown head"
    ),
    pytest.param(
        SEARCH, json.dumps(message(SEARCH_DATA, requestId="a b")).encode(), 4, "head.requestId", id="a blank in an id"
    ),
    pytest.param(SEARCH, _without(SEARCH_DATA, "applyId"), 5, "data.applyId", id="a search without an application"),
    pytest.param(SEARCH, _with(SEARCH_DATA, holderCode=SECRET), 4, "data.holderCode", id="an unknown member"),
    pytest.param(SEARCH, _with(SEARCH_DATA, apply_id=SECRET), 4, "data.apply_id", id="a name in our inner spelling"),
    pytest.param(SEARCH, _with(SEARCH_DATA, **{SECRET: 1}), 4, "data.(odd name)", id="a value where a name belongs"),
    pytest.param(SEARCH, _with(SEARCH_DATA, pageNo="1"), 4, "data.pageNo", id="a number written as text"),
    pytest.param(SEARCH, _with(SEARCH_DATA, pageNo=0), 4, "data.pageNo", id="page zero"),
    pytest.param(SEARCH, _with(SEARCH_DATA, pageSize=201), 4, "data.pageSize", id="a page of more than 200"),
    pytest.param(SEARCH, _with(SEARCH_DATA, deadlineMs=0), 4, "data.deadlineMs", id="no time at all"),
    pytest.param(SEARCH, _with(SEARCH_DATA, deadlineMs=10**9), 4, "data.deadlineMs", id="a deadline of days"),
    pytest.param(SEARCH, _with(SEARCH_DATA, includeInvalid=1), 4, "data.includeInvalid", id="a number as truth"),
    pytest.param(SEARCH, _with(SEARCH_DATA, areaCodes=["33"]), 4, "data.areaCodes[0]", id="an area of two digits"),
    pytest.param(SEARCH, _with(SEARCH_DATA, areaCodes=["330000"] * 41), 4, "data.areaCodes", id="41 areas"),
    pytest.param(
        SEARCH,
        _with(SEARCH_DATA, certificateTypeCode=["ok", SECRET + "\n"]),
        4,
        "data.certificateTypeCode[1]",
        id="a line break in a type",
    ),
    pytest.param(
        SEARCH, _with(SEARCH_DATA, certificateTypeCode="T"), 4, "data.certificateTypeCode", id="text for a list"
    ),
    pytest.param(SEARCH, _with(SEARCH_DATA, useFor=SECRET * 30), 4, "data.useFor", id="a purpose of 420 characters"),
    pytest.param(
        SEARCH,
        _with(SEARCH_DATA, certificateHolderCode=SECRET + "\x00"),
        4,
        "data.certificateHolderCode",
        id="a NUL in a holder code",
    ),
    pytest.param(
        SEARCH,
        _with(SEARCH_DATA, certificateHolderTypeCode="1"),
        4,
        "data.certificateHolderTypeCode",
        id="a holder type of one digit",
    ),
    pytest.param(APPLY, _without(APPLY_DATA, "operator"), 5, "data.operator", id="nobody at the counter"),
    pytest.param(
        APPLY, _with(APPLY_DATA, operator={"account": "a"}), 5, "data.operator.name", id="an operator without name"
    ),
    pytest.param(APPLY, _with(APPLY_DATA, holderCode=""), 5, "data.holderCode", id="an empty holder code"),
    pytest.param(APPLY, _with(APPLY_DATA, certificateTypeCodes=[]), 4, "data.certificateTypeCodes", id="no type"),
    pytest.param(APPLY, _with(APPLY_DATA, authMode=SECRET), 4, "data.authMode", id="an unknown ground"),
    pytest.param(APPLY, _with(APPLY_DATA, wantedOutputs=["FAX"]), 4, "data.wantedOutputs[0]", id="an unknown output"),
    pytest.param(APPLY, _with(APPLY_DATA, useCause=""), 4, "data.useCause", id="an empty purpose"),
    pytest.param(FILE, _with(FILE_DATA, deliver="FAX"), 4, "data.deliver", id="a delivery that is not offered"),
    pytest.param(FILE, _with(FILE_DATA, fileFormat="gif"), 4, "data.fileFormat", id="a format that is not offered"),
    pytest.param(FILE, _with(FILE_DATA, certificateID="../etc"), 4, "data.certificateID", id="a path as identifier"),
    pytest.param(FILE, _with(FILE_DATA, nodeId="zj"), 4, "data.nodeId", id="a province in letters"),
    pytest.param(DATA, _with(FILE_DATA, deliver="INLINE"), 4, "data.deliver", id="face data with a delivery"),
    pytest.param(DATA, _with(FILE_DATA, fields=["x"] * 65), 4, "data.fields", id="65 fields"),
]


@pytest.mark.parametrize(("path", "body", "code", "named"), MALFORMED)
async def test_a_malformed_body_is_refused_by_the_name_of_its_fault(
    services: FakeServices, path: str, body: bytes, code: int, named: str
) -> None:
    async with edge(services) as client:
        response = await client.post(path, data=body, headers=BEARER | {"Content-Type": "application/json"})
        text = await response.text()
    head = json.loads(text)["head"]

    assert (400, str(code)) == (response.status, head["status"])
    assert head["detail"].startswith(named + ":")
    assert {"reason", "owner", "nextStep", "requestId", "nodeId", "timestamp", "message"} < head.keys()
    assert SECRET not in text
    assert services.asked == []


@pytest.mark.parametrize("path", GOOD)
async def test_a_head_may_be_left_out(services: FakeServices, path: str) -> None:
    async with edge(services) as client:
        response = await client.post(path, json={"data": GOOD[path]}, headers=BEARER)

        assert response.status == 200


@pytest.mark.parametrize("path", GOOD)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Content-Type": "text/plain"}, 415, id="plain text"),
        pytest.param({"Content-Type": "application/x-www-form-urlencoded"}, 415, id="a form"),
        pytest.param({"Content-Type": "application/json; charset=gbk"}, 415, id="JSON in GBK"),
        pytest.param({"Content-Type": "application/json", "Content-Encoding": "x-odd"}, 415, id="a compressed body"),
        pytest.param({"Content-Type": "application/json; charset=UTF-8"}, 200, id="JSON that says UTF-8"),
    ],
)
async def test_only_plain_json_in_utf8_is_read(
    services: FakeServices, path: str, headers: dict[str, str], status: int
) -> None:
    body = json.dumps(message(GOOD[path])).encode()
    async with edge(services) as client:
        response = await client.post(path, data=body, headers=BEARER | headers)

        assert status == response.status


async def test_a_body_beyond_the_limit_is_refused_unread(services: FakeServices) -> None:
    async with edge(services) as client:
        body = json.dumps(message(SEARCH_DATA | {"useFor": "x" * (1 << 20)})).encode()
        response = await client.post(
            SEARCH, data=io.BytesIO(body), headers=BEARER | {"Content-Type": "application/json"}
        )
        head = (await response.json())["head"]

    assert (response.status, head["reason"]) == (413, "TOO_LARGE")
    assert "1048576" in head["detail"]


async def test_a_body_that_never_comes_is_given_up(services: FakeServices) -> None:
    async def trickle() -> Any:
        yield b'{"head":'
        await services.released.wait()  # never set: the rest does not come

    async with edge(services, limits=Limits(body_s=0.05)) as client:
        response = await client.post(SEARCH, data=trickle(), headers=BEARER | {"Content-Type": "application/json"})

        assert response.status == 408
        assert "body" in (await response.json())["head"]["detail"]
        services.released.set()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", SEARCH, 405, id="a search by GET"),
        pytest.param("POST", "/elc/v1/PERSONAL-VALUE", 404, id="a path that is not there"),
    ],
)
async def test_what_the_router_refuses_has_the_same_shape(
    services: FakeServices, method: str, path: str, status: int
) -> None:
    async with edge(services) as client:
        response = await client.request(method, path)
        text = await response.text()

    assert (status, "4") == (response.status, json.loads(text)["head"]["status"])
    assert SECRET not in text
    assert (status == 405) == ("Allow" in response.headers)
