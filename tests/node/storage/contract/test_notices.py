"""The outbox and the notices received."""

from datetime import timedelta
from functools import partial

import pytest

from node.ports.notices import HolderUse, OutboxItem, OutboxState
from node.ports.store import Nouns, Store, StoreError
from tests.node.storage.samples import NOON, use


def fill(nouns: Nouns) -> None:
    for peer, notice_id in (("330000", "n1"), ("340000", "n2"), ("330000", "n3"), ("330000", "n1")):
        nouns.notices.enqueue(peer, notice_id, notice_id.encode())


def deliver(nouns: Nouns, seq: int) -> None:
    nouns.notices.settle(seq, OutboxState.DELIVERED)


def receive(nouns: Nouns, use: HolderUse) -> bool:
    return nouns.notices.receive(use)


def head(store: Store, peer: str) -> OutboxItem:
    item = store.read.notices.head(peer)
    assert item is not None
    return item


async def test_a_peers_queue_is_served_in_order_and_a_notice_stands_in_it_once(store: Store) -> None:
    await store.transact(fill)
    served = []
    while item := store.read.notices.head("330000"):
        served.append((item.notice_id, item.event, item.attempts, item.state))
        await store.transact(partial(deliver, seq=item.seq))

    assert served == [("n1", b"n1", 0, OutboxState.PENDING), ("n3", b"n3", 0, OutboxState.PENDING)]
    assert head(store, "340000").notice_id == "n2"


async def test_attempts_are_counted_and_a_dead_item_lets_the_next_pass_until_it_is_set_back(store: Store) -> None:
    await store.transact(fill)
    first = head(store, "330000")
    await store.transact(lambda nouns: nouns.notices.count_attempt(first.seq))

    assert head(store, "330000").attempts == 1
    await store.transact(lambda nouns: nouns.notices.settle(first.seq, OutboxState.DEAD))
    assert head(store, "330000").notice_id == "n3"
    await store.transact(lambda nouns: nouns.notices.settle(first.seq, OutboxState.PENDING))
    assert head(store, "330000").notice_id == "n1"


async def test_items_are_counted_by_peer_and_state(store: Store) -> None:
    await store.transact(fill)
    await store.transact(lambda nouns: nouns.notices.settle(head(store, "330000").seq, OutboxState.DEAD))

    assert dict(store.read.notices.outbox_counts()) == {
        ("330000", OutboxState.DEAD): 1,
        ("330000", OutboxState.PENDING): 1,
        ("340000", OutboxState.PENDING): 1,
    }


async def test_an_item_that_is_not_there_cannot_be_settled(store: Store) -> None:
    with pytest.raises(StoreError):
        await store.transact(lambda nouns: nouns.notices.settle(7, OutboxState.DEAD))
    with pytest.raises(StoreError):
        await store.transact(lambda nouns: nouns.notices.count_attempt(7))


async def test_a_notice_is_received_once_and_a_holders_uses_come_newest_first(store: Store) -> None:
    notices = [
        use("n1"),
        use("n2", NOON + timedelta(hours=1)),
        use("n3"),
        use("n1", NOON + timedelta(hours=2)),
        use("n4", holder_handle="h2"),
    ]
    kept = [await store.transact(partial(receive, use=notice)) for notice in notices]

    assert kept == [True, True, True, False, True]
    assert [notices[1], notices[2], notices[0]] == store.read.notices.uses_of("h1", 10)
    assert [notices[1]] == store.read.notices.uses_of("h1", 1)
    assert store.read.notices.received_count() == 4
