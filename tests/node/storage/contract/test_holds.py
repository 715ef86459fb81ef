"""Holds: one a subject, listed by subject, ended; what is on hold is not among the old contents. node.ports.holds."""

from dataclasses import replace
from datetime import timedelta

import pytest

from node.ports.holds import StoredHold
from node.ports.store import Store, StoreError
from tests.node.storage.contract.test_contents import CONTENT
from tests.node.storage.samples import NOON

HOLD = StoredHold(subject="a1", ground="LITIGATION", by="f" * 64, since=NOON)


async def put(store: Store, hold: StoredHold) -> bool:
    return await store.transact(lambda nouns: nouns.holds.put(hold))


async def test_the_first_hold_on_a_subject_stays(store: Store) -> None:
    assert [await put(store, HOLD), await put(store, replace(HOLD, ground="AUDIT"))] == [True, False]
    assert store.read.holds.get("a1") == HOLD
    assert store.read.holds.get("a2") is None


async def test_holds_are_listed_by_subject_page_by_page(store: Store) -> None:
    for subject in ("b", "a", "c"):
        await put(store, replace(HOLD, subject=subject))

    assert [one.subject for one in store.read.holds.all("", 2)] == ["a", "b"]
    assert [one.subject for one in store.read.holds.all("b", 2)] == ["c"]


async def test_a_hold_ends_once(store: Store) -> None:
    await put(store, HOLD)

    assert [await store.transact(lambda nouns: nouns.holds.release("a1")) for _ in range(2)] == [True, False]
    assert store.read.holds.get("a1") is None


async def test_what_is_on_hold_is_not_among_the_old_contents(store: Store) -> None:
    free = replace(CONTENT, commitment="00" * 32, subject="a2")
    for one in (CONTENT, free):
        await store.transact(lambda nouns, one=one: nouns.contents.put(one))  # type: ignore[misc]
    await put(store, HOLD)

    assert list(store.read.contents.older(NOON + timedelta(days=1), 9)) == [free]


async def test_the_reading_side_writes_nothing(store: Store) -> None:
    with pytest.raises(StoreError):
        store.read.holds.put(HOLD)
