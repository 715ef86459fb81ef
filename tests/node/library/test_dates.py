"""The date formats of REQUIREMENTS §3.2."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.library.dates import parse_day, parse_moment, parse_until


@pytest.mark.parametrize(
    "text",
    [
        "20240501",
        "2024-05-01",
        "2024-5-1",
        "2024/05/01",
        "2024.5.1",
        "2024年5月1日",
        "2024年05月01日",
        "2024-05-01 23:59:59",
        " 20240501235959 ",
    ],
)
def test_a_day_is_read_in_every_format_seen(text: str) -> None:
    assert date(2024, 5, 1) == parse_day(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "长期",
        "2024-13-01",
        "2023-02-29",
        "24-05-01",
        "2024-05/01",
        "2024051",
        "1714521600000",
        "２０２４０５０１",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"date is written|no such day"):
        parse_day(text)


def test_long_term_has_no_last_day() -> None:
    assert parse_until("长期") is None
    assert date(2034, 5, 1) == parse_until("20340501")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("2024-05-01 08:00:00", datetime(2024, 5, 1, tzinfo=UTC), id="a time without a zone is Chinese"),
        pytest.param("2024-05-01", datetime(2024, 4, 30, 16, tzinfo=UTC), id="a day is its beginning in China"),
        pytest.param("20240501080000", datetime(2024, 5, 1, tzinfo=UTC), id="compact"),
        pytest.param("2024-05-01T00:00:00Z", datetime(2024, 5, 1, tzinfo=UTC), id="ISO 8601 in UTC"),
        pytest.param(
            "2024-05-01T00:00:00.1239+00:00", datetime(2024, 5, 1, 0, 0, 0, 123000, tzinfo=UTC), id="milliseconds stay"
        ),
    ],
)
def test_a_moment_is_read_into_utc(text: str, moment: datetime) -> None:
    assert moment == parse_moment(text)


def test_a_time_the_day_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="no such time"):
        parse_moment("2024-05-01 24:00:00")


@given(st.datetimes(datetime(1900, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis adds the zone
@settings(deadline=None, max_examples=100)
def test_what_is_written_in_iso_form_is_read_back(moment: datetime) -> None:
    whole = moment - timedelta(microseconds=moment.microsecond % 1000)

    assert whole == parse_moment(moment.isoformat(timespec="milliseconds"))
    assert moment.date() == parse_day(moment.date().isoformat())
