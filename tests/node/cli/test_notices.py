"""`certmesh notices` over a real admin port: what is printed, and by whose token."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from typer.testing import Result

from node.admin.app import make_admin_app
from node.admin.notices import notice_routes
from node.metrics import Levels, Metrics
from node.usecases.workshop.managers import Manager, Role
from tests.node.admin.test_admin import FakeAdministration
from tests.node.cli.ceremony import certmesh
from tests.node.test_config import GOOD, write
from tests.node.usecases.mesh import JIANGSU, Mesh
from tests.node.usecases.telling.test_letters import dead
from trust import gm

REVIEWER = Manager(account="wang.wu", roles=frozenset({Role.REVIEW}))


@dataclass
class Port:
    """Zhejiang's admin port in a thread, with one dead notice to Jiangsu and one that waits there."""

    mesh: Mesh
    folder: Path
    config: Path
    notice: str

    def run(self, *arguments: str, as_reviewer: bool = True) -> Result:
        token = ("--as", self.folder / "reviewer") if as_reviewer else ()
        return certmesh("notices", *arguments, "--config", self.config, *token)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Port]:
    loop = asyncio.new_event_loop()
    mesh = loop.run_until_complete(Mesh(tmp_path / "mesh").ready())
    (notice,) = loop.run_until_complete(dead(mesh, "1"))
    one = mesh.zhejiang
    runner = web.AppRunner(
        make_admin_app(
            administration=FakeAdministration(),
            metrics=Metrics(Levels),
            token="t",
            ready=lambda: True,
            managers=[(gm.sm3(b"reviewer's").hex(), REVIEWER)],
            lists=notice_routes(one.letters, one.deferrals, one.store, one.vault),
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
    yield Port(mesh, tmp_path, config, notice)
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_dead_notices_are_listed_shown_and_sent_again_by_the_operator(port: Port) -> None:
    listed = port.run("list", as_reviewer=False)
    shown = port.run("show", port.notice, "--json", as_reviewer=False)
    sent = port.run("resend", port.notice, as_reviewer=False)
    waiting = port.run("list", "--state", "pending", "--json", as_reviewer=False)

    assert [one.exit_code for one in (listed, shown, sent, waiting)] == [0, 0, 0, 0]
    assert f"{JIANGSU} 送达失败 1" in listed.stdout
    assert '"item_name": "样例事项"' in shown.stdout
    assert sent.stdout == f"{JIANGSU}: 1\n"
    assert port.notice in waiting.stdout


def test_one_notice_is_shown_in_tables(port: Port) -> None:
    assert "cn.certmesh.certificate.used.v1" in port.run("show", port.notice).stdout


def test_a_deferral_takes_a_reviewer_its_ground_and_its_end(port: Port) -> None:
    until = (port.mesh.clock() + timedelta(days=9)).isoformat()
    ground = ("--law", "个人信息保护法", "--article", "第三十五条", "--until", until)
    by_operator = port.run("defer", "--exchange", "e1", *ground, as_reviewer=False)
    groundless = port.run("defer", "--exchange", "e1", "--until", until)
    given = port.run("defer", "--exchange", "e1", *ground)
    deferral = given.stdout.partition(":")[0]
    listed = port.run("deferrals")
    released = port.run("release", deferral)

    assert [one.exit_code for one in (by_operator, groundless, given, listed, released)] == [1, 2, 0, 0, 0]
    assert "暂缓告知至" in given.stdout
    assert "1 件暂缓告知" in listed.stdout
    assert released.stdout == f"{deferral}: 已恢复告知，送出 0 件\n"
