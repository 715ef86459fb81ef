"""Files under `<data>/exhibits` that convict on another machine. DESIGN §2.7.

Refused membership documents, forked logs of peers, and forked publications of peers. `certmesh membership convict` and `certmesh evidence
convict` judge them.

Bounded in number and bytes. What no longer fits is not kept, and the caller says so in its log, its metric and its evidence.
"""

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

MAX_FILES = 200
MAX_BYTES = 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibits:
    """The folder; made at the first exhibit. Blocking: call it off the event loop."""

    folder: Path

    def holds(self, name: str) -> bool:
        """Whether an exhibit of this name is kept."""
        return self._path(name).exists()

    def count(self, beginning: str) -> int:
        """How many exhibits have names that begin so."""
        return len(list(self.folder.glob(f"{beginning}*.json")))

    def accused(self, beginning: str) -> Counter[str]:
        """How many exhibits there are against whom, of those with names `<beginning><province>-…`: one look into the folder."""
        names = (path.name for path in self.folder.glob(f"{beginning}*.json"))
        return Counter(name.removeprefix(beginning).partition("-")[0] for name in names)

    def recent(self, beginning: str, limit: int) -> list[bytes]:
        """The newest exhibits with names that begin so, the oldest of them first."""
        found = sorted(self.folder.glob(f"{beginning}*.json"), key=lambda path: path.stat().st_mtime)
        return [path.read_bytes() for path in found[-limit:]]

    def keep(self, name: str, content: bytes) -> bool:
        """Keep an exhibit, durably; False where the folder is full."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        sizes = [path.stat().st_size for path in self.folder.iterdir()]
        if len(sizes) >= MAX_FILES or sum(sizes) + len(content) > MAX_BYTES:
            return False
        fresh = self._path(name).with_suffix(".new")
        fresh.touch(mode=0o600)
        with fresh.open("wb") as writing:
            writing.write(content)
            writing.flush()
            os.fsync(writing.fileno())
        fresh.replace(self._path(name))
        return True

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"
