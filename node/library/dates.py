"""The days and times that certificate systems write, read into `date` and aware `datetime`. Not a general date parser.

Formats seen on the wire (REQUIREMENTS §3.2): yyyyMMdd, yyyy-MM-dd (also with / or .), yyyy年M月d日, yyyy-MM-dd HH:mm:ss, yyyyMMddHHmmss,
ISO 8601, and 长期 for "no end". Times without a zone are Chinese time, UTC+8.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
LONG_TERM = "长期"
_DAY = r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))"
_TIME = r"(?:[T ]?(\d{2}):?(\d{2}):?(\d{2})(?:\.(\d{1,6}))?(Z|[+-]\d{2}:\d{2})?)?"
_FORM = re.compile(_DAY + _TIME, re.ASCII)


def _read(text: str) -> tuple[date, list[str | None]]:
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError("a date is written yyyyMMdd, yyyy-MM-dd, yyyy年M月d日 or yyyy-MM-dd HH:mm:ss")
    groups = match.groups()
    month, day = (found for found in groups[2:8] if found)
    try:
        return date(int(groups[0]), int(month), int(day)), list(groups[8:])
    except ValueError as error:
        raise ValueError("the calendar has no such day") from error


def parse_day(text: str) -> date:
    """The day a text names; a time of day behind it is dropped.

    Raises:
        ValueError: none of the formats, or no such day.
    """
    return _read(text)[0]


def parse_until(text: str) -> date | None:
    """The last day of a validity, None for 长期.

    Raises:
        ValueError: neither 长期 nor a day.
    """
    return None if text.strip() == LONG_TERM else parse_day(text)


def parse_moment(text: str) -> datetime:
    """The moment a text names, in UTC to the millisecond; a day alone is its beginning in China.

    Raises:
        ValueError: none of the formats, or no such day or time.
    """
    day, (hour, minute, second, fraction, zone) = _read(text)
    try:
        clock = datetime(day.year, day.month, day.day, int(hour or 0), int(minute or 0), int(second or 0), tzinfo=CHINA)
    except ValueError as error:
        raise ValueError("the day has no such time") from error
    if zone is not None:
        clock = clock.replace(tzinfo=datetime.fromisoformat(f"2000-01-01T00:00:00{zone}").tzinfo)
    return clock.replace(microsecond=int((fraction or "0").ljust(6, "0")) // 1000 * 1000).astimezone(UTC)
