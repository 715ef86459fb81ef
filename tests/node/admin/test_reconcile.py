"""`/admin/v1/evidence/reconcile` and `/missing`: who is compared with, since when, and what is named."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from node.admin.app import make_admin_app
from node.admin.paths import MISSING_PATH, RECONCILE_PATH
from node.admin.reconcile import reconcile_routes
from node.metrics import Levels, Metrics
from node.ports.reconciliations import Result, Round
from node.storage.memory import MemoryStore
from tests.node.admin.test_admin import TOKEN, FakeAdministration
from tests.node.storage.contract.test_reconciliations import MISSING, note
from tests.node.storage.samples import NOON

PEERS = ("310000", "330000")
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
Client = TestClient[web.Request, web.Application]


class FakeDesk:
    """Holds a round with whoever is named; notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[str, ...], timedelta | None]] = []

    async def now(self, peers: Sequence[str], grace: timedelta | None = None) -> list[Round]:
        self.asked.append((tuple(peers), grace))
        return [Round(peer=peer, held_at=NOON, result=Result.AGREED, count=3) for peer in peers]

    async def verify(self) -> Round:
        return Round(peer="320000", held_at=NOON, result=Result.DIFFERENT, count=9, reason="entry 4 is missing")


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
async def client(desk: FakeDesk) -> AsyncIterator[Client]:
    store = MemoryStore()
    await note(store, MISSING)
    app = make_admin_app(
        administration=FakeAdministration(),
        metrics=Metrics(Levels),
        token=TOKEN,
        ready=lambda: True,
        lists=tuple(reconcile_routes(store, desk, lambda: PEERS)),  # type: ignore[arg-type]
    )
    async with TestClient(TestServer(app)) as made:
        yield made


async def asked(client: Client, body: Any, path: str = RECONCILE_PATH) -> tuple[int, dict[str, Any]]:
    answer = await client.post(path, json=body, headers=HEADERS)
    return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("body", "peers", "grace"),
    [
        pytest.param({}, PEERS, None, id="every peer, as configured"),
        pytest.param(
            {"peer": "330000", "grace_s": 5}, ("330000",), timedelta(seconds=5), id="one peer, answers of 5 s ago"
        ),
    ],
)
async def test_who_is_compared_with(
    client: Client, desk: FakeDesk, body: dict[str, Any], peers: tuple[str, ...], grace: timedelta | None
) -> None:
    status, told = await asked(client, body)

    assert (status, desk.asked) == (200, [(peers, grace)])
    assert [(one["province"], one["result"], one["count"]) for one in told["rounds"]] == [
        (peer, "AGREED", 3) for peer in peers
    ]
    assert told["own_log"] is None


async def test_the_own_log_is_verified_where_that_is_asked_and_what_is_wrong_with_it_is_said(client: Client) -> None:
    _, told = await asked(client, {"own": True})

    assert (told["own_log"]["good"], told["own_log"]["problem"]) == (False, "entry 4 is missing")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"peer": "340000"}, id="a province that is no member"),
        pytest.param({"peer": "310001"}, id="no province"),
        pytest.param({"grace_s": -1}, id="a time to come"),
        pytest.param({"peers": []}, id="a word that is none"),
        pytest.param([], id="no object"),
    ],
)
async def test_what_cannot_be_asked_is_refused_and_nothing_is_done(client: Client, desk: FakeDesk, body: Any) -> None:
    assert (await asked(client, body))[0] == 409
    assert desk.asked == []


async def test_without_the_token_nothing_is_done(client: Client, desk: FakeDesk) -> None:
    assert (await client.post(RECONCILE_PATH, json={})).status == 401
    assert desk.asked == []


async def test_what_is_missing_is_named_page_by_page_with_a_word_for_clerks(client: Client) -> None:
    answer = await client.get(MISSING_PATH, headers=HEADERS)
    (one,) = (await answer.json())["missing"]

    assert (one["finding"], one["lacks"], one["exchange"], one["event"]) == ("MISSING", "310000", "e1", "SEARCH")
    assert one["zh"].startswith("缺失")
    behind = {"province": one["province"], "issued_ms": one["issued_ms"], "answer": one["answer"]}
    assert (await asked(client, behind, MISSING_PATH))[1] == {"missing": []}
