"""Commits that fail: "failed and not stored" and "failed but stored". node.storage.sqlite.store."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from node.ports.store import Store, StoreError
from node.storage.sqlite import open_sqlite
from tests.node.storage.samples import append, application, sign, verify


class Faulty(sqlite3.Connection):
    """Fails the commits and rollbacks it is told to."""

    before: int = 0  # how many commits fail without having stored
    after: int = 0  # how many fail although they stored
    rollbacks: int = 0  # how many rollbacks fail

    def commit(self) -> None:
        if self.before:
            self.before -= 1
            raise sqlite3.OperationalError("disk I/O error")
        super().commit()
        if self.after:
            self.after -= 1
            raise sqlite3.OperationalError("disk I/O error")

    def rollback(self) -> None:
        if self.rollbacks:
            self.rollbacks -= 1
            raise sqlite3.OperationalError("disk I/O error")
        super().rollback()


async def open_faulty(path: Path) -> tuple[Store, Faulty]:
    made: list[Faulty] = []

    def connect_writer(uri: str) -> Faulty:
        made.append(sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, factory=Faulty))
        return made[0]

    return await open_sqlite(path, sign_checkpoint=sign, connect_writer=connect_writer), made[0]


async def fail_group(store: Store) -> None:
    """Three units of one group: each gets an error of its own, the one that raised by itself its own."""

    def raising(nouns: object) -> None:
        raise KeyError("own")

    results = await asyncio.gather(
        store.transact(append),
        store.transact(lambda nouns: nouns.applications.put_own(application())),
        store.transact(raising),
        return_exceptions=True,
    )

    assert [StoreError, StoreError, KeyError] == [type(result) for result in results]
    assert results[0] is not results[1]


async def test_a_commit_that_failed_and_stored_nothing_leaves_nothing(tmp_path: Path) -> None:
    store, db = await open_faulty(tmp_path / "node.db")
    await store.transact(append)
    db.before = 1
    await fail_group(store)

    assert store.read.applications.own("a1") is None
    assert await asyncio.gather(*(store.transact(append) for _ in range(2))) == [1, 2]
    assert (verify(store.read.evidence).size, verify(store.read.evidence).ok) == (3, True)
    await store.close()


async def test_a_commit_that_failed_but_stored_is_taken_up(tmp_path: Path) -> None:
    store, db = await open_faulty(tmp_path / "node.db")
    await store.transact(append)
    db.after = 1
    await fail_group(store)

    assert application() == store.read.applications.own("a1")
    assert await store.transact(append) == 2
    assert (verify(store.read.evidence).size, verify(store.read.evidence).ok) == (3, True)
    await store.close()


async def test_a_rollback_that_fails_too_is_tried_again(tmp_path: Path) -> None:
    store, db = await open_faulty(tmp_path / "node.db")
    db.before = db.rollbacks = 1
    with pytest.raises(StoreError):
        await store.transact(append)

    assert await store.transact(append) == 0
    await store.close()


async def test_a_head_that_moved_under_the_group_fails_it(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=None)

    def meddling(nouns: object) -> None:
        store._db.execute("UPDATE head SET size = 5")

    results = await asyncio.gather(store.transact(append), store.transact(meddling), return_exceptions=True)

    assert [StoreError, StoreError] == [type(result) for result in results]
    assert await store.transact(append) == 0
    await store.close()


async def test_a_transaction_that_sqlite_gave_up_fails_all_its_units(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=None)

    def losing(nouns: object) -> None:
        store._db.execute("ROLLBACK")  # as SQLite does by itself when the disk is full

    results = await asyncio.gather(
        store.transact(append), store.transact(losing), store.transact(append), return_exceptions=True
    )

    assert [StoreError] * 3 == [type(result) for result in results]
    assert await store.transact(append) == 0
    await store.close()


async def test_a_full_disk_refuses_units_loses_none_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    """SQLite answers a page limit as it answers ENOSPC: "database or disk is full"."""
    path = tmp_path / "node.db"
    store, db = await open_faulty(path)
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages + 8}")
    kept, refusal = 0, ""
    while not refusal and kept < 10_000:
        try:
            await store.transact(append)
            kept += 1
        except StoreError as error:
            refusal = str(error)

    assert "full" in refusal
    assert kept > 0
    assert store.read.evidence.head().size == kept

    db.execute("PRAGMA max_page_count = 1000000")
    await store.transact(append)
    await store.close()
    again = await open_sqlite(path, sign_checkpoint=sign)
    report = verify(again.read.evidence)
    await again.close()

    assert (report.size, report.ok) == (kept + 1, True)
