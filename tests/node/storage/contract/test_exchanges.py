"""Nonces and answers."""

from datetime import datetime
from functools import partial

import pytest

from node.ports.store import Nouns, Store, StoreError
from tests.node.storage.samples import LATER, NOON, answer


def use_nonce(nouns: Nouns, sender: str, nonce: bytes, expires_at: datetime = LATER) -> bool:
    return nouns.exchanges.use_nonce(sender, nonce, expires_at)


async def test_a_nonce_of_a_sender_is_used_once(store: Store) -> None:
    uses = (("a", b"n"), ("a", b"n"), ("b", b"n"), ("a", b"m"))

    assert [await store.transact(partial(use_nonce, sender=s, nonce=n)) for s, n in uses] == [True, False, True, True]


async def test_an_answer_is_kept_once_per_sender_exchange_and_method(store: Store) -> None:
    await store.transact(lambda nouns: nouns.exchanges.put_answer(answer()))

    assert answer() == store.read.exchanges.answer("320000", "e1", "search")
    assert store.read.exchanges.answer("320000", "e1", "retrieve") is None
    with pytest.raises(StoreError):
        await store.transact(lambda nouns: nouns.exchanges.put_answer(answer()))


async def test_what_expired_is_purged_at_most_so_many_at_a_time(store: Store) -> None:
    for number in range(5):
        await store.transact(partial(use_nonce, sender="a", nonce=bytes([number]), expires_at=NOON))
    await store.transact(lambda nouns: nouns.exchanges.use_nonce("a", b"kept", LATER))
    await store.transact(lambda nouns: nouns.exchanges.put_answer(answer("old", NOON)))
    await store.transact(lambda nouns: nouns.exchanges.put_answer(answer("kept", LATER)))
    purged = [await store.transact(lambda nouns: nouns.exchanges.purge(LATER, 3)) for _ in range(3)]

    assert purged == [4, 2, 0]
    assert store.read.exchanges.answer("320000", "old", "search") is None
    assert answer("kept", LATER) == store.read.exchanges.answer("320000", "kept", "search")
    assert not await store.transact(lambda nouns: nouns.exchanges.use_nonce("a", b"kept", LATER))
    assert await store.transact(lambda nouns: nouns.exchanges.use_nonce("a", b"\x00", LATER))
