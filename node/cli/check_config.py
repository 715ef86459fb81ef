"""`certmesh check-config`: everything a node reads at its start, without starting it."""

from typing import Annotated

import typer

from node.base import load_base
from node.cli.options import ConfigFile
from node.config import load
from node.lists import files
from node.ports.lists import Kind


def check_config(
    config: ConfigFile,
    *,
    offline: Annotated[bool, typer.Option(help="Check the files' form only: no keys, no membership.")] = False,
) -> None:
    """Check the configuration, the lists and (unless --offline) keys and membership, without starting anything."""
    loaded = load(config)
    for kind, path in ((Kind.CATALOGUE, loaded.lists.catalogue), (Kind.USELIST, loaded.lists.uselist)):
        if path is not None:
            files.founding(path, kind, loaded.node.province)
    if not offline:
        load_base(loaded)
    print(f"{config}: good")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(check_config)
