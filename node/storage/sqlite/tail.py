"""The growing end of the evidence log: the tree's frontier, and the rows of the running group that are not inserted yet.

Rows gather here and are inserted together: at the end of the group, or before a unit reads the log. Owned by the writer; used only
between BEGIN and COMMIT.
"""

from collections.abc import Mapping
from itertools import chain
from typing import Any

from node.ports.counterparts import counterparts
from node.ports.store import StoreError, asked_by_peer, entry_bytes
from node.storage.sqlite.counterparts import INSERT as INSERT_LINK
from node.storage.sqlite.counterparts import Link
from node.storage.sqlite.session import Session
from trust.errors import EvidenceError
from trust.merkle import HASH_BYTES, Frontier, finishing_entry, leaf_hash, peaks

_INSERT = "INSERT INTO evidence (idx, exchange, of_peer, entry, hashes) VALUES (?, ?, ?, ?, ?)"
_PEAK = "SELECT substr(hashes, ?, ?) FROM evidence WHERE idx = ?"


Row = tuple[int, str | None, bool, bytes, bytes]
"""Index, exchange, whether a peer asked, entry, and the hashes of the subtrees that it finished."""
Mark = tuple[int, int]  # how many rows there were, and how many of them were inserted, when a unit began


class Tail:
    """See the module. `frontier` includes rows that are not inserted yet."""

    __slots__ = ("_before", "_inserted", "_links", "_rows", "frontier")

    def __init__(self) -> None:
        self.frontier = Frontier()
        self._before = self.frontier.copy()  # as it was when the group began
        self._rows: list[Row] = []
        self._links: list[list[Link]] = []  # what each row brings to the index of counterparts
        self._inserted = 0

    def restore(self, session: Session, size: int, root: bytes) -> None:
        """Take up the log as it is stored, from O(log n) rows.

        Raises:
            StoreError: the rows do not make the stored root.
        """
        hashes = []
        for level, index in peaks(size):
            row = session.row(_PEAK, (level * HASH_BYTES + 1, HASH_BYTES, finishing_entry(level, index)))
            hashes.append(bytes(row[0]) if row else b"")
        try:
            self.frontier = Frontier(size, hashes)
        except EvidenceError as error:
            raise StoreError(f"the evidence log has no tree of its size {size}: verify it") from error
        if self.frontier.root() != root:
            raise StoreError(f"the evidence log's tree does not make its root at size {size}: verify it")
        self.settle()

    def append(self, entry: Mapping[str, Any]) -> int:
        """Add an entry; returns its index.

        Raises:
            ValueError: the entry has no canonical form.
            StoreError: it is too long.
        """
        data = entry_bytes(entry)
        index = self.frontier.size
        finished = self.frontier.append(leaf_hash(data))
        self._rows.append((index, entry.get("exchange"), asked_by_peer(entry), data, b"".join(finished)))
        self._links.append([(peer, *element, index) for peer, element in counterparts(entry)])
        return index

    def flush(self, session: Session) -> None:
        """Insert the rows that are not inserted yet."""
        if self._inserted < len(self._rows):
            session.write_many(_INSERT, self._rows[self._inserted :])
            links = list(chain.from_iterable(self._links[self._inserted :]))
            if links:
                session.write_many(INSERT_LINK, links)
            self._inserted = len(self._rows)

    def rows(self) -> list[Row]:
        """The rows of the running group."""
        return self._rows

    def settle(self) -> None:
        """The group is over, or a new one begins: what is in the frontier is in the log."""
        self._rows.clear()
        self._links.clear()
        self._inserted = 0
        self._before = self.frontier.copy()

    def mark(self) -> Mark:
        """Remember where a unit begins."""
        return len(self._rows), self._inserted

    def undo(self, mark: Mark) -> None:
        """Forget what a unit appended; its savepoint takes back what it inserted, earlier units' rows included."""
        rows, self._inserted = mark
        if len(self._rows) > rows:
            del self._rows[rows:], self._links[rows:]
            self.frontier = self._before.copy()
            for *_, hashes in self._rows:
                self.frontier.append(hashes[:HASH_BYTES])
