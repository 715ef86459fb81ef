"""`certmesh holder uses|omissions` over the admin port of a running node, and `certmesh holder verify` of what it wrote."""

import asyncio
import json
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from aiohttp import web
from typer.testing import CliRunner, Result

from node.admin.app import make_admin_app
from node.admin.holder_uses import DESK, holder_routes
from node.cli import app
from node.library.holder import make_citizen_id
from node.metrics import Levels, Metrics
from node.ports.holder_log import Omission
from node.storage.memory import MemoryStore
from tests.node.admin.test_admin import TOKEN, FakeAdministration
from tests.node.cli.ceremony import certmesh
from tests.node.rest.telling import MISSED, FakeHolderUses
from tests.node.test_config import GOOD, write
from trust import gm

CODE = make_citizen_id("320000", date(1990, 1, 1), 123)
KEPT = Omission(
    province="340000",
    exchange_id="E-7",
    accuser="330000",
    asked="E-9",
    exhibit="omission-340000-ab.json",
    found_at=datetime(2026, 3, 1, tzinfo=UTC),
)


@pytest.fixture
def uses() -> FakeHolderUses:
    return FakeHolderUses()


@pytest.fixture
def config(tmp_path: Path, uses: FakeHolderUses) -> Iterator[Path]:
    """The configuration of a node whose admin port runs in a thread."""
    loop, store = asyncio.new_event_loop(), MemoryStore()
    loop.run_until_complete(store.transact(lambda nouns: nouns.holder_log.put_omission(KEPT)))
    admin = make_admin_app(
        administration=FakeAdministration(),
        metrics=Metrics(Levels),
        token=TOKEN,
        ready=lambda: True,
        lists=holder_routes(uses, store.read.holder_log),
    )
    runner = web.AppRunner(admin)
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0).start())
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "admin.token").write_text(TOKEN)
    (tmp_path / "signed.png").write_bytes(b"a scan")
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield write(tmp_path, GOOD.replace("127.0.0.1:9320", f"127.0.0.1:{runner.addresses[0][1]}"))
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def uses_of(config: Path, *more: str | Path, code: str = CODE) -> Result:
    signed = config.parent / "signed.png"
    arguments = ["holder", "uses", "--config", config, "--operator", "zhang", "--signed", signed, *more]
    return CliRunner().invoke(app, [str(one) for one in arguments], input=f"{code}\n")


def test_a_holder_at_the_desk_is_told_who_used_their_certificates(config: Path, uses: FakeHolderUses) -> None:
    said = uses_of(config)
    caller, form = uses.asked[0]

    assert said.exit_code == 0
    for word in ("用证记录 3 件", "320000：已应答", "完整：各省（市）均已应答，所报一致"):
        assert word in said.output
    assert (caller, form.operator, form.expression) == (DESK, "zhang", gm.sm3(b"a scan").hex())
    assert CODE not in said.stdout


def test_the_receipt_is_written_for_the_holder_alone_to_read(config: Path) -> None:
    file = config.parent / "receipt.json"
    uses_of(config, "--receipt", file, "--since", "2026-01-01T00:00:00+08:00")

    assert json.loads(file.read_text())["type"] == "certmesh.holder.uses"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_who_left_something_out_is_told_and_the_exit_code_says_so(config: Path, uses: FakeHolderUses) -> None:
    uses.found = (MISSED,)
    said, told = uses_of(config), json.loads(uses_of(config, "--json").stdout)

    assert said.exit_code == 1
    assert "核对发现：340000 未列使用 E-7" in said.output
    assert (told["verdict"], told["findings"][0]["accuser"]) == ("INCOMPLETE", "330000")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        pytest.param((), "110", id="a number that is none"),
        pytest.param(("--since", "yesterday"), CODE, id="a time that is none"),
        pytest.param(("--signed", "not-there.png"), CODE, id="nothing was signed"),
    ],
)
def test_what_cannot_be_asked_is_refused(config: Path, uses: FakeHolderUses, more: tuple[str, ...], code: str) -> None:
    said = uses_of(config, *more, code=code)

    assert said.exit_code != 0
    assert code not in str(said.exception)
    assert uses.asked == []


def test_what_provinces_left_out_is_listed(config: Path) -> None:
    said = certmesh("holder", "omissions", "--config", config)
    told = json.loads(certmesh("holder", "omissions", "--config", config, "--json").output)

    assert "340000" in said.output
    assert told["omissions"] == [
        {
            "province": "340000",
            "use": "E-7",
            "accuser": "330000",
            "asked": "E-9",
            "exhibit": "omission-340000-ab.json",
            "found": "2026-03-01T00:00:00+00:00",
        }
    ]
