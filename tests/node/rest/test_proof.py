"""POST /elc/v1/evidence/proof."""

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from federation.model.refusal import Reason
from node.ports.proving import Made
from node.ports.services import Caller
from tests.node.rest.edge import BEARER, CALLER, FakeServices, edge, message, refused
from trust import gm
from trust.bundle import read_bundle, write_bundle

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


class _Zip(FakeServices):
    """Its proofs are containers, if not proofs."""

    async def make(
        self, exchange_id: str, *, contents: bool = True, file: bytes = b"", caller: Caller | None = None
    ) -> Made:
        made = await super().make(exchange_id, contents=contents, file=file, caller=caller)
        return replace(made, bundle=write_bundle({"manifest.json": b"{}"}))


async def test_as_a_package_for_the_archive_it_has_an_index_and_its_own_digest(tmp_path: Path) -> None:
    _, answer = await asked(_Zip(spool=tmp_path), exchangeId="E-2", archive=True)
    data = answer["data"]
    package = base64.b64decode(data["content"])

    assert list(read_bundle(package)) == ["index.json", "index.xml", "proof.zip", "sm3sum.txt"]
    assert (data["size"], data["sm3Digest"]) == (len(package), gm.sm3(package).hex())


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
