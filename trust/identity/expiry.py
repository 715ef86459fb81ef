"""What ends soon: warnings 60, 30 and 7 days before a certificate's last day, for `doctor`, metrics and the console."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


class Level(enum.StrEnum):
    """How near the end is."""

    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


_WITHIN = ((timedelta(days=7), Level.CRITICAL), (timedelta(days=30), Level.WARNING), (timedelta(days=60), Level.NOTICE))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiryWarning:
    """`what` ends or ended at `not_after`; `days_left` are whole days, negative from the moment it has ended."""

    what: str
    not_after: datetime
    days_left: int
    level: Level


def expiry_warnings(ends: Mapping[str, datetime], now: datetime) -> tuple[ExpiryWarning, ...]:
    """The warnings due at `now` for things by name and the moment each ends; what ends first comes first."""
    found = []
    for what, not_after in sorted(ends.items(), key=lambda item: item[1]):
        left = not_after - now
        level = next((level for within, level in _WITHIN if left <= within), None)
        if level is not None:
            found.append(ExpiryWarning(what=what, not_after=not_after, days_left=left.days, level=level))
    return tuple(found)
