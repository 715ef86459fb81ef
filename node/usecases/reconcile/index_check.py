"""Is the index of counterparts what the entries say? Derived again from every entry, and compared; beside the verification of the log.

And which entry was altered, where the log does not verify: the tree says only between which checkpoints.
"""

import json
from collections.abc import Iterable

from node.ports.counterparts import Counterpart, Counterparts, counterparts
from node.ports.evidence import Evidence, LogEntry
from trust.errors import EvidenceError
from trust.merkle import leaf_hash


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


def check_leaf(log: Evidence, item: LogEntry) -> None:
    """Name an entry that is not the one that was logged; where its hash was changed as well, a checkpoint will not fit.

    Raises:
        EvidenceError: it does not make the hash that was stored with it.
    """
    if log.node_hash(0, item.index) != leaf_hash(item.entry):
        raise EvidenceError(f"entry {item.index} is not the one that was logged: it does not make its hash")


def index_problem(index: Counterparts, entries: Iterable[LogEntry], size: int) -> str:
    """What is the matter with the index of the first `size` entries, as a sentence; "" for nothing."""
    check = IndexCheck(index)
    try:
        for item in entries:
            check.add(item)
        check.finish(size)
    except EvidenceError as error:
        return str(error)
    return ""


def altered(log: Evidence, entries: Iterable[LogEntry]) -> str:
    """The first entry that does not make its stored hash, as a sentence; "" where there is none."""
    try:
        for item in entries:
            check_leaf(log, item)
    except EvidenceError as error:
        return str(error)
    return ""


def _said(item: LogEntry) -> list[Counterpart]:
    try:
        entry = json.loads(item.entry)
    except ValueError:
        return []  # the tree says what is the matter with it
    return counterparts(entry) if isinstance(entry, dict) else []
