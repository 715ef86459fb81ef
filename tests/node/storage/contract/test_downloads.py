"""One-time addresses: used once, by their own line system, in time. node.ports.downloads."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from node.ports.downloads import StoredDownload
from node.ports.store import Store, StoreError
from tests.node.storage.samples import LATER, NOON

DOWNLOAD = StoredDownload(
    token_digest="ab" * 32, app_id="hall", exchange_id="e1", sealed=b"\x00\xff", size=7, expires_at=LATER
)
MOMENT = timedelta(milliseconds=1)


async def put(store: Store, *downloads: StoredDownload) -> None:
    for one in downloads:
        await store.transact(lambda nouns, one=one: nouns.downloads.put(one))  # type: ignore[misc]


async def take(store: Store, app_id: str = "hall", now: datetime = NOON, digest: str = DOWNLOAD.token_digest) -> bool:
    return await store.transact(lambda nouns: nouns.downloads.take(digest, app_id, now))


async def test_an_address_comes_back_as_it_was_put_and_is_put_once(store: Store) -> None:
    await put(store, DOWNLOAD)

    assert store.read.downloads.get(DOWNLOAD.token_digest) == DOWNLOAD
    assert store.read.downloads.get("other") is None
    with pytest.raises(StoreError):
        await put(store, DOWNLOAD)


async def test_it_is_used_once_and_says_when(store: Store) -> None:
    await put(store, DOWNLOAD)

    assert [await take(store), await take(store)] == [True, False]
    assert store.read.downloads.get(DOWNLOAD.token_digest) == replace(DOWNLOAD, taken_at=NOON)


async def test_of_many_at_once_one_uses_it(store: Store) -> None:
    await put(store, DOWNLOAD)

    assert sum(await asyncio.gather(*(take(store) for _ in range(200)))) == 1


@pytest.mark.parametrize(
    ("app_id", "now", "taken"),
    [
        pytest.param("kiosk", NOON, False, id="another line system"),
        pytest.param("hall", LATER, False, id="the moment it expires"),
        pytest.param("hall", LATER + MOMENT, False, id="after it expired"),
        pytest.param("hall", LATER - MOMENT, True, id="a moment before it expires"),
    ],
)
async def test_whose_it_is_and_until_when(store: Store, app_id: str, now: datetime, taken: bool) -> None:
    await put(store, DOWNLOAD)

    assert await take(store, app_id, now) is taken
    assert await take(store) is not taken


async def test_those_waiting_are_its_own_unused_and_in_time(store: Store) -> None:
    others = (
        replace(DOWNLOAD, token_digest="1" * 64, size=5 << 30),
        replace(DOWNLOAD, token_digest="4" * 64, size=5),
        replace(DOWNLOAD, token_digest="2" * 64, app_id="kiosk"),
        replace(DOWNLOAD, token_digest="3" * 64, expires_at=NOON),
    )
    await put(store, DOWNLOAD, *others)
    await take(store)

    assert [store.read.downloads.waiting(app, NOON) for app in ("hall", "kiosk", "none")] == [
        (2, (5 << 30) + 5),
        (1, 7),
        (0, 0),
    ]
    assert store.read.downloads.waiting("kiosk", NOON, DOWNLOAD.exchange_id) == (0, 0)


async def test_ending_those_of_an_exchange_leaves_used_ones_and_others(store: Store) -> None:
    used = replace(DOWNLOAD, token_digest="1" * 64)
    other = replace(DOWNLOAD, token_digest="2" * 64, exchange_id="e2")
    await put(store, DOWNLOAD, used, other)
    await take(store, digest=used.token_digest)
    ended = [await store.transact(lambda nouns: nouns.downloads.end("e1")) for _ in range(2)]
    held = store.read.downloads

    assert ended == [[DOWNLOAD.token_digest], []]
    assert held.get(DOWNLOAD.token_digest) is None
    assert (held.get(used.token_digest), held.get(other.token_digest)) == (replace(used, taken_at=NOON), other)


async def test_expired_ones_are_forgotten_a_few_at_a_time(store: Store) -> None:
    await put(store, DOWNLOAD, *(replace(DOWNLOAD, token_digest=f"{n}" * 64, expires_at=NOON) for n in range(5)))
    purged = [await store.transact(lambda nouns: nouns.downloads.purge(LATER, 3)) for _ in range(3)]

    assert purged == [3, 2, 0]
    assert store.read.downloads.get(DOWNLOAD.token_digest) == DOWNLOAD
