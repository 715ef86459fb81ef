"""How the lines are used, in SQLite. See `node.ports.lists.LineStatistics`."""

from collections.abc import Sequence
from datetime import date, datetime

from node.ports.lists import LineCount
from node.storage.sqlite.session import Row, Session
from node.storage.sqlite.values import from_ms, to_ms

_NOTE = """
INSERT INTO line_statistic (side, consumer, line, day, what, count, last_at) VALUES (?, ?, ?, ?, ?, 1, ?)
ON CONFLICT (side, consumer, line, what, day) DO UPDATE
SET count = count + 1, last_at = max(last_at, excluded.last_at)
"""
_OF_LINE = """
SELECT side, consumer, line, what, day, count, last_at FROM line_statistic
WHERE side = ? AND consumer = ? AND line = ? ORDER BY day, what
"""
_SUMS = """
SELECT side, consumer, line, what, max(day), sum(count), max(last_at) FROM line_statistic
WHERE side = :side AND day >= :since
"""
_GROUPS = "GROUP BY side, consumer, line, what ORDER BY side, consumer, line, what"
# Grouped in the order of the key, so that reading ends with the page.
_PAGE = f"{_SUMS} AND (consumer, line) > (:consumer, :line) {_GROUPS} LIMIT :limit"
_REST = f"{_SUMS} AND consumer = :consumer AND line = :line AND what > :what {_GROUPS}"
_PURGE = """
DELETE FROM line_statistic WHERE (side, consumer, line, what, day) IN (
  SELECT side, consumer, line, what, day FROM line_statistic WHERE day < ? LIMIT ?
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
        """The sums of lines; the last line is made whole."""
        consumer, line = after or ("", "")
        values = {"side": side, "since": since.isoformat()}
        rows = self._session.rows(_PAGE, {**values, "consumer": consumer, "line": line, "limit": limit})
        if rows and len(rows) == limit:
            _, consumer, line, what, *_ = rows[-1]
            rows += self._session.rows(_REST, {**values, "consumer": consumer, "line": line, "what": what})
        return [_count(row) for row in rows]

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
