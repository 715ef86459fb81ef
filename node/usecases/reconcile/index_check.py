"""Is the index of counterparts what the entries say? Derived again from every entry, and compared; beside the verification of the log."""

import json

from node.ports.counterparts import Counterpart, Counterparts, counterparts
from node.ports.evidence import LogEntry
from trust.errors import EvidenceError


class IndexCheck:
    """Looks at entries in order, then at the number of rows. The index may grow meanwhile."""

    def __init__(self, index: Counterparts) -> None:
        """Compare with `index`."""
        self._index = index
        self._rows = 0

    def add(self, item: LogEntry) -> None:
        """Look at one entry.

        Raises:
            EvidenceError: the index lacks what it says.
        """
        for one in set(_said(item)):
            found = self._index.find(one.peer, one.element)
            if found is None or found > item.index:
                raise EvidenceError(f"the index of answers lacks entry {item.index} (exchange with {one.peer})")
            self._rows += found == item.index

    def finish(self, size: int) -> None:
        """Look whether the index holds more than the first `size` entries say.

        Raises:
            EvidenceError: it does.
        """
        more = self._index.total(size) - self._rows
        if more:
            raise EvidenceError(f"the index of answers has {more} rows that no entry stands behind")


def _said(item: LogEntry) -> list[Counterpart]:
    try:
        entry = json.loads(item.entry)
    except ValueError:
        return []  # the tree says what is the matter with it
    return counterparts(entry) if isinstance(entry, dict) else []
