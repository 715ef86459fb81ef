"""Files, content-addressed by SM3: the issued ones, kept byte for byte, and usage copies while they are handed out. DESIGN §2.6, §8.

`<root>/ab/<sm3>` is the file, `<root>/ab/<sm3>.prefixes` the SM3 of each of its prefixes that end at a chunk boundary (32 bytes each), made
once so that no delivery hashes again. A file appears whole or not at all: written aside, synced, renamed. Blocking; call off the loop.
"""

import io
import math
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from federation.model.retrieval import CHUNK_BYTES
from trust import gm

_SM3_BYTES = 32
_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file in the store. `sm3` is hex; `size` in bytes."""

    sm3: str
    size: int
    path: Path

    def intact(self) -> bool:
        """Whether what stands here still has its digest. Reads the file, a piece at a time.

        Raises:
            OSError: it cannot be read.
        """
        with self.path.open("rb") as file:
            sm3, size = digest_of(file)
        return (sm3.hex(), size) == (self.sm3, self.size)

    def fits(self, data: bytes) -> bool:
        """Whether these are its bytes."""
        return len(data) == self.size and gm.sm3(data).hex() == self.sm3

    def prefixes(self, offset: int) -> list[bytes]:
        """The prefix digests of the chunks from `offset` (a multiple of the chunk size) on."""
        digests = self.path.with_name(self.sm3 + ".prefixes").read_bytes()
        first = offset // CHUNK_BYTES
        return [digests[at : at + _SM3_BYTES] for at in range(first * _SM3_BYTES, len(digests), _SM3_BYTES)]


class FileStore:
    """A folder of files: the issued ones, or usage copies of them."""

    def __init__(self, root: Path) -> None:
        """Make the folder where it is missing."""
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def get(self, sm3: str, size: int) -> StoredFile:
        """Where the file with this digest stands; it is not opened."""
        return StoredFile(sm3=sm3, size=size, path=self._path(sm3))

    def put(self, source: bytes | BinaryIO) -> StoredFile:
        """Keep these bytes, or those of an open file, and return their file; one that is already here is left as it is.

        Raises:
            OSError: it could not be written; nothing half-written stays.
        """
        handle, name = tempfile.mkstemp(dir=self._root)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as writing:
                digests = _copied(io.BytesIO(source) if isinstance(source, bytes) else source, writing)
                writing.flush()
                os.fsync(writing.fileno())
            return self._settle(temporary, digests)
        finally:
            temporary.unlink(missing_ok=True)

    def remove(self, sm3: str) -> None:
        """Forget a file."""
        path = self._path(sm3)
        path.unlink(missing_ok=True)
        path.with_name(sm3 + ".prefixes").unlink(missing_ok=True)

    def sweep(self, older_than: float) -> int:
        """Forget every file last written before this time (seconds since the epoch), and return how many. Never for issued files."""
        old = [path for path in self._root.glob("??/*") if _written(path) < older_than]
        for path in old:
            path.unlink(missing_ok=True)
        return sum(path.suffix != ".prefixes" for path in old)

    def _settle(self, temporary: Path, digests: list[bytes]) -> StoredFile:
        """Give the written file its name, after its digests have theirs."""
        sm3, size = digests[-1].hex(), temporary.stat().st_size
        path = self._path(sm3)
        if not path.exists():
            if not path.parent.exists():
                path.parent.mkdir(exist_ok=True, mode=0o700)
                _sync_folder(self._root)
            _write_synced(path.with_name(sm3 + ".prefixes"), b"".join(digests))
            temporary.chmod(0o400)
            temporary.rename(path)
            _sync_folder(path.parent)
        return StoredFile(sm3=sm3, size=size, path=path)

    def _path(self, sm3: str) -> Path:
        return self._root / sm3[:2] / sm3


def _copied(source: BinaryIO, target: BinaryIO) -> list[bytes]:
    """Write all of a file to another; returns the SM3 of the bytes up to each chunk's end, one digest for an empty file."""
    running = gm.new_sm3()
    digests: list[bytes] = []
    source.seek(0)
    while (piece := source.read(CHUNK_BYTES)) or not digests:
        target.write(piece)
        running.update(piece)
        digests.append(running.copy().digest())
    return digests


def digest_of(file: BinaryIO) -> tuple[bytes, int]:
    """SM3 and size of an open file, read from its beginning a piece at a time."""
    running, size = gm.new_sm3(), 0
    file.seek(0)
    while piece := file.read(_READ_BYTES):
        running.update(piece)
        size += len(piece)
    return running.digest(), size


def _written(path: Path) -> float:
    """When a file was last written; one that went away in the meantime is young."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return math.inf


def write_all(descriptor: int, piece: bytes) -> None:
    """Write every byte; a short write is no error on a file system that is nearly full until the next one."""
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]


def _write_synced(path: Path, data: bytes) -> None:
    temporary = path.with_name(path.name + ".new")
    with temporary.open("wb") as writing:
        writing.write(data)
        writing.flush()
        os.fsync(writing.fileno())
    temporary.rename(path)


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
