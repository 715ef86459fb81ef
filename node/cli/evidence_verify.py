"""`certmesh evidence verify`: the node's log, an exported one, or one proof, checked from its leaves. Clause 8.5, DESIGN §7.

Of an export or a proof nothing is believed but the keys that the operator names. With a configuration alone it is the node's own log, which
is compared with every checkpoint it ever signed and kept.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from node.cli import log_keys
from node.cli.log_exports import of_log, of_path
from node.cli.log_keys import Anchors, Key, Membership
from node.cli.log_reading import PAGE, entries
from node.cli.membership_history import Fingerprint
from node.cli.options import Json, print_json
from node.cli.second_opinion import MAX_UNASKED, SecondOpinion, second_opinion
from node.config import Config, load
from node.errors import ConfigError
from node.ports.evidence import Evidence
from node.ports.store import Nouns
from node.storage.sqlite import open_sqlite_read_only
from node.usecases.reconcile.index_check import altered, index_problem
from trust.checkpoint import Checkpoint, evidence_log
from trust.evidence_log import LogReport, verify_log


def verify(
    path: Annotated[
        Path | None,
        typer.Argument(
            help="An exported folder or a .tlog-proof file; without it the node's own log.", show_default=False
        ),
    ] = None,
    *,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="The node's TOML file.", show_default=False)
    ] = None,
    membership: Membership = None,
    key: Key = None,
    fingerprint: Fingerprint = None,
    as_json: Json = False,
    second: SecondOpinion = None,
) -> None:
    """Hash every entry again and compare with the head and the signed checkpoints. The node may run meanwhile.

    Of a folder or a proof name whose keys you believe: --membership, --fingerprint with a folder that holds its documents, or --key.

    Exit code 1: something does not fit; 4: two libraries judge a checkpoint's signature differently.
    """
    if path is None and config is None:
        raise ConfigError("name a folder or a file to verify, or --config for the node's own log")
    loaded = None if config is None else load(config)
    signatures = _few_checkpoints(loaded) if path is None and loaded else 1  # of membership there are few, too
    with second_opinion(second, signatures=signatures, as_json=as_json) as opinion:
        if path is None:
            assert loaded is not None, "asked for above"
            found = of_log(_own_log(loaded))
        else:
            found = of_path(path, Anchors(config=loaded, membership=membership, key=key, fingerprint=fingerprint))
    if as_json:
        print_json({"ok": found.ok, **found.members, "second_opinion": opinion.as_dict()})
    else:
        for line in (*found.lines, opinion.line()):
            print(line)
    if not found.ok:
        raise typer.Exit(1)


def _few_checkpoints(config: Config) -> int:
    """How many checkpoints there are; of many only that they are too many to ask about unasked."""
    reader = open_sqlite_read_only(config.node.data / "certmesh.db")
    try:
        return len(reader.read.evidence.checkpoints(0, MAX_UNASKED + 1))
    finally:
        reader.close()


def _own_log(config: Config) -> LogReport:
    certificates = log_keys.of_config(config)
    reader = open_sqlite_read_only(config.node.data / "certmesh.db")
    try:
        log = reader.read.evidence
        head = log.head()
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("verify", total=head.size)
            vouched = partial(log_keys.open_note, evidence_log(config.node.province), certificates)

            def opened(note: bytes) -> Checkpoint:  # with a second opinion the checkpoints are the long part
                checkpoint = vouched(note)
                progress.update(task, completed=checkpoint.size)
                return checkpoint

            report = verify_log(
                entries(log, head.size),
                size=head.size,
                root=head.root,
                notes=_notes(log, head.size),
                open_note=opened,
                progress=lambda done: progress.update(task, completed=done),
            )
            return _beside(report, reader.read, head.size)
    finally:
        reader.close()


def _beside(report: LogReport, nouns: Nouns, size: int) -> LogReport:
    """A log that verifies, and its index of counterparts does not: bad. One that does not: with the entry that was altered, if one was."""
    if report.ok:
        problem = index_problem(nouns.counterparts, entries(nouns.evidence, size), size)
        return replace(report, ok=not problem, first_bad=problem)
    named = altered(nouns.evidence, entries(nouns.evidence, size))
    return replace(report, first_bad="; ".join(filter(None, (report.first_bad, named))))


def _notes(log: Evidence, size: int) -> Iterator[bytes]:
    """The signed checkpoints up to `size`, page by page."""
    after = 0
    while page := log.checkpoints(after, PAGE):
        for note in page:
            after = int(note.split(b"\n", 2)[1])
            if after > size:
                return
            yield note


def add_to(parent: typer.Typer) -> None:
    """Register the command."""
    parent.command()(verify)
