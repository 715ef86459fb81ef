"""`certmesh explain`: what became of an exchange, step by step: where it stopped, whose matter it is, what to do next. DESIGN §9."""

from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.table import Table

from node.admin.paths import EXCHANGES_PATH
from node.cli.options import ConfigFile, Json, print_json
from node.cli.running import client_of
from node.config import load

_DONE = frozenset({"DONE", "OPEN"})


def explain(
    config: ConfigFile,
    exchange: Annotated[
        str,
        typer.Argument(help="The id of an exchange or of a request, or the digest of a message.", show_default=False),
    ] = "",
    *,
    minutes: Annotated[int, typer.Option(help="Without an id: what was refused in the last minutes.", min=1)] = 15,
    as_json: Json = False,
) -> None:
    """Explain an exchange out of the running node's evidence. Without an id: refusals that belong to no exchange, newest first."""
    client = client_of(load(config))
    if exchange:
        found = client.ask("GET", f"{EXCHANGES_PATH}/{quote(exchange, safe='')}")
        shown = [found]
    else:
        found = client.ask("GET", f"{EXCHANGES_PATH}?minutes={minutes}")
        shown = found["exchanges"]
    if as_json:
        print_json(found)
    else:
        for one in shown:
            _show(one)
    if exchange and found["state"] not in _DONE:
        raise typer.Exit(1)


def _show(one: dict[str, Any]) -> None:
    title = f"交换 {one['exchange'] or '（无编号）'}：{one['state_zh']}"
    table = Table(title=title)
    for heading in ("时间", "环节", "结果", "说明", "责任方", "下一步"):
        table.add_column(heading, overflow="fold")
    for step in one["steps"]:
        table.add_row(*_row(step))
    Console().print(table)
    for fault in one["faults"]:
        print(f"{fault['hop_zh']}：{fault['message']}（{fault['code']} {fault['reason']}）")
        print(f"  责任方：{fault['owner_zh']}。{fault['next_step_zh']}")


def _row(step: dict[str, Any]) -> tuple[str, ...]:
    fault = step.get("fault")
    took = f" {step['took_ms']} ms" if "took_ms" in step else ""
    owner, next_step = (fault["owner_zh"], fault["next_step_zh"]) if fault else ("", "")
    place = f"{step['event_zh']} {step['hop_zh']}"
    return step["time"], place, f"{step['result']}{took}", step["words"], owner, next_step


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(explain)
