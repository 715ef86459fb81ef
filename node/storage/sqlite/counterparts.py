"""The index of answers that stand in two logs, in SQLite. See `node.ports.counterparts`; `tail` writes it with the entries."""

import json
import sqlite3
from collections.abc import Sequence

from federation.model.reconcile import Bound, Element
from node.ports.counterparts import Indexed, counterparts
from node.storage.sqlite.session import Session

INSERT = "INSERT OR IGNORE INTO counterpart (peer, issued, answer, idx) VALUES (?, ?, ?, ?)"
_RANGE = "FROM counterpart WHERE peer = ? AND (issued, answer) >= (?, ?) AND (issued, answer) < (?, ?)"
_COUNT = f"SELECT count(*) {_RANGE}"
_PAGE = f"SELECT issued, answer, idx {_RANGE} ORDER BY issued, answer LIMIT ?"
_NTH = f"SELECT issued, answer {_RANGE} ORDER BY issued, answer LIMIT 1 OFFSET ?"
_FIND = "SELECT idx FROM counterpart WHERE peer = ? AND issued = ? AND answer = ?"
_TOTAL = "SELECT count(*) FROM counterpart WHERE idx < ?"
_ENTRIES = "SELECT idx, entry FROM evidence WHERE idx > ? ORDER BY idx LIMIT ?"
_FILL_PAGE = 1000  # entries: no log is held in memory as a whole

Link = tuple[str, int, bytes, int]
"""A row: peer, time in ms, the answer's digest, and the entry that holds it."""


def fill(db: sqlite3.Connection) -> None:
    """Index a log that was written before there was an index: else its own verification and the peers would miss every older answer."""
    last = -1
    while page := db.execute(_ENTRIES, (last, _FILL_PAGE)).fetchall():
        for index, entry in page:
            db.executemany(INSERT, [(peer, *element, index) for peer, element in counterparts(_members(entry))])
        last = page[-1][0]


def _members(entry: bytes) -> dict[str, object]:
    """An entry's members; none where somebody wrote over it: the tree says what is the matter with it."""
    try:
        members = json.loads(entry)
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


class SqliteCounterparts:
    """Table counterpart."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def count(self, peer: str, start: Bound, end: Bound) -> int:
        """How many elements there are in a range."""
        row = self._session.row(_COUNT, (peer, *start, *end))
        assert row is not None, "count makes a row"
        return int(row[0])

    def nth(self, peer: str, start: Bound, end: Bound, place: int) -> Element | None:
        """The element at a place of a range."""
        row = self._session.row(_NTH, (peer, *start, *end, place))
        return None if row is None else Element(*row)

    def page(self, peer: str, start: Bound, end: Bound, limit: int) -> Sequence[Indexed]:
        """The first rows of a range."""
        rows = self._session.rows(_PAGE, (peer, *start, *end, limit))
        return [Indexed(Element(issued, answer), index) for issued, answer, index in rows]

    def find(self, peer: str, element: Element) -> int | None:
        """The entry that holds an element."""
        row = self._session.row(_FIND, (peer, *element))
        return None if row is None else int(row[0])

    def total(self, size: int) -> int:
        """How many rows the first `size` entries brought."""
        row = self._session.row(_TOTAL, (size,))
        assert row is not None, "count makes a row"
        return int(row[0])
