"""Commits that fail: "failed and not stored" and "failed but stored". node.storage.sqlite.store."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from node.ports.lists import Kind
from node.ports.store import Store, StoreError
from node.storage.sqlite import open_sqlite
from tests.node.storage.samples import append, application, publication, put, sign, verify
from trust.entry_tree import EMPTY_BUCKETS


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


async def test_a_disk_that_fills_up_while_a_version_is_staged_leaves_the_last_one_whole(tmp_path: Path) -> None:
    """Nobody sees what was staged; when there is room again, it is forgotten and staged anew."""
    name, changes = (Kind.CATALOGUE, "330000"), [put(f"L{n}", 1, bytes(900)) for n in range(100)]
    store, db = await open_faulty(tmp_path / "node.db")

    async def publish(version: int) -> None:
        for start in range(0, len(changes), 10):
            part = changes[start : start + 10]
            await store.transact(lambda nouns, part=part: nouns.publications.stage(*name, version, part))  # type: ignore[misc]
        await store.transact(lambda nouns: nouns.publications.keep(publication(version), EMPTY_BUCKETS))

    await publish(1)
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages + 20}")
    with pytest.raises(StoreError, match="full"):
        await publish(2)
    staged = len(store.read.publications.changes(*name, 1, 2, None, 1_000))  # of the units before

    assert publication(1) == store.read.publications.latest(*name)
    assert [one.id for one in store.read.publications.page(*name, 1, None, 1_000)] == sorted(
        f"L{n}" for n in range(100)
    )
    assert 0 < staged < len(changes)

    db.execute("PRAGMA max_page_count = 1000000")
    while await store.transact(lambda nouns: nouns.publications.unstage(*name, 30)):
        pass
    await publish(2)
    await store.close()
    again = await open_sqlite(tmp_path / "node.db", sign_checkpoint=sign)
    assert publication(2) == again.read.publications.latest(*name)
    assert len(again.read.publications.changes(*name, 1, 2, None, 1_000)) == len(changes)
    await again.close()


@pytest.mark.parametrize("fault", ["before", "after"])
async def test_a_version_is_held_whole_or_not_at_all_where_keeping_it_fails(tmp_path: Path, fault: str) -> None:
    name = (Kind.CATALOGUE, "330000")
    store, db = await open_faulty(tmp_path / "node.db")
    await store.transact(lambda nouns: nouns.publications.stage(*name, 1, [put("a"), put("b")]))
    setattr(db, fault, 1)
    with pytest.raises(StoreError):
        await store.transact(lambda nouns: nouns.publications.keep(publication(1), EMPTY_BUCKETS))
    held = store.read.publications.latest(*name)
    found = [one.id for bucket in ("a", "b") for one in store.read.publications.entry(*name, bucket)]
    await store.close()

    assert (held, found) == ((None, []) if fault == "before" else (publication(1), ["a", "b"]))
