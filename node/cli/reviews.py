"""`certmesh reviews`: applications that wait for a person of this province (人工核验), through the running node. Clause 7.3."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer
from rich.console import Console
from rich.table import Table

from node.admin.paths import REVIEWS_PATH
from node.cli.lists_client import As, admin_for, post
from node.cli.options import ConfigFile, Json, print_json

app = typer.Typer(no_args_is_help=True, help="Applications that wait for a person's decision here.")

_Id = Annotated[str, typer.Argument(metavar="ID", help="As list shows it: PROVINCE/APPLICATION.", show_default=False)]
_STATES = {"WAITING": "待核验", "PASSED": "通过", "REJECTED": "不通过"}


@app.callback()
def _reviews() -> None:
    """Where a line, or our decision on it, says that a person decides: each application waits here."""


@app.command("list")
def list_(
    config: ConfigFile,
    *,
    state: Annotated[str, typer.Option(help="waiting, passed, rejected or all.")] = "waiting",
    province: Annotated[str, typer.Option(help="Only what this province asks (its code).")] = "",
    after: Annotated[str, typer.Option(help="Go on behind this id.")] = "",
    as_file: As = None,
    as_json: Json = False,
) -> None:
    """Show the queue, oldest first."""
    query = urlencode({"state": state, "consumer": province, "after": after})
    told = admin_for(config, as_file, reading=True).ask("GET", f"{REVIEWS_PATH}?{query}")
    if as_json:
        print_json(told)
        return
    table = Table(title=f"{len(told['reviews'])} 件")
    for heading in ("编号", "状态", "省（市）", "用证单位", "事项", "证照类型", "提交时间", "截止", "理由"):
        table.add_column(heading, overflow="fold")
    for one in told["reviews"]:
        state_zh, types = _STATES[one["state"]], "、".join(one["types"])
        told_ = (one["consumer"], one["unit_name"], one["item_name"], types, one["queued_at"], one["expires_at"])
        table.add_row(one["id"], state_zh, *told_, one["reason"])
    Console().print(table)
    if told["next"]:
        print(f"more: --after {told['next']}")


@app.command()
def show(config: ConfigFile, review: _Id, *, as_file: As = None, as_json: Json = False) -> None:
    """Show what one application asks; persons are masked, and that it was looked at is on record."""
    told = post(admin_for(config, as_file), f"{REVIEWS_PATH}/show", {"id": review})
    if as_json:
        print_json(told)
        return
    table = Table("what", "told", title=told["id"])
    for name, value in _flat(told):
        table.add_row(name, value)
    Console().print(table)


@app.command("pass")
def pass_(
    config: ConfigFile,
    review: _Id,
    *,
    reason: Annotated[str, typer.Option(help="Where there is something to say.")] = "",
    as_file: As = None,
    as_json: Json = False,
) -> None:
    """Let an application pass: the consumer learns it when it asks again."""
    _decide(config, as_file, "pass", review, reason, as_json=as_json)


@app.command()
def reject(
    config: ConfigFile,
    review: _Id,
    *,
    reason: Annotated[str, typer.Option(help="Why; the clerk reads it. No names, no numbers.", show_default=False)],
    as_file: As = None,
    as_json: Json = False,
) -> None:
    """Reject an application."""
    _decide(config, as_file, "reject", review, reason, as_json=as_json)


def _decide(config: Path, as_file: Path | None, word: str, review: str, reason: str, *, as_json: bool) -> None:
    told = post(admin_for(config, as_file), f"{REVIEWS_PATH}/{word}", {"id": review, "reason": reason})
    if as_json:
        print_json(told)
        return
    print(f"{told['id']}: {_STATES[told['state']]}")


def _flat(told: dict[str, Any], under: str = "") -> list[tuple[str, str]]:
    """Every value with its path, in order."""
    rows: list[tuple[str, str]] = []
    for name, value in told.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{under}{name}.")
        elif value not in ("", []):
            rows.append((f"{under}{name}", "、".join(value) if isinstance(value, list) else str(value)))
    return rows
