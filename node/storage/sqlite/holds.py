"""Holds in SQLite. See `node.ports.holds.Holds`."""

from collections.abc import Sequence

from node.ports.holds import StoredHold
from node.storage.sqlite.session import Row, Session
from node.storage.sqlite.values import from_ms, to_ms

_PUT = "INSERT OR IGNORE INTO hold (subject, ground, by_whom, since) VALUES (?, ?, ?, ?)"
_GET = "SELECT subject, ground, by_whom, since FROM hold WHERE subject = ?"
_ALL = "SELECT subject, ground, by_whom, since FROM hold WHERE subject > ? ORDER BY subject LIMIT ?"
_RELEASE = "DELETE FROM hold WHERE subject = ?"


class SqliteHolds:
    """Table hold."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, hold: StoredHold) -> bool:
        """Keep it once."""
        return self._session.write(_PUT, (hold.subject, hold.ground, hold.by, to_ms(hold.since))) == 1

    def get(self, subject: str) -> StoredHold | None:
        """The hold."""
        row = self._session.row(_GET, (subject,))
        return None if row is None else _hold(row)

    def all(self, after: str, limit: int) -> Sequence[StoredHold]:
        """By subject."""
        return [_hold(row) for row in self._session.rows(_ALL, (after, limit))]

    def release(self, subject: str) -> bool:
        """End it."""
        return self._session.write(_RELEASE, (subject,)) == 1


def _hold(row: Row) -> StoredHold:
    subject, ground, by_whom, since = row
    return StoredHold(subject=subject, ground=ground, by=by_whom, since=from_ms(since))
