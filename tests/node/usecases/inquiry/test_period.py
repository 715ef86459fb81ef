"""Times as auditors name them. node.usecases.inquiry.period."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.usecases.inquiry.period import BEIJING, PeriodError, period


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        pytest.param("2026", "2026-01-01T00:00+08:00", "2027-01-01T00:00+08:00", id="a year"),
        pytest.param("2026-03", "2026-03-01T00:00+08:00", "2026-04-01T00:00+08:00", id="a month"),
        pytest.param("2026-12", "2026-12-01T00:00+08:00", "2027-01-01T00:00+08:00", id="December"),
        pytest.param("2024-02-29", "2024-02-29T00:00+08:00", "2024-03-01T00:00+08:00", id="a leap day"),
        pytest.param(" 2026-03-05 ", "2026-03-05T00:00+08:00", "2026-03-06T00:00+08:00", id="with blanks around it"),
        pytest.param("2026-03-05T09:30", "2026-03-05T09:30+08:00", "2026-03-05T09:30+08:00", id="a moment in Beijing"),
        pytest.param("2026-03-05T09:30Z", "2026-03-05T09:30+00:00", "2026-03-05T09:30+00:00", id="a moment elsewhere"),
    ],
)
def test_a_period_begins_and_ends(text: str, start: str, end: str) -> None:
    assert period(text) == (datetime.fromisoformat(start), datetime.fromisoformat(end))


@pytest.mark.parametrize(
    "text", ["", "March", "2026-13", "2026-02-30", "0000", "9999", "26-03", "2026-3", "9999-12-31T23:59-23:00"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(PeriodError, match="no year, month, day or ISO 8601 moment"):
        period(text)


@given(st.dates(min_value=date(1, 1, 2), max_value=date(9998, 12, 31)))
def test_days_follow_one_another_and_lie_in_their_month_and_year(day: date) -> None:
    start, end = period(day.isoformat())
    month, year = period(day.isoformat()[:7]), period(day.isoformat()[:4])

    assert end - start == timedelta(days=1)
    assert start.astimezone(BEIJING).date() == day
    assert year[0] <= month[0] <= start < end <= month[1] <= year[1]
    assert start.astimezone(UTC).hour == 16
