"""`certmesh alarms`: operators who were paused for how they applied (异常用证). Reads the running node; stops and lifts nothing."""

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from node.admin.paths import ALARMS_PATH
from node.cli.options import ConfigFile, Json, print_json
from node.cli.running import client_of
from node.config import load
from node.errors import ConfigError

_KINDS = {"holders": "持证主体过多", "mismatches": "事项不符过多", "night": "夜间频繁用证"}


def alarms(
    config: ConfigFile,
    *,
    operator: Annotated[
        str, typer.Option(help='Of one operator: the digest shown here, or "-": the account is read from stdin.')
    ] = "",
    before: Annotated[str, typer.Option(help="Go on behind this one, as the last page said.")] = "",
    as_json: Json = False,
) -> None:
    """Show which operators were paused, newest first; the digest serves certmesh stop OPERATOR as well."""
    asked = {"before": before, ("account" if operator == "-" else "operator"): _operator(operator)}
    told = client_of(load(config)).ask("POST", ALARMS_PATH, json.dumps(asked).encode())
    if as_json:
        print_json(told)
        return
    _show(told)


def _operator(operator: str) -> str:
    """An operator's account comes through stdin, so that it stands in no history."""
    if operator != "-":
        return operator
    print("operator account: ", end="", file=sys.stderr, flush=True)
    account = sys.stdin.readline().strip()
    if not account:
        raise ConfigError("operator account: nothing was read from stdin; write the account on one line")
    return account


def _show(told: dict[str, Any]) -> None:
    table = Table(title=f"{len(told['alarms'])} 条异常告警")
    for heading in ("时间", "暂停至", "异常", "限度", "省（市）", "经办人（摘要）", "业务系统", "申请", "清单"):
        table.add_column(heading, overflow="fold")
    for one in told["alarms"]:
        kind = _KINDS.get(one["kind"], one["kind"])
        table.add_row(
            one["raised_at"],
            one["until"],
            kind,
            str(one["limit"]),
            one["consumer"],
            one["operator"],
            one["app"],
            one["application"],
            one["line"],
        )
    Console().print(table)
    if told["next"]:
        print(f"more: --before '{told['next']}'")


def add_to(parent: typer.Typer) -> None:
    """Register the command."""
    parent.command()(alarms)
