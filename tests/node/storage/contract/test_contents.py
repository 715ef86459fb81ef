"""Contents behind commitments: kept once, found by commitment and subject, erased for good. node.ports.contents."""

from dataclasses import replace
from datetime import timedelta

import pytest

from node.ports.contents import StoredContent
from node.ports.store import Store, StoreError
from tests.node.storage.samples import NOON

CONTENT = StoredContent(
    commitment="ab" * 32, label="application", subject="a1", exchange_id="e1", sealed=b"\x00\xff", kept_at=NOON
)
OTHERS = (
    replace(CONTENT, commitment="cd" * 32, label="verdict", kept_at=NOON - timedelta(days=1)),
    replace(CONTENT, commitment="00" * 32, subject="a2"),
)


async def put(store: Store, *contents: StoredContent) -> None:
    for one in contents:
        await store.transact(lambda nouns, one=one: nouns.contents.put(one))  # type: ignore[misc]


async def erase(store: Store, commitment: str) -> bool:
    return await store.transact(lambda nouns: nouns.contents.erase(commitment))


async def test_a_content_comes_back_as_it_was_put_first(store: Store) -> None:
    await put(store, CONTENT, replace(CONTENT, sealed=b"other", exchange_id="e2"))

    assert store.read.contents.get(CONTENT.commitment) == CONTENT
    assert store.read.contents.get("none") is None


async def test_those_of_a_subject_come_newest_first_up_to_the_limit(store: Store) -> None:
    await put(store, CONTENT, *OTHERS)

    assert list(store.read.contents.of("a1", 9)) == [OTHERS[0], CONTENT]
    assert list(store.read.contents.of("a1", 1)) == [OTHERS[0]]
    assert list(store.read.contents.of("a3", 9)) == []


async def test_those_of_an_age_come_oldest_first(store: Store) -> None:
    await put(store, CONTENT, *OTHERS)

    assert list(store.read.contents.older(NOON, 9)) == [OTHERS[0]]
    assert list(store.read.contents.older(NOON + timedelta(days=1), 2)) == [OTHERS[0], CONTENT]


async def test_what_is_erased_is_gone_and_where_it_was_stays(store: Store) -> None:
    await put(store, CONTENT, *OTHERS)

    assert [await erase(store, CONTENT.commitment), await erase(store, CONTENT.commitment)] == [True, False]
    assert await erase(store, "none") is False
    assert store.read.contents.get(CONTENT.commitment) == replace(CONTENT, sealed=b"")
    assert list(store.read.contents.of("a1", 9)) == [OTHERS[0], replace(CONTENT, sealed=b"")]
    assert CONTENT.commitment not in {one.commitment for one in store.read.contents.older(NOON + timedelta(days=1), 9)}


async def test_the_reading_side_writes_nothing(store: Store) -> None:
    with pytest.raises(StoreError):
        store.read.contents.put(CONTENT)
