"""Consents and handles at the REST edge: every field reaches the use-case, and a handle stands in every interface for the number."""

from typing import Any

import pytest

from federation.model.application import Holder, Output
from node.ports.consenting import ConsentForm, ConsentInquiry
from tests.node.rest.edge import (
    APPLY,
    APPLY_DATA,
    BATCH,
    BEARER,
    DATA,
    HOLDER_CODE,
    HOLDER_NAME,
    OTHER_TOKEN,
    SEARCH,
    SEARCH_DATA,
    FakeServices,
    edge,
    message,
)
from tests.node.rest.holding import CONSENT, ELSEWHERE, HANDLE, NOW, SILENT, TAKEN, FakeConsents, FakeHolders
from trust.consent import Channel, Mode

GIVE, REVOKE, SHOW, CHECK, EXPLAIN = (
    "/elc/v1/consent/give",
    "/elc/v1/consent/revoke",
    "/elc/v1/consent/show",
    "/elc/v1/holder/check",
    "/elc/v1/uselist/explain",
)
NUMBER = {"holderCode": HOLDER_CODE, "holderTypeCode": "111"}
HOLDER = Holder(code=HOLDER_CODE, type_code="111")
GIVE_DATA: dict[str, Any] = {
    **NUMBER,
    "channel": "COUNTER",
    "authMode": "ENTRUST",
    "delegateCode": "x1",
    "delegateTypeCode": "414",
    "granteeAreaCode": "320000",
    "useOrgCode": "11320000000000000A",
    "itemCode": "item-7",
    "certificateTypeCodes": ["MINING"],
    "outputs": ["FILE", "DATA"],
    "fields": ["name"],
    "since": "2026-03-01T16:30:00+08:00",
    "until": "2026-03-01T08:30:00Z",
    "expressionSm3": "5c" * 32,
    "operatorAccount": "zhang",
}


async def posted(path: str, data: dict[str, Any], **fakes: Any) -> dict[str, Any]:
    services = fakes.pop("services", None)
    headers = fakes.pop("headers", BEARER)
    async with edge(services or FakeServices(spool=fakes.pop("spool")), **fakes) as client:
        response = await client.post(path, json=message(data, requestId="r-1"), headers=headers)
        found = await response.json()
        assert isinstance(found, dict)
        return {"http": response.status, **found}


async def test_every_field_of_a_consent_reaches_the_use_case(services: FakeServices) -> None:
    consents = FakeConsents()
    told = await posted(GIVE, GIVE_DATA, services=services, consents=consents)
    ((_, form, key),) = consents.asked

    assert form == ConsentForm(
        channel=Channel.COUNTER,
        mode=Mode.ENTRUST,
        holder=HOLDER,
        delegate=Holder(code="x1", type_code="414"),
        grantee_province="320000",
        grantee_unit="11320000000000000A",
        item_code="item-7",
        type_codes=("MINING",),
        outputs=(Output.FILE, Output.DATA),
        fields=("name",),
        since=NOW,
        until=NOW,
        expression="5c" * 32,
        operator="zhang",
    )
    assert key == "r-1"
    assert told["data"]["consent"] == TAKEN.document.decode()
    assert (told["data"]["state"], told["data"]["useOrgCode"]) == ("IN_FORCE", CONSENT.grantee_unit)


@pytest.mark.parametrize(
    ("path", "data", "state"),
    [
        pytest.param(REVOKE, {**NUMBER, "consentId": "C-1"}, "REVOKED", id="taken back"),
        pytest.param(SHOW, {**NUMBER, "consentId": "C-1"}, "IN_FORCE", id="one shown"),
        pytest.param(SHOW, NUMBER, "IN_FORCE", id="all shown"),
    ],
)
async def test_a_consent_is_taken_back_and_shown(
    services: FakeServices, path: str, data: dict[str, str], state: str
) -> None:
    consents = FakeConsents()
    told = (await posted(path, data, services=services, consents=consents))["data"]
    rows = told["dataList"] if path == SHOW else [told]

    assert consents.asked[0][1] == ConsentInquiry(holder=HOLDER, consent_id=data.get("consentId", ""))
    assert [(one["consentId"], one["state"]) for one in rows] == [("C-1", state)]


async def test_a_consent_that_is_not_held_here_is_never_told_as_taken_back(services: FakeServices) -> None:
    told = await posted(REVOKE, {**NUMBER, "consentId": ELSEWHERE}, services=services, consents=FakeConsents())

    assert (told["data"]["consentId"], told["data"]["state"]) == (ELSEWHERE, "ORDERED")
    assert "未存此授权" in told["data"]["stateZh"]
    assert told["data"]["consent"] == ""


@pytest.mark.parametrize(
    ("path", "changes", "named"),
    [
        pytest.param(GIVE, {"holderCode": ""}, "data.holderCode", id="a consent of nobody"),
        pytest.param(GIVE, {"channel": "POST"}, "data.channel", id="a channel that there is not"),
        pytest.param(GIVE, {"since": "2026-03-01T08:30:00"}, "data.since", id="a time without an offset"),
        pytest.param(GIVE, {"expressionSm3": "abc"}, "data.expressionSm3", id="a digest that is none"),
        pytest.param(GIVE, {"outputs": []}, "data.outputs", id="no outputs"),
        pytest.param(GIVE, {"certificateHolderHandle": "zz"}, "data.certificateHolderHandle", id="no handle"),
    ],
)
async def test_a_field_that_is_wrong_is_named(
    services: FakeServices, path: str, changes: dict[str, Any], named: str
) -> None:
    consents = FakeConsents()
    told = await posted(path, GIVE_DATA | changes, services=services, consents=consents)

    assert named in told["head"]["detail"]
    assert HOLDER_CODE not in str(told)
    assert consents.asked == []


async def test_a_holder_is_checked_for_a_handle(services: FakeServices) -> None:
    told = await posted(CHECK, {**NUMBER, "holderName": HOLDER_NAME}, services=services)
    silent = await posted(
        CHECK, {**NUMBER, "holderName": HOLDER_NAME}, services=services, holders=FakeHolders(refusal=SILENT)
    )

    assert told["data"]["certificateHolderHandle"] == HANDLE
    assert (told["data"]["mintedBy"], told["data"]["outcome"], told["data"]["reason"]) == ("110000", "OK", None)
    assert (silent["data"]["mintedBy"], silent["data"]["outcome"]) == ("320000", "TIMEOUT")
    assert silent["data"]["reason"]["reason"] == "PEER_TIMEOUT"
    assert HOLDER_CODE not in str(told)


def without(data: dict[str, Any], *members: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in members} | {"certificateHolderHandle": HANDLE}


APPLIED = without(APPLY_DATA, "holderName", "holderCode", "holderTypeCode")
SEARCHED = without(SEARCH_DATA, "certificateHolderCode", "certificateHolderTypeCode", "certificateHolderName")
NAMED = {"certificateTypeCode": "MINING", "certificateNumber": "C-1", "certificateHolderHandle": HANDLE}
TAKES = {
    APPLY: APPLIED,
    SEARCH: SEARCHED,
    DATA: {"applyId": "A-1", **NAMED},
    BATCH: {"applyId": "A-1", "items": [{**NAMED, "outputs": ["DATA"]}]},
    EXPLAIN: {"certificateHolderHandle": HANDLE},
    GIVE: without(GIVE_DATA, "holderCode", "holderTypeCode"),
    SHOW: {"certificateHolderHandle": HANDLE},
}


@pytest.mark.parametrize("path", TAKES)
async def test_every_interface_takes_the_handle_in_the_place_of_the_number(services: FakeServices, path: str) -> None:
    holder = Holder(code=HOLDER_CODE, type_code="111", name=HOLDER_NAME)
    holders, consents = FakeHolders(held={("hall", HANDLE): holder}), FakeConsents()
    await posted(path, TAKES[path], services=services, holders=holders, consents=consents)
    asked: Any = (services.asked or consents.asked)[0][1]
    found = asked.named.holder if path in {DATA, BATCH} else asked.holder

    assert (found.code, found.type_code) == (HOLDER_CODE, "111")


@pytest.mark.parametrize("path", TAKES)
async def test_another_systems_handle_is_unknown(services: FakeServices, path: str) -> None:
    held = {("hall", HANDLE): Holder(code=HOLDER_CODE, type_code="111")}
    told = await posted(
        path,
        TAKES[path],
        services=services,
        holders=FakeHolders(held=held),
        headers={"Authorization": f"Bearer {OTHER_TOKEN}"},
    )

    assert (told["head"]["status"], told["head"]["reason"]) == ("103", "HANDLE_UNKNOWN")
    assert services.asked == []


@pytest.mark.parametrize(
    ("path", "data", "reason"),
    [
        pytest.param(
            APPLY, APPLY_DATA | {"certificateHolderHandle": HANDLE}, "BAD_PARAMETER", id="a handle and a number"
        ),
        pytest.param(APPLY, APPLY_DATA | {"holderName": ""}, "MISSING_PARAMETER", id="an application without a name"),
        pytest.param(
            SEARCH, SEARCH_DATA | {"certificateHolderCode": ""}, "MISSING_PARAMETER", id="a search for nobody"
        ),
    ],
)
async def test_a_holder_is_named_in_one_way(
    services: FakeServices, path: str, data: dict[str, Any], reason: str
) -> None:
    held = {("hall", HANDLE): Holder(code=HOLDER_CODE, type_code="111")}
    told = await posted(path, data, services=services, holders=FakeHolders(held=held))

    assert (told["http"], told["head"]["reason"]) == (400, reason)
    assert services.asked == []
