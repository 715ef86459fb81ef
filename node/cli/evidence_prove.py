"""`certmesh evidence prove`: an entry with the proof that it stands in the log, as a file that verifies offline. Clause 8.5, DESIGN §7.

Reads the store; the node may run meanwhile, and need not: the checkpoint is the newest that others
cosigned, or else that it signed.
"""

from pathlib import Path
from typing import Annotated

import typer

from node.cli.evidence_read import What, named, opened
from node.cli.options import ConfigFile, Json, print_json
from node.config import load
from node.errors import ConfigError, NodeError
from node.ports.evidence import Evidence, LogEntry
from node.ports.store import Nouns
from node.usecases.shown import cosigned_head
from trust.checkpoint import parse_note
from trust.merkle import Paths
from trust.tlog_proof import TlogProof

Output = Annotated[Path, typer.Option("--output", "-o", help="The folder for the files.", file_okay=False)]


def prove(config: ConfigFile, what: What, *, output: Output = Path(), as_json: Json = False) -> None:
    """Write a proof file for each entry of an exchange, or for the one at an index: PROVINCE-INDEX.tlog-proof.

    `certmesh evidence verify FILE --membership …` checks it on any machine. Exit code 1: there is no such entry.
    """
    province = load(config).node.province
    with opened(config) as nouns:
        proofs = proofs_of(nouns, named(nouns.evidence, what))
    written = [_write(output / f"{province}-{one.index}.tlog-proof", one) for one in proofs]
    if as_json:
        print_json(
            {"files": [{"file": str(path), "index": one.index} for path, one in zip(written, proofs, strict=True)]}
        )
    else:
        for path in written:
            print(path)
    if not written:
        raise typer.Exit(1)


def proofs_of(nouns: Nouns, entries: list[LogEntry]) -> list[TlogProof]:
    """Proofs under one signed checkpoint, each with its entry: the one that most others cosigned, of those that cover all of them.

    Raises:
        NodeError: an entry is younger than every checkpoint.
    """
    if not entries:
        return []
    last, log = max(entry.index for entry in entries), nouns.evidence
    size, note = cosigned_head(nouns, last) or _newest(log)
    if last >= size:
        raise NodeError(
            f"the log is signed up to {size} entries, and the entry is younger: start the node, it signs at once; then repeat"
        )
    paths = Paths(size, log.node_hash)
    return [
        TlogProof(index=entry.index, path=tuple(paths.inclusion(entry.index)), checkpoint=note, extra=entry.entry)
        for entry in entries
    ]


def _newest(log: Evidence) -> tuple[int, bytes]:
    note = log.head().checkpoint
    return (parse_note(note).checkpoint.size if note else 0), note


def _write(path: Path, proof: TlogProof) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(proof.text())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror}); name another folder with -o") from error
    return path


def add_to(parent: typer.Typer) -> None:
    """Register the command."""
    parent.command()(prove)
