"""`certmesh reviews` and `certmesh alarms` over a real admin port: what is printed, by whose token; no account stands in a command."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web
from typer.testing import CliRunner, Result

from federation.model.uselist import MANUAL
from node.admin.alarms import alarm_routes
from node.admin.app import make_admin_app
from node.admin.reviews import review_routes
from node.cli import app as commands
from node.metrics import Levels, Metrics
from node.ports.reviews import ReviewState
from node.usecases.workshop.managers import Manager, Role
from tests.node.admin.test_admin import FakeAdministration
from tests.node.cli.ceremony import certmesh
from tests.node.storage.contract.test_alarms import ALARM, put
from tests.node.test_config import GOOD, write
from tests.node.usecases.mesh import HOLDER, Mesh, line
from tests.node.usecases.watching import desk_of
from trust import gm

REVIEWER = Manager(account="wang.wu", roles=frozenset({Role.REVIEW}))


@dataclass
class Port:
    """Zhejiang's admin port in a thread, the folder with the reviewer's token, and the mesh behind it."""

    mesh: Mesh
    folder: Path
    config: Path

    def run(self, *arguments: str, as_reviewer: bool = True) -> Result:
        token = ("--as", self.folder / "reviewer") if as_reviewer else ()
        return certmesh(*arguments, "--config", self.config, *token)

    def waiting(self) -> str:
        (one,) = desk_of(self.mesh.zhejiang).page(ReviewState.WAITING, "", 9)["reviews"]
        named: str = one["id"]
        return named


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Port]:
    loop = asyncio.new_event_loop()
    mesh = loop.run_until_complete(Mesh(tmp_path / "mesh").ready([line(review=MANUAL)]))
    loop.run_until_complete(mesh.jiangsu.submit())
    one = mesh.zhejiang
    runner = web.AppRunner(
        make_admin_app(
            administration=FakeAdministration(),
            metrics=Metrics(Levels),
            token="t",
            ready=lambda: True,
            managers=[(gm.sm3(b"reviewer's").hex(), REVIEWER)],
            lists=(*review_routes(desk_of(one)), *alarm_routes(one.store, partial(one.vault.operator, one.code))),
        )
    )
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0).start())
    config = write(tmp_path, GOOD.replace("127.0.0.1:9320", f"127.0.0.1:{runner.addresses[0][1]}"))
    for path, text in ((tmp_path / "data" / "admin.token", "t"), (tmp_path / "reviewer", "reviewer's\n")):
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(text)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield Port(mesh, tmp_path, config)
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_the_queue_is_listed_by_anybody_who_may_read_the_nodes_token(port: Port) -> None:
    listed = port.run("reviews", "list", as_reviewer=False)

    assert listed.exit_code == 0
    assert "1 件" in listed.stdout


def test_one_is_looked_into_and_passed(port: Port) -> None:
    named = port.waiting()
    shown = port.run("reviews", "show", named, "--json")
    passed = port.run("reviews", "pass", named)
    again = port.run("reviews", "reject", named, "--reason", "不符")

    assert '"purpose": "样例用途"' in shown.stdout
    assert HOLDER.code not in shown.stdout
    assert (passed.exit_code, passed.stdout) == (0, f"{named}: 通过\n")
    assert again.exit_code == 1
    assert "waits no more" in str(again.exception)


def test_a_rejection_has_a_reason_and_is_listed_with_it(port: Port) -> None:
    named = port.waiting()
    without = port.run("reviews", "reject", named)
    rejected = port.run("reviews", "reject", named, "--reason", "材料不全")
    listed = port.run("reviews", "list", "--state", "rejected", "--json")

    assert (without.exit_code, rejected.exit_code) == (2, 0)
    assert '"reason": "材料不全"' in listed.stdout


def test_without_the_reviewers_token_nothing_is_decided(port: Port) -> None:
    named = port.waiting()
    tried = port.run("reviews", "pass", named, as_reviewer=False)

    assert tried.exit_code == 1
    assert "--as" in str(tried.exception)
    assert port.waiting() == named


def test_alarms_are_shown_and_an_account_comes_through_stdin(port: Port) -> None:
    store = port.mesh.zhejiang.store
    asyncio.run(store.transact(partial(put, ALARM)))
    every = port.run("alarms", "--json", as_reviewer=False)
    mine = CliRunner().invoke(
        commands, ["alarms", "--operator", "-", "--json", "--config", str(port.config)], input="clerk-1\n"
    )
    told = port.run("alarms", "--operator", ALARM.operator, as_reviewer=False)

    assert ALARM.alarm_id in every.stdout
    assert '"alarms": []' in mine.stdout
    assert "1 条异常告警" in told.stdout
