"""What a stranger has of a log, verified from the files alone: an exported folder, or one entry with its proof. For `evidence verify`."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from node.cli.log_keys import Anchors, Trusted
from node.errors import ConfigError
from node.log_folder import MEMBERSHIP, WITNESSED, check_folder, read_checkpoint, read_note
from trust.checkpoint import parse_note
from trust.cosignature import owner
from trust.errors import EvidenceError
from trust.evidence_log import LogReport
from trust.proven_entry import proven
from trust.tlog_proof import MAX_TLOG_PROOF_BYTES, parse_tlog_proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came out: as members of an object, and as lines for people."""

    ok: bool
    members: dict[str, Any]
    lines: tuple[str, ...]


def of_path(path: Path, anchors: Anchors) -> Found:
    """Verify a folder or a proof.

    Raises:
        ConfigError: it cannot be read, or it is not said whose keys are believed.
        LogFolderError: no log was exported there.
    """
    return _folder(path, anchors) if path.is_dir() else _proof(path, anchors.trusted())


def of_log(report: LogReport) -> Found:
    """A whole log."""
    members = {
        "size": report.size,
        "root": report.root.hex(),
        "checkpoint_size": report.checkpoint_size,
        "first_bad": report.first_bad,
    }
    good = f"good: {report.size} entries, root {report.root.hex()}, signed up to {report.checkpoint_size}"
    return Found(ok=report.ok, members=members, lines=(good if report.ok else f"BAD: {report.first_bad}",))


def _folder(path: Path, anchors: Anchors) -> Found:
    """An exported log; the documents of membership that it holds are walked from the fingerprint that is trusted."""
    if anchors.fingerprint is not None and anchors.membership is None:
        anchors = replace(anchors, membership=path / MEMBERSHIP)
    trusted, head = anchors.trusted(), read_checkpoint(path)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("verify", total=head.size if head else None)
        report = check_folder(path, open_note=trusted.open, progress=lambda done: progress.update(task, completed=done))
    found = of_log(report)
    note = read_note(path, WITNESSED)
    if note is None or not found.ok:
        return found
    return _seen(found, trusted, note)


def _seen(found: Found, trusted: Trusted, note: bytes) -> Found:
    """With what the cosignatures under a checkpoint say, whose log signature is good."""
    size = parse_note(note).checkpoint.size
    try:
        witnesses = trusted.witnesses(note)
    except EvidenceError as error:
        return Found(ok=False, members=found.members | {"first_bad": str(error)}, lines=(f"BAD: {error}",))
    members = found.members | {"witnessed_size": size, **witnesses.as_dict()}
    return replace(found, members=members, lines=(*found.lines, f"{witnesses.line()}, at size {size}"))


def _proof(path: Path, trusted: Trusted) -> Found:
    """One entry that carries its proof."""
    try:
        with path.open("rb") as reading:
            data = reading.read(MAX_TLOG_PROOF_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        proof = parse_tlog_proof(data)
        head = trusted.open(proof.checkpoint)
        province = owner(head.origin)
        keys = [one.public_key for one in trusted.certificates(province)]
        entry = proven(proof.log_proof(), province=province, keys=keys)
    except EvidenceError as error:
        return Found(ok=False, members={"first_bad": str(error)}, lines=(f"BAD: {error}",))
    good = f"good: entry {proof.index} of {head.origin}, signed at size {head.size}: {proof.extra.decode()}"
    members = {"origin": head.origin, "index": proof.index, "size": head.size, "entry": entry, "first_bad": ""}
    return _seen(Found(ok=True, members=members, lines=(good,)), trusted, proof.checkpoint)
