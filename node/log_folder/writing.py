"""`certmesh evidence export`: write what the log has gained since the folder's checkpoint. Killed at any moment, the next run goes on.

Order: every new tile and bundle, whole and on disk; then the checkpoint over them, by rename; then partial tiles that a full one replaced
go. So whatever checkpoint stands in the folder, all its tiles are there. A long way is gone in steps, from one signed checkpoint to a later
one, so that a killed run costs the next one a step at most; what it left beyond is written over, or left where it has the very bytes. Two
runs at once are refused. Blocking: not for the event loop.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from node.log_folder.batches import write_tiles
from node.log_folder.files import CHECKPOINT, FRESH, MEMBERSHIP, TILES, WITNESSED, LogFolderError, put, sync
from node.log_folder.reading import read_checkpoint
from node.ports.evidence import Evidence
from trust.checkpoint import Checkpoint, parse_note
from trust.merkle import Frontier, peaks

STEP = 16_384  # entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export did: the size before and now, files written, and files removed."""

    since: int
    size: int
    written: int
    removed: int


def export_log(
    log: Evidence,
    folder: Path,
    *,
    witnessed: bytes = b"",
    again: bool = False,
    step: int = STEP,
    progress: Callable[[int], None] = lambda _: None,
) -> Exported:
    """Bring a folder up to the log's newest signed checkpoint; it is made where there is none.

    Args:
        log: the store's log, as a command reads it beside the node.
        folder: of an earlier export of this very log, or empty.
        witnessed: the newest head that others cosigned, with their lines, if there is one.
        again: compare and mend every file, not only what is new.
        step: entries after which a checkpoint is put into the folder, where the log has signed one there.
        progress: called now and then with the number of entries done.

    Raises:
        LogFolderError: the log is not signed yet, the folder holds another history of it, another run is at work, or the disk refuses.
        StoreError: the store cannot be read.
    """
    note = log.head().checkpoint
    if not note:
        raise LogFolderError("the log has no signed checkpoint yet: let the node run for a second, then repeat")
    head = parse_note(note).checkpoint
    with _alone(folder):
        since = done = _common(log, folder, head)
        written = 0
        for each, to in [(note, head.size)] if again else _steps(log, since, note, step):
            written += write_tiles(log, folder, range(0 if again else done, to), progress)
            put(folder / CHECKPOINT, each)
            sync(folder)
            done = to
        if witnessed and parse_note(witnessed).checkpoint.size <= head.size:
            put(folder / WITNESSED, witnessed)
            sync(folder)
        return Exported(since=since, size=head.size, written=written, removed=_tidy(folder))


def _steps(log: Evidence, since: int, last: bytes, step: int) -> Iterator[tuple[bytes, int]]:
    """Signed checkpoints on the way to the last one, and their sizes."""
    end = parse_note(last).checkpoint.size
    while True:
        note = next(iter(log.checkpoints(since + step - 1, 1)), last)
        since = parse_note(note).checkpoint.size
        if since >= end:
            yield last, end
            return
        yield note, since


def export_documents(documents: Mapping[int, bytes], folder: Path) -> None:
    """Have the documents of membership in the folder, by version: whoever trusts one of them finds the log's keys in those after it.

    Raises:
        LogFolderError: the disk refuses.
    """
    with _alone(folder):
        for version, document in documents.items():
            put(folder / MEMBERSHIP / f"membership.{version:04d}.json", document)
        if documents:
            sync(folder / MEMBERSHIP)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder; made where there is none, for its owner's eyes.

    Raises:
        LogFolderError: it cannot be made, or another run holds it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise LogFolderError(f"{folder}: cannot be used ({error.strerror}); name another folder") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise LogFolderError(f"{folder}: another export is at work there; wait for it") from error
    finally:
        os.close(handle)


def _common(log: Evidence, folder: Path, head: Checkpoint) -> int:
    """The size that the folder has, after making sure that it holds the beginning of this log.

    Raises:
        LogFolderError: it does not.
    """
    there = read_checkpoint(folder)
    if there is None:
        _check_ours(folder)
        return 0
    if there.origin != head.origin:
        raise LogFolderError(f"{folder}: holds the log {there.origin}, not {head.origin}; name another folder")
    if there.size > head.size or there.root != _root(log, there.size):
        raise LogFolderError(
            f"{folder}: holds a signed head of size {there.size} that this log of size {head.size} does not extend. Keep the folder, it"
            " shows a log that was cut or rewritten; find out whether an old database was restored; export into another folder"
        )
    return there.size


def _check_ours(folder: Path) -> None:
    """Without a checkpoint the folder holds nothing, or what the first export had written when it was killed.

    Raises:
        LogFolderError: it holds something else.
    """
    ours = {TILES, MEMBERSHIP, CHECKPOINT, WITNESSED}
    foreign = [one.name for one in folder.iterdir() if one.name.removesuffix(FRESH) not in ours]
    if foreign:
        raise LogFolderError(f"{folder}: holds {foreign[0]} and no exported log; name an empty folder")


def _root(log: Evidence, size: int) -> bytes:
    """The root over the log's first entries."""
    return Frontier(size, [log.node_hash(level, index) for level, index in peaks(size)]).root()


def _tidy(folder: Path) -> int:
    """Remove partial tiles that a full one replaced, and what killed runs left half written; how many files."""
    removed = 0
    for name in (CHECKPOINT, WITNESSED):
        with suppress(FileNotFoundError):
            (folder / f"{name}{FRESH}").unlink()
            removed += 1
    for place, folders, files in (one for name in (TILES, MEMBERSHIP) for one in os.walk(folder / name)):
        here = Path(place)
        for name in files:
            if name.endswith(FRESH):
                (here / name).unlink()
                removed += 1
        for name in [one for one in folders if one.endswith(".p")]:
            if (here / name.removesuffix(".p")).is_file():
                removed += len(list((here / name).iterdir()))
                shutil.rmtree(here / name)
                folders.remove(name)
    return removed
