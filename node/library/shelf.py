"""Verified files that wait under a one-time address, each by the digest of its token. Blocking; call off the loop. REQUIREMENTS P16.

Which of them may still be fetched is not known here (`node.usecases.retrieval.downloads`).
"""

import os
import shutil
from pathlib import Path


class Shelf:
    """The folder of files that wait."""

    def __init__(self, root: Path) -> None:
        """Make the folder where it is missing."""
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def path(self, name: str) -> Path:
        """Where the file of that name stands; it is not opened."""
        return self._root / name

    def put(self, source: Path, name: str) -> None:
        """Have the bytes of `source` here under a name of their own, durably; `source` may go away.

        Raises:
            OSError: they could not be kept; nothing stays here.
        """
        target = self.path(name)
        try:
            try:
                os.link(source, target)
            except OSError:  # a file system without links, or another one
                shutil.copyfile(source, target)
            _sync(target)
            _sync(self._root)
        except OSError:
            target.unlink(missing_ok=True)
            raise

    def remove(self, name: str) -> None:
        """Forget a file."""
        self.path(name).unlink(missing_ok=True)

    def names(self) -> list[str]:
        """The names of all files here."""
        return [path.name for path in self._root.iterdir()]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
