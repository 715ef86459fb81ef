"""The heads of the peers' logs: they only grow, by compare-and-swap."""

import asyncio
from dataclasses import replace

import pytest

from node.ports.heads import HeadRole, StoredHead
from node.ports.store import Store, StoreError

HEAD = StoredHead(province="310000", role=HeadRole.NEWEST, size=5, root=b"\x01" * 32, note=b"a note")


async def advance(store: Store, head: StoredHead, above: int) -> None:
    await store.transact(lambda nouns: nouns.heads.advance(head, above=above))


async def test_heads_come_back_as_they_were_kept_in_order(store: Store) -> None:
    linked, other = replace(HEAD, role=HeadRole.LINKED, size=3), replace(HEAD, province="330000")
    for one in (other, HEAD, linked):
        await advance(store, one, 0)

    assert list(store.read.heads.all()) == [linked, HEAD, other]


async def test_a_head_takes_the_place_of_the_one_it_extends(store: Store) -> None:
    await advance(store, HEAD, 0)
    larger = replace(HEAD, size=9, note=b"another", root=b"\x02" * 32)
    await advance(store, larger, 5)

    assert list(store.read.heads.all()) == [larger]


@pytest.mark.parametrize(
    ("size", "above"),
    [
        pytest.param(9, 0, id="as if none were held"),
        pytest.param(9, 4, id="in place of another"),
        pytest.param(5, 5, id="of the same size"),
        pytest.param(4, 5, id="of a smaller size"),
    ],
)
async def test_a_head_never_goes_back(store: Store, size: int, above: int) -> None:
    await advance(store, HEAD, 0)
    with pytest.raises(StoreError):
        await advance(store, replace(HEAD, size=size), above)

    assert list(store.read.heads.all()) == [HEAD]


async def test_the_first_head_stands_above_nothing(store: Store) -> None:
    with pytest.raises(StoreError):
        await advance(store, HEAD, 3)

    assert list(store.read.heads.all()) == []


async def test_a_head_that_counts_no_more_is_dropped_and_the_next_stands_above_nothing(store: Store) -> None:
    other, smaller = replace(HEAD, province="330000"), replace(HEAD, size=2, note=b"of the new key")
    for one in (HEAD, other):
        await advance(store, one, 0)
    await store.transact(lambda nouns: nouns.heads.drop(replace(HEAD, note=b"another note")))
    assert list(store.read.heads.all()) == [HEAD, other]
    await store.transact(lambda nouns: nouns.heads.drop(HEAD))
    await advance(store, smaller, 0)

    assert list(store.read.heads.all()) == [smaller, other]


async def test_of_two_who_advance_the_same_head_one_does(store: Store) -> None:
    await advance(store, HEAD, 0)
    done = await asyncio.gather(
        *(advance(store, replace(HEAD, size=size), 5) for size in (7, 8, 9)), return_exceptions=True
    )

    assert [type(one) for one in done] == [type(None), StoreError, StoreError]
    assert [one.size for one in store.read.heads.all()] == [7]


async def test_a_unit_that_fails_advances_nothing(store: Store) -> None:
    async def failing() -> None:
        def unit(nouns: object) -> None:
            raise ValueError("fails")

        await store.transact(unit)

    with pytest.raises(ValueError, match="fails"):
        await failing()

    assert list(store.read.heads.all()) == []
