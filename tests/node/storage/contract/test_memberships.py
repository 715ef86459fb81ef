"""The chain of membership documents: it only grows, by one version at a time."""

from dataclasses import replace

import pytest

from node.ports.memberships import StoredMembership
from node.ports.store import Nouns, Store, StoreError
from tests.node.storage.samples import LATER, NOON, append

FIRST = StoredMembership(version=3, digest="ab" * 32, document=b"\x00{}", stored_at=NOON)
NEXT = replace(FIRST, version=4, digest="cd" * 32, document=b"{ }", stored_at=LATER)


async def keep(store: Store, *memberships: StoredMembership) -> None:
    def unit(nouns: Nouns) -> None:
        for one in memberships:
            nouns.memberships.put(one)

    await store.transact(unit)


async def test_an_empty_store_holds_no_membership(store: Store) -> None:
    assert store.read.memberships.latest() is None
    assert list(store.read.memberships.after(0, 10)) == []


async def test_the_chain_begins_with_any_version_and_comes_back_in_order(store: Store) -> None:
    await keep(store, FIRST, NEXT)

    assert store.read.memberships.latest() == NEXT
    assert list(store.read.memberships.after(0, 10)) == [FIRST, NEXT]
    assert list(store.read.memberships.after(0, 1)) == [FIRST]
    assert list(store.read.memberships.after(3, 10)) == [NEXT]


@pytest.mark.parametrize(
    "version",
    [
        pytest.param(2, id="an older version"),
        pytest.param(3, id="the version held, in another document"),
        pytest.param(5, id="a version that skips one"),
    ],
)
async def test_any_but_the_next_version_is_refused(store: Store, version: int) -> None:
    await keep(store, FIRST)
    with pytest.raises(StoreError, match="does not follow"):
        await keep(store, replace(NEXT, version=version))

    assert list(store.read.memberships.after(0, 10)) == [FIRST]


async def test_a_version_and_its_evidence_are_stored_together_or_not_at_all(store: Store) -> None:
    def unit(nouns: Nouns) -> None:
        append(nouns, "membership-5")
        nouns.memberships.put(replace(NEXT, version=5))

    await keep(store, FIRST)
    with pytest.raises(StoreError):
        await store.transact(unit)

    assert store.read.evidence.head().size == 0
    assert store.read.memberships.latest() == FIRST
