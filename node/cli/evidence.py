"""`certmesh evidence verify|show|convict`: the log, checked from its leaves; what one exchange left in it; a peer's log that forked."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from node import keys
from node.base import held_chain
from node.cli.conviction import NotProvenError, convicted
from node.cli.options import ConfigFile, Json, print_json
from node.cli.second_opinion import MAX_UNASKED, SecondOpinion, second_opinion
from node.config import Config, load
from node.ports.evidence import Evidence, LogEntry
from node.storage.sqlite import open_sqlite_read_only
from trust.checkpoint import Checkpoint, evidence_log, verify_note
from trust.errors import UnknownSignerError
from trust.evidence_log import LogReport, verify_log
from trust.identity import Certificate
from trust.membership import parse, signed_from_json

app = typer.Typer(no_args_is_help=True, help="The node's evidence log.")
PAGE = 5000


@app.command()
def verify(config: ConfigFile, *, as_json: Json = False, second: SecondOpinion = None) -> None:
    """Hash every entry again and compare with the head and every signed checkpoint. The node may run meanwhile.

    Exit code 1: something does not fit; 4: two libraries judge a checkpoint's signature differently.
    """
    loaded = load(config)
    with second_opinion(second, signatures=_few_checkpoints(loaded), as_json=as_json) as opinion:
        report = _verified(loaded)
    if as_json:
        print_json(
            {
                "ok": report.ok,
                "size": report.size,
                "root": report.root.hex(),
                "checkpoint_size": report.checkpoint_size,
                "first_bad": report.first_bad,
                "second_opinion": opinion.as_dict(),
            }
        )
    elif report.ok:
        print(f"good: {report.size} entries, root {report.root.hex()}, signed up to {report.checkpoint_size}")
    else:
        print(f"BAD: {report.first_bad}")
    if not as_json:
        print(opinion.line())
    if not report.ok:
        raise typer.Exit(1)


def _few_checkpoints(config: Config) -> int:
    """How many checkpoints there are; of many only that they are too many to ask about unasked."""
    reader = open_sqlite_read_only(config.node.data / "certmesh.db")
    try:
        return len(reader.read.evidence.checkpoints(0, MAX_UNASKED + 1))
    finally:
        reader.close()


def _verified(config: Config) -> LogReport:
    certificates = _signing_certificates(config)
    reader = open_sqlite_read_only(config.node.data / "certmesh.db")
    try:
        log = reader.read.evidence
        head = log.head()
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("verify", total=head.size)
            vouched = partial(_open_note, evidence_log(config.node.province), certificates)

            def opened(note: bytes) -> Checkpoint:  # with a second opinion the checkpoints are the long part
                checkpoint = vouched(note)
                progress.update(task, completed=checkpoint.size)
                return checkpoint

            return verify_log(
                _entries(log, head.size),
                size=head.size,
                root=head.root,
                notes=_notes(log, head.size),
                open_note=opened,
                progress=lambda done: progress.update(task, completed=done),
            )
    finally:
        reader.close()


def _signing_certificates(config: Config) -> list[Certificate]:
    """Every certificate that may have signed a checkpoint: those of the keys folder, and all that membership ever listed."""
    found = [Certificate.from_pem(keys.load_certificates(config.keys.folder).signing)]
    for one in held_chain(config):
        member = parse(signed_from_json(one.document).payload).by_province.get(config.node.province)
        found += member.signing_certificates if member else ()
    return list({one.fingerprint: one for one in reversed(found)}.values())


def _open_note(name: str, certificates: Sequence[Certificate], note: bytes) -> Checkpoint:
    """The checkpoint of a note that one of the certificates' keys has signed.

    Raises:
        EvidenceError: none has.
    """
    for certificate in certificates[:-1]:
        with contextlib.suppress(UnknownSignerError):
            return verify_note(note, name=name, public_key=certificate.public_key)
    return verify_note(note, name=name, public_key=certificates[-1].public_key)


def _entries(log: Evidence, size: int) -> Iterator[LogEntry]:
    """The first `size` entries, page by page: what a running node appends meanwhile is not looked at."""
    start = 0
    while start < size:
        page = log.entries(start, min(PAGE, size - start))
        if not page:
            return
        yield from page
        start += len(page)


def _notes(log: Evidence, size: int) -> Iterator[bytes]:
    """The signed checkpoints up to `size`, page by page."""
    after = 0
    while page := log.checkpoints(after, PAGE):
        for note in page:
            after = int(note.split(b"\n", 2)[1])
            if after > size:
                return
            yield note


@app.command()
def show(
    config: ConfigFile,
    exchange: Annotated[str, typer.Argument(help="An exchange id.", show_default=False)],
) -> None:
    """Show this node's entries of one exchange, as they stand in the log."""
    reader = open_sqlite_read_only(load(config).node.data / "certmesh.db")
    try:
        log = reader.read.evidence
        found = (one for of_peer in (False, True) for one in log.of_exchange(exchange, of_peer=of_peer))
        entries = sorted(found, key=lambda one: one.index)
    finally:
        reader.close()
    for entry in entries:
        print_json({"index": entry.index, **json.loads(entry.entry)})
    if not entries:
        raise typer.Exit(1)


@app.command()
def convict(
    exhibit: Annotated[Path, typer.Argument(help="A file of <data>/exhibits.", dir_okay=False, show_default=False)],
    key: Annotated[Path | None, typer.Option(help="The accused province's signing certificate, PEM.")] = None,
    membership: Annotated[Path | None, typer.Option(help="Or a membership document that holds it.")] = None,
) -> None:
    """Say whether the file proves that a province signed a forked log, or two histories of one list. Needs no node and no network.

    Exit code 1: not proven.
    """
    try:
        found = convicted(exhibit, key, membership)
    except NotProvenError as error:
        print(f"NOT PROVEN 未能证实: {error}")
        raise typer.Exit(1) from error
    print(f"GUILTY 证实分叉: {found.province}: {found.sentence}")
    print(found.zh)
