"""The admin port on contents behind the log: who may look, who may hold and erase. Over real HTTP; the rules: test_erasure."""

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from node.admin.app import make_admin_app
from node.admin.contents import content_routes
from node.admin.paths import CONTENTS_PATH, STATUS_PATH
from node.metrics import Levels, Metrics
from tests.node.usecases.test_erasure import EDITOR, KEEPER, Stand
from trust import gm

OPERATOR, HOLDING, EDITING = ({"Authorization": f"Bearer {token}"} for token in ("t", "keeper", "editor"))
HOLD = {"subject": "a1", "ground": "AUDIT"}


@pytest.fixture
async def stand() -> Stand:
    stand = Stand()
    await stand.bind("a1", b"secret")
    return stand


def port(stand: Stand) -> TestClient[web.Request, web.Application]:
    """The admin port of a node with these contents."""
    app = make_admin_app(
        administration=None,  # type: ignore[arg-type]  # none of its commands is given here
        metrics=Metrics(Levels),
        token="t",
        ready=lambda: True,
        managers=[(gm.sm3(b"keeper").hex(), KEEPER), (gm.sm3(b"editor").hex(), EDITOR)],
        lists=content_routes(stand.erasure),
    )
    return TestClient(TestServer(app))


async def test_contents_are_held_released_and_erased_by_a_manager(stand: Stand) -> None:
    async with port(stand) as client:

        async def step(word: str, **body: Any) -> Any:
            response = await client.post(f"{CONTENTS_PATH}/{word}", json=body, headers=HOLDING)
            return response.status, await response.json()

        assert await step("hold", **HOLD) == (200, {"subject": "a1", "held": True})
        status, refused = await step("erase", subject="a1", ground="ORDERED")
        assert (status, refused["refusal"]["reason"]) == (409, "CONTENT_HELD")
        held = await (await client.get(f"{CONTENTS_PATH}/holds", headers=OPERATOR)).json()
        assert [one["subject"] for one in held["holds"]] == ["a1"]
        assert await step("release", subject="a1") == (200, {"subject": "a1", "held": False})
        assert await step("erase", subject="a1", ground="ORDERED") == (200, {"subject": "a1", "erased": 1, "kinds": {}})
        shown = await (await client.get(CONTENTS_PATH, params={"subject": "a1"}, headers=OPERATOR)).json()
        assert [one["erased"] for one in shown["contents"]] == [True]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        pytest.param({}, HOLD, 401, id="a stranger"),
        pytest.param(OPERATOR, HOLD, 403, id="the operator is no manager"),
        pytest.param(EDITING, HOLD, 403, id="a manager of another role"),
        pytest.param(HOLDING, {"subject": "a1"}, 409, id="no ground"),
        pytest.param(HOLDING, {**HOLD, "more": 1}, 409, id="an unknown member"),
        pytest.param(HOLDING, {**HOLD, "subject": "a9"}, 409, id="an unknown subject"),
    ],
)
async def test_what_may_not_be_done_changes_nothing(
    stand: Stand, headers: dict[str, str], body: dict[str, Any], status: int
) -> None:
    async with port(stand) as client:
        assert (await client.post(f"{CONTENTS_PATH}/hold", json=body, headers=headers)).status == status

    assert {one["step"] for one in stand.erasing()} <= {"refused"}


async def test_a_manager_of_contents_gets_no_further(stand: Stand) -> None:
    async with port(stand) as client:
        assert (await client.get(STATUS_PATH, headers=HOLDING)).status == 401
