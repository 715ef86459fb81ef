"""Verify an exported log from its files alone: every entry is hashed again, and every hash tile and the checkpoint compared. DESIGN §7.

Needs no node and no store. Nothing in the folder is believed: files are bounded before they are read, and names follow from the size.
"""

from collections.abc import Callable
from pathlib import Path

from node.log_folder.files import CHECKPOINT, LogFolderError, read_bounded
from trust.checkpoint import MAX_NOTE_BYTES, Checkpoint, parse_note
from trust.errors import EvidenceError
from trust.evidence_log import LogReport
from trust.tiles import ENTRIES, MAX_BUNDLE_BYTES, MAX_TILE_BYTES, WIDTH, Tile, Tiler, unpack_entries

_PROGRESS_EVERY = 40  # bundles


def read_note(folder: Path) -> bytes | None:
    """The folder's checkpoint as it stands there; None where there is none.

    Raises:
        LogFolderError: it cannot be read.
    """
    return read_bounded(folder / CHECKPOINT, MAX_NOTE_BYTES)


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
        open_note: verifies the checkpoint, such as `partial(verify_note, name=…, public_key=…)`.
        progress: called now and then with the number of entries done.

    Raises:
        LogFolderError: there is no checkpoint, or files cannot be read: neither good nor bad.
    """
    note, head = read_note(folder), read_checkpoint(folder)
    if note is None or head is None:
        raise LogFolderError(
            f"{folder}: there is no {CHECKPOINT}: no log was exported there, or the export did not end; run it again"
        )
    tiler, problem = Tiler(), ""
    try:
        signed = open_note(note)
        _hash(folder, head.size, tiler, progress)
        _meet(signed, tiler)
    except EvidenceError as error:
        problem = str(error)
    return LogReport(
        size=tiler.size,
        root=tiler.root(),
        ok=not problem,
        first_bad=problem,
        checkpoint_size=0 if problem else head.size,
    )


def _meet(signed: Checkpoint, tiler: Tiler) -> None:
    if (signed.size, signed.root) != (tiler.size, tiler.root()):
        raise EvidenceError(f"the entries do not make the root that was signed at size {signed.size}")


def _hash(folder: Path, size: int, tiler: Tiler, progress: Callable[[int], None]) -> None:
    """Hash the entries, bundle by bundle; the hash tiles are compared as soon as they are full, or the log ends.

    Raises:
        EvidenceError: a file is missing, is not what it should be, or does not fit the entries.
    """
    for start in range(0, size, WIDTH):
        bundle = Tile(level=ENTRIES, index=start // WIDTH, width=min(WIDTH, size - start))
        data = _read(folder, bundle, MAX_BUNDLE_BYTES)
        try:
            made = tiler.add(unpack_entries(data, bundle.width))
        except EvidenceError as error:
            raise EvidenceError(f"{bundle.path}: {error}") from error
        _compare(folder, made)
        if bundle.index % _PROGRESS_EVERY == 0:
            progress(tiler.size)
    _compare(folder, tiler.partial())
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
