"""Warnings before a certificate ends."""

from datetime import UTC, datetime, timedelta

import pytest

from trust.identity import ExpiryWarning, Level, expiry_warnings

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("left", "days", "level"),
    [
        pytest.param(60 * DAY + SECOND, None, None, id="more than 60 days"),
        pytest.param(60 * DAY, 60, Level.NOTICE, id="60 days"),
        pytest.param(30 * DAY + SECOND, 30, Level.NOTICE, id="more than 30 days"),
        pytest.param(30 * DAY, 30, Level.WARNING, id="30 days"),
        pytest.param(7 * DAY + SECOND, 7, Level.WARNING, id="more than 7 days"),
        pytest.param(7 * DAY, 7, Level.CRITICAL, id="7 days"),
        pytest.param(timedelta(0), 0, Level.CRITICAL, id="this very second"),
        pytest.param(-SECOND, -1, Level.CRITICAL, id="ended a second ago"),
        pytest.param(-90 * DAY, -90, Level.CRITICAL, id="ended long ago"),
    ],
)
def test_the_level_grows_as_the_end_comes_nearer(left: timedelta, days: int | None, level: Level | None) -> None:
    expected = (
        ()
        if days is None or level is None
        else (ExpiryWarning(what="signing", not_after=NOW + left, days_left=days, level=level),)
    )

    assert expiry_warnings({"signing": NOW + left}, NOW) == expected


def test_what_ends_first_comes_first() -> None:
    ends = {"ca": NOW + 900 * DAY, "signing": NOW + 40 * DAY, "tls": NOW + 3 * DAY, "encryption": NOW + 20 * DAY}

    assert [one.what for one in expiry_warnings(ends, NOW)] == ["tls", "encryption", "signing"]
