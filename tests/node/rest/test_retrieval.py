"""POST /elc/v1/retrieve/file and /retrieve/data. REQUIREMENTS S6 and S7."""

import asyncio
import base64
import contextlib
import json
from datetime import UTC, datetime

import pytest

from federation.model.refusal import Reason, Refusal
from node.ports.retrieving import RetrieveForm
from node.rest.limits import Limits
from node.rest.retrieval import DataAnswer, FileAnswer
from tests.node.rest.edge import (
    BEARER,
    DATA,
    FILE,
    FILE_DATA,
    HOLDER_NAME,
    IDENTIFIER,
    TOKEN,
    Client,
    FakeServices,
    edge,
    logged,
    message,
    refused,
    rows,
)

LARGE = 64 << 20  # more than the buffers of two sockets hold


async def test_a_file_comes_as_its_own_bytes(services: FakeServices) -> None:
    services.content = bytes(range(256)) * 2000
    async with edge(services) as client:
        response = await client.post(FILE, json=message(FILE_DATA), headers=BEARER)
        body = await response.read()

    assert services.content == body
    expected = {
        "Content-Type": "application/ofd",
        "Content-Length": "512000",
        "Content-Disposition": f'attachment; filename="{IDENTIFIER}.ofd"',
        "X-Certmesh-Exchange": "E-3",
        "X-Certmesh-SM3": "5" * 64,
        "X-Certmesh-Original-SM3": "6" * 64,
        "X-Certmesh-Identifier": IDENTIFIER,
        "X-Certmesh-Province": "330000",
        "X-Certmesh-Disputed": "false",
        "X-Certmesh-Verdict": "VALID",
        "X-Certmesh-Copy-Expires": "2026-03-31T08:30:00+00:00",
    }

    assert expected == {name: response.headers[name] for name in expected}
    assert set() == services.open_files


async def test_an_empty_file_is_sent_too(services: FakeServices) -> None:
    services.content = b""
    async with edge(services) as client:
        response = await client.post(FILE, json=message(FILE_DATA), headers=BEARER)

        assert (response.status, await response.read()) == (200, b"")
    assert set() == services.open_files


async def test_a_connection_serves_several_files(services: FakeServices) -> None:
    async with edge(services) as client:
        for _ in range(3):
            response = await client.post(FILE, json=message(FILE_DATA), headers=BEARER)

            assert services.content == await response.read()


async def test_a_range_is_not_a_thing_of_retrieval(services: FakeServices) -> None:
    async with edge(services) as client:
        response = await client.post(FILE, json=message(FILE_DATA), headers=BEARER | {"Range": "bytes=2-3"})

        assert (200, services.content) == (response.status, await response.read())


async def test_a_file_comes_inline(services: FakeServices) -> None:
    async with edge(services) as client:
        response = await client.post(FILE, json=message(FILE_DATA | {"deliver": "INLINE"}), headers=BEARER)
        answer = FileAnswer.model_validate_json(await response.text())

    assert services.content == base64.b64decode(answer.data.content)
    assert (
        answer.data.file_format,
        answer.data.content_type,
        answer.data.size,
        answer.data.sm3_digest,
    ) == ("ofd", "application/ofd", 9, "5" * 64)
    assert set() == services.open_files


async def test_an_inline_copy_says_for_what_and_until_when_it_is(services: FakeServices) -> None:
    async with edge(services) as client:
        response = await client.post(FILE, json=message(FILE_DATA | {"deliver": "INLINE"}), headers=BEARER)
        data = (await response.json())["data"]

    assert {name: data[name] for name in data if "opy" in name} == {
        "isCopy": True,
        "copyCreationTime": "2026-03-01T08:30:00+00:00",
        "copyCreator": "浙江省",
        "copyCause": "办理采矿权变更",
        "copyExpiringTime": "2026-03-31T08:30:00+00:00",
    }


async def test_an_original_is_asked_for_in_so_many_words(services: FakeServices) -> None:
    wish = FILE_DATA | {"deliver": "INLINE", "original": True}
    async with edge(services) as client:
        response = await client.post(FILE, json=message(wish), headers=BEARER)
        data = (await response.json())["data"]

    assert (data["isCopy"], data["copyExpiringTime"], data["verdict"]) == (False, "", "VALID")


async def test_the_copys_end_is_passed_on(services: FakeServices) -> None:
    wish = FILE_DATA | {"copyExpiringTime": "2026-03-02T08:30:00+08:00"}
    async with edge(services) as client:
        response = await client.post(FILE, json=message(wish), headers=BEARER)
        await response.read()
    ((_, form),) = services.asked

    assert isinstance(form, RetrieveForm)
    assert form.expires == datetime(2026, 3, 2, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "wish",
    [
        pytest.param({"copyExpiringTime": "2026-03-02T08:30:00"}, id="a time without an offset"),
        pytest.param({"copyExpiringTime": "2026-03-02T08:30:00Z", "original": True}, id="an original that expires"),
        pytest.param({"copyExpiringTime": "tomorrow"}, id="no time"),
    ],
)
async def test_an_end_that_cannot_be_is_refused(services: FakeServices, wish: dict[str, object]) -> None:
    async with edge(services) as client:
        response = await client.post(FILE, json=message(FILE_DATA | wish), headers=BEARER)
        head = (await response.json())["head"]

    assert (response.status, services.asked) == (400, [])
    assert "data.copyExpiringTime" in head["detail"]


async def test_a_file_too_large_for_inline_is_refused_and_released(services: FakeServices) -> None:
    async with edge(services, limits=Limits(inline_bytes=8)) as client:
        response = await client.post(FILE, json=message(FILE_DATA | {"deliver": "INLINE"}), headers=BEARER)
        head = (await response.json())["head"]

    assert (response.status, head["reason"]) == (200, "TOO_LARGE")
    assert "STREAM" in head["nextStep"]
    assert set() == services.open_files


async def _connect(client: Client) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Ask for a file over a bare connection, and read the head of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port, limit=4096)
    body = json.dumps(message(FILE_DATA)).encode()
    head = f"POST {FILE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    writer.write(head.encode() + f"Authorization: Bearer {TOKEN}\r\n\r\n".encode() + body)
    assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
    return reader, writer


def _large(services: FakeServices) -> None:
    services.spooled_as = services.spool / "large"
    with services.spooled_as.open("wb") as sparse:
        sparse.truncate(LARGE)


async def test_a_caller_that_hangs_up_leaves_no_spooled_file(services: FakeServices) -> None:
    _large(services)
    async with edge(services) as client:
        _reader, writer = await _connect(client)
        writer.transport.abort()
        await asyncio.wait_for(services.released.wait(), timeout=10)

    assert set() == services.open_files


async def test_a_caller_that_does_not_read_is_cut_off(services: FakeServices) -> None:
    _large(services)
    with logged() as stream:
        async with edge(services, limits=Limits(send_s=0.2)) as client:
            _reader, writer = await _connect(client)
            await asyncio.wait_for(services.released.wait(), timeout=10)
            writer.transport.abort()
    line = next(row for row in rows(stream) if row["event"] == "rest.answered")

    assert (line["broken_off"], line["exchange_id"], line["code"]) == (True, "E-3", "0")
    assert set() == services.open_files


async def test_handing_on_ends_when_what_it_rests_on_is_stopped(services: FakeServices) -> None:
    _large(services)
    async with edge(services) as client:
        reader, writer = await _connect(client)
        came = len(await reader.readexactly(1 << 18))
        services.stop = Refusal(reason=Reason.LINE_STOPPED, detail="order o1 of 320000")
        with contextlib.suppress(ConnectionResetError):
            while block := await reader.read(1 << 18):
                came += len(block)
        await asyncio.wait_for(services.released.wait(), timeout=10)
        writer.transport.abort()

    assert came < LARGE
    assert services.cuts == ["E-3"]
    assert set() == services.open_files


async def test_a_refused_file_is_answered_in_json(services: FakeServices) -> None:
    services.refuse = refused(Reason.NOT_DELIVERABLE, "REVOKED")
    async with edge(services) as client:
        response = await client.post(FILE, json=message(FILE_DATA), headers=BEARER)

        assert response.content_type == "application/json"
        assert (await response.json())["head"]["status"] == "11"


async def test_face_data_come_with_the_digest_of_their_mask(services: FakeServices) -> None:
    async with edge(services) as client:
        data = FILE_DATA | {"fields": ["name"], "nodeId": "330000", "orgName": "大厅"}
        response = await client.post(DATA, json=message(data), headers=BEARER)
        answer = DataAnswer.model_validate_json(await response.text())

    face = {"certificateName": "采矿许可证", "certificateHolder": HOLDER_NAME, "issueDate": None}

    assert (1, (face,), "7" * 64, "E-4") == (
        answer.data.total,
        answer.data.data_list,
        answer.data.mask_digest,
        answer.data.exchange_id,
    )
    form = services.asked[0][1]

    assert isinstance(form, RetrieveForm)
    assert (form.fields, form.province) == (("name",), "330000")


@pytest.mark.parametrize(
    ("headers", "head", "key"),
    [
        pytest.param({"Idempotency-Key": "k-1"}, {"requestId": "r-1"}, "k-1", id="the header, where there is one"),
        pytest.param({}, {"requestId": "r-1"}, "r-1", id="else the request id"),
        pytest.param({}, {}, "made-1", id="else the id that the answer names"),
    ],
)
async def test_a_wish_has_a_key(
    services: FakeServices, headers: dict[str, str], head: dict[str, str], key: str
) -> None:
    async with edge(services) as client:
        await client.post(DATA, json=message(FILE_DATA, **head), headers=BEARER | headers)
    form = services.asked[0][1]

    assert isinstance(form, RetrieveForm)
    assert key == form.key


@pytest.mark.parametrize("key", ["", "a b", "x" * 129])
async def test_an_odd_key_is_refused(services: FakeServices, key: str) -> None:
    async with edge(services) as client:
        response = await client.post(DATA, json=message(FILE_DATA), headers=BEARER | {"Idempotency-Key": key})

        assert response.status == 400
        assert "Idempotency-Key" in (await response.json())["head"]["detail"]
