"""Alarms: who is paused now, and what was raised."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from node.ports.alarms import StoredAlarm
from node.ports.store import Nouns, Store, StoreError
from tests.node.storage.samples import LATER, NOON

MINUTE = timedelta(minutes=1)
ALARM = StoredAlarm(
    alarm_id="a1",
    side="provider",
    consumer="320000",
    operator="5a" * 32,
    kind="holders",
    limit=40,
    apply_id="apply-1",
    app_id="hall",
    use_list_id="JS-0001",
    raised_at=NOON,
    until=LATER,
)


def put(alarm: StoredAlarm, nouns: Nouns) -> None:
    nouns.alarms.put(alarm)


async def keep(store: Store, *alarms: StoredAlarm) -> None:
    for alarm in alarms:
        await store.transact(partial(put, alarm))


async def test_an_alarm_is_kept_once_and_whole(store: Store) -> None:
    await keep(store, ALARM)

    assert store.read.alarms.page("", None, 10) == [ALARM]
    with pytest.raises(StoreError):
        await keep(store, ALARM)


async def test_an_operator_is_paused_until_the_last_of_his_pauses_ends(store: Store) -> None:
    longer = replace(ALARM, alarm_id="a2", until=LATER + MINUTE)
    await keep(store, longer, ALARM)
    alarms = store.read.alarms

    assert alarms.pausing("320000", ALARM.operator, NOON) == longer
    assert alarms.pausing("320000", ALARM.operator, LATER + MINUTE) is None
    assert alarms.last_end() == LATER + MINUTE


@pytest.mark.parametrize(
    ("consumer", "operator"),
    [pytest.param("310000", "5a" * 32, id="of another province"), pytest.param("320000", "5b" * 32, id="another one")],
)
async def test_nobody_else_is_paused(store: Store, consumer: str, operator: str) -> None:
    await keep(store, ALARM)

    assert store.read.alarms.pausing(consumer, operator, NOON) is None


async def test_a_store_without_alarms_has_no_end(store: Store) -> None:
    assert store.read.alarms.last_end() is None
    assert store.read.alarms.counts(NOON, NOON) == (0, 0)


async def test_alarms_are_paged_newest_first_and_by_operator(store: Store) -> None:
    alarms = [replace(ALARM, alarm_id=f"a{n}", raised_at=NOON + (n // 2) * MINUTE) for n in range(4)]
    other = replace(ALARM, alarm_id="b", operator="5b" * 32)
    await keep(store, *alarms, other)
    first = store.read.alarms.page(ALARM.operator, None, 3)
    rest = store.read.alarms.page(ALARM.operator, (first[-1].raised_at, first[-1].alarm_id), 3)

    assert [one.alarm_id for one in (*first, *rest)] == ["a3", "a2", "a1", "a0"]
    assert [one.alarm_id for one in store.read.alarms.page(other.operator, None, 3)] == ["b"]


async def test_operators_are_counted_once_however_often_they_are_paused(store: Store) -> None:
    await keep(store, ALARM, replace(ALARM, alarm_id="a2", raised_at=NOON + MINUTE))

    assert store.read.alarms.counts(NOON + MINUTE, NOON) == (1, 1)
    assert store.read.alarms.counts(NOON, LATER) == (2, 0)


async def test_alarms_whose_pause_is_over_are_purged_at_most_so_many_at_a_time(store: Store) -> None:
    await keep(
        store, *(replace(ALARM, alarm_id=f"b{n}") for n in range(3)), replace(ALARM, alarm_id="c", until=LATER + MINUTE)
    )
    purged = [await store.transact(lambda nouns: nouns.alarms.purge(LATER + MINUTE, 2)) for _ in range(3)]

    assert purged == [2, 1, 0]
    assert [one.alarm_id for one in store.read.alarms.page("", None, 9)] == ["c"]
