"""`certmesh import` and `certmesh demo-certificates`: certificates into the province's own library."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from node.cli.options import ConfigFile, Json, print_json
from node.config import load
from node.daemon import Base, load_base, new_id
from node.library.demo import demo_certificates
from node.library.manifest import write_manifest
from node.library.source import count_rows
from node.usecases.import_certificates import Importer, ImportReport

SHOWN_ERRORS = 1000


def import_(
    config: ConfigFile,
    source: Annotated[Path, typer.Argument(help="A folder with manifest.csv or *.json, or a manifest.csv.")],
    *,
    as_json: Json = False,
) -> None:
    """Import certificates: all rows, or none and a report of every mistake. The node may run meanwhile."""
    report = asyncio.run(_import(load_base(load(config)), source))
    if as_json:
        print_json(_as_json(report))
    else:
        _print(report)
    if not report.ok:
        raise typer.Exit(1)


async def _import(base: Base, source: Path) -> ImportReport:
    store = await base.open_store()
    try:
        importer = Importer(
            province=base.config.node.province,
            store=store,
            files=base.files(),
            vault=base.vault,
            recorder=base.recorder(),
            new_id=new_id,
        )
        columns = (TextColumn("import"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("import", total=await asyncio.to_thread(count_rows, source))
            return await importer.run(source, lambda rows: progress.update(task, completed=rows))
    finally:
        await store.close()


def _as_json(report: ImportReport) -> dict[str, object]:
    return {
        "ok": report.ok,
        "rows": report.rows,
        "new": report.new,
        "replaced": report.replaced,
        "quality": report.quality,
        "errors": [
            {
                "row": one.row_number,
                "source": one.source,
                "column": one.column,
                "code": one.code,
                "message": one.message,
            }
            for one in report.errors
        ],
    }


def _print(report: ImportReport) -> None:
    console = Console()
    if report.ok:
        quality = ", ".join(f"{word} {count}" for word, count in sorted(report.quality.items()))
        console.print(
            f"{report.new} new, {report.replaced} replaced" + (f"; data quality: {quality}" if quality else "")
        )
        return
    table = Table(title=f"{len(report.errors)} mistakes; nothing was imported")
    for column in ("row", "column", "code", "message"):
        table.add_column(column)
    for one in report.errors[:SHOWN_ERRORS]:
        table.add_row(str(one.row_number), one.column, one.code, one.message)
    console.print(table)


def demo(
    province: Annotated[str, typer.Option(help="310000, 320000, 330000 or 340000.", show_default=False)],
    directory: Annotated[Path, typer.Argument(help="A folder to make; it can be imported as it is.")],
    *,
    per_type: Annotated[int, typer.Option(min=1, max=100_000, help="Certificates of each type.")] = 3,
) -> None:
    """Make invented certificates (marked 样例) of several types for one province, with a manifest."""
    made = demo_certificates(province, per_type=per_type)
    manifest = write_manifest(((one.record, one.file) for one in made), directory)
    print(f"{len(made)} certificates: {manifest}")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(name="import")(import_)
    app.command(name="demo-certificates")(demo)
