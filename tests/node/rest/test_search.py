"""POST /elc/v1/search. REQUIREMENTS S5; DESIGN §2.3."""

from typing import Any

import pytest

from federation.model.application import Holder
from federation.model.refusal import Reason
from federation.model.search import Outcome, ProvinceOutcome
from node.ports.services import SearchForm
from node.rest.envelope import RefusedHead
from node.rest.search import SearchAnswer
from tests.node.rest.edge import (
    BEARER,
    HOLDER_CODE,
    HOLDER_NAME,
    SEARCH,
    SEARCH_DATA,
    FakeServices,
    edge,
    message,
    outcome,
)

FULL = {
    "certificateTypeCode": ["MINING"],
    "certificateNumber": "C-1",
    "areaCodes": ["330000"],
    "useFor": "办理",
    "orgName": "大厅",
    "username": "zhang",
    "itemName": "采矿权变更",
    "itemCode": "item-7",
    "businessCode": "b-1",
    "includeInvalid": True,
    "pageNo": 1,
    "pageSize": 20,
    "deadlineMs": 900,
}


async def _search(services: FakeServices, **more: Any) -> SearchAnswer:
    async with edge(services) as client:
        response = await client.post(SEARCH, json=message(SEARCH_DATA | more), headers=BEARER)

        assert response.status == 200
        return SearchAnswer.model_validate_json(await response.text())


async def test_every_field_reaches_the_use_case(services: FakeServices) -> None:
    await _search(services, **FULL)

    expected = SearchForm(
        apply_id="A-1",
        holder=Holder(code=HOLDER_CODE, type_code="111", name=HOLDER_NAME),
        type_codes=("MINING",),
        number="C-1",
        area_codes=("330000",),
        include_invalid=True,
        deadline_ms=900,
    )

    assert expected == services.asked[0][1]


@pytest.mark.parametrize(
    ("page_no", "page_size", "expected"),
    [
        pytest.param(1, 2, ["ID.0", "ID.1"], id="the first page"),
        pytest.param(3, 2, ["ID.4"], id="the last page is short"),
        pytest.param(4, 2, [], id="a page beyond the end is empty"),
        pytest.param(1, 200, [f"ID.{number}" for number in range(5)], id="one page for all"),
    ],
)
async def test_pages_are_cut_from_the_merged_items(
    services: FakeServices, page_no: int, page_size: int, expected: list[str]
) -> None:
    services.items = 5
    answer = await _search(services, pageNo=page_no, pageSize=page_size)

    assert answer.data.total == 5
    assert expected == [found.certificate_id for found in answer.data.data_list]


async def test_an_item_has_the_names_of_s5(services: FakeServices) -> None:
    async with edge(services) as client:
        response = await client.post(SEARCH, json=message(SEARCH_DATA), headers=BEARER)
        found = (await response.json())["data"]["dataList"][0]

    expected = {
        "certificateID": "ID.0",
        "certificateName": "采矿许可证",
        "certificateType": "采矿许可证",
        "certificateTypeCode": "MINING",
        "certificateNumber": "C-0",
        "certificateAreaCode": "330100",
        "dataSource": ["330000", "340000"],
        "issueDept": "浙江省自然资源厅",
        "issueDeptCode": "X",
        "issueDate": "2024-05-01",
        "certificateValidateStart": "2024-05-01",
        "certificateValidateEnd": "",
        "status": "VALID",
        "supersededBy": "",
        "disputed": False,
        "nodeId": "330000",
    }

    assert expected == found


async def test_none_found_is_complete(services: FakeServices) -> None:
    services.items = 0
    services.outcomes = (outcome("330000", Outcome.EMPTY),)
    answer = await _search(services)

    assert (answer.head.status, answer.data.total, answer.data.verdict) == ("0", 0, "COMPLETE")
    assert (answer.data.outcomes[0].code, answer.data.outcomes[0].message) == ("0", "无记录")


async def test_nobody_answered_is_209_and_still_carries_what_came(services: FakeServices) -> None:
    services.outcomes = (
        outcome("330000", Outcome.OK),
        outcome("340000", Outcome.TIMEOUT, Reason.PEER_TIMEOUT),
        outcome("310000", Outcome.DENIED, Reason.TYPE_NOT_OFFERED),
    )
    async with edge(services) as client:
        response = await client.post(SEARCH, json=message(SEARCH_DATA), headers=BEARER)
        answer = await response.json()
    head, data = answer["head"], answer["data"]

    assert (
        response.status,
        head["status"],
        head["reason"],
        head["detail"],
    ) == (200, "209", "INCOMPLETE", "340000 TIMEOUT")
    assert (data["verdict"], data["total"], len(data["dataList"])) == ("INCOMPLETE", 3, 3)
    assert [(row["outcome"], row["code"], row["owner"]) for row in data["outcomes"]] == [
        ("OK", "0", ""),
        ("TIMEOUT", "2", "peer"),
        ("DENIED", "206", "peer"),
    ]


@pytest.mark.parametrize(
    ("lacking", "owner", "detail", "message"),
    [
        pytest.param(
            [outcome("340000", Outcome.ERROR, Reason.PEER_ERROR)],
            "peer",
            "340000 ERROR",
            "结果不完整，部分省（市）未应答（340000）",
            id="a province that was silent",
        ),
        pytest.param(
            [outcome("340000", Outcome.ERROR, Reason.MEMBERSHIP_EXPIRED)],
            "node",
            "340000 MEMBERSHIP_EXPIRED",
            "结果不完整，因本节点原因，未取得部分省（市）的应答（340000）",
            id="one that was not asked by our own fault",
        ),
        pytest.param(
            [outcome("340000", Outcome.ERROR, Reason.OVERLOADED, by="340000")],
            "peer",
            "340000 ERROR",
            "结果不完整，部分省（市）未应答（340000）",
            id="one that says itself that it could not answer",
        ),
        pytest.param(
            [
                outcome("310000", Outcome.TIMEOUT, Reason.PEER_TIMEOUT),
                outcome("340000", Outcome.ERROR, Reason.OVERLOADED),
            ],
            "node",
            "310000 TIMEOUT, 340000 OVERLOADED",
            "结果不完整，因本节点原因，未取得部分省（市）的应答（340000）；部分省（市）未应答（310000）",
            id="one that was silent, and one that was not asked in time",
        ),
        pytest.param(
            [outcome("340000", Outcome.DENIED, Reason.REVIEW_PENDING)],
            "peer",
            "340000 REVIEW_PENDING",
            "结果不完整，部分省（市）尚待人工核验（340000）",
            id="one where a person has to decide did answer",
        ),
        pytest.param(
            [outcome("340000", Outcome.SKIPPED, Reason.PEER_STOPPED)],
            "peer",
            "340000 PEER_STOPPED",
            "结果不完整，部分省（市）已被其他成员共同停用（340000）",
            id="one that is stopped",
        ),
        pytest.param(
            [outcome("340000", Outcome.OK, truncated=True)],
            "caller",
            "340000 TRUNCATED",
            "结果不完整，部分省（市）的证照多于一次可返回的数量，仅列出最新的一部分（340000）",
            id="one that holds more than it answered",
        ),
        pytest.param(
            [
                outcome("310000", Outcome.OK, truncated=True),
                outcome("340000", Outcome.TIMEOUT, Reason.PEER_TIMEOUT),
                outcome("320000", Outcome.ERROR, Reason.PEER_DOWN),
            ],
            "peer",
            "310000 TRUNCATED, 340000 TIMEOUT, 320000 ERROR",
            "结果不完整，部分省（市）未应答（340000、320000）；部分省（市）的证照多于一次可返回的数量，仅列出最新的一部分（310000）",
            id="several, the gravest first",
        ),
    ],
)
async def test_the_head_of_a_partial_answer_names_who_and_why(
    services: FakeServices, lacking: list[ProvinceOutcome], owner: str, detail: str, message: str
) -> None:
    services.outcomes = (outcome("330000", Outcome.OK), *lacking)
    head = (await _search(services)).head

    assert isinstance(head, RefusedHead)
    assert (head.status, head.owner, head.detail, head.message) == ("209", owner, detail, message)
    assert head.next_step_zh


async def test_a_fault_of_our_own_is_told_with_its_own_step(services: FakeServices) -> None:
    services.outcomes = (outcome("330000", Outcome.ERROR, Reason.MEMBERSHIP_EXPIRED),)
    head = (await _search(services)).head

    assert isinstance(head, RefusedHead)
    assert ("certmesh membership adopt" in head.next_step, "certmesh membership adopt" in head.next_step_zh) == (
        True,
        True,
    )
    assert "稍后" not in head.next_step_zh


async def test_an_outcome_says_that_the_answer_was_cut_and_what_to_do(services: FakeServices) -> None:
    services.outcomes = (outcome("330000", Outcome.OK, truncated=True), outcome("340000", Outcome.OK))
    cut, whole = (await _search(services)).data.outcomes

    assert (cut.truncated, cut.code, cut.reason, cut.owner) == (True, "209", "TRUNCATED", "caller")
    assert "缩小范围" in cut.next_step_zh
    assert (whole.truncated, whole.code, whole.reason, whole.next_step_zh) == (False, "0", "", "")
