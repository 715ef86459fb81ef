"""node.usecases.forgetting: what has ended is forgotten to the last row, and nothing else."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from node.ports.store import Nouns
from node.storage.memory import MemoryStore
from node.usecases.forgetting import ALARMS_KEPT, REVIEWS_KEPT, SLICE, forget, statistics_from
from tests.node.storage.contract import test_alarms as alarms
from tests.node.storage.contract.test_reviews import REVIEW, put

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("today", "first"),
    [
        pytest.param(date(2026, 3, 15), date(2024, 2, 1), id="in the middle of a year"),
        pytest.param(date(2026, 1, 31), date(2023, 12, 1), id="across two turns of the year"),
        pytest.param(date(2026, 2, 1), date(2024, 1, 1), id="January"),
        pytest.param(date(2026, 12, 31), date(2024, 11, 1), id="on the last day of a long month"),
    ],
)
def test_statistics_are_kept_for_25_whole_months(today: date, first: date) -> None:
    assert statistics_from(today) == first


async def test_windows_that_ended_are_forgotten_and_the_running_one_stays() -> None:
    store = MemoryStore()

    def unit(nouns: Nouns) -> None:
        for number in range(SLICE + 1):
            nouns.usage.add("line/minute", str(number), NOW - 2 * MINUTE, until=NOW - MINUTE)
        nouns.usage.add("line/minute", "running", NOW, until=NOW + MINUTE)

    await store.transact(unit)
    await forget(store, NOW)
    left = [store.read.usage.spent("line/minute", str(number), NOW - 2 * MINUTE) for number in range(SLICE + 1)]

    assert set(left) == {0}
    assert store.read.usage.spent("line/minute", "running", NOW) == 1


async def test_days_of_more_than_25_months_ago_are_forgotten() -> None:
    store = MemoryStore()
    days = [date(2024, 1, 30), date(2024, 1, 31), date(2024, 2, 1), date(2026, 3, 15)]

    def unit(nouns: Nouns) -> None:
        for day in days:
            for number in range(SLICE // 2 + 1):
                nouns.line_statistics.note("consumer", "310000", f"SH-{number}", day, "PASS", NOW)

    await store.transact(unit)
    await forget(store, NOW)

    assert [one.day for one in store.read.line_statistics.of_line("consumer", "310000", "SH-7")] == days[2:]


async def test_alarms_are_forgotten_a_year_after_their_pause() -> None:
    store = MemoryStore()
    ends = {"over": NOW - ALARMS_KEPT - MINUTE, "kept": NOW - ALARMS_KEPT + MINUTE}
    for alarm_id, end in ends.items():
        one = replace(alarms.ALARM, alarm_id=alarm_id, raised_at=end - MINUTE, until=end)
        await store.transact(partial(alarms.put, one))
    await forget(store, NOW)

    assert [one.alarm_id for one in store.read.alarms.page("", None, 9)] == ["kept"]


async def test_reviews_are_forgotten_a_while_after_their_end() -> None:
    store = MemoryStore()
    ends = {"over": NOW - REVIEWS_KEPT - MINUTE, "kept": NOW - REVIEWS_KEPT + MINUTE}
    for apply_id, end in ends.items():
        one = replace(REVIEW, apply_id=apply_id, expires_at=end)
        await store.transact(partial(put, one))
    await forget(store, NOW)

    assert [one.apply_id for one in store.read.reviews.page(None, NOW, None, 9)] == ["kept"]
