"""Alarms in SQLite. See `node.ports.alarms.Alarms`."""

from collections.abc import Sequence
from datetime import datetime

from node.ports.alarms import StoredAlarm
from node.ports.store import StoreError
from node.storage.sqlite.session import Row, Session
from node.storage.sqlite.values import from_ms, to_ms

_COLUMNS = "alarm_id, side, consumer, operator, kind, bound, apply_id, app_id, line, raised_at, until"
_PUT = f"INSERT OR IGNORE INTO alarm ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants
_PAUSING = f"""
SELECT {_COLUMNS} FROM alarm WHERE consumer = ? AND operator = ? AND until > ? ORDER BY until DESC, alarm_id DESC LIMIT 1
"""  # noqa: S608 - constants
_LAST_END = "SELECT max(until) FROM alarm"
_PAGE = f"""
SELECT {_COLUMNS} FROM alarm
WHERE (:operator = '' OR operator = :operator) AND (:at IS NULL OR (raised_at, alarm_id) < (:at, :id))
ORDER BY raised_at DESC, alarm_id DESC LIMIT :limit
"""  # noqa: S608 - constants
_SINCE = "SELECT count(*) FROM alarm WHERE raised_at >= ?"
_PAUSED = "SELECT count(*) FROM (SELECT DISTINCT consumer, operator FROM alarm WHERE until > ?)"

_PURGE = "DELETE FROM alarm WHERE alarm_id IN (SELECT alarm_id FROM alarm WHERE until < ? LIMIT ?)"


class SqliteAlarms:
    """Table alarm."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, alarm: StoredAlarm) -> None:
        """Keep an alarm."""
        a = alarm
        texts = (a.alarm_id, a.side, a.consumer, a.operator, a.kind, a.limit, a.apply_id, a.app_id, a.use_list_id)
        if not self._session.write(_PUT, (*texts, to_ms(a.raised_at), to_ms(a.until))):
            raise StoreError("this alarm is held already")

    def pausing(self, consumer: str, operator: str, now: datetime) -> StoredAlarm | None:
        """The alarm that pauses this operator now."""
        row = self._session.row(_PAUSING, (consumer, operator, to_ms(now)))
        return None if row is None else _alarm(row)

    def last_end(self) -> datetime | None:
        """When the last pause ends."""
        row = self._session.row(_LAST_END)
        return None if row is None or row[0] is None else from_ms(row[0])

    def page(self, operator: str, before: tuple[datetime, str] | None, limit: int) -> Sequence[StoredAlarm]:
        """Alarms, newest first."""
        at, alarm_id = (None, "") if before is None else (to_ms(before[0]), before[1])
        asked = {"operator": operator, "at": at, "id": alarm_id, "limit": limit}
        return [_alarm(row) for row in self._session.rows(_PAGE, asked)]

    def counts(self, since: datetime, now: datetime) -> tuple[int, int]:
        """How many since, and how many operators are paused."""
        raised = self._session.row(_SINCE, (to_ms(since),))
        paused = self._session.row(_PAUSED, (to_ms(now),))
        return (raised[0] if raised else 0), (paused[0] if paused else 0)

    def purge(self, before: datetime, limit: int) -> int:
        """Forget alarms that are long over."""
        return self._session.write(_PURGE, (to_ms(before), limit))


def _alarm(row: Row) -> StoredAlarm:
    alarm_id, side, consumer, operator, kind, bound, apply_id, app_id, line, raised_at, until = row
    return StoredAlarm(
        alarm_id=alarm_id,
        side=side,
        consumer=consumer,
        operator=operator,
        kind=kind,
        limit=bound,
        apply_id=apply_id,
        app_id=app_id,
        use_list_id=line,
        raised_at=from_ms(raised_at),
        until=from_ms(until),
    )
