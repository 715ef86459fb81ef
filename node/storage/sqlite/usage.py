"""Counters of windows of time in SQLite. See `node.ports.lists.Usage`."""

from datetime import datetime

from node.storage.sqlite.session import Session
from node.storage.sqlite.values import to_ms

_SPENT = "SELECT count FROM usage_counter WHERE scope = ? AND subject = ? AND starts = ?"
_ADD = """
INSERT INTO usage_counter (scope, subject, starts, until, count) VALUES (?, ?, ?, ?, 1)
ON CONFLICT (scope, subject, starts) DO UPDATE SET count = count + 1, until = excluded.until
"""
_PURGE = """
DELETE FROM usage_counter WHERE (scope, subject, starts) IN (
  SELECT scope, subject, starts FROM usage_counter WHERE until < ? LIMIT ?
)
"""


class SqliteUsage:
    """Table usage_counter."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def spent(self, scope: str, subject: str, window: datetime) -> int:
        """How much was counted."""
        row = self._session.row(_SPENT, (scope, subject, to_ms(window)))
        return int(row[0]) if row else 0

    def add(self, scope: str, subject: str, window: datetime, *, until: datetime) -> int:
        """Count one more."""
        self._session.write(_ADD, (scope, subject, to_ms(window), to_ms(until)))
        return self.spent(scope, subject, window)

    def purge(self, before: datetime, limit: int = 2_000) -> int:
        """Forget counters of the past."""
        return self._session.write(_PURGE, (to_ms(before), limit))
