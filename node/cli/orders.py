"""`certmesh stop`, `lift`, `orders` and `orders sign`: stop orders through the running node, in force at once. DESIGN §4."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from node.cli.options import ConfigFile, Json, print_json
from node.cli.running import client_of
from node.config import load
from node.errors import ConfigError
from trust.orders import Action, Kind

app = typer.Typer(invoke_without_command=True, help="Stop orders: which are in force, and signing those of others.")

_Kind = Annotated[Kind, typer.Argument(help="What is stopped.", case_sensitive=False)]
_Subject = Annotated[
    str,
    typer.Argument(
        help="KEY: its id · TYPE: certificate type code · LINE: use-list id · UNIT: its code · APPLICATION: apply id · "
        'OPERATOR: "-" (the account is read from stdin), or the digest that `orders` shows · PEER: province code.'
    ),
]
_Reason = Annotated[str, typer.Option("--reason", help="One line for people; no names, no numbers of persons.")]


def stop(config: ConfigFile, kind: _Kind, subject: _Subject, reason: _Reason, *, as_json: Json = False) -> None:
    """Stop something of this province at once, everywhere; or, together with others, a peer."""
    _give(config, kind, subject, Action.STOP, reason, as_json=as_json)


def lift(config: ConfigFile, kind: _Kind, subject: _Subject, reason: _Reason, *, as_json: Json = False) -> None:
    """Let something go on that was stopped."""
    _give(config, kind, subject, Action.LIFT, reason, as_json=as_json)


def _give(config: Path, kind: Kind, subject: str, action: Action, reason: str, *, as_json: bool) -> None:
    client = client_of(load(config))
    order = client.give_order(kind.value, _subject(kind, subject), action.value, reason)
    _show(order, as_json=as_json)


def _subject(kind: Kind, subject: str) -> str:
    """An operator's account comes through stdin, so that it stands in no history."""
    if kind is not Kind.OPERATOR or subject != "-":
        return subject
    print("operator account: ", end="", file=sys.stderr, flush=True)
    account = sys.stdin.readline().strip()
    if not account:
        raise ConfigError("operator account: nothing was read from stdin; write the account on one line")
    return account


def _show(order: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(order)
        return
    print(f"order {order['id']}: {order['action']} {order['kind']} {order['subject']}, {order['state']}")
    if "warning" in order:
        print(f"warning: {order['warning']}", file=sys.stderr)
    missing = order["signatures_missing"]
    if missing:
        print(f"{missing} more of {', '.join(order['may_sign'])} must sign: certmesh orders sign {order['id']}")


@app.callback()
def orders(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option("--config", "-c", help="The node's TOML file.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Which stop orders are known: in force or not, since when, by whom, how far they have spread, what is missing."""
    if context.invoked_subcommand is not None:
        return
    if config is None:
        raise ConfigError("--config is missing; name the node's TOML file")
    state = client_of(load(config)).orders()
    if as_json:
        print_json(state)
        return
    table = Table(title=f"{state['in_force']} stops in force; against a peer {state['threshold']} provinces must sign")
    for column in ("order", "state", "what", "since", "signed by", "reason", "known at"):
        table.add_column(column, overflow="fold")
    for one in state["orders"]:
        table.add_row(*_row(one))
    Console().print(table)


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    missing = f" ({one['signatures_missing']} missing)" if one["signatures_missing"] else ""
    return (
        f"{one['id']} of {one['province']}",
        one["state"],
        f"{one['action']} {one['kind']} {one['subject']} #{one['number']}",
        one["since"],
        ", ".join(one["signers"]) + missing,
        one["reason"],
        ", ".join(one["held_by"]) or "nobody yet",
    )


@app.command()
def sign(
    config: ConfigFile,
    order_id: Annotated[str, typer.Argument(metavar="ID", help="The order's id, as `certmesh orders` shows it.")],
    *,
    as_json: Json = False,
) -> None:
    """Sign another province's order against a peer in the name of this province."""
    _show(client_of(load(config)).sign_order(order_id), as_json=as_json)


def add_to(parent: typer.Typer) -> None:
    """Register the commands."""
    parent.command()(stop)
    parent.command()(lift)
    parent.add_typer(app, name="orders")
