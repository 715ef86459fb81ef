"""`certmesh objections` over a real admin port: the list, looking into one, taking, correcting, rejecting, and by whose token. P5."""

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from typer.testing import Result

from node.admin.app import make_admin_app
from node.admin.objections import objection_routes
from node.metrics import Levels, Metrics
from node.ports.objecting import ShownObjection
from node.usecases.workshop.managers import Manager, Role
from tests.node.admin.test_admin import FakeAdministration
from tests.node.cli.ceremony import certmesh
from tests.node.test_config import GOOD, write
from tests.node.usecases.mesh import HOLDER, ZHEJIANG, record
from tests.node.usecases.objection.cases import CERTIFICATE, CLAIM, Bureaus, bureaus
from trust import gm

ANSWERER = Manager(account="wang.wu", roles=frozenset({Role.OBJECTIONS}))
EDITOR = Manager(account="li.si", roles=frozenset({Role.EDIT}))
NEW = record(ZHEJIANG, serial="2")


@dataclass
class Port:
    """Zhejiang's admin port in a thread, with one objection that was raised in Jiangsu."""

    mesh: Bureaus
    folder: Path
    config: Path
    raised: ShownObjection

    def run(self, *arguments: str, who: str = "answerer") -> Result:
        token = ("--as", self.folder / who) if who else ()
        return certmesh("objections", *arguments, "--config", self.config, *token)


async def prepared(folder: Path) -> tuple[Bureaus, ShownObjection]:
    mesh = await bureaus(folder)
    await mesh.mesh.zhejiang.keep(NEW)
    return mesh, await mesh.raised()


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Port]:
    loop = asyncio.new_event_loop()
    mesh, raised = loop.run_until_complete(prepared(tmp_path / "mesh"))
    managers = [(gm.sm3(b"answerer's").hex(), ANSWERER), (gm.sm3(b"editor's").hex(), EDITOR)]
    app = make_admin_app(
        administration=FakeAdministration(),
        metrics=Metrics(Levels),
        token="t",
        ready=lambda: True,
        managers=managers,
        lists=objection_routes(mesh.zhejiang.desk),
    )
    runner = web.AppRunner(app)
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0).start())
    config = write(tmp_path, GOOD.replace("127.0.0.1:9320", f"127.0.0.1:{runner.addresses[0][1]}"))
    for path, text in (("data/admin.token", "t"), ("answerer", "answerer's\n"), ("editor", "editor's\n")):
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(text)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield Port(mesh, tmp_path, config, raised)
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_what_waits_is_listed_by_anybody_who_may_read_the_nodes_token_and_says_nothing_of_persons(port: Port) -> None:
    listed, told = port.run("list", who=""), port.run("list", "--json", who="")
    (one,) = json.loads(told.stdout)["objections"]

    assert listed.exit_code == 0
    assert "1 件" in listed.stdout
    assert (one["id"], one["state_zh"], one["part"]) == (port.raised.objection_id, "待受理", "OWNER")
    assert CLAIM not in told.stdout
    for query in (("--state", "corrected"), ("--part", "told")):
        assert json.loads(port.run("list", "--json", *query).stdout)["objections"] == []


def test_one_is_looked_into_taken_and_rejected_with_its_reason(port: Port) -> None:
    named = port.raised.objection_id
    shown = port.run("show", named)
    taken = port.run("take", named)
    rejected = port.run("reject", named, "--reason", "登记与批准文件一致")
    again = port.run("take", named)
    after = json.loads(port.run("show", named, "--json").stdout)

    assert "提出时载明的期限" in shown.stdout
    assert "石灰岩" in shown.stdout.replace("\n", "")
    assert HOLDER.code not in shown.stdout
    assert (taken.stdout, rejected.stdout) == (f"{named}: 核查中\n", f"{named}: 异议不成立\n")
    assert again.exit_code == 1
    assert [one["state"] for one in after["moves"]] == ["CHECKING", "REJECTED"]
    assert after["moves"][-1]["reason"] == "登记与批准文件一致"
    assert after["untold"] == {"320000": 0}


def test_whoever_is_concerned_is_told_once_more(port: Port) -> None:
    named = port.raised.objection_id
    told, plain = port.run("retell", named, "--json"), port.run("retell", named)

    assert json.loads(told.stdout) == {"id": named, "peers": ["320000"]}
    assert plain.stdout == f"{named}: 320000\n"


def test_a_correction_names_the_certificate_that_counts(port: Port) -> None:
    named = port.raised.objection_id
    nothing = port.run("correct", named)
    done = port.run("correct", named, "--by", NEW.identifier, "--json")
    row = port.mesh.mesh.zhejiang.store.read.certificates.get(CERTIFICATE.identifier)

    assert nothing.exit_code == 1
    assert "import the correction first" in str(nothing.exception)
    assert json.loads(done.stdout)["state_zh"] == "已更正"
    assert row is not None
    assert row.superseded_by == NEW.identifier


@pytest.mark.parametrize(
    ("arguments", "who", "says"),
    [
        pytest.param(("take", "ID"), "editor", "objections", id="a manager without the role"),
        pytest.param(("show", "ID"), "editor", "objections", id="looking without the role"),
        pytest.param(("take", "none"), "answerer", "NO_RECORD", id="one that there is not"),
        pytest.param(("retell", "ID"), "editor", "objections", id="telling again without the role"),
        pytest.param(("list", "--state", "lost"), "answerer", "state", id="a state that is none"),
        pytest.param(("list", "--part", "lost"), "answerer", "part", id="a part that is none"),
        pytest.param(("list", "--after", "lost"), "answerer", "after", id="a place that is none"),
        pytest.param(
            ("reject", "ID", "--reason", "张三 13800000000"), "answerer", "numbers", id="a reason with a number"
        ),
    ],
)
def test_what_cannot_be_done_says_why_and_changes_nothing(
    port: Port, arguments: tuple[str, ...], who: str, says: str
) -> None:
    named = port.raised.objection_id
    result = port.run(*(named if one == "ID" else one for one in arguments), who=who)

    assert result.exit_code == 1
    assert says in str(result.exception)
    assert port.mesh.zhejiang.state(named) == "OPEN"
