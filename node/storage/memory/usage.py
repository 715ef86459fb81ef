"""Counters of windows of time in memory. See `node.ports.lists.Usage`."""

from datetime import datetime

from node.storage.memory.journal import Journal, Table


class MemoryUsage:
    """One row per counter: how much, and when its window ends."""

    def __init__(self, journal: Journal) -> None:
        self._counters = Table[tuple[str, str, datetime], tuple[int, datetime]](journal)

    def spent(self, scope: str, subject: str, window: datetime) -> int:
        """How much was counted."""
        held = self._counters.get((scope, subject, window))
        return held[0] if held else 0

    def add(self, scope: str, subject: str, window: datetime, *, until: datetime) -> int:
        """Count one more."""
        count = self.spent(scope, subject, window) + 1
        self._counters.put((scope, subject, window), (count, until))
        return count

    def purge(self, before: datetime, limit: int = 2_000) -> int:
        """Forget counters of the past."""
        return self._counters.drop(lambda row: row[1] < before, limit)
