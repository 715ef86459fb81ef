"""/elc/v1/objection: what a line system sends and is told. The rules: tests/node/usecases/objection."""

from typing import Any

import pytest

from node.rest.objection import RAISE_PATH, SHOW_PATH, WITHDRAW_PATH
from tests.node.rest.edge import BEARER, HOLDER_CODE, IDENTIFIER, OTHER_TOKEN, Client, FakeServices, edge, message
from tests.node.rest.objecting import FakeObjecting
from trust.objection import RaisedBy

RAISE_DATA: dict[str, Any] = {
    "raisedBy": "USE_ORG",
    "certificateID": IDENTIFIER,
    "fields": ["KZ_KIND"],
    "claim": "登记有误",
    "applyId": "A-1",
}
OF_HOLDER = {
    **{name: RAISE_DATA[name] for name in ("certificateID", "fields", "claim")},
    "raisedBy": "HOLDER",
    "certificateHolderCode": HOLDER_CODE,
    "certificateHolderTypeCode": "111",
}


async def ask(client: Client, path: str, data: dict[str, Any], key: str = "k", token: str = "") -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else BEARER
    response = await client.post(path, json=message(data), headers={**headers, "Idempotency-Key": key})
    return response.status, await response.json()


async def test_an_objection_is_raised_shown_with_its_answer_and_withdrawn(services: FakeServices) -> None:
    fake = FakeObjecting()
    async with edge(services, objecting=fake) as client:
        status, raised = await ask(client, RAISE_PATH, RAISE_DATA)
        fake.answer("k")
        _, shown = await ask(client, SHOW_PATH, {})
        _, withdrawn = await ask(client, WITHDRAW_PATH, {"objectionId": "O-k"})

    assert status == 200
    assert (raised["data"]["state"], raised["data"]["stateZh"], raised["data"]["dueDate"]) == (
        "OPEN",
        "待受理",
        "2026-03-06",
    )
    (one,) = shown["data"]["dataList"]
    assert one["stateZh"] == "已更正"
    assert one["moves"][0]["correction"] == "ID.2"
    assert "节假日" in one["dueNote"]
    assert one["documents"] == ["{}"]
    assert withdrawn["data"]["withdrawing"]


async def test_what_is_asked_arrives_as_it_was_sent(services: FakeServices) -> None:
    fake = FakeObjecting()
    async with edge(services, objecting=fake) as client:
        await ask(client, RAISE_PATH, {**RAISE_DATA, "issuerAreaCode": "330000"}, "k1")
        await ask(client, RAISE_PATH, OF_HOLDER, "k2")
    unit, holder = fake.cases["k1"][1], fake.cases["k2"][1]

    assert (unit.by, unit.apply_id, unit.owner, unit.holder) == (RaisedBy.USE_ORG, "A-1", "330000", None)
    assert holder.by is RaisedBy.HOLDER
    assert holder.holder is not None
    assert (holder.holder.code, holder.holder.type_code) == (HOLDER_CODE, "111")


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"fields": []}, id="against nothing"),
        pytest.param({"claim": ""}, id="without a claim"),
        pytest.param({"claim": "x" * 1_001}, id="with a claim that is too long"),
        pytest.param({"claim": "a\u2028b"}, id="with a claim of two lines"),
        pytest.param({"raisedBy": "NEIGHBOUR"}, id="of somebody else"),
        pytest.param({"certificateID": ""}, id="to no certificate"),
        pytest.param({"noticeId": "n-1"}, id="of a unit that names a notice"),
        pytest.param({"certificateHolderCode": HOLDER_CODE}, id="of a unit that names a holder"),
        pytest.param({"certificateHolderName": "x"}, id="with a member that there is not"),
        pytest.param({"issuerAreaCode": "33"}, id="to an area that is none"),
    ],
)
async def test_what_is_no_objection_is_refused_and_nothing_is_raised(
    services: FakeServices, changed: dict[str, Any]
) -> None:
    fake = FakeObjecting()
    async with edge(services, objecting=fake) as client:
        _, answer = await ask(client, RAISE_PATH, RAISE_DATA | changed)

    assert answer["head"]["reason"] == "BAD_PARAMETER"
    assert answer["head"]["nextStepZh"]
    assert fake.cases == {}


async def test_a_holder_names_the_certificate_by_the_notice(services: FakeServices) -> None:
    fake = FakeObjecting()
    by_notice = {name: value for name, value in OF_HOLDER.items() if name != "certificateID"}
    async with edge(services, objecting=fake) as client:
        await ask(client, RAISE_PATH, {**by_notice, "noticeId": "n-1"})
    form = fake.cases["k"][1]

    assert (form.notice_id, form.identifier) == ("n-1", "")


async def test_another_system_sees_none_of_it(services: FakeServices) -> None:
    async with edge(services, objecting=FakeObjecting()) as client:
        await ask(client, RAISE_PATH, RAISE_DATA)
        _, all_ = await ask(client, SHOW_PATH, {}, token=OTHER_TOKEN)
        _, one = await ask(client, SHOW_PATH, {"objectionId": "O-k"}, token=OTHER_TOKEN)
        _, taken = await ask(client, WITHDRAW_PATH, {"objectionId": "O-k"}, token=OTHER_TOKEN)

    assert all_["data"]["total"] == 0
    assert (one["head"]["reason"], taken["head"]["reason"]) == ("NO_RECORD", "NO_RECORD")
