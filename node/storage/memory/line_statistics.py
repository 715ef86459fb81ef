"""How the lines are used, in memory. See `node.ports.lists.LineStatistics`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from node.ports.lists import LineCount
from node.storage.memory.journal import Journal, Table


class MemoryLineStatistics:
    """One row per side, line, day and word."""

    def __init__(self, journal: Journal) -> None:
        self._rows = Table[tuple[str, str, str, date, str], LineCount](journal)

    def note(self, side: str, consumer: str, use_list_id: str, day: date, what: str, at: datetime) -> None:
        """One more of it."""
        key = (side, consumer, use_list_id, day, what)
        held = self._rows.get(key)
        made = LineCount(side=side, consumer=consumer, use_list_id=use_list_id, day=day, what=what, count=1, last_at=at)
        self._rows.put(key, _sum(held, made) if held else made)

    def of_line(self, side: str, consumer: str, use_list_id: str) -> Sequence[LineCount]:
        """All counts of a line."""
        line = (side, consumer, use_list_id)
        found = (row for row in self._rows if (row.side, row.consumer, row.use_list_id) == line)
        return sorted(found, key=lambda row: (row.day, row.what))

    def page(self, side: str, since: date, after: tuple[str, str] | None, limit: int) -> Sequence[LineCount]:
        """The sums of lines; the last line is whole."""
        sums: dict[tuple[str, str, str], LineCount] = {}
        for row in self._rows:
            if row.side == side and row.day >= since and (after is None or (row.consumer, row.use_list_id) > after):
                key = (row.consumer, row.use_list_id, row.what)
                sums[key] = _sum(sums[key], row) if key in sums else row
        keys = sorted(sums)
        end = keys[limit - 1][:2] if len(keys) >= limit else None
        return [sums[key] for key in keys if end is None or key[:2] <= end]

    def purge(self, before: date, limit: int = 2_000) -> int:
        """Forget old days."""
        return self._rows.drop(lambda row: row.day < before, limit)


def _sum(one: LineCount, other: LineCount) -> LineCount:
    last_at = max(one.last_at, other.last_at)
    return replace(one, day=max(one.day, other.day), count=one.count + other.count, last_at=last_at)
