"""`certmesh ofd info|verify`: what an OFD file holds, and what its signatures are worth. No node, no network, no configuration."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from node.cli.ofd_copy import copy_lines, moment, read_file
from node.cli.options import Json, print_json
from node.cli.second_opinion import SecondOpinion, second_opinion
from node.errors import ConfigError
from trust.errors import DocumentError
from trust.ofd import Trust, Verdict, read_package, verify_document
from trust.ofd.signatures.listing import list_signatures
from trust.ofd.signatures.paths import Paths

app = typer.Typer(no_args_is_help=True, help="OFD files: what they hold, and what their signatures are worth.")
File = Annotated[Path, typer.Argument(help="An OFD file.", show_default=False)]
_ACCEPTED = {Verdict.VALID}
_SIGNATURES = 5  # of a file, with the certificates and the seals they come with: about
_COLOURS = {Verdict.VALID: "green", Verdict.VALID_UNTRUSTED: "yellow", Verdict.UNSIGNED: "yellow"}


@app.command()
def info(file: File, *, as_json: Json = False) -> None:
    """Show a file's entries, documents, custom data and signatures; nothing is verified."""
    data = read_file(file)
    package = read_package(data)
    found: dict[str, Any] = {
        "file": str(file),
        "bytes": len(data),
        "documents": list(package.doc_roots),
        "custom_data": package.custom_data,
        "signatures": [one.identifier for one in list_signatures(package, Paths(package.entries))],
        "entries": list(package.entries),
    }
    if as_json:
        print_json(found)
        return
    table = Table(show_header=False)
    for name, value in found.items():
        table.add_row(name, escape("\n".join(_lines(value))))
    Console().print(table)


def _lines(value: object) -> Iterator[str]:
    match value:
        case dict():
            yield from (f"{name} = {text}" for name, text in value.items())
        case list():
            yield from map(str, value)
        case _:
            yield str(value)


@app.command()
def verify(
    files: Annotated[list[Path], typer.Argument(help="OFD files.", show_default=False)],
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each file, each on one line.")
    ] = False,
    trust: Annotated[
        list[Path] | None, typer.Option(help="The trust list: CA certificates, PEM or DER.", show_default=False)
    ] = None,
    crl: Annotated[list[Path] | None, typer.Option(help="Revocation lists, PEM or DER.", show_default=False)] = None,
    certificate: Annotated[
        list[Path] | None,
        typer.Option(help="Certificates of signers, for signatures that bring none.", show_default=False),
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="Verify as of this moment, such as 2024-05-01T00:00:00Z; now by default.")
    ] = None,
    second: SecondOpinion = None,
) -> None:
    """Verify every signature of OFD files.

    Exit code 0: every file is VALID, or VALID_UNTRUSTED when no trust list was given; 1: one is not. 4: two libraries judge a signature
    differently. Of a usage copy the original inside counts as well. Reasons are in Chinese and English.
    """
    told = _trust(trust, crl, certificate)
    when = datetime.now(UTC) if at is None else moment(at, "--at")
    accepted = _ACCEPTED if trust else {*_ACCEPTED, Verdict.VALID_UNTRUSTED}
    refused = False
    for file in track(files, "verify", console=Console(stderr=True), transient=True, disable=len(files) == 1):
        with second_opinion(second, signatures=len(files) * _SIGNATURES, as_json=as_json) as opinion:
            shown, verdicts = _verify(file, told, when)
        shown["second_opinion"] = opinion.as_dict()
        refused |= not accepted.issuperset(verdicts)
        if as_json:
            print(json.dumps(shown, ensure_ascii=False))
        else:
            print_report(shown, accepted)
            print(f"  {opinion.line()}")
    if refused:
        raise typer.Exit(1)


def _verify(file: Path, trust: Trust, at: datetime) -> tuple[dict[str, Any], set[Verdict]]:
    """One file's report as JSON, and the verdicts that count; a file that is no readable package is UNSUPPORTED, and stderr says why."""
    try:
        report = verify_document(read_file(file), trust=trust, at=at)
    except DocumentError as error:
        Console(stderr=True).print(escape(f"{file}: {error}"), soft_wrap=True)
        return {"file": str(file), "verdict": str(Verdict.UNSUPPORTED), "signatures": []}, {Verdict.UNSUPPORTED}
    original = set() if report.copy is None else {report.copy.original.verdict}
    return report.as_json(str(file)), {report.verdict, *original}


def print_report(shown: dict[str, Any], accepted: set[Verdict]) -> None:
    """A report (`DocumentReport.as_json`) for people; `accepted` are the verdicts that make a usage copy proven."""
    console, verdict = Console(), Verdict(shown["verdict"])
    console.print(f"[{_COLOURS.get(verdict, 'red')}]{verdict}[/] {escape(shown['file'])}", soft_wrap=True)
    for one in shown["signatures"]:
        heading = f"  {one['id']}: {one['verdict']} ({one['kind']}; mathematics {one['mathematics']})"
        console.print(escape(heading), soft_wrap=True)
        for reason in one["reasons"]:
            console.print(escape(f"    {reason}"), soft_wrap=True)
    if "copy" in shown:
        original = Verdict(shown["copy"]["original"]["verdict"])
        proven = verdict in {*accepted, Verdict.COPY_EXPIRED}
        lines = copy_lines(shown["copy"], proven=proven, original_accepted=original in accepted)
        console.print(escape("\n".join(lines)), soft_wrap=True)


def _trust(trust: list[Path] | None, crl: list[Path] | None, certificate: list[Path] | None) -> Trust:
    try:
        return Trust.from_bytes(
            anchors=map(read_file, trust or ()),
            crls=map(read_file, crl or ()),
            outside=map(read_file, certificate or ()),
        )
    except DocumentError as error:
        raise ConfigError(f"the trust list, a revocation list or a certificate cannot be read: {error}") from error
