"""POST /elc/v1/apply/submit. REQUIREMENTS 7.2."""

from typing import Any

import pytest

from federation.model.application import AuthMode, Holder, Operator, Output
from federation.model.refusal import Reason
from node.ports.services import ApplicationForm
from node.rest.application import ApplyAnswer
from tests.node.rest.edge import (
    APPLY,
    APPLY_DATA,
    BEARER,
    CURRENT,
    HOLDER_CODE,
    HOLDER_NAME,
    FakeServices,
    edge,
    message,
    refused,
)


async def test_every_field_reaches_the_use_case(services: FakeServices) -> None:
    async with edge(services) as client:
        await client.post(APPLY, json=message(APPLY_DATA), headers=BEARER)

    expected = ApplicationForm(
        use_list_id="UL-1",
        operator=Operator(account="zhang", name="张三丰", role="窗口", division="一科", terminal="t-1"),
        use_cause="办理采矿权变更",
        item_code="item-7",
        item_name="采矿权变更",
        business_code="b-1",
        biz_num="",
        holder=Holder(code=HOLDER_CODE, type_code="111", name=HOLDER_NAME),
        type_codes=("MINING",),
        auth_mode=AuthMode.DUTY,
        outputs=(Output.FILE, Output.DATA),
        fields=("name",),
        key="made-1",  # the request's id, where no key is sent
    )

    assert expected == services.asked[0][1]


async def test_the_answer_names_every_province_and_no_use_code(services: FakeServices) -> None:
    async with edge(services) as client:
        response = await client.post(APPLY, json=message(APPLY_DATA, requestId="r-1"), headers=BEARER)
        text = await response.text()
    answer = ApplyAnswer.model_validate_json(text)

    assert (
        answer.head.status,
        answer.head.message,
        answer.head.request_id,
        answer.head.node_id,
    ) == ("0", "成功", "r-1", "320000")
    assert (
        answer.data.apply_id,
        answer.data.exchange_id,
        answer.data.state,
        answer.data.use_list_version,
    ) == ("A-1", "E-1", "PASS", 4)
    assert [(row.area_code, row.outcome, row.result) for row in answer.data.verdicts] == [
        ("330000", "OK", "PASS"),
        ("340000", "TIMEOUT", ""),
    ]
    assert [row.code for row in answer.data.verdicts[1].reasons] == ["2"]
    assert "secret-use-code" not in text


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param({"useOrgCode": "11320000000000000A", "useOrgName": "江苏省测试大厅"}, "0", id="the own unit"),
        pytest.param({"useOrgCode": "SOMEBODY-ELSE"}, "17", id="the code of another unit"),
        pytest.param({"useOrgName": "SOMEBODY-ELSE"}, "17", id="the name of another unit"),
    ],
)
async def test_a_unit_in_the_message_must_be_the_callers(
    services: FakeServices, sent: dict[str, Any], status: str
) -> None:
    async with edge(services) as client:
        response = await client.post(APPLY, json=message(APPLY_DATA | sent), headers=BEARER)

        assert (200, status) == (response.status, (await response.json())["head"]["status"])
        assert "SOMEBODY" not in await response.text()


@pytest.mark.parametrize(
    ("reason", "http", "code"),
    [
        pytest.param(Reason.USE_LIST_MISSING, 200, "201", id="a line that is not there is a business answer"),
        pytest.param(Reason.HOLDER_CODE_INVALID, 200, "103", id="a wrong check character is a business answer"),
        pytest.param(Reason.BAD_PARAMETER, 200, "4", id="a parameter that the rules refuse is a business answer"),
        pytest.param(Reason.OVERLOADED, 429, "16", id="load is 429"),
        pytest.param(Reason.LIMIT_REACHED, 429, "16", id="a limit of the line is 429"),
        pytest.param(Reason.INTERNAL, 500, "900", id="a fault of ours is 500"),
    ],
)
async def test_a_refusal_of_the_use_case(services: FakeServices, reason: Reason, http: int, code: str) -> None:
    services.refuse = refused(reason, "field x", retry_after_s=3 if http == 429 else 0)
    async with edge(services) as client:
        response = await client.post(APPLY, json=message(APPLY_DATA), headers=BEARER)
        answer = await response.json()

    assert (http, code, reason) == (response.status, answer["head"]["status"], answer["head"]["reason"])
    assert (answer["head"]["detail"], answer["data"]) == ("field x", None)
    assert ("3" if http == 429 else None) == response.headers.get("Retry-After")
    assert answer["head"]["retryAfter"] == (3 if http == 429 else 0)


async def test_how_an_application_stands_is_told_like_the_application(services: FakeServices) -> None:
    async with edge(services) as client:
        first = await (await client.post(APPLY, json=message(APPLY_DATA), headers=BEARER)).json()
        told = await (await client.post(CURRENT, json=message({"applyId": "A-1"}), headers=BEARER)).json()

    assert services.asked[1][1] == "A-1"
    assert told["data"] == first["data"] | {"exchangeId": "E-6"}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({}, id="no application"),
        pytest.param({"applyId": ""}, id="an empty id"),
        pytest.param({"applyId": "A-1", "holderCode": "x"}, id="a member that does not belong there"),
    ],
)
async def test_a_question_that_names_no_application_is_not_asked(services: FakeServices, data: dict[str, Any]) -> None:
    async with edge(services) as client:
        response = await client.post(CURRENT, json=message(data), headers=BEARER)

    assert (response.status, services.asked) == (400, [])
