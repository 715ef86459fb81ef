"""POST /elc/v1/evidence/proof."""

import base64
from typing import Any

import pytest

from federation.model.refusal import Reason
from tests.node.rest.edge import BEARER, CALLER, FakeServices, edge, message, refused

PATH = "/elc/v1/evidence/proof"


async def asked(services: FakeServices, **data: Any) -> tuple[int, dict[str, Any]]:
    async with edge(services) as client:
        response = await client.post(PATH, json=message(data), headers=BEARER)
        return response.status, await response.json()


async def test_the_file_comes_with_what_its_own_verification_found(services: FakeServices) -> None:
    status, answer = await asked(services, exchangeId="E-2")
    data = answer["data"]

    assert (status, base64.b64decode(data["content"]), data["size"], data["sm3Digest"]) == (200, b"zip", 3, "5c" * 32)
    assert data["checks"] == [{"check": "logs", "state": "PASSED", "message": "条目均在其日志中"}]
    assert services.asked == [(CALLER, ("E-2", True, b""))]


async def test_contents_can_be_left_out_and_the_file_brought(services: FakeServices) -> None:
    await asked(services, exchangeId="E-2", contents=False, file=base64.b64encode(b"OFD").decode())

    assert services.asked == [(CALLER, ("E-2", False, b"OFD"))]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param({}, 400, id="no exchange"),
        pytest.param({"exchangeId": "E-2", "file": "*"}, 400, id="a file that is no base64"),
        pytest.param({"exchangeId": "E-2", "contents": "no"}, 400, id="a word for yes or no"),
    ],
)
async def test_what_cannot_be_read_asks_for_nothing(services: FakeServices, data: dict[str, Any], status: int) -> None:
    assert (await asked(services, **data))[0] == status
    assert services.asked == []


async def test_a_use_that_is_not_the_callers_has_no_proof(services: FakeServices) -> None:
    services.refuse = refused(Reason.NO_RECORD)
    _, answer = await asked(services, exchangeId="E-9")

    assert answer["head"]["status"] == "3"
