"""Links between heads, in memory. See `node.ports.head_links.HeadLinks`."""

from datetime import datetime

from node.ports.head_links import HeadLink
from node.storage.memory.journal import Journal, Table
from node.storage.memory.receipts import MemoryReceipts


class MemoryHeadLinks:
    """Keyed by province and size; marks by province."""

    def __init__(self, journal: Journal, receipts: MemoryReceipts) -> None:
        self._receipts = receipts
        self._links = Table[tuple[str, int], tuple[HeadLink, datetime]](journal)
        self._marks = Table[str, int](journal)

    def put(self, link: HeadLink, kept_at: datetime) -> None:
        """Keep the one that leads furthest, or does not hold."""
        held = self.of(link.province, link.size)
        if held is None or (held.holds and (not link.holds or link.to_size >= held.to_size)):
            self._links.put((link.province, link.size), (link, kept_at))

    def of(self, province: str, size: int) -> HeadLink | None:
        """The link of a head."""
        held = self._links.get((province, size))
        return None if held is None else held[0]

    def ends(self, province: str, above: int, limit: int) -> list[bytes]:
        """The heads that links lead to."""
        links = (link for link, _ in self._links if link.province == province and link.holds and link.to_size > above)
        return [note for _, note in sorted({one.to_size: one.to_note for one in links}.items())][:limit]

    def mark(self, province: str) -> int:
        """How far."""
        return self._marks.get(province) or 0

    def advance(self, province: str, row: int) -> None:
        """Set the mark."""
        self._marks.put(province, row)

    def broken(self, limit: int) -> list[HeadLink]:
        """Those that do not hold."""
        found = [link for link, _ in self._links if not link.holds]
        return sorted(found, key=lambda one: (one.province, one.size))[:limit]

    def purge(self, before: datetime, limit: int) -> int:
        """Forget old links."""
        until = min(before, self._receipts.oldest(before))
        return self._links.drop(lambda row: row[1] < until, limit)
