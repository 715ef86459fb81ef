"""Alarms in memory. See `node.ports.alarms.Alarms`."""

from collections.abc import Sequence
from datetime import datetime

from node.ports.alarms import StoredAlarm
from node.storage.memory.journal import Journal, Table


class MemoryAlarms:
    """Keyed by id."""

    def __init__(self, journal: Journal) -> None:
        self._alarms = Table[str, StoredAlarm](journal)

    def put(self, alarm: StoredAlarm) -> None:
        """Keep an alarm."""
        self._alarms.insert(alarm.alarm_id, alarm, "this alarm")

    def pausing(self, consumer: str, operator: str, now: datetime) -> StoredAlarm | None:
        """The alarm that pauses this operator now."""
        found = [one for one in self._alarms if (one.consumer, one.operator) == (consumer, operator)]
        return max((one for one in found if one.until > now), key=lambda one: (one.until, one.alarm_id), default=None)

    def last_end(self) -> datetime | None:
        """When the last pause ends."""
        return max((one.until for one in self._alarms), default=None)

    def page(self, operator: str, before: tuple[datetime, str] | None, limit: int) -> Sequence[StoredAlarm]:
        """Alarms, newest first."""
        found = [one for one in self._alarms if operator in ("", one.operator)]
        found = [one for one in found if before is None or (one.raised_at, one.alarm_id) < before]
        return sorted(found, key=lambda one: (one.raised_at, one.alarm_id), reverse=True)[:limit]

    def counts(self, since: datetime, now: datetime) -> tuple[int, int]:
        """How many since, and how many operators are paused."""
        paused = {(one.consumer, one.operator) for one in self._alarms if one.until > now}
        return sum(one.raised_at >= since for one in self._alarms), len(paused)

    def purge(self, before: datetime, limit: int) -> int:
        """Forget alarms that are long over."""
        return self._alarms.drop(lambda one: one.until < before, limit)
