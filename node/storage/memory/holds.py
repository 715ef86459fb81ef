"""Holds in memory. See `node.ports.holds.Holds`."""

from collections.abc import Sequence

from node.ports.holds import StoredHold
from node.storage.memory.journal import Journal, Table


class MemoryHolds:
    """Keyed by subject."""

    def __init__(self, journal: Journal) -> None:
        self._holds = Table[str, StoredHold](journal)

    def put(self, hold: StoredHold) -> bool:
        """Keep it once."""
        if hold.subject in self._holds:
            return False
        self._holds.put(hold.subject, hold)
        return True

    def get(self, subject: str) -> StoredHold | None:
        """The hold."""
        return self._holds.get(subject)

    def all(self, after: str, limit: int) -> Sequence[StoredHold]:
        """By subject."""
        return sorted((one for one in self._holds if one.subject > after), key=lambda one: one.subject)[:limit]

    def every(self) -> Sequence[StoredHold]:
        """All of them."""
        return list(self._holds)

    def release(self, subject: str) -> bool:
        """End it."""
        return self._holds.drop(lambda one: one.subject == subject) == 1
