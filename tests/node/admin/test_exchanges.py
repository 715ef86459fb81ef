"""`/admin/v1/exchanges` and `certmesh explain`: a timeline for operators, over a real loopback socket."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from federation.model.fault import Hop
from federation.model.refusal import Owner, Reason
from node.admin.app import make_admin_app
from node.admin.client import AdminError
from node.admin.exchanges import exchange_routes
from node.admin.paths import EXCHANGES_PATH
from node.cli.running import client_of
from node.config import load
from node.metrics import Levels, Metrics
from node.ports.timeline import Fault, Result, State, Step, Timeline
from tests.node.admin.test_admin import TOKEN, FakeAdministration
from tests.node.cli.ceremony import certmesh
from tests.node.rest.timelines import FakeTimelines
from tests.node.test_config import GOOD, write

FAULT = Fault(reason=Reason.PEER_TIMEOUT, owner=Owner.PEER, province="330000", hop=Hop.PEER, at="330000")
STEP = Step(
    time="2026-01-01T00:00:00.000+00:00",
    event="SEARCH",
    hop=Hop.PEER,
    at="330000",
    result=Result.TIMEOUT,
    words="对方省（市）未在时限内应答",
    peer="330000",
    fault=FAULT,
    took_ms=3000,
    entry=7,
)
BROKEN = Timeline(exchange_id="X-1", node="320000", state=State.PARTIAL, steps=(STEP,), faults=(FAULT,))
WHOLE = Timeline(exchange_id="X-2", node="320000", state=State.DONE, steps=(), faults=())


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    """The configuration of a node whose admin port runs in a thread."""
    loop = asyncio.new_event_loop()
    timelines = FakeTimelines(known={("a", "X-1"): BROKEN, ("a", "X-2"): WHOLE}, lately=[BROKEN])
    app = make_admin_app(
        administration=FakeAdministration(),
        metrics=Metrics(Levels),
        token=TOKEN,
        ready=lambda: True,
        lists=exchange_routes(timelines),
    )
    runner = web.AppRunner(app)
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0).start())
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "admin.token").write_text(TOKEN)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield write(tmp_path, GOOD.replace("127.0.0.1:9320", f"127.0.0.1:{runner.addresses[0][1]}"))
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_an_operator_reads_step_owner_and_next_step(config: Path) -> None:
    said = certmesh("explain", "--config", config, "X-1")

    assert said.exit_code == 1
    for word in ("部分完成", "对方节点（330000）", "2 PEER_TIMEOUT", "请稍后重试"):
        assert word in said.output


def test_json_holds_the_whole_timeline(config: Path) -> None:
    told = json.loads(certmesh("explain", "--config", config, "X-1", "--json").output)
    (step,), (fault,) = told["steps"], told["faults"]

    assert (told["exchange"], told["state"], step["took_ms"], step["entry"]) == ("X-1", "PARTIAL", 3000, 7)
    assert (fault["owner"], fault["province"], fault["code"]) == ("peer", "330000", 2)
    assert step["fault"] == fault


def test_what_went_well_exits_with_0(config: Path) -> None:
    assert certmesh("explain", "--config", config, "X-2").exit_code == 0


def test_without_an_id_what_was_refused_lately_is_listed(config: Path) -> None:
    told = json.loads(certmesh("explain", "--config", config, "--json").output)

    assert [one["exchange"] for one in told["exchanges"]] == ["X-1"]


def test_an_unknown_exchange_is_told_so(config: Path) -> None:
    said = certmesh("explain", "--config", config, "X-9")

    assert said.exit_code == 1
    assert "known to this node" in str(said.exception)


@pytest.mark.parametrize("minutes", ["", "0", "-1", "x", "99999", "%C2%B2"])
def test_a_time_that_is_none_is_refused(config: Path, minutes: str) -> None:
    client = client_of(load(config))

    with pytest.raises(AdminError, match="minutes"):
        client.ask("GET", f"{EXCHANGES_PATH}?minutes={minutes}")
