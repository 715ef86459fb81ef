"""Times as an auditor names them: a year, a month, a day or a moment, in Beijing's time where no offset is said. Clause 8.5."""

import re
from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))
_CALENDAR = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_DECEMBER = 12


class PeriodError(ValueError):
    """Not a time an auditor can name; the message says what is."""


def period(text: str) -> tuple[datetime, datetime]:
    """Start and end (exclusive) of a year (`2026`), a month (`2026-03`), a day (`2026-03-05`); of a moment, twice that moment.

    Raises:
        PeriodError: it is none of these.
    """
    found = _CALENDAR.fullmatch(text.strip())
    try:
        return _moment(text) if found is None else _calendar(*found.groups())
    except (ValueError, OverflowError) as error:
        raise PeriodError(f"{text!r} is no year, month, day or ISO 8601 moment") from error


def _moment(text: str) -> tuple[datetime, datetime]:
    said = datetime.fromisoformat(text.strip())
    at = said.replace(tzinfo=BEIJING) if said.tzinfo is None else said
    at.astimezone(BEIJING)  # one at the edge of the calendar has no other zone
    return at, at


def _calendar(year: str, month: str | None, day: str | None) -> tuple[datetime, datetime]:
    start = datetime(int(year), int(month or 1), int(day or 1), tzinfo=BEIJING)
    if day is not None:
        return start, start + timedelta(days=1)
    if month is None or start.month == _DECEMBER:
        return start, datetime(start.year + 1, 1, 1, tzinfo=BEIJING)
    return start, datetime(start.year, start.month + 1, 1, tzinfo=BEIJING)
