"""Counters of windows of time."""

import asyncio
from datetime import datetime, timedelta

import pytest

from node.ports.store import Nouns, Store
from tests.node.storage.samples import LATER, NOON

MINUTE = timedelta(minutes=1)


def add(nouns: Nouns, scope: str = "line-minute", subject: str = "310000/ZJ-1", window: datetime = NOON) -> int:
    return nouns.usage.add(scope, subject, window, until=window + MINUTE)


async def test_uses_that_come_at_once_are_all_counted_and_each_sees_its_own_number(store: Store) -> None:
    counted = await asyncio.gather(*(store.transact(add) for _ in range(20)))

    assert list(counted) == list(range(1, 21))
    assert store.read.usage.spent("line-minute", "310000/ZJ-1", NOON) == 20


@pytest.mark.parametrize(
    ("scope", "subject", "window"),
    [
        pytest.param("line-day", "310000/ZJ-1", NOON, id="another scope"),
        pytest.param("line-minute", "310000/ZJ-2", NOON, id="another subject"),
        pytest.param("line-minute", "310000/ZJ-1", NOON + MINUTE, id="another window"),
    ],
)
async def test_counters_do_not_meet(store: Store, scope: str, subject: str, window: datetime) -> None:
    await store.transact(add)

    assert store.read.usage.spent(scope, subject, window) == 0
    assert await store.transact(lambda nouns: add(nouns, scope, subject, window)) == 1
    assert store.read.usage.spent("line-minute", "310000/ZJ-1", NOON) == 1


async def test_a_unit_that_refuses_counts_nothing(store: Store) -> None:
    def refusing(nouns: Nouns) -> None:
        assert (add(nouns), nouns.usage.spent("line-minute", "310000/ZJ-1", NOON)) == (1, 1)
        raise KeyError

    with pytest.raises(KeyError):
        await store.transact(refusing)
    assert store.read.usage.spent("line-minute", "310000/ZJ-1", NOON) == 0


async def test_windows_that_ended_are_purged_at_most_so_many_at_a_time(store: Store) -> None:
    def unit(nouns: Nouns) -> None:
        for number in range(5):
            add(nouns, subject=str(number))
        add(nouns, subject="kept", window=LATER)
        nouns.usage.add("line-minute", "ends now", NOON, until=LATER)

    await store.transact(unit)
    purged = [await store.transact(lambda nouns: nouns.usage.purge(LATER, 3)) for _ in range(3)]

    assert purged == [3, 2, 0]
    assert store.read.usage.spent("line-minute", "0", NOON) == 0
    assert store.read.usage.spent("line-minute", "kept", LATER) == 1
    assert store.read.usage.spent("line-minute", "ends now", NOON) == 1
