"""`/admin/v1/quality` and `certmesh quality`: table, CSV, XLSX and JSON of one and the same findings."""

import asyncio
import csv
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from node.admin.app import make_admin_app
from node.admin.client import AdminError
from node.admin.paths import QUALITY_FINDINGS_PATH, QUALITY_PATH
from node.admin.quality import COLUMNS, quality_routes
from node.cli.running import client_of
from node.config import load
from node.metrics import Levels, Metrics
from node.ports.quality import Source
from node.storage.memory import MemoryStore
from node.usecases.quality import QualityReport
from tests.node.admin.test_admin import TOKEN, FakeAdministration
from tests.node.cli.ceremony import certmesh
from tests.node.storage.contract.test_quality import FINDING, keep
from tests.node.test_config import GOOD, write


async def _store() -> MemoryStore:
    store = MemoryStore()
    for number in range(3):
        await keep(store, replace(FINDING, key=f"1.2.156.3005.2.{number}", issuer_code=f"I{number}"))
    odd = replace(FINDING, source=Source.REFUSED, key="row 2", word="=SUM(A1)", issuer_code="")
    await keep(store, odd, source=Source.REFUSED)
    return store


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    """The configuration of a node whose admin port runs in a thread."""
    loop = asyncio.new_event_loop()
    report = QualityReport(store=loop.run_until_complete(_store()))
    app = make_admin_app(
        administration=FakeAdministration(),
        metrics=Metrics(Levels),
        token=TOKEN,
        ready=lambda: True,
        lists=quality_routes(report),
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


def test_the_summary_is_a_table(config: Path) -> None:
    said = certmesh("quality", "--config", config)

    assert said.exit_code == 0
    assert "4 类问题" in said.output


def test_json_holds_counts_and_findings_of_what_was_chosen(config: Path) -> None:
    told = json.loads(certmesh("quality", "--config", config, "--issuer", "I1", "--json").output)

    assert [(one["issuer"], one["finding"], one["certificates"]) for one in told["counts"]] == [
        ("I1", "LEGACY_CHECK", 1)
    ]
    assert [one["certificate"] for one in told["findings"]] == ["1.2.156.3005.2.1"]


def test_csv_holds_every_finding_and_nothing_that_computes(config: Path) -> None:
    said = certmesh("quality", "--config", config, "--csv")
    rows = list(csv.reader(io.StringIO(said.output)))

    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 5
    assert not [cell for row in rows for cell in row if cell.startswith("=")]


def test_a_workbook_holds_summary_and_findings_as_texts(config: Path, tmp_path: Path) -> None:
    target = tmp_path / "quality.xlsx"
    assert certmesh("quality", "--config", config, "--xlsx", target).exit_code == 0
    with zipfile.ZipFile(target) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        texts = book.read("xl/sharedStrings.xml").decode()
        formulas = [name for name in sheets if b"<f>" in book.read(name)]

    assert (len(sheets), formulas) == (2, [])
    assert "1.2.156.3005.2.2" in texts
    assert "证照标识校验位为旧算法" in texts


def test_a_workbook_that_cannot_be_written_is_told_so(config: Path, tmp_path: Path) -> None:
    said = certmesh("quality", "--config", config, "--xlsx", tmp_path / "none" / "quality.xlsx")

    assert said.exit_code != 0
    assert "cannot be written" in str(said.exception)


def test_two_forms_at_once_are_refused(config: Path) -> None:
    assert "choose one" in str(certmesh("quality", "--config", config, "--csv", "--json").exception)


@pytest.mark.parametrize(
    "query", ["type=a%20b", f"issuer={'1' * 33}", "type=%E8%AF%81"], ids=["a blank", "too long", "no code"]
)
@pytest.mark.parametrize("path", [QUALITY_PATH, QUALITY_FINDINGS_PATH])
def test_a_code_that_is_none_is_refused(config: Path, path: str, query: str) -> None:
    with pytest.raises(AdminError, match="codes of digits"):
        client_of(load(config)).ask("GET", f"{path}?{query}")
