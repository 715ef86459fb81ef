"""`certmesh identity show`: the chain, the dates, and what ends soon."""

from datetime import datetime
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from node.cli.identity_crl import as_object, summary
from node.cli.options import Json, KeysFolder, print_json
from node.cli.second_opinion import SecondOpinion, second_opinion
from node.identity_folder import IdentityFolder, IdentityState, judge, read_folder
from node.moment import utc_now


def show(key_folder: KeysFolder, *, as_json: Json = False, second: SecondOpinion = None) -> None:
    """Show a keys folder's certificates and revocation list.

    Exit code 1: a peer would not believe them; 4: two libraries judge a signature differently.
    """
    with second_opinion(second, as_json=as_json) as opinion:
        now, identity = utc_now(), read_folder(key_folder)
        state = judge(identity, now)
    if as_json:
        print_json({**_as_object(identity, state, now), "second_opinion": opinion.as_dict()})
    else:
        _print(identity, state, now)
        print(opinion.line())
    if state.problems:
        raise typer.Exit(1)


def _as_object(identity: IdentityFolder, state: IdentityState, now: datetime) -> dict[str, Any]:
    return {
        "province": identity.province,
        "good": not state.problems,
        "problems": list(state.problems),
        "certificates": {
            usage.value: {
                "common_name": one.common_name,
                "serial": f"{one.serial:x}",
                "not_before": one.not_before.isoformat(),
                "not_after": one.not_after.isoformat(),
                "fingerprint": one.fingerprint,
            }
            for usage, one in identity.certificates.items()
        },
        "tls": {"not_after": identity.tls_not_after.isoformat()},
        "list_state": state.list_state.value,
        "list": None if identity.crl is None else as_object(identity.crl, now),
        "warnings": [
            {
                "what": one.what,
                "level": one.level.value,
                "days_left": one.days_left,
                "not_after": one.not_after.isoformat(),
            }
            for one in state.warnings
        ],
    }


def _print(identity: IdentityFolder, state: IdentityState, now: datetime) -> None:
    console = Console()
    table = Table(title=f"identity of {identity.province}")
    for column in ("what", "from", "until", "serial", "fingerprint"):
        table.add_column(column, overflow="fold")
    for usage, one in identity.certificates.items():
        dates = f"{one.not_before:%Y-%m-%d}", f"{one.not_after:%Y-%m-%d}"
        table.add_row(usage.value, *dates, f"{one.serial:x}", one.fingerprint)
    table.add_row("tls", "", f"{identity.tls_not_after:%Y-%m-%d}", "", "")
    console.print(table)
    listed = "no revocation list" if identity.crl is None else summary(identity.crl, now)
    lines = [listed, *(f"{one.level}: {one.what} {_left(one.days_left)}" for one in state.warnings)]
    lines += [f"BAD {problem}" for problem in state.problems] or ["good: the chain holds"]
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _left(days: int) -> str:
    return "has ended" if days < 0 else f"ends in {days} days"


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(show)
