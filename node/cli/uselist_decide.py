"""`certmesh uselist waiting|decide`: the lines of other provinces that ask for certificates of this one. REQUIREMENTS C9-2."""

from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from federation.model.uselist import MANUAL
from node.cli.lists_client import As, client_for, telling
from node.cli.lists_steps import say
from node.cli.options import ConfigFile, Json, print_json
from node.errors import ConfigError
from node.ports.lists import Kind

_Some = Annotated[list[str] | None, typer.Option(show_default=False)]


def waiting(
    config: ConfigFile,
    *,
    consumer: Annotated[str, typer.Option(help="Only lines of this province.")] = "",
    after: Annotated[str, typer.Option(help="Go on behind this decision id.")] = "",
    as_file: As = None,
    as_json: Json = False,
) -> None:
    """Lines that name this province and wait for its decision."""
    with telling(as_json=as_json):
        client = client_for(config, Kind.DECISIONS, as_file, reading=True)
        told = client.get("/waiting", consumer=consumer, after=after)
    if as_json:
        print_json(told)
        return
    table = Table(title=f"{len(told['lines'])} 条待审定")
    for heading in ("省（市）", "编号", "版本", "用证单位", "事项", "证照类型", "获取方式", "用途"):
        table.add_column(heading, overflow="fold")
    for one in told["lines"]:
        line = one["line"]
        table.add_row(
            line["consumer_province"],
            line["use_list_id"],
            str(line["version"]),
            line["use_org_name"],
            line["item_name"],
            "、".join(line["type_codes"]),
            "、".join(line["output_modes"]),
            line["purpose"],
        )
    Console().print(table)
    if told["next"]:
        print(f"more: --after {told['next']}")


def decide(
    config: ConfigFile,
    consumer: Annotated[str, typer.Argument(help="The province whose line it is.", show_default=False)],
    use_list_id: Annotated[str, typer.Argument(metavar="[LINE]", help="The line; or --all that wait.")] = "",
    *,
    everything: Annotated[bool, typer.Option("--all", help="All lines of that province that wait.")] = False,
    ruling: Annotated[
        Literal["ACCEPTED", "LIMITED", "REJECTED", "SUSPENDED"],
        typer.Option(help="What is decided.", show_default=False),
    ],
    reason: _Some = None,
    line_version: Annotated[int | None, typer.Option("--line-version", min=1, help="Not the newest version.")] = None,
    type_code: _Some = None,
    output: _Some = None,
    field: _Some = None,
    daily_limit: Annotated[int, typer.Option(min=0)] = 0,
    rate_per_minute: Annotated[int, typer.Option(min=0)] = 0,
    valid_to: Annotated[str, typer.Option(help="The last day, such as 2026-12-31.")] = "",
    review: Annotated[
        bool, typer.Option("--review", help="Applications wait for a person here: certmesh reviews.")
    ] = False,
    as_file: As = None,
    as_json: Json = False,
) -> None:
    """Draft a decision and hand it in; a second person publishes it: certmesh decisions publish --submitted."""
    if everything == bool(use_list_id):
        raise ConfigError("name a line, or say --all")
    limits = {
        "type_codes": type_code or [],
        "output_modes": output or [],
        "allowed_fields": field or [],
        "daily_limit": daily_limit,
        "rate_per_minute": rate_per_minute,
        "valid_to": valid_to,
        "review": MANUAL if review else "",
    }
    body = {
        "consumer": consumer,
        "use_list_id": use_list_id,
        "line_version": line_version,
        "ruling": ruling,
        "reasons": reason or [],
        "limits": limits,
    }
    with telling(as_json=as_json):
        told = client_for(config, Kind.DECISIONS, as_file).post("/decide", body)
    if "ids" not in told:
        told = {"ids": [told["id"]], "left": 0}
    say(f"decided {ruling}, for a second person to publish", told, as_json=as_json)


def add_to(parent: typer.Typer) -> None:
    """Register the commands."""
    parent.command()(waiting)
    parent.command()(decide)
