"""`certmesh uselist explain`: would a request be allowed, by which version of which line, and who can change what stops it. Clause 7.3."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from federation.model.application import MAX_CONSENT_BYTES, Kind
from node.admin.paths import EXPLAIN_PATH
from node.cli.options import ConfigFile, Json, print_json
from node.cli.running import client_of
from node.config import load

_MARKS = {"PASS": "通过", "STOP": "不通过", "NOT_REACHED": "未检查", "NOT_ASKED": "未询问"}
_LINE = 256  # characters of a holder's code and more
_Text = Annotated[str, typer.Option(show_default=False)]
_Some = Annotated[list[str] | None, typer.Option(show_default=False)]


def explain(
    config: ConfigFile,
    *,
    consumer: Annotated[str, typer.Option(help="The province that would ask; default: this one.")] = "",
    line: _Text = "",
    item: _Text = "",
    unit: _Text = "",
    type_: Annotated[list[str] | None, typer.Option("--type", show_default=False)] = None,
    business: _Text = "",
    system: Annotated[str, typer.Option(help="The line system's app id.", show_default=False)] = "",
    operator: Annotated[str, typer.Option(help="The operator's account.", show_default=False)] = "",
    output: _Some = None,
    field: _Some = None,
    version: Annotated[
        int | None, typer.Option(help="The version of the line that is quoted.", show_default=False)
    ] = None,
    consent: Annotated[
        Path | None,
        typer.Option(help="A holder's consent (file); the holder's code comes by standard input.", show_default=False),
    ] = None,
    holder_type: Annotated[str, typer.Option(help="The type of that code.")] = "111",
    standing: Annotated[bool, typer.Option("--standing", help="A standing application.")] = False,
    as_json: Json = False,
) -> None:
    """Walk every check of clause 7.3 without counting, keeping or sending anything. Without --line: every line that fits."""
    loaded = load(config)
    asked: dict[str, Any] = {
        "consumer": consumer or loaded.node.province,
        "line": line,
        "item": item,
        "unit": unit,
        "types": type_,
        "business": business,
        "system": system,
        "operator": operator,
        "outputs": output,
        "fields": field,
        "version": version,
        "kind": Kind.STANDING.value if standing else None,
    }
    if consent is not None:
        with consent.open("rb") as file:
            asked |= {"consent": file.read(MAX_CONSENT_BYTES + 1).decode("ascii", "replace")}
        asked |= {"holder": sys.stdin.readline(_LINE).strip(), "holder_type": holder_type}
    body = {name: value for name, value in asked.items() if value not in ("", None, [])}
    told = client_of(loaded).ask("POST", EXPLAIN_PATH, json.dumps(body).encode())
    if as_json:
        print_json(told)
    else:
        for one in told["lines"]:
            _show(one)
    if not told["allowed"]:
        raise typer.Exit(1)


def _show(one: dict[str, Any]) -> None:
    verdict = "可以用证" if one["allowed"] else "不能用证"
    print(f"{one['consumer']} {one['line']} 第 {one['version']} 版（清单发布版本 {one['publication']}）：{verdict}")
    for part in ([one["own"]] if one["own"] else []) + one["provinces"]:
        where, by_hand = part["province"] or "用证省自查", " 须人工核验" if part["review"] else ""
        table = Table(title=f"{where} {'通过' if part['allowed'] else '不通过'} {part['decision']}{by_hand}".rstrip())
        for heading in ("检查", "", "原因", "谁可以解决", "next step"):
            table.add_column(heading, overflow="fold")
        for check in part["checks"]:
            table.add_row(*_row(check))
        Console().print(table)


def _row(check: dict[str, Any]) -> tuple[str, ...]:
    refusal = check.get("refusal")
    state = _MARKS[check["state"]]
    if refusal is None:
        return check["title"], state, "", "", ""
    reason = f"{refusal['message']}（{refusal['code']} {refusal['detail']}）"
    return check["title"], state, reason, check["who"], refusal["nextStep"]


def add_to(parent: typer.Typer) -> None:
    """Register the command."""
    parent.command()(explain)
