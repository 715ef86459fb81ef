"""`certmesh import` and `certmesh demo-certificates`: certificates into the province's own library."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from node.base import DATABASE, Base, load_base
from node.cli.options import ConfigFile, Json, print_json
from node.config import load
from node.errors import ConfigError
from node.library.demo import (
    CERTIFICATE_NAME,
    DemoCertificate,
    SealMaker,
    count_records,
    demo_certificates,
    open_seal_ca,
)
from node.library.invented import PROVINCES
from node.library.manifest import write_manifest
from node.library.record import CertificateRecord
from node.library.source import MANIFEST_NAME, count_rows
from node.moment import new_id, utc_now
from node.storage.sqlite import bring_up_to_date
from node.usecases.import_certificates import Importer, ImportReport

SHOWN_ERRORS = 1000


def import_(
    config: ConfigFile,
    source: Annotated[Path, typer.Argument(help="A folder with manifest.csv or *.json, or a manifest.csv.")],
    *,
    as_json: Json = False,
) -> None:
    """Import certificates: all rows, or none and a report of every mistake. The node may run meanwhile."""
    loaded = load(config)
    bring_up_to_date(loaded.node.data / DATABASE)
    report = asyncio.run(_import(load_base(loaded), source))
    if as_json:
        print_json(_as_json(report))
    else:
        _print(report)
    if not report.ok:
        raise typer.Exit(1)


async def _import(base: Base, source: Path) -> ImportReport:
    store = await base.open_store(signing=False)  # the node signs it, if the log is whole
    try:
        importer = Importer(
            province=base.config.node.province,
            store=store,
            documents=base.documents(),
            files=base.files(),
            vault=base.vault,
            recorder=base.recorder(),
            clock=utc_now,
            new_id=new_id,
        )
        with _progress() as progress:
            task = progress.add_task("import", total=await asyncio.to_thread(count_rows, source))
            return await importer.run(source, lambda rows: progress.update(task, completed=rows))
    finally:
        await store.close()


def _progress() -> Progress:
    """A bar on stderr, shown to people alone."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


def _as_json(report: ImportReport) -> dict[str, object]:
    return {
        "ok": report.ok,
        "rows": report.rows,
        "new": report.new,
        "replaced": report.replaced,
        "quality": report.quality,
        "verdicts": report.verdicts,
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
        parts = [f"{report.new} new, {report.replaced} replaced"]
        for label, counts in (("files", report.verdicts), ("data quality", report.quality)):
            if counts:
                parts.append(f"{label}: " + ", ".join(f"{word} {count}" for word, count in sorted(counts.items())))
        console.print("; ".join(parts))
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
    seal_ca: Annotated[
        Path | None,
        typer.Option(help="The test CA of the seals, made there if missing; DIRECTORY/seal-ca by default."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make invented certificates (marked 样例) of several types for one province: sealed OFD files, with a manifest.

    The seals verify against seal-ca.crt of the test CA's folder. Give all provinces the same folder, and never trust it in production.
    """
    if province not in PROVINCES:
        raise ConfigError(f"--province: one of {', '.join(PROVINCES)}")
    if (directory / MANIFEST_NAME).exists():
        raise ConfigError(f"{directory}: holds certificates already; choose another folder")
    folder = seal_ca or directory / "seal-ca"
    seals = SealMaker(open_seal_ca(folder))
    total = count_records(province, per_type=per_type)
    with _progress() as progress:
        made = progress.track(demo_certificates(province, seals, per_type=per_type), total, description="draw and seal")
        manifest = write_manifest(map(_row, made), directory)
    anchor = folder / CERTIFICATE_NAME
    if as_json:
        print_json({"certificates": total, "manifest": str(manifest), "seal_ca": str(anchor)})
    else:
        print(f"{total} certificates: {manifest}\ntheir seals' test CA: {anchor}")


def _row(made: DemoCertificate) -> tuple[CertificateRecord, bytes]:
    return made.record, made.file


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(name="import")(import_)
    app.command(name="demo-certificates")(demo)
