"""`certmesh catalogue|uselist|decisions|managers` over a real admin port: what is printed, exit codes, tokens, files."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from typer.testing import Result

from node.admin.app import make_admin_app
from node.admin.lists import list_routes
from node.cli.lists_client import SHOWN
from node.errors import ConfigError
from node.lists import files
from node.lists.sheet import MAX_TOLD
from node.lists.toml_file import TABLES
from node.metrics import Levels, Metrics
from node.ports.lists import Kind
from tests.node.admin.test_admin import FakeAdministration
from tests.node.cli.ceremony import certmesh
from tests.node.test_config import GOOD, write
from tests.node.usecases.workshop.room import CHECKER, HOME, PEER, WRITER, Room, line, published
from trust import gm

VALID: dict[str, Any] = {
    "item_code": "11320700DEMA00216P200011501400001",
    "use_org_code": "11320700DEMA00216P",
    "scene_type": "服务窗口",
}


@dataclass
class Desk:
    """A workshop behind an admin port that runs in a thread, its configuration, and two managers' tokens in files."""

    room: Room
    loop: asyncio.AbstractEventLoop
    folder: Path
    config: Path

    def do(self, step: Callable[[], Awaitable[Any]]) -> Any:
        """A step in the node itself."""

        async def taken() -> Any:
            return await step()

        return asyncio.run_coroutine_threadsafe(taken(), self.loop).result(30)

    def run(self, group: str, command: str, *arguments: str | Path, who: str = "writer") -> Result:
        return certmesh(group, command, "--config", self.config, "--as", self.folder / who, *arguments)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    loop, room = asyncio.new_event_loop(), Room()
    for name in ("writer", "checker"):
        (tmp_path / name).write_text(f"token of {name}\n")
        (tmp_path / name).chmod(0o600)
    managers = [("writer", WRITER), ("checker", CHECKER)]
    app = make_admin_app(
        administration=FakeAdministration(),
        metrics=Metrics(Levels),
        token="the operator's",
        ready=lambda: True,
        managers=[(gm.sm3(f"token of {name}".encode()).hex(), manager) for name, manager in managers],
        lists=list_routes(room.shop),
    )
    runner = web.AppRunner(app)
    loop.run_until_complete(runner.setup())
    site = web.TCPSite(runner, "127.0.0.1", 0)
    loop.run_until_complete(site.start())
    port = runner.addresses[0][1]
    config = write(tmp_path, GOOD.replace("127.0.0.1:9320", f"127.0.0.1:{port}"))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "admin.token").write_text("the operator's")
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield Desk(room, loop, tmp_path, config)
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _draft(desk: Desk, raw: dict[str, Any]) -> Result:
    return desk.run("uselist", "draft", desk.write("entry.json", json.dumps(raw, ensure_ascii=False)))


def test_a_line_goes_from_a_file_to_publication_by_two_persons(desk: Desk) -> None:
    said = [
        _draft(desk, line()),
        desk.run("uselist", "submit", "JS-0001"),
        desk.run("uselist", "review", "JS-0001", "--approve", who="checker"),
        desk.run("uselist", "publish", "--all", who="checker"),
    ]

    assert [one.exit_code for one in said] == [0, 0, 0, 0], [one.output for one in said]
    assert "submit JS-0001" in said[0].stdout
    assert "1 entry published as version 1: JS-0001" in said[3].stdout
    shown = certmesh("uselist", "show", "--config", desk.config, "JS-0001").stdout
    assert all(word in shown for word in ("PROVIDER_REVIEW", "待审定", "DRAFTED", "PUBLISHED", "经过"))
    listed = certmesh("uselist", "list", "--config", desk.config).stdout
    assert all(word in listed for word in ("编号", "状态", "JS-0001"))


def test_of_several_entries_none_is_drafted_where_one_is_faulty(desk: Desk) -> None:
    tables = "\n".join(_table(raw) for raw in (line("JS-1"), line("JS-2", purpose="wrong"), line("JS-3")))

    said = desk.run("uselist", "draft", desk.write("lines.toml", tables), "--json")

    assert [one["id"] for one in json.loads(said.stdout)["problems"]] == ["JS-2"]
    assert all(desk.room.store.read.drafts.get(Kind.USELIST, f"JS-{number}") is None for number in (1, 2, 3))


def _table(raw: dict[str, Any]) -> str:
    rows = (f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in raw.items())
    return f"[[{TABLES[Kind.USELIST]}]]\n" + "\n".join(rows)


def test_one_member_is_changed_by_name(desk: Desk) -> None:
    desk.do(lambda: desk.room.publish(Kind.USELIST, line()))

    said = desk.run(
        "uselist", "draft", "--id", "JS-0001", "--set", "daily_limit=50", "--set", "type_codes=A^B", "--json"
    )

    assert said.exit_code == 0, said.output
    held = desk.room.store.read.drafts.get(Kind.USELIST, "JS-0001")
    assert held is not None
    body = json.loads(held.body)
    assert (body["version"], body["daily_limit"], body["type_codes"], body["purpose"]) == (
        2,
        50,
        ["A", "B"],
        line()["purpose"],
    )


@pytest.mark.parametrize(
    ("command", "arguments", "code", "said"),
    [
        pytest.param("submit", ["NONE"], 1, "has no draft", id="there is no draft"),
        pytest.param("submit", [], 2, "name entries, or say --all", id="nothing is named"),
        pytest.param("submit", ["A", "--all"], 2, "name entries, or say --all", id="one and all"),
        pytest.param("draft", ["--set", "colour=red"], 2, "member of the entry", id="no such member"),
        pytest.param("draft", [], 2, "name a file", id="nothing to draft"),
        pytest.param("withdraw", ["NONE", "--reason", "停用"], 1, "not published", id="nothing to withdraw"),
        pytest.param("show", ["NONE"], 1, "no such entry", id="no such entry"),
        pytest.param("diff", ["0", "7"], 1, "never held", id="no such version"),
        pytest.param("decide", [PEER, "--ruling", "ACCEPTED"], 2, "name a line", id="no line to decide"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_exit_code(
    desk: Desk, command: str, arguments: list[str], code: int, said: str
) -> None:
    result = desk.run("uselist", command, *arguments)

    told = result.output + result.stderr + str(result.exception)
    assert said in " ".join(told.split())
    assert result.exit_code == 1
    assert isinstance(result.exception, ConfigError) == (code == 2)  # which `cli.main` ends with 2


def test_all_problems_are_told_as_a_table_and_as_json(desk: Desk) -> None:
    table = _draft(desk, line(purpose="wrong"))
    as_json = desk.run("uselist", "draft", desk.folder / "entry.json", "--json")

    assert (table.exit_code, as_json.exit_code) == (1, 1)
    assert all(word in table.stderr for word in ("1 个问题", "purpose", "有误", "is wrong"))
    assert [one["field"] for one in json.loads(as_json.stdout)["problems"]] == ["purpose"]


def test_the_author_is_told_that_a_second_person_publishes(desk: Desk) -> None:
    _draft(desk, line())
    desk.run("uselist", "submit", "--all")

    said = desk.run("uselist", "publish", "JS-0001")

    assert said.exit_code == 1
    assert "FOUR_EYES" in str(said.exception)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_list_is_exported_and_imported(desk: Desk, form: str) -> None:
    desk.do(lambda: desk.room.publish(Kind.USELIST, line("JS-1", **VALID)))
    sheet = desk.folder / f"lines.{form}"

    exported = desk.run("uselist", "export", sheet)
    imported = desk.run("uselist", "import", sheet)
    checked = certmesh("uselist", "validate", sheet, "--province", HOME)

    assert [one.exit_code for one in (exported, imported, checked)] == [0, 0, 0], imported.output
    assert "0 new, 0 changed, 1 as published" in imported.stdout
    assert "1 rows, nothing wrong" in checked.stdout


def test_a_faulty_sheet_is_told_by_row_offline_and_by_the_node(desk: Desk) -> None:
    desk.do(lambda: desk.room.publish(Kind.USELIST, line("JS-1", **VALID)))
    sheet = desk.folder / "lines.csv"
    desk.run("uselist", "export", sheet)
    sheet.write_bytes(sheet.read_bytes().replace(b"2099-12-31", b"2099-13-31"))

    offline = certmesh("uselist", "validate", sheet, "--config", desk.config, "--json")
    imported = desk.run("uselist", "import", sheet, "--json")

    assert (offline.exit_code, imported.exit_code) == (1, 1)
    for said in (offline, imported):
        assert [(one["row"], one["field"]) for one in json.loads(said.stdout)["problems"]] == [(2, "valid_to")]


def test_a_draft_that_changed_since_it_was_shown_is_not_approved(desk: Desk) -> None:
    _draft(desk, line())
    desk.run("uselist", "submit", "--all")
    shown = json.loads(desk.run("uselist", "show", "JS-0001", "--json").stdout)["draft"]["content"]
    desk.run("uselist", "drop", "JS-0001")
    _draft(desk, line(purpose="另一用途"))
    desk.run("uselist", "submit", "--all")

    said = [
        desk.run("uselist", "review", "JS-0001", "--approve", "--content", shown, who="checker"),
        desk.run("uselist", "publish", "JS-0001", "--submitted", "--content", shown, who="checker"),
    ]

    assert [one.exit_code for one in said] == [1, 1]
    assert all("changed since" in " ".join(one.stderr.split()) for one in said)
    many = desk.run("uselist", "publish", "--all", "--content", shown, who="checker")
    assert "name the one entry" in str(many.exception)


def test_problems_that_the_node_does_not_tell_are_counted(desk: Desk) -> None:
    rows = [{"use_list_id": f"JS-{number}"} for number in range(MAX_TOLD)]
    sheet = desk.write("lines.csv", files.write(Kind.USELIST, rows, "csv"))

    imported = desk.run("uselist", "import", sheet)
    as_json = json.loads(desk.run("uselist", "import", sheet, "--json").stdout)

    total = len(as_json["problems"]) + as_json["more"]
    assert (imported.exit_code, len(as_json["problems"])) == (1, MAX_TOLD)
    assert f"and {total - SHOWN} more: --json shows {MAX_TOLD}" in imported.stderr


def test_lines_of_an_item_are_withdrawn_together(desk: Desk) -> None:
    for name in ("JS-1", "JS-2"):
        desk.do(partial(desk.room.publish, Kind.USELIST, line(name)))

    said = desk.run("uselist", "withdraw", "--item", "ITEM-1", "--reason", "事项已取消")
    done = desk.run("uselist", "publish", "--all", "--submitted", who="checker")

    assert "2 entries handed in" in said.stdout
    assert "published as version 3" in done.stdout
    told = json.loads(desk.run("uselist", "diff", "2", "3", "--json").stdout)
    assert [(one["id"], [each["field"] for each in one["fields"]]) for one in told["changed"]] == [
        ("JS-1", ["status"]),
        ("JS-2", ["status"]),
    ]


def test_waiting_lines_are_decided_and_published(desk: Desk) -> None:
    asked = published(line(consumer_province=PEER, provider_provinces=(HOME,)))
    desk.do(lambda: desk.room.put_peer(Kind.USELIST, PEER, [asked]))

    waiting = certmesh("uselist", "waiting", "--config", desk.config)
    decided = desk.run("uselist", "decide", PEER, "JS-0001", "--ruling", "LIMITED", "--daily-limit", "9")
    done = desk.run("decisions", "publish", "--all", "--submitted", who="checker")

    assert "1 条待审定" in waiting.stdout
    assert (decided.exit_code, done.exit_code) == (0, 0), decided.output
    assert [one["daily_limit"] for one in desk.room.standing(Kind.DECISIONS, f"{PEER}/JS-0001/1")] == [9]


def test_a_token_that_others_can_read_is_refused(desk: Desk) -> None:
    (desk.folder / "writer").chmod(0o640)

    said = desk.run("uselist", "submit", "--all")

    assert said.exit_code != 0
    assert "chmod 600" in str(said.exception)


def test_a_token_comes_from_the_environment_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTMESH_MANAGER_TOKEN", "token of writer")
    path = desk.write("entry.json", json.dumps(line()))

    assert certmesh("uselist", "draft", "--config", desk.config, path).exit_code == 0


def test_without_a_managers_token_nothing_is_changed(desk: Desk) -> None:
    said = certmesh("uselist", "submit", "--config", desk.config, "--all")

    assert said.exit_code != 0
    assert "CERTMESH_MANAGER_TOKEN" in str(said.exception)


def test_a_new_token_is_shown_once_with_the_lines_for_the_configuration(tmp_path: Path) -> None:
    told = json.loads(certmesh("managers", "token", "--account", "zhou", "--role", "review", "--json").stdout)
    out = tmp_path / "token"
    written = certmesh("managers", "token", "--account", 'a"b', "--out", out)

    assert told["token_sm3"] == gm.sm3(told["token"].encode()).hex()
    assert told["roles"] == ["review"]
    assert out.stat().st_mode & 0o777 == 0o600
    assert gm.sm3(out.read_bytes()).hex() in written.stdout
    assert out.read_text() not in written.stdout
    assert '\naccount = "a\\"b"\n' in written.stdout
