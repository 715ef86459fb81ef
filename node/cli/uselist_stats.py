"""`certmesh uselist stats`: how the lines are used, and which are not. C9-6."""

import json
import sys
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import typer
from rich.console import Console
from rich.table import Table

from node.admin.paths import STATISTICS_PATH
from node.cli.options import ConfigFile, Json, print_json
from node.cli.running import client_of
from node.config import load

_SHOWN = 50


def stats(
    config: ConfigFile,
    *,
    side: Annotated[
        Literal["consumer", "provider"],
        typer.Option(help="consumer: our own lines; provider: the lines of others that we decided."),
    ] = "consumer",
    unused: Annotated[
        int, typer.Option(metavar="MONTHS", help="Only lines in use that nobody used for so many months.")
    ] = 0,
    since: Annotated[str, typer.Option(metavar="DAY", help="Count from this day on.", show_default=False)] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV to stdout.")] = False,
    as_json: Json = False,
) -> None:
    """Calls, admissions, hits, refusals by reason and last use of each line."""
    query = {"side": side, "unused": unused, "since": since, "format": "csv" if as_csv else "json"}
    asked = urlencode({name: value for name, value in query.items() if value != ""})
    body = client_of(load(config)).fetch(f"{STATISTICS_PATH}?{asked}")
    if as_csv:
        sys.stdout.buffer.write(body)
        return
    rows = [json.loads(line) for line in body.splitlines()]
    if as_json:
        print_json(rows)
        return
    _show(rows)


def _show(rows: list[dict[str, Any]]) -> None:
    table = Table(title=f"{len(rows)} 条")
    for heading in ("省（市）", "编号", "状态", "申请", "通过", "查到", "未查到", "获取", "拒绝", "最近使用"):
        table.add_column(heading, overflow="fold")
    for one in rows[:_SHOWN]:
        refusals = "; ".join(f"{word} {count}" for word, count in one["refusals"].items())
        numbers = (str(one[name]) for name in ("calls", "passed", "hits", "empty", "retrievals"))
        table.add_row(one["consumer"], one["line"], one["state"], *numbers, refusals, one["last_use"] or "")
    Console().print(table)
    if len(rows) > _SHOWN:
        print(f"and {len(rows) - _SHOWN} more: --csv or --json shows all", file=sys.stderr)


def add_to(parent: typer.Typer) -> None:
    """Register the command."""
    parent.command()(stats)
