"""The index of answers that stand in two logs, in memory. See `node.ports.counterparts`; the evidence log writes it."""

from collections.abc import Sequence

from federation.model.reconcile import Bound, Element
from node.ports.counterparts import Counterpart, Indexed
from node.storage.memory.journal import Journal, Table


class MemoryCounterparts:
    """Keyed by peer and element."""

    def __init__(self, journal: Journal) -> None:
        self._rows = Table[Counterpart, tuple[str, Indexed]](journal)

    def note(self, one: Counterpart, index: int) -> None:
        """Called by the log for what an entry says; the first entry counts."""
        if one not in self._rows:
            self._rows.put(one, (one.peer, Indexed(element=one.element, entry=index)))

    def count(self, peer: str, start: Bound, end: Bound) -> int:
        """How many elements there are in a range."""
        return len(self._range(peer, start, end))

    def nth(self, peer: str, start: Bound, end: Bound, place: int) -> Element | None:
        """The element at a place of a range."""
        return next((row.element for row in self._range(peer, start, end)[place : place + 1]), None)

    def page(self, peer: str, start: Bound, end: Bound, limit: int) -> Sequence[Indexed]:
        """The first rows of a range."""
        return self._range(peer, start, end)[:limit]

    def find(self, peer: str, element: Element) -> int | None:
        """The entry that holds an element."""
        row = self._rows.get(Counterpart(peer, element))
        return None if row is None else row[1].entry

    def total(self, size: int) -> int:
        """How many rows the first `size` entries brought."""
        return sum(row.entry < size for _, row in self._rows)

    def _range(self, peer: str, start: Bound, end: Bound) -> list[Indexed]:
        """A Bound and an Element compare as the tuples they are."""
        found = [row for code, row in self._rows if code == peer and tuple(start) <= tuple(row.element) < tuple(end)]
        return sorted(found, key=lambda row: row.element)
