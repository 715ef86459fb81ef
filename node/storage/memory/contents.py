"""Contents in memory. See `node.ports.contents.Contents`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from node.ports.contents import StoredContent
from node.storage.memory.holds import MemoryHolds
from node.storage.memory.journal import Journal, Table


class MemoryContents:
    """Keyed by commitment."""

    def __init__(self, journal: Journal, holds: MemoryHolds) -> None:
        self._holds = holds
        self._contents = Table[str, StoredContent](journal)

    def put(self, content: StoredContent) -> None:
        """Keep it once."""
        if content.commitment not in self._contents:
            self._contents.put(content.commitment, content)

    def get(self, commitment: str) -> StoredContent | None:
        """The content."""
        return self._contents.get(commitment)

    def of(self, subject: str, limit: int) -> Sequence[StoredContent]:
        """Those of a subject."""
        return list(islice((one for one in reversed(list(self._contents)) if one.subject == subject), limit))

    def older(self, before: datetime, limit: int) -> Sequence[StoredContent]:
        """Those kept before."""
        free = (one for one in self._contents if self._holds.get(one.subject) is None)
        old = (one for one in free if one.kept_at < before and one.sealed)
        return sorted(old, key=lambda one: one.kept_at)[:limit]

    def erase(self, commitment: str) -> bool:
        """Empty the row."""
        held = self._contents.get(commitment)
        if held is None or not held.sealed:
            return False
        self._contents.put(commitment, replace(held, sealed=b""))
        return True
