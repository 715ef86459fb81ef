"""`certmesh evidence`: the node's log as auditors use it. Here: `convict`, a peer's log that forked; the rest in modules beside this."""

from pathlib import Path
from typing import Annotated

import typer

from node.cli.conviction import NotProvenError, convicted

app = typer.Typer(no_args_is_help=True, help="The node's evidence log.")


@app.command()
def convict(
    exhibit: Annotated[Path, typer.Argument(help="A file of <data>/exhibits.", dir_okay=False, show_default=False)],
    key: Annotated[Path | None, typer.Option(help="The accused province's signing certificate, PEM.")] = None,
    membership: Annotated[Path | None, typer.Option(help="Or a membership document, or a folder of them.")] = None,
) -> None:
    """Say whether the file proves that a province's log forked or went back, or that it signed two histories of one list.

    Needs no node and no network.

    Exit code 1: not proven.
    """
    try:
        found = convicted(exhibit, key, membership)
    except NotProvenError as error:
        print(f"NOT PROVEN 未能证实: {error}")
        raise typer.Exit(1) from error
    print(f"GUILTY 证实{found.what}: {found.province}: {found.sentence}")
    print(found.zh)
