"""Deferrals: in force until they are ended, kept some years behind that, found by what they name and by their end."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from node.ports.deferrals import Deferral, Subject
from node.ports.store import Nouns, Store, StoreError
from tests.node.storage.samples import LATER, NOON


def deferral(deferral_id: str = "d1", **changes: Any) -> Deferral:
    fields: dict[str, Any] = {
        "province": "320000",
        "kind": Subject.APPLICATION,
        "subject": "a1",
        "law": "中华人民共和国个人信息保护法",
        "article": "第三十五条",
        "until": LATER,
        "manager": "5a" * 32,
        "given_at": NOON,
    }
    return Deferral(deferral_id=deferral_id, **{**fields, **changes})


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


async def give(store: Store, *deferrals: Deferral) -> None:
    def unit(nouns: Nouns) -> None:
        for one in deferrals:
            nouns.deferrals.give(one)

    await store.transact(unit)


async def test_a_deferral_reads_back_and_none_is_given_twice(store: Store) -> None:
    await give(store, deferral())

    assert store.read.deferrals.get("d1") == deferral()
    assert store.read.deferrals.get("d2") is None
    with pytest.raises(StoreError):
        await give(store, deferral(law="another"))


async def test_those_in_force_are_found_by_use_and_by_application(store: Store) -> None:
    use = deferral("d2", kind=Subject.EXCHANGE, subject="e1", given_at=at(1))
    other = deferral("d3", kind=Subject.EXCHANGE, subject="a1", given_at=at(2))
    await give(store, use, deferral(), other)
    read = store.read.deferrals

    assert [one.deferral_id for one in read.in_force("e1", "a1")] == ["d1", "d2"]
    assert [one.deferral_id for one in read.in_force("", "a1")] == ["d1"]
    assert read.in_force("", "") == []


async def test_one_that_is_ended_is_in_force_no_more_and_stays_known(store: Store) -> None:
    await give(store, deferral(), deferral("d2", given_at=at(1)))
    await store.transact(lambda nouns: nouns.deferrals.end("d1", at(3), "6b" * 32))
    read, ended = store.read.deferrals, store.read.deferrals.get("d1")

    assert [one.deferral_id for one in read.in_force("", "a1")] == ["d2"]
    assert ended is not None
    assert (ended.ended_at, ended.ended_by) == (at(3), "6b" * 32)
    assert (read.count(), len(read.page(None, 9))) == (1, 2)
    with pytest.raises(StoreError):
        await store.transact(lambda nouns: nouns.deferrals.end("d9", NOON, ""))


async def test_those_whose_time_is_over_are_due_until_they_are_ended(store: Store) -> None:
    await give(store, deferral("d1", until=at(9)), deferral("d2", until=at(3)), deferral("d3", until=at(99)))
    due = store.read.deferrals.due(at(9), 9)
    await store.transact(lambda nouns: nouns.deferrals.end("d2", at(9), ""))

    assert [one.deferral_id for one in due] == ["d2", "d1"]
    assert [one.deferral_id for one in store.read.deferrals.due(at(9), 9)] == ["d1"]


async def test_a_page_has_the_newest_first(store: Store) -> None:
    await give(store, *(deferral(f"d{number}", given_at=at(number)) for number in range(4)))
    first = store.read.deferrals.page(None, 2)

    assert [one.deferral_id for one in first] == ["d3", "d2"]
    assert [one.deferral_id for one in store.read.deferrals.page(first[-1].given_at, 9)] == ["d1", "d0"]


async def test_those_that_ended_long_ago_are_forgotten_and_no_others(store: Store) -> None:
    await give(store, *(deferral(one) for one in ("d1", "d2", "d3")))
    await store.transact(lambda nouns: nouns.deferrals.end("d1", at(1), ""))
    await store.transact(lambda nouns: nouns.deferrals.end("d2", at(3), ""))
    gone = await store.transact(lambda nouns: nouns.deferrals.purge(at(3), 9))

    assert gone == 1
    assert [store.read.deferrals.get(one) is None for one in ("d1", "d2", "d3")] == [True, False, False]


async def test_those_in_force_are_counted_of_all_and_of_a_province(store: Store) -> None:
    await give(store, deferral("d1"), deferral("d2"), deferral("d3", province="330000"))
    await store.transact(lambda nouns: nouns.deferrals.end("d2", at(3), ""))
    read = store.read.deferrals

    assert (read.count(), read.count("320000"), read.count("330000"), read.count("340000")) == (2, 1, 1, 0)
