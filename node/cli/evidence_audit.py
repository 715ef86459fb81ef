"""`certmesh evidence audit-fields`: was more delivered than verdicts and lines allowed? Reads the store; the node may run meanwhile."""

from typing import Any

import typer

from node.cli.log_reading import whole_log
from node.cli.options import ConfigFile, Json, print_json
from node.config import load
from node.ports.store import Nouns
from node.usecases.lists import Lists
from node.usecases.retrieval.field_audit import FieldAudit, LineFields, audited


def add_to(app: typer.Typer) -> None:
    """Add the command to the `evidence` group."""
    app.command("audit-fields")(audit_fields)


def audit_fields(config: ConfigFile, *, as_json: Json = False) -> None:
    """Compare the fields and outputs of every delivery on record with the verdict it rests on, and every verdict with its line.

    Exit code 1: something was delivered, or allowed, beyond what was allowed.
    """
    loaded = load(config)
    with whole_log(loaded.node.data / "certmesh.db", "audit") as (nouns, entries):
        audit = audited(loaded.node.province, entries, _line_fields(nouns))
    if as_json:
        print_json(_as_json(audit))
    else:
        _show(audit)
    if audit.findings:
        raise typer.Exit(1)


def _line_fields(nouns: Nouns) -> LineFields:
    """The lines as they are published now."""
    lists = Lists(lambda: nouns.publications)

    def fields(consumer: str, use_list_id: str, version: int) -> frozenset[str] | None:
        versions = (one.line for one in lists.line_versions(consumer, use_list_id))
        return next((frozenset(one.allowed_fields) for one in versions if one.version == version), None)

    return fields


def _as_json(audit: FieldAudit) -> dict[str, Any]:
    return {
        "ok": not audit.findings,
        "deliveries": audit.deliveries,
        "verdicts": audit.verdicts,
        "verdicts_without_line": audit.unlisted,
        "findings": [
            {"index": one.index, "exchange": one.exchange, "what": one.what, "fields": list(one.fields)}
            for one in audit.findings
        ],
    }


def _show(audit: FieldAudit) -> None:
    for one in audit.findings:
        print(f"entry {one.index}, exchange {one.exchange}: {one.what} {', '.join(one.fields)}".rstrip())
    lines = f"{audit.verdicts} verdicts ({audit.unlisted} under versions of lines that are not published any more)"
    print(
        f"{'BAD' if audit.findings else 'good'}: {audit.deliveries} deliveries, {lines}, {len(audit.findings)} findings"
    )
