"""POST /elc/v1/verify/file. REQUIREMENTS S8."""

import base64
import io
import json
from typing import Any

import pytest

from node.rest.limits import Limits
from node.rest.verification import MAX_CONTENT
from tests.node.rest.edge import BEARER, CALLER, VERIFY, VERIFY_DATA, FakeServices, edge, message


async def post(
    services: FakeServices, data: dict[str, Any], limits: Limits | None = None
) -> tuple[int, dict[str, Any]]:
    async with edge(services, limits=limits) as client:
        body = io.BytesIO(json.dumps(message(data)).encode())  # the client warns of large bodies that are plain bytes
        response = await client.post(VERIFY, data=body, headers=BEARER | {"Content-Type": "application/json"})
        return response.status, await response.json()


async def test_the_file_reaches_the_service_and_its_answer_the_caller(services: FakeServices) -> None:
    status, body = await post(services, VERIFY_DATA)

    assert services.asked == [(CALLER, (b"OFD", "MINING"))]
    assert (status, body["head"]["status"]) == (200, "0")
    assert body["data"] == {
        "exchangeId": "E-5",
        "result": 1,
        "message": "电子印章或签名核验未通过",
        "problem": "",
        "report": {"verdict": "UNSIGNED"},
    }


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        pytest.param({}, "data.content: this field is mandatory", id="no file"),
        pytest.param({"content": "not base64!"}, "data.content: not base64", id="not base64"),
        pytest.param(
            {"content": "T0ZE", "contentType": "hex"}, "data.contentType: Input should be 'base64'", id="another coding"
        ),
    ],
)
async def test_a_request_without_a_readable_file_is_refused(
    services: FakeServices, data: dict[str, Any], detail: str
) -> None:
    status, body = await post(services, data)

    assert (status, body["head"]["detail"]) == (400, detail)
    assert services.asked == []


async def test_a_file_may_be_larger_than_other_requests_and_is_bounded_too(services: FakeServices) -> None:
    largest = base64.b64encode(bytes(MAX_CONTENT)).decode()
    limits = Limits(body_bytes=1000)
    taken, _ = await post(services, {"content": largest}, limits)
    refused, body = await post(services, {"content": largest + "A" * (128 << 10)}, limits)

    assert (taken, refused) == (200, 413)
    assert body["head"]["reason"] == "TOO_LARGE"
