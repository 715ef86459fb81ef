"""`certmesh doctor`: everything that is wrong with a node or soon will be, and what to do about it. It changes nothing."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from node.cli.options import ConfigFile, Json, print_json
from node.doctor import Examination, Finding, State, examine, exit_code
from node.moment import utc_now

_COLOURS = {State.OK: "green", State.NOTICE: "cyan", State.WARNING: "yellow", State.CRITICAL: "bold red"}


def doctor(
    config: ConfigFile,
    *,
    as_json: Json = False,
    offline: Annotated[bool, typer.Option(help="Ask no running node and try no port: look at files only.")] = False,
) -> None:
    """Look at keys, certificates, membership, clock, disk, database, log and ports; the node may run or not.

    Exit code 0: nothing worse than a notice; 1: a warning; 3: critical. What is missing or broken is a finding, never a reason to stop.
    """
    found = examine(config, now=utc_now(), offline=offline)
    if as_json:
        print_json(_as_object(found))
    else:
        _print(found)
    raise typer.Exit(exit_code(found.state))


def _as_object(found: Examination) -> dict[str, object]:
    return {
        "state": found.state.value,
        "province": found.province,
        "time": found.at.isoformat(timespec="seconds"),
        "running": found.running,
        "findings": [one.as_dict() for one in found.findings],
    }


def _print(found: Examination) -> None:
    console = Console()
    for one in sorted(found.findings, key=lambda finding: -finding.state.weight):
        console.print(_line(one), soft_wrap=True, highlight=False)
        if one.state is not State.OK:
            console.print(escape(f"           why: {one.why}"), soft_wrap=True, highlight=False)
            console.print(escape(f"           do:  {one.todo} ({one.owner})"), soft_wrap=True, highlight=False)
    console.print(f"[{_COLOURS[found.state]}]{found.state.upper()}[/]", highlight=False)


def _line(one: Finding) -> str:
    return f"[{_COLOURS[one.state]}]{one.state:<9}[/] {escape(f'{one.check}: {one.what}')}"


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(doctor)
