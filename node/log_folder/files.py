"""Files of an exported log: read with a bound, and written so that a name never stands for half of its content, whatever is killed when."""

import os
from contextlib import suppress
from pathlib import Path

from node.errors import NodeError

CHECKPOINT = "checkpoint"
WITNESSED = "checkpoint.witnessed"  # the newest head that others cosigned, with their lines; it may be older
MEMBERSHIP = "membership"  # the folder of the documents
TILES = "tile"  # the folder of tiles and entry bundles (C2SP tlog-tiles)
FRESH = ".new"  # behind the name of what is not whole yet


class LogFolderError(NodeError):
    """The folder cannot be written, or is not that of this log; the message says what to do."""


def read_bounded(path: Path, most: int) -> bytes | None:
    """A file's bytes; None where there is none.

    Raises:
        LogFolderError: it cannot be read, or is longer.
    """
    try:
        with path.open("rb") as reading:
            data = reading.read(most + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LogFolderError(f"{path}: cannot be read ({error.strerror})") from error
    if len(data) > most:
        raise LogFolderError(f"{path}: longer than {most} bytes, so nothing that belongs there")
    return data


def put(path: Path, data: bytes) -> bool:
    """Have this content under this name, whole and on disk; False where it was there. The folder itself is synced by `sync`.

    Raises:
        LogFolderError: it cannot be written.
    """
    try:
        with suppress(FileNotFoundError):
            if path.stat().st_size == len(data) and path.read_bytes() == data:
                return False
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + FRESH)
        with fresh.open("wb") as writing:
            writing.write(data)
            writing.flush()
            os.fsync(writing.fileno())
        fresh.replace(path)
    except OSError as error:
        raise LogFolderError(
            f"{path}: cannot be written ({error.strerror}); mend that and run the export again"
        ) from error
    return True


def sync(folder: Path) -> None:
    """Have the names in a folder on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
