"""How the lines are used, in SQLite. See `node.ports.lists.LineStatistics`."""

from collections.abc import Sequence
from datetime import date, datetime

from node.ports.lists import LineCount
from node.storage.sqlite.session import Row, Session
from node.storage.sqlite.values import from_ms, to_ms

_NOTE = """
INSERT INTO line_statistic (side, consumer, line, day, what, count, last_at) VALUES (?, ?, ?, ?, ?, 1, ?)
ON CONFLICT (side, consumer, line, day, what) DO UPDATE
SET count = count + 1, last_at = max(last_at, excluded.last_at)
"""
_OF_LINE = """
SELECT side, consumer, line, what, day, count, last_at FROM line_statistic
WHERE side = ? AND consumer = ? AND line = ? ORDER BY day, what
"""
# A page goes from line to line, each by one look at the key, and reads only the days that count: it costs the same whatever the history.
# In two parts: the comparison of a pair would read all rows of the line it starts behind.
_NEXT = """
SELECT * FROM (
  SELECT consumer, line FROM line_statistic
  WHERE side = :side AND consumer = :consumer AND line > :line ORDER BY line LIMIT 1
)
UNION ALL
SELECT * FROM (
  SELECT consumer, line FROM line_statistic
  WHERE side = :side AND consumer > :consumer ORDER BY consumer, line LIMIT 1
)
LIMIT 1
"""
_SUMS = """
SELECT side, consumer, line, what, max(day), sum(count), max(last_at) FROM line_statistic
WHERE side = ? AND consumer = ? AND line = ? AND day >= ? GROUP BY what ORDER BY what
"""
_PURGE = """
DELETE FROM line_statistic WHERE (side, consumer, line, day, what) IN (
  SELECT side, consumer, line, day, what FROM line_statistic WHERE day < ? LIMIT ?
)
"""


class SqliteLineStatistics:
    """Table line_statistic; days are ISO texts."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def note(self, side: str, consumer: str, use_list_id: str, day: date, what: str, at: datetime) -> None:
        """One more of it."""
        self._session.write(_NOTE, (side, consumer, use_list_id, day.isoformat(), what, to_ms(at)))

    def of_line(self, side: str, consumer: str, use_list_id: str) -> Sequence[LineCount]:
        """All counts of a line."""
        return [_count(row) for row in self._session.rows(_OF_LINE, (side, consumer, use_list_id))]

    def page(self, side: str, since: date, after: tuple[str, str] | None, limit: int) -> Sequence[LineCount]:
        """The sums of lines; the last line is whole."""
        counts: list[LineCount] = []
        consumer, line = after or ("", "")
        while len(counts) < limit:
            found = self._session.row(_NEXT, {"side": side, "consumer": consumer, "line": line})
            if found is None:
                break
            consumer, line = found
            counts += (_count(row) for row in self._session.rows(_SUMS, (side, consumer, line, since.isoformat())))
        return counts

    def purge(self, before: date, limit: int = 2_000) -> int:
        """Forget old days."""
        return self._session.write(_PURGE, (before.isoformat(), limit))


def _count(row: Row) -> LineCount:
    side, consumer, line, what, day, count, last_at = row
    return LineCount(
        side=side,
        consumer=consumer,
        use_list_id=line,
        day=date.fromisoformat(day),
        what=what,
        count=count,
        last_at=from_ms(last_at),
    )
