"""What a stranger has of a log, verified from the files alone: an exported folder, or one entry with its proof. For `evidence verify`."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from node.cli.log_keys import Anchors, open_any, province_of
from node.errors import ConfigError
from node.log_folder import MEMBERSHIP, check_folder, read_checkpoint
from trust.errors import EvidenceError
from trust.evidence_log import LogReport
from trust.proven_entry import proven
from trust.tlog_proof import MAX_TLOG_PROOF_BYTES, parse_tlog_proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came out: as members of an object, and as the line for people."""

    ok: bool
    members: dict[str, Any]
    line: str


def of_path(path: Path, anchors: Anchors) -> Found:
    """Verify a folder or a proof.

    Raises:
        ConfigError: it cannot be read, or it is not said whose keys are believed.
        LogFolderError: no log was exported there.
    """
    return of_log(_folder(path, anchors)) if path.is_dir() else _proof(path, anchors)


def of_log(report: LogReport) -> Found:
    """A whole log."""
    members = {
        "size": report.size,
        "root": report.root.hex(),
        "checkpoint_size": report.checkpoint_size,
        "first_bad": report.first_bad,
    }
    good = f"good: {report.size} entries, root {report.root.hex()}, signed up to {report.checkpoint_size}"
    return Found(ok=report.ok, members=members, line=good if report.ok else f"BAD: {report.first_bad}")


def _folder(path: Path, anchors: Anchors) -> LogReport:
    """An exported log; the documents of membership that it holds are walked from the fingerprint that is trusted."""
    if anchors.fingerprint is not None and anchors.membership is None:
        anchors = replace(anchors, membership=path / MEMBERSHIP)
    believed, head = anchors.certificates(), read_checkpoint(path)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("verify", total=head.size if head else None)
        return check_folder(
            path,
            open_note=partial(open_any, believed),
            progress=lambda done: progress.update(task, completed=done),
        )


def _proof(path: Path, anchors: Anchors) -> Found:
    """One entry that carries its proof."""
    believed = anchors.certificates()
    try:
        with path.open("rb") as reading:
            data = reading.read(MAX_TLOG_PROOF_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        proof = parse_tlog_proof(data)
        head = open_any(believed, proof.checkpoint)
        province = province_of(head.origin)
        keys = [one.public_key for one in believed(province)]
        entry = proven(proof.log_proof(), province=province, keys=keys)
    except EvidenceError as error:
        return Found(ok=False, members={"first_bad": str(error)}, line=f"BAD: {error}")
    return Found(
        ok=True,
        members={"origin": head.origin, "index": proof.index, "size": head.size, "entry": entry, "first_bad": ""},
        line=f"good: entry {proof.index} of {head.origin}, signed at size {head.size}: {proof.extra.decode()}",
    )
