"""Stop orders."""

from dataclasses import replace

import pytest

from node.ports.orders import StoredOrder
from node.ports.store import Nouns, Store, StoreError
from tests.node.storage.samples import LATER, NOON, append

ORDER = StoredOrder(digest="ab" * 32, document=b'{"signatures":1}', stored_at=NOON, signed_here=True)
OTHER = StoredOrder(digest="cd" * 32, document=b"\x00\xff", stored_at=LATER)


async def test_orders_come_back_in_the_order_in_which_they_came(store: Store) -> None:
    await store.transact(lambda nouns: nouns.orders.put(OTHER))
    await store.transact(lambda nouns: nouns.orders.put(ORDER))

    assert list(store.read.orders.all()) == [ORDER, OTHER]


async def test_an_order_with_more_signatures_keeps_the_time_at_which_it_came_first(store: Store) -> None:
    await store.transact(lambda nouns: nouns.orders.put(ORDER))
    await store.transact(
        lambda nouns: nouns.orders.put(replace(ORDER, document=b"more", stored_at=LATER, signed_here=False))
    )

    assert list(store.read.orders.all()) == [replace(ORDER, document=b"more")]


async def test_an_order_that_is_superfluous_is_forgotten_and_an_unknown_one_is_no_error(store: Store) -> None:
    await store.transact(lambda nouns: nouns.orders.put(ORDER))
    await store.transact(lambda nouns: nouns.orders.remove(ORDER.digest))
    await store.transact(lambda nouns: nouns.orders.remove(ORDER.digest))

    assert list(store.read.orders.all()) == []


async def test_an_order_and_its_entry_stand_or_fall_together(store: Store) -> None:
    def unit(nouns: Nouns) -> None:
        nouns.orders.put(ORDER)
        append(nouns)
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - the unit's own
        await store.transact(unit)

    assert list(store.read.orders.all()) == []
    assert store.read.evidence.head().size == 0


async def test_the_reading_side_keeps_no_orders(store: Store) -> None:
    with pytest.raises(StoreError):
        store.read.orders.put(ORDER)
