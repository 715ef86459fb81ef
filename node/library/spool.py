"""Files on their way in: received chunk by chunk, resumed after a break, gone when they were handed on. Blocking; call off the loop.

One file per exchange, named by the digest of its id, readable by the node alone. What a crash leaves here is either resumed by a retry of
the same exchange or swept at the next start.
"""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from federation.model.retrieval import CHUNK_BYTES, Chunk
from federation.stream import ChunkOpener
from node.library.files import write_all
from trust import gm
from trust.errors import DecryptionError

_READ_BYTES = 1 << 20


class Part:
    """One file on its way in. One writer at a time."""

    def __init__(self, path: Path) -> None:
        """The file may or may not exist yet."""
        self.path = path

    @property
    def size(self) -> int:
        """How many bytes are here."""
        return self.path.stat().st_size if self.path.exists() else 0

    def resume(self) -> int:
        """Cut what is here back to whole chunks and return its length in bytes."""
        whole = self.size // CHUNK_BYTES * CHUNK_BYTES
        if whole < self.size:
            os.truncate(self.path, whole)
        return whole

    def replay(self, opener: ChunkOpener) -> None:
        """Let the opener hash what is already here."""
        if not self.path.exists():
            return
        with self.path.open("rb") as reading:
            while data := reading.read(_READ_BYTES):
                opener.skip(data)

    def append(self, opener: ChunkOpener, chunks: Sequence[Chunk], most: int) -> None:
        """Open, check and keep the next chunks of a file of `most` bytes.

        Raises:
            DecryptionError: a chunk does not fit, or goes beyond the file's end; nothing of this batch is kept.
        """
        pieces = opener.open(chunks)
        if opener.offset > most:
            raise DecryptionError("more bytes than the file was promised to have")
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            for piece in pieces:
                write_all(descriptor, piece)
        finally:
            os.close(descriptor)

    def discard(self) -> None:
        """Forget the file."""
        self.path.unlink(missing_ok=True)


class Spool:
    """The folder of files on their way in."""

    def __init__(self, root: Path) -> None:
        """Make the folder where it is missing."""
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def part(self, exchange_id: str) -> Part:
        """The file of one exchange."""
        return Part(self._root / gm.sm3(exchange_id.encode()).hex()[:40])

    def sweep(self, older_than: float) -> int:
        """Remove parts last written before this time (seconds since the epoch); returns how many."""
        removed = 0
        for path in self._root.iterdir():
            with contextlib.suppress(FileNotFoundError):  # handed on and gone in the meantime
                if path.stat().st_mtime < older_than:
                    path.unlink()
                    removed += 1
        return removed
