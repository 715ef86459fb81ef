"""`certmesh ofd report`: what this node found of a file that it imported or received. It reads the store of a node that may run."""

import json
from typing import Annotated

import typer

from node.base import load_base
from node.cli.ofd import print_report
from node.cli.options import ConfigFile, Json, print_json
from node.config import load
from node.errors import ConfigError
from node.ports.reports import ReportOf
from node.storage.sqlite import open_sqlite_read_only
from node.usecases.retrieval.handout import report_label
from trust.ofd import Verdict


def add_to(app: typer.Typer) -> None:
    """Add the command to the `ofd` group."""
    app.command()(report)


def report(
    config: ConfigFile,
    key: Annotated[
        str, typer.Argument(help="The exchange id of a retrieval, or the SM3 of an imported file.", show_default=False)
    ],
    *,
    as_json: Json = False,
) -> None:
    """Show the verification report of a file that was received in an exchange, or imported."""
    base = load_base(load(config))
    reader = open_sqlite_read_only(base.database)
    try:
        reports = reader.read.reports
        found = reports.get(ReportOf.RECEIVED, key) or reports.get(ReportOf.ISSUED, key)
    finally:
        reader.close()
    if found is None:
        raise ConfigError(f"{key}: no report under this exchange id or digest; is it another province's exchange?")
    shown = json.loads(base.vault.open(found.sealed, report_label(found.about, found.key)))
    shown["verified_at"] = found.verified_at.isoformat(timespec="seconds")
    if as_json:
        print_json(shown)
    else:
        print(f"{found.about} {found.key}, verified {shown['verified_at']}")
        print_report(shown, {Verdict.VALID})
