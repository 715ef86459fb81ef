"""The letters' desk: what became of notices, and dead ones that go again. Over the admin port, with its managers. Clause 8.4."""

from datetime import timedelta
from typing import Any, Self

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from node.admin.app import make_admin_app
from node.admin.notices import notice_routes
from node.admin.paths import NOTICES_PATH
from node.metrics import Levels, Metrics
from node.ports.notices import OutboxState
from node.ports.store import Nouns
from node.usecases.workshop.managers import Manager, Role
from tests.node.usecases.mesh import HOLDER, JIANGSU, OPERATOR, ZHEJIANG, Mesh, record
from tests.node.usecases.test_notice import drain, pending, received, use
from trust import gm

OPERATOR_TOKEN = {"Authorization": "Bearer t"}
REVIEWER = {"Authorization": "Bearer reviewer"}
EDITOR = {"Authorization": "Bearer editor"}
MANAGERS = (
    (gm.sm3(b"reviewer").hex(), Manager(account="wang.wu", roles=frozenset({Role.REVIEW}))),
    (gm.sm3(b"editor").hex(), Manager(account="li.si", roles=frozenset({Role.EDIT}))),
)
GROUND = {"law": "个人信息保护法", "article": "第三十五条", "until": "2999-01-01T00:00:00+08:00"}


class Desk:
    """Zhejiang's admin port."""

    def __init__(self, mesh: Mesh) -> None:
        one = mesh.zhejiang
        app = make_admin_app(
            administration=None,  # type: ignore[arg-type]  # none of its commands is given here
            metrics=Metrics(Levels),
            token="t",
            ready=lambda: True,
            managers=MANAGERS,
            lists=notice_routes(one.letters, one.deferrals, one.store, one.vault),
        )
        self.client: TestClient[web.Request, web.Application] = TestClient(TestServer(app))

    async def __aenter__(self) -> Self:
        await self.client.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()

    async def get(self, path: str = "", headers: dict[str, str] = OPERATOR_TOKEN) -> dict[str, Any]:
        response = await self.client.get(NOTICES_PATH + path, headers=headers)
        told: dict[str, Any] = await response.json()
        return {"status": response.status, **told}

    async def post(self, path: str, body: dict[str, Any], headers: dict[str, str] = REVIEWER) -> dict[str, Any]:
        response = await self.client.post(NOTICES_PATH + path, json=body, headers=headers)
        told: dict[str, Any] = await response.json()
        return {"status": response.status, **told}


async def dead(mesh: Mesh, *serials: str) -> list[str]:
    """Uses whose notices to Jiangsu are dead; the notices' ids, oldest first."""
    for serial in serials:
        await use(mesh, record(ZHEJIANG, serial=serial))
    items = mesh.zhejiang.store.read.notices.letters(JIANGSU, OutboxState.PENDING, None, 99)

    def bury(nouns: Nouns) -> None:
        for item in items:
            nouns.notices.settle(item.seq, OutboxState.DEAD, mesh.clock(), detail="NO")

    await mesh.zhejiang.store.transact(bury)
    return [item.notice_id for item in reversed(items)]


async def test_dead_notices_are_listed_page_by_page_and_counted_without_a_person(mesh: Mesh) -> None:
    ids = await dead(mesh, "1", "2", "3")
    async with Desk(mesh) as desk:
        first = await desk.get("?limit=2")
        second = await desk.get(f"?limit=2&before={first['next']}")
        waiting = await desk.get("?state=pending")
        others = await desk.get("?target=340000", REVIEWER)

    assert [one["notice"] for one in (*first["letters"], *second["letters"])] == ids[::-1]
    assert {one["detail"] for one in first["letters"]} == {"NO"}
    assert (second["next"], waiting["letters"], others["letters"]) == (0, [], [])
    assert {"target": JIANGSU, "state": "DEAD", "count": 3} in first["counts"]
    assert not [one for one in (HOLDER.code, HOLDER.name, OPERATOR.account) if one in str((first, second))]


async def test_one_notice_is_shown_with_what_it_says_and_what_became_of_it(mesh: Mesh) -> None:
    await use(mesh)
    await drain(mesh)
    (letter,) = mesh.zhejiang.store.read.notices.letters(JIANGSU, OutboxState.DELIVERED, None, 9)
    async with Desk(mesh) as desk:
        shown = await desk.get(f"/one?id={letter.notice_id}")
        unknown = await desk.get("/one?id=n9")

    assert (shown["letters"][0]["state"], shown["letters"][0]["receipt"]) == ("DELIVERED", letter.receipt)
    assert (shown["data"]["item_name"], shown["data"]["provider"]) == ("样例事项", ZHEJIANG)
    assert (unknown["status"], unknown["refusal"]["reason"]) == (409, "NO_RECORD")


@pytest.mark.parametrize(
    ("which", "count"),
    [
        pytest.param(lambda ids: {"notice": ids[0]}, 1, id="one notice"),
        pytest.param(lambda ids: {"notice": ids[0], "target": JIANGSU}, 1, id="one notice at one target"),
        pytest.param(lambda _: {"target": JIANGSU}, 3, id="all of a target"),
    ],
)
async def test_dead_notices_go_again_on_record_and_arrive_once(mesh: Mesh, which: Any, count: int) -> None:
    ids = await dead(mesh, "1", "2", "3")
    mesh.zhejiang.woken.clear()
    async with Desk(mesh) as desk:
        told = await desk.post("/resend", which(ids))
        again = await desk.post("/resend", {"notice": ids[0]})
    await drain(mesh)
    entries = mesh.zhejiang.entries(type="NOTICE", step="resent")

    assert (told["sent"], again["refusal"]["reason"]) == ({JIANGSU: count}, "NO_RECORD")
    assert len(received(mesh, JIANGSU)) == len(entries) == count
    assert {one["manager"] for one in entries} == {mesh.zhejiang.vault.digest("manager", "wang.wu")}
    assert pending(mesh) == {"DELIVERED": count} | ({"DEAD": 3 - count} if count < 3 else {})
    assert mesh.zhejiang.woken == [JIANGSU]


async def test_what_waits_for_a_target_is_tried_at_once_on_demand(mesh: Mesh) -> None:
    await use(mesh)
    mesh.zhejiang.woken.clear()
    async with Desk(mesh) as desk:
        told = await desk.post("/resend", {"target": JIANGSU}, OPERATOR_TOKEN)
        nobody = await desk.post("/resend", {"target": "webhook/none"}, OPERATOR_TOKEN)

    assert (told["sent"], mesh.zhejiang.woken) == ({JIANGSU: 0}, [JIANGSU])
    assert nobody["refusal"]["reason"] == "NO_RECORD"


async def test_who_says_not_what_to_send_again_is_asked(mesh: Mesh) -> None:
    async with Desk(mesh) as desk:
        told = await desk.post("/resend", {}, OPERATOR_TOKEN)

    assert (told["status"], told["refusal"]["reason"]) == (409, "BAD_PARAMETER")


async def test_a_deferral_is_given_shown_and_ended(mesh: Mesh) -> None:
    exchange_id = await use(mesh)
    async with Desk(mesh) as desk:
        given = await desk.post("/defer", {"exchange": exchange_id, **GROUND} | {"until": until(mesh)})
        listed = await desk.get("/deferrals")
        waiting = await desk.get("?state=deferred")
        ended = await desk.post("/release", {"id": given["id"]})
        after = await desk.get("/deferrals")

    assert (given["status"], given["held"], given["kind"]) == (200, 1, "EXCHANGE")
    assert [one["id"] for one in listed["deferrals"]] == [given["id"]]
    assert [one["use"] for one in waiting["letters"]] == [exchange_id]
    assert (ended["sent"], bool(after["deferrals"][0]["ended_at"])) == (1, True)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        pytest.param({"exchange": "e1"}, OPERATOR_TOKEN, 403, id="the operator"),
        pytest.param({"exchange": "e1"}, EDITOR, 403, id="a manager who does not review"),
        pytest.param({}, REVIEWER, 409, id="of nothing"),
        pytest.param({"exchange": "e1", "application": "a1"}, REVIEWER, 409, id="of two things"),
        pytest.param({"exchange": "e1", "until": "tomorrow"}, REVIEWER, 409, id="until some day"),
        pytest.param(
            {"exchange": "e1", "until": "2030-01-01T00:00:00"}, REVIEWER, 409, id="until a time without offset"
        ),
        pytest.param({"exchange": "e1", "until": ""}, REVIEWER, 409, id="until no time"),
        pytest.param({"exchange": "e1", "until": "9999-12-31T23:59:59-23:59"}, REVIEWER, 409, id="beyond all time"),
    ],
)
async def test_a_deferral_that_cannot_be_given_is_refused(
    mesh: Mesh, body: dict[str, str], headers: dict[str, str], status: int
) -> None:
    async with Desk(mesh) as desk:
        told = await desk.post("/defer", {**GROUND, "until": until(mesh), **body}, headers)

    assert told["status"] == status
    assert mesh.zhejiang.store.read.deferrals.count() == 0


def until(mesh: Mesh) -> str:
    """Tomorrow."""
    return (mesh.clock() + timedelta(days=1)).isoformat()


@pytest.mark.parametrize("query", ["?state=lost", "?limit=x", "?before=x"])
async def test_a_list_that_cannot_be_made_is_refused(mesh: Mesh, query: str) -> None:
    async with Desk(mesh) as desk:
        assert (await desk.get(query))["status"] == 409
