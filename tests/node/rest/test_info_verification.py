"""POST /elc/v1/verify/info. REQUIREMENTS S8."""

from typing import Any

import pytest

from federation.model.info_verification import Claim
from node.ports.verifying import InfoForm
from tests.node.rest.edge import BEARER, HOLDER_CODE, HOLDER_NAME, INFO, INFO_DATA, FakeServices, edge, message
from tests.node.rest.holding import HANDLE, FakeHolders

CERT_DATA: dict[str, Any] = INFO_DATA["certData"]


async def test_what_is_presented_is_handed_on_and_the_code_comes_back(services: FakeServices) -> None:
    said = CERT_DATA | {"issueDate": "2024-05-01", "surface": {"KZ_NAME": "甲", "KZ_KIND": "乙"}}
    async with edge(services) as client:
        response = await client.post(INFO, json=message(INFO_DATA | {"certData": said}, requestId="r1"), headers=BEARER)
        body = await response.json()
    form = services.asked[0][1]

    assert (response.status, body["head"]["status"]) == (200, "0")
    told = {"exchangeId": "E-6", "nodeId": "330000", "result": 7, "message": "部分信息不正确"}
    assert body["data"] == told | {"disputed": False}
    assert isinstance(form, InfoForm)
    assert (form.holder.code, form.holder.name, form.number, form.key) == (HOLDER_CODE, HOLDER_NAME, "C-1", "r1")
    assert form.basic == (Claim(name="issueDate", value="2024-05-01"),)
    assert form.surface == (Claim(name="KZ_KIND", value="乙"), Claim(name="KZ_NAME", value="甲"))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"certNo": ""}, id="no number"),
        pytest.param({"surface": {f"C{number}": "x" for number in range(65)}}, id="too many face fields"),
        pytest.param({"surface": {"C": "x" * 1001}}, id="a value too long"),
        pytest.param({"other": "x"}, id="an unknown claim"),
    ],
)
async def test_what_cannot_be_compared_is_refused(services: FakeServices, changes: dict[str, Any]) -> None:
    async with edge(services) as client:
        body = message(INFO_DATA | {"certData": CERT_DATA | changes})
        response = await client.post(INFO, json=body, headers=BEARER)

        assert (response.status, services.asked) == (400, [])


async def test_a_handle_stands_for_the_holder(services: FakeServices) -> None:
    holders = FakeHolders()
    async with edge(services, holders=holders) as client:
        checked = {"holderCode": HOLDER_CODE, "holderTypeCode": "111", "holderName": HOLDER_NAME}
        await client.post("/elc/v1/holder/check", json=message(checked), headers=BEARER)
        said = {"certNo": "C-1", "certificateHolderHandle": HANDLE}
        response = await client.post(INFO, json=message(INFO_DATA | {"certData": said}), headers=BEARER)
    form = services.asked[-1][1]

    assert response.status == 200
    assert isinstance(form, InfoForm)
    assert (form.holder.code, form.holder.type_code, form.holder.name) == (HOLDER_CODE, "111", HOLDER_NAME)


async def test_without_number_and_handle_the_holder_is_missing(services: FakeServices) -> None:
    async with edge(services) as client:
        body = message(INFO_DATA | {"certData": {"certNo": "C-1"}})
        response = await client.post(INFO, json=body, headers=BEARER)

        assert (response.status, services.asked) == (400, [])
