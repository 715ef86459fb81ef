"""`certmesh evidence reconcile|missing`: compare the log with the peers' now, and what one side lacks. Clause 8.5."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from node.admin.paths import RECONCILE_PATH
from node.cli.options import ConfigFile, Json, print_json
from node.cli.running import client_of
from node.config import load, seconds
from node.errors import ConfigError
from node.storage.sqlite import open_sqlite_read_only
from node.usecases.reconcile.overview import missing_page

TIMEOUT_S = 1800.0  # adding up and verifying millions of entries takes its time
MAX_SHOWN = 1000
_RESULTS = {"AGREED": "一致", "DIFFERENT": "不一致", "FAILED": "未能对账"}


def add_to(app: typer.Typer) -> None:
    """Add the commands to the `evidence` group."""
    app.command()(reconcile)
    app.command()(missing)


def reconcile(
    config: ConfigFile,
    peer: Annotated[str, typer.Argument(help="A province's code; without one every peer.")] = "",
    *,
    grace: Annotated[
        str, typer.Option(help='Compare answers at least so old, such as "5m"; as configured where not given.')
    ] = "",
    own: Annotated[bool, typer.Option("--own", help="Verify this node's own log first, from its leaves.")] = False,
    as_json: Json = False,
) -> None:
    """Have the running node compare its log with a peer's, or with every peer's.

    Exit code 1: something is missing or altered, or a peer could not be asked.
    """
    asked: dict[str, Any] = {"peer": peer, "own": own}
    if grace:
        asked["grace_s"] = _seconds(grace)
    client = client_of(load(config), timeout_s=TIMEOUT_S)
    told = client.ask("POST", RECONCILE_PATH, json.dumps(asked).encode())
    if as_json:
        print_json(told)
    else:
        _show_rounds(told)
    bad = told["own_log"] is not None and not told["own_log"]["good"]
    if bad or any(one["result"] != "AGREED" for one in told["rounds"]):
        raise typer.Exit(1)


def _seconds(text: str) -> float:
    try:
        return seconds(text)
    except ValueError as error:
        raise ConfigError(f"--grace: {error}") from error


def _show_rounds(told: Mapping[str, Any]) -> None:
    own = told["own_log"]
    if own is not None:
        print(
            f"own log 本省存证: {'good 完好' if own['good'] else 'BAD 有误: ' + own['problem']} ({own['size']} entries)"
        )
    table = Table(title="对账 reconciliation")
    for heading in ("省（市）", "结果", "双方共有", "截至", "发现"):
        table.add_column(heading, overflow="fold")
    for one in told["rounds"]:
        found = ", ".join(f"{word} {number}" for word, number in one["findings"].items()) or one["reason"] or "-"
        result = f"{one['result']} {_RESULTS[one['result']]}"
        table.add_row(one["province"], result, str(one["count"]), _time(one["until_ms"]), found)
    Console().print(table)
    if any(one["findings"] for one in told["rounds"]):
        print("certmesh evidence missing names each")


def missing(config: ConfigFile, *, as_json: Json = False) -> None:
    """List what one of two provinces lacks: which exchange, which step, when, who lacks it, and the proof the other holds.

    Exit code 1: there is something. Reads the store; the node may run meanwhile.
    """
    reader = open_sqlite_read_only(load(config).node.data / "certmesh.db")
    try:
        found = missing_page(reader.read.reconciliations, limit=MAX_SHOWN)
    finally:
        reader.close()
    if as_json:
        print_json({"missing": found})
    else:
        _show_missing(found)
    if found:
        raise typer.Exit(1)


def _show_missing(found: Sequence[Mapping[str, Any]]) -> None:
    table = Table(title=f"{len(found)} 条记录仅一方持有")
    for heading in ("对方", "缺失方", "情形", "业务", "交换标识", "答复时间", "首次发现", "证明"):
        table.add_column(heading, overflow="fold")
    for one in found:
        table.add_row(
            one["province"],
            one["lacks"] or "未认定",
            f"{one['finding']} {one['zh']}",
            one["event"],
            one["exchange"],
            _time(one["issued_ms"]),
            one["found_at"],
            _proof(one["proof"]),
        )
    Console().print(table)


def _proof(text: str | None) -> str:
    if text is None:
        return "无"
    proof = json.loads(text)
    return "持有对方签名的存证" if proof["kept"] else "持有本方存证"


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds") if milliseconds else "-"
