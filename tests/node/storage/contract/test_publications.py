"""Publications and receipts."""

from functools import partial

import pytest

from node.ports.lists import Kind, StoredReceipt
from node.ports.store import Nouns, Store, StoreError
from tests.node.storage.samples import publication, receipt


async def test_the_newest_version_is_the_one_that_is_held(store: Store) -> None:
    await store.transact(lambda nouns: nouns.publications.put(publication(1)))
    await store.transact(lambda nouns: nouns.publications.put(publication(5, document=b"five")))
    await store.transact(lambda nouns: nouns.publications.put(publication(2, publisher="340000")))

    assert publication(5, document=b"five") == store.read.publications.latest(Kind.CATALOGUE, "330000")
    assert store.read.publications.latest(Kind.USELIST, "330000") is None


@pytest.mark.parametrize("version", [4, 5])
async def test_a_version_that_is_not_above_the_held_one_is_refused(store: Store, version: int) -> None:
    await store.transact(lambda nouns: nouns.publications.put(publication(5)))

    with pytest.raises(StoreError):
        await store.transact(lambda nouns: nouns.publications.put(publication(version)))
    assert publication(5) == store.read.publications.latest(Kind.CATALOGUE, "330000")


def put_receipt(nouns: Nouns, made: StoredReceipt) -> None:
    nouns.publications.put_receipt(made)


async def test_the_newest_receipt_of_each_peer_is_kept_in_order_of_peers(store: Store) -> None:
    for made in (receipt("340000"), receipt("320000", 3), receipt("320000", 2), receipt("340000", 1, "EXPIRED")):
        await store.transact(partial(put_receipt, made=made))

    assert [receipt("320000", 3), receipt("340000", 1, "EXPIRED")] == store.read.publications.receipts(Kind.CATALOGUE)
    assert store.read.publications.receipts(Kind.USELIST) == []
