"""POST /elc/v1/holder/uses: who used my certificates, page by page; what is lacking, and who left something out, stands in the head."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from federation.model.holder_uses import Place
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.rest.holder_uses import PATH
from tests.node.rest.edge import BEARER, HOLDER_CODE, FakeServices, edge, message
from tests.node.rest.telling import MISSED, FakeHolderUses

ASK = {"holderCode": HOLDER_CODE, "holderTypeCode": "111", "place": "HOME"}


async def ask(services: FakeServices, uses: FakeHolderUses, **changes: Any) -> tuple[int, dict[str, Any]]:
    async with edge(services, holder_uses=uses) as client:
        response = await client.post(PATH, json=message(ASK | changes), headers=BEARER)
        return response.status, await response.json()


async def test_a_use_is_told_with_who_for_what_when_and_who_says_so(services: FakeServices) -> None:
    status, answer = await ask(services, FakeHolderUses())
    row = answer["data"]["dataList"][1]

    assert (status, answer["head"]["status"]) == (200, "0")
    assert (answer["data"]["total"], answer["data"]["verdict"], answer["data"]["receipt"]) == (3, "COMPLETE", None)
    assert (row["useOrgName"], row["itemName"], row["useCause"]) == ("样例大厅", "样例事项", "样例用途")
    assert (row["certificateID"], row["whatZh"], row["told"]) == ("1.2.…0001.1", "使用", True)
    assert row["saidBy"] == [
        {"areaCode": "320000", "role": "CONSUMER", "roleZh": "用证"},
        {"areaCode": "330000", "role": "PROVIDER", "roleZh": "供证"},
    ]


async def test_pages_and_the_receipt_come_when_they_are_asked_for(services: FakeServices) -> None:
    uses = FakeHolderUses()
    _, answer = await ask(services, uses, pageNo=2, pageSize=2, exchangeId="E-9", withReceipt=True)

    assert [one["exchangeId"] for one in answer["data"]["dataList"]] == ["E-2"]
    assert answer["data"]["receipt"]["type"] == "certmesh.holder.uses"
    assert uses.asked[0][1].exchange_id == "E-9"


async def test_at_a_counter_the_operator_and_what_was_signed_go_along(services: FakeServices) -> None:
    uses = FakeHolderUses()
    changes = {"place": "COUNTER", "operatorAccount": "zhang", "expressionSm3": "ab" * 32}
    await ask(services, uses, since="2026-01-01T00:00:00+08:00", **changes)
    form = uses.asked[0][1]

    assert (form.place, form.operator, form.expression) == (Place.COUNTER, "zhang", "ab" * 32)
    assert (form.since, form.until) == (datetime(2025, 12, 31, 16, tzinfo=UTC), None)


@pytest.mark.parametrize(
    ("uses", "words"),
    [
        pytest.param(FakeHolderUses(silent=True), "未应答（340000）", id="a province was silent"),
        pytest.param(FakeHolderUses(found=(MISSED,)), "340000 未列使用 E-7：330000 的存证", id="one left a use out"),
        pytest.param(
            FakeHolderUses(found=(replace(MISSED, certain=True),)), "340000 自己的存证亦证实", id="and its log shows it"
        ),
    ],
)
async def test_what_is_lacking_stands_in_the_head(services: FakeServices, uses: FakeHolderUses, words: str) -> None:
    _, answer = await ask(services, uses)

    assert (answer["head"]["status"], answer["head"]["reason"]) == ("209", "INCOMPLETE")
    assert words in answer["head"]["message"]
    assert "340000" in answer["head"]["detail"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"place": "STREET"}, id="an unknown place"),
        pytest.param({"since": "2026-01-01T00:00:00"}, id="a time without an offset"),
        pytest.param({"expressionSm3": "short"}, id="a digest that is none"),
        pytest.param({"holderTypeCode": ""}, id="no type of number"),
        pytest.param({"pageSize": 201}, id="a page that is too long"),
    ],
)
async def test_a_request_that_is_none_is_refused_before_anybody_is_asked(
    services: FakeServices, changes: dict[str, Any]
) -> None:
    uses = FakeHolderUses()
    status, answer = await ask(services, uses, **changes)

    assert (status, answer["head"]["reason"]) in {
        (400, "BAD_PARAMETER"),
        (400, "MISSING_PARAMETER"),
        (200, "BAD_PARAMETER"),
    }
    assert HOLDER_CODE not in str(answer)
    assert uses.asked == []


async def test_a_refusal_says_where_it_stands_on_record(services: FakeServices) -> None:
    refuse = RefusedError(Reason.LIMIT_REACHED, "holder uses/asker/day: 20", retry_after_s=60, exchange_id="E-1")
    status, answer = await ask(services, FakeHolderUses(refuse=refuse))

    assert (status, answer["head"]["exchangeId"]) == (429, "E-1")
