"""`certmesh quality`: what is amiss with the data of issued certificates, for the issuers to mend; by type and issuer. P13."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer
from rich.console import Console
from rich.table import Table

from node.admin.client import AdminClient
from node.admin.paths import QUALITY_FINDINGS_PATH, QUALITY_PATH
from node.cli.options import ConfigFile, Json, print_json
from node.cli.running import client_of
from node.config import load
from node.errors import ConfigError

_SUMMARY = ("province", "type", "issuer", "finding", "title", "source", "certificates")
_FINDINGS = ("province", "type", "issuer", "certificate", "finding", "title", "source", "found")
_MAX_ROWS = 1_000_000  # of a sheet
_HEADINGS = {
    "province": "省（市）",
    "type": "证照类型代码",
    "issuer": "发证机构代码",
    "certificate": "证照标识",
    "finding": "问题代码",
    "title": "问题",
    "source": "来源",
    "certificates": "证照数",
    "found": "发现时间",
}


def quality(
    config: ConfigFile,
    *,
    type_: Annotated[str, typer.Option("--type", help="Only this type of certificate.", show_default=False)] = "",
    issuer: Annotated[str, typer.Option(help="Only this issuer's code.", show_default=False)] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Write every finding as CSV to stdout.")] = False,
    xlsx: Annotated[
        Path | None, typer.Option(help="Write summary and findings to this workbook.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Show how many certificates have which finding; or export every finding for the issuer. Certificates only, no persons."""
    if sum((as_csv, xlsx is not None, as_json)) > 1:
        raise ConfigError("--csv, --xlsx and --json: choose one")
    client = client_of(load(config))
    query = urlencode({name: value for name, value in (("type", type_), ("issuer", issuer)) if value})
    if as_csv:
        sys.stdout.buffer.write(client.fetch(f"{QUALITY_FINDINGS_PATH}?format=csv&{query}"))
        return
    counts: list[dict[str, Any]] = client.ask("GET", f"{QUALITY_PATH}?{query}")["counts"]
    if as_json:
        print_json({"counts": counts, "findings": _findings(client, query)})
    elif xlsx is not None:
        _write(xlsx, counts, _findings(client, query))
        print(f"{xlsx}: {len(counts)} kinds of findings")
    else:
        _show(counts)


def _findings(client: AdminClient, query: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in client.fetch(f"{QUALITY_FINDINGS_PATH}?{query}").splitlines()]


def _show(counts: list[dict[str, Any]]) -> None:
    table = Table(title=f"{len(counts)} 类问题")
    for name in _SUMMARY:
        table.add_column(_HEADINGS[name], overflow="fold")
    for one in counts:
        table.add_row(*(str(one[name]) for name in _SUMMARY))
    Console().print(table)


def _write(path: Path, counts: list[dict[str, Any]], findings: list[dict[str, Any]]) -> None:
    """A workbook of two sheets; texts stay texts, whatever they begin with.

    Raises:
        ConfigError: it cannot be written there, or would not hold all.
    """
    if len(findings) > _MAX_ROWS:
        raise ConfigError(
            f"--xlsx: {len(findings)} findings are more than a sheet holds; choose --type or --issuer, or --csv"
        )
    from xlsxwriter import Workbook  # noqa: PLC0415 - most commands never need it
    from xlsxwriter.exceptions import FileCreateError  # noqa: PLC0415

    workbook = Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False})
    bold = workbook.add_format({"bold": True})
    for title, columns, rows in (("汇总", _SUMMARY, counts), ("明细", _FINDINGS, findings)):
        sheet = workbook.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(columns):
            sheet.set_column(place, place, 24)
            sheet.write_string(0, place, _HEADINGS[name], bold)
        for number, row in enumerate(rows, start=1):
            for place, name in enumerate(columns):
                value = row[name]
                if isinstance(value, int):
                    sheet.write_number(number, place, value)
                else:
                    sheet.write_string(number, place, value)
    try:
        workbook.close()
    except FileCreateError as error:
        raise ConfigError(f"--xlsx {path}: cannot be written ({error})") from error


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(quality)
