"""Verify an exported log from its files alone: every entry is hashed again, and every hash tile and the checkpoint compared. DESIGN §7.

Needs no node and no store. Nothing in the folder is believed: files are bounded before they are read, and names follow from the size.
"""

from collections.abc import Callable
from pathlib import Path

from node.log_folder.files import CHECKPOINT, WITNESSED, LogFolderError, read_bounded
from trust.checkpoint import MAX_NOTE_BYTES, Checkpoint, parse_note
from trust.errors import EvidenceError
from trust.evidence_log import LogReport
from trust.tiles import ENTRIES, MAX_BUNDLE_BYTES, MAX_TILE_BYTES, WIDTH, Tile, Tiler, unpack_entries

_PROGRESS_EVERY = 40  # bundles


def read_note(folder: Path, name: str = CHECKPOINT) -> bytes | None:
    """The folder's checkpoint as it stands there, or with `WITNESSED` the cosigned one; None where there is none.

    Raises:
        LogFolderError: it cannot be read.
    """
    return read_bounded(folder / name, MAX_NOTE_BYTES)


def read_checkpoint(folder: Path) -> Checkpoint | None:
    """What the folder's checkpoint says, its signatures not looked at; None where there is none.

    Raises:
        LogFolderError: it cannot be read.
    """
    note = read_note(folder)
    try:
        return None if note is None else parse_note(note).checkpoint
    except EvidenceError as error:
        raise LogFolderError(f"{folder / CHECKPOINT}: {error}; name another folder") from error


def check_folder(
    folder: Path, *, open_note: Callable[[bytes], Checkpoint], progress: Callable[[int], None] = lambda _: None
) -> LogReport:
    """Verify all of an exported log.

    Args:
        folder: the export.
        open_note: verifies a checkpoint, such as `partial(verify_note, name=…, public_key=…)`.
        progress: called now and then with the number of entries done.

    Raises:
        LogFolderError: there is no checkpoint, or files cannot be read: neither good nor bad.
    """
    note, witnessed = read_note(folder), read_note(folder, WITNESSED)
    if note is None:
        raise LogFolderError(
            f"{folder}: no {CHECKPOINT} is there: no log was exported, or not to the end; run the export again"
        )
    tiler, problem, signed = Tiler(), "", 0
    try:
        heads = _heads([open_note(one) for one in (witnessed, note) if one is not None])
        for head in heads:
            _hash(folder, range(tiler.size, head.size), heads[-1].size, tiler, progress)
            _meet(head, tiler)
            signed = head.size
        _compare(folder, tiler.partial())
    except EvidenceError as error:
        problem = str(error)
    return LogReport(size=tiler.size, root=tiler.root(), ok=not problem, first_bad=problem, checkpoint_size=signed)


def _heads(heads: list[Checkpoint]) -> list[Checkpoint]:
    """The cosigned head, where there is one, and the newest one, after making sure that one can follow the other."""
    first, last = heads[0], heads[-1]
    if first.origin != last.origin or first.size > last.size:
        raise EvidenceError(f"{WITNESSED}: not of the beginning of this log")
    return heads


def _meet(head: Checkpoint, tiler: Tiler) -> None:
    if (head.size, head.root) != (tiler.size, tiler.root()):
        raise EvidenceError(f"the entries do not make the root that was signed at size {head.size}")


def _hash(folder: Path, some: range, size: int, tiler: Tiler, progress: Callable[[int], None]) -> None:
    """Hash these entries of a log of `size`; the hash tiles are compared as soon as they are full.

    Raises:
        EvidenceError: a file is missing, is not what it should be, or does not fit the entries.
    """
    for index in range(some.start // WIDTH, -(-some.stop // WIDTH)):
        bundle = Tile(level=ENTRIES, index=index, width=min(WIDTH, size - index * WIDTH))
        data = _read(folder, bundle, MAX_BUNDLE_BYTES)
        try:
            entries = unpack_entries(data, bundle.width)
        except EvidenceError as error:
            raise EvidenceError(f"{bundle.path}: {error}") from error
        _compare(folder, tiler.add(entries[max(0, some.start - bundle.start) : some.stop - bundle.start]))
        if index % _PROGRESS_EVERY == 0:
            progress(tiler.size)
    progress(tiler.size)


def _compare(folder: Path, made: list[tuple[Tile, bytes]]) -> None:
    for tile, data in made:
        if _read(folder, tile, MAX_TILE_BYTES) != data:
            raise EvidenceError(f"{tile.path}: the entries do not make these hashes")


def _read(folder: Path, tile: Tile, most: int) -> bytes:
    try:
        data = read_bounded(folder / tile.path, most)
    except LogFolderError as error:
        raise EvidenceError(str(error)) from error
    if data is None:
        raise EvidenceError(f"{tile.path}: is missing")
    return data
