"""Alarms: operators who were paused because of how they applied. Clause 7.3, check 7; REQUIREMENTS 11.3. No personal data.

Not the counters behind them (`node.ports.lists.Usage`), nor the rules (`node.usecases.admission.anomaly`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAlarm:
    """One alarm. `operator` is the digest that stop orders name operators by; `kind` is a word of `anomaly.Pattern`.

    The operator is paused from `raised_at` to `until`. `side` is where it was counted, `limit` what was passed.
    """

    alarm_id: str
    side: str
    consumer: str
    operator: str
    kind: str
    limit: int
    apply_id: str
    app_id: str
    use_list_id: str
    raised_at: datetime
    until: datetime


class Alarms(Protocol):
    """The alarms that were raised here."""

    def put(self, alarm: StoredAlarm) -> None:
        """Keep an alarm; ids are unique (StoreError otherwise)."""

    def pausing(self, consumer: str, operator: str, now: datetime) -> StoredAlarm | None:
        """The alarm that pauses this operator now; of several the one that ends last. One ends at the moment `until`."""

    def last_end(self) -> datetime | None:
        """When the last pause ends or ended; None where there never was one."""

    def page(self, operator: str, before: tuple[datetime, str] | None, limit: int) -> Sequence[StoredAlarm]:
        """Alarms of one operator ("": of all), newest first; `before` is the (time, id) last seen."""

    def counts(self, since: datetime, now: datetime) -> tuple[int, int]:
        """How many were raised since, and how many operators are paused now."""

    def purge(self, before: datetime, limit: int) -> int:
        """Forget alarms whose pause ended before that time, at most `limit`; returns how many (0: nothing is left)."""
