"""The admin port on reviews and alarms: who may look, who may decide, what is told. Over real HTTP, without a node."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from federation.model.uselist import MANUAL
from node.admin.alarms import alarm_routes
from node.admin.app import make_admin_app
from node.admin.paths import ALARMS_PATH, REVIEWS_PATH, STATUS_PATH
from node.admin.reviews import review_routes
from node.metrics import Levels, Metrics
from node.usecases.workshop.managers import Manager, Role
from tests.node.storage.contract.test_alarms import ALARM, put
from tests.node.usecases.mesh import HOLDER, JIANGSU, Mesh, line
from tests.node.usecases.watching import desk_of
from trust import gm

OPERATOR_TOKEN = {"Authorization": "Bearer t"}
REVIEWER = {"Authorization": "Bearer reviewer"}
EDITOR = {"Authorization": "Bearer editor"}
MANAGERS = (
    (gm.sm3(b"reviewer").hex(), Manager(account="wang.wu", roles=frozenset({Role.REVIEW}))),
    (gm.sm3(b"editor").hex(), Manager(account="li.si", roles=frozenset({Role.EDIT}))),
)
Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def flagged(tmp_path: Path) -> Mesh:
    mesh = await Mesh(tmp_path).ready([line(review=MANUAL)])
    await mesh.jiangsu.submit()
    return mesh


def admin(mesh: Mesh) -> Client:
    """Zhejiang's admin port."""
    one = mesh.zhejiang
    app = make_admin_app(
        administration=None,  # type: ignore[arg-type]  # none of its commands is given here
        metrics=Metrics(Levels),
        token="t",
        ready=lambda: True,
        managers=MANAGERS,
        lists=(
            *review_routes(desk_of(one)),
            *alarm_routes(one.store, lambda account: one.vault.operator("330000", account)),
        ),
    )
    return TestClient(TestServer(app))


async def ask(client: Client, path: str, body: dict[str, Any], headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    response = await client.post(f"{REVIEWS_PATH}{path}", json=body, headers=headers)
    return response.status, await response.json()


async def test_the_queue_is_listed_looked_into_and_decided(flagged: Mesh) -> None:
    async with admin(flagged) as client:
        listed = await (await client.get(REVIEWS_PATH, headers=OPERATOR_TOKEN)).json()
        (one,) = listed["reviews"]
        _, shown = await ask(client, "/show", {"id": one["id"]}, REVIEWER)
        status, passed = await ask(client, "/pass", {"id": one["id"]}, REVIEWER)
        after = await (await client.get(f"{REVIEWS_PATH}?state=passed", headers=REVIEWER)).json()
        others = await (await client.get(f"{REVIEWS_PATH}?state=all&consumer=310000", headers=REVIEWER)).json()

    assert (one["consumer"], one["state"]) == (JIANGSU, "WAITING")
    assert shown["holder"]["type"] == HOLDER.type_code
    assert HOLDER.code not in str((listed, shown))
    assert (status, passed["state"], passed["reviewer"]) == (200, "PASSED", "wang.wu")
    assert [one["id"] for one in after["reviews"]] == [passed["id"]]
    assert others["reviews"] == []


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        pytest.param("/show", {}, OPERATOR_TOKEN, 403, id="the operator looks into one"),
        pytest.param("/pass", {}, OPERATOR_TOKEN, 403, id="the operator decides"),
        pytest.param("/show", {}, EDITOR, 403, id="a manager without the role looks into one"),
        pytest.param("/reject", {"reason": "不符"}, EDITOR, 403, id="a manager without the role decides"),
        pytest.param("/pass", {}, {}, 401, id="a stranger"),
        pytest.param("/reject", {}, REVIEWER, 409, id="a rejection without a reason"),
        pytest.param("/pass", {"id": "320000/none"}, REVIEWER, 409, id="none under this id"),
        pytest.param("/pass", {"id": "x"}, REVIEWER, 409, id="no id"),
        pytest.param("/pass", {"more": 1}, REVIEWER, 409, id="a member that does not belong there"),
    ],
)
async def test_what_may_not_be_done_changes_nothing(
    flagged: Mesh, path: str, body: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    (before,) = desk_of(flagged.zhejiang).page(None, "", 9)["reviews"]
    async with admin(flagged) as client:
        answered, _ = await ask(client, path, {"id": before["id"]} | body, headers)

    assert answered == status
    assert desk_of(flagged.zhejiang).page(None, "", 9)["reviews"] == [before]


async def test_a_manager_of_the_queue_gets_no_further(flagged: Mesh) -> None:
    async with admin(flagged) as client:
        statuses = [(await client.get(path, headers=REVIEWER)).status for path in (STATUS_PATH, ALARMS_PATH)]

    assert statuses == [401, 401]


async def test_alarms_are_told_newest_first_and_found_by_account(flagged: Mesh) -> None:
    one = flagged.zhejiang
    own = replace(ALARM, alarm_id="a2", operator=one.vault.operator("330000", "clerk-1"), raised_at=one.clock.now)
    old = replace(ALARM, raised_at=one.clock.now - timedelta(days=1))
    for alarm in (old, own):
        await one.store.transact(partial(put, alarm))
    async with admin(flagged) as client:
        every = await (await client.get(ALARMS_PATH, headers=OPERATOR_TOKEN)).json()
        first = await (await client.post(ALARMS_PATH, json={"limit": 1}, headers=OPERATOR_TOKEN)).json()
        rest = await (await client.post(ALARMS_PATH, json={"before": first["next"]}, headers=OPERATOR_TOKEN)).json()
        mine = await (await client.post(ALARMS_PATH, json={"account": "clerk-1"}, headers=OPERATOR_TOKEN)).json()
        wrong = await client.post(ALARMS_PATH, json={"before": "yesterday"}, headers=OPERATOR_TOKEN)

    assert [one["alarm"] for one in every["alarms"]] == ["a2", "a1"]
    assert [one["alarm"] for one in (*first["alarms"], *rest["alarms"])] == ["a2", "a1"]
    assert [one["alarm"] for one in mine["alarms"]] == ["a2"]
    assert wrong.status == 409
