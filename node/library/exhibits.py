"""Files that convict: forked logs of peers, kept under `<data>/exhibits`. Bounded; nothing here is ever overwritten. DESIGN §2.7."""

import os
from pathlib import Path

from trust.fork import Exhibit

MAX_FILES = 64  # one convicts; more are kept so that no flood of one peer hides another's


class Exhibits:
    """One folder of exhibits."""

    def __init__(self, folder: Path) -> None:
        """Use this folder; it is made when there is something to keep."""
        self._folder = folder

    def keep(self, exhibit: Exhibit) -> Path | None:
        """Write the exhibit, durably, unless it is there already or the folder is full; returns its file, None where it was not kept.

        Blocks for the milliseconds of a sync: there is one exhibit in the life of most nodes.

        Raises:
            OSError: it could not be written.
        """
        path = self._folder / f"fork-{exhibit.province}-{exhibit.digest[:32]}.json"
        if path.exists():
            return path
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if sum(1 for _ in self._folder.iterdir()) >= MAX_FILES:
            return None
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        with fresh.open("wb") as file:
            file.write(exhibit.to_json())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        return path
