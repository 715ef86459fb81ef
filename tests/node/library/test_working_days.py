"""Deadlines in working days, by the calendar of Chinese public holidays."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.library.codes import CodesError
from node.library.working_days import FILE, WorkingDays, default_working_days, load_working_days

CALENDAR = default_working_days()


@pytest.mark.parametrize(
    ("raised", "due"),
    [
        pytest.param(date(2026, 3, 2), date(2026, 3, 9), id="over one weekend"),
        pytest.param(date(2026, 3, 7), date(2026, 3, 13), id="raised on a Saturday, which is no working day"),
        pytest.param(
            date(2026, 2, 11), date(2026, 2, 25), id="over the Spring Festival, with a Saturday that is worked"
        ),
        pytest.param(date(2026, 9, 30), date(2026, 10, 13), id="over the National Day, with a Saturday that is worked"),
        pytest.param(date(2026, 5, 8), date(2026, 5, 14), id="a Saturday that is worked counts"),
        pytest.param(date(2025, 12, 30), date(2026, 1, 7), id="over the New Year, with a Sunday that is worked"),
        pytest.param(date(2026, 11, 28), date(2026, 12, 4), id="an ordinary week"),
    ],
)
def test_five_working_days_are_counted_over_weekends_and_holidays(raised: date, due: date) -> None:
    found = CALENDAR.after(raised, 5)

    assert (found.day, found.known) == (due, True)


@pytest.mark.parametrize(
    ("raised", "due"),
    [
        pytest.param(date(2026, 12, 29), date(2027, 1, 5), id="it reaches into a year that is not published"),
        pytest.param(date(2031, 1, 1), date(2031, 1, 8), id="all of it is in such a year"),
    ],
)
def test_beyond_the_known_years_weekdays_count_and_the_answer_says_so(raised: date, due: date) -> None:
    found = CALENDAR.after(raised, 5)

    assert (found.day, found.known) == (due, False)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 30))
def test_a_deadline_has_as_many_working_days_as_it_says_and_ends_on_one(day: date, count: int) -> None:
    last = CALENDAR.after(day, count).day

    between = [day + timedelta(days=ahead) for ahead in range(1, (last - day).days + 1)]
    assert CALENDAR.is_worked(last)
    assert sum(map(CALENDAR.is_worked, between)) == count


def test_a_calendar_without_working_days_ends_and_no_deadline_is_shorter_than_a_day() -> None:
    every = frozenset(date(2026, 1, 1) + timedelta(days=ahead) for ahead in range(4_000))

    for calendar, count in ((WorkingDays(years=frozenset(), free=every, worked=frozenset()), 5), (CALENDAR, 0)):
        with pytest.raises(ValueError, match=r"working days|one day"):
            calendar.after(date(2026, 1, 1), count)


@pytest.mark.parametrize(
    ("years", "says"),
    [
        pytest.param("[years.2026]\nfree=[]\nworked=[2025-01-04]", "of that year", id="a day of another year"),
        pytest.param(
            "[years.2026]\nfree=[[2026-01-03, 2026-01-01]]\nworked=[]", "before it begins", id="a span turned round"
        ),
        pytest.param("[years.2026]\nfree=[]", "worked", id="no word on the days that make up"),
        pytest.param("[years.x]\nfree=[]\nworked=[]", "of that year", id="a year that is none"),
        pytest.param("[[years", "holidays.toml", id="not TOML"),
    ],
)
def test_a_wrong_table_is_refused_with_its_file_and_key(tmp_path: Path, years: str, says: str) -> None:
    (tmp_path / FILE).write_text(f'source = "s"\ndate = 2026-01-01\n{years}\n', encoding="utf-8")

    with pytest.raises(CodesError, match=says):
        load_working_days(tmp_path)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(CodesError, match=FILE):
        load_working_days(tmp_path)
