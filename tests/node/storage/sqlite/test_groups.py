"""How the SQLite store groups, signs and waits. node.storage.sqlite.store."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from node.ports.store import Nouns, StoreBusyError, StoreError
from node.storage.sqlite import open_sqlite
from node.storage.sqlite.database import connect
from node.storage.sqlite.store import MAX_GROUP, MAX_WAITING
from tests.node.storage.samples import append, application, open_note, sign, signed_size, verify


class Counting(sqlite3.Connection):
    """Counts its commits."""

    commits = 0

    def commit(self) -> None:
        self.commits += 1
        super().commit()


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def connect_counting(uri: str) -> Counting:
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, factory=Counting)


async def test_units_that_gather_share_a_commit(tmp_path: Path) -> None:
    made: list[Counting] = []

    def connect_writer(uri: str) -> Counting:
        made.append(connect_counting(uri))
        return made[0]

    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=None, connect_writer=connect_writer)
    before = made[0].commits
    await asyncio.gather(*(store.transact(append) for _ in range(MAX_GROUP + 10)))

    assert made[0].commits - before == 2
    await store.close()


async def test_a_group_signs_its_own_head_when_the_last_signature_is_old_enough(tmp_path: Path) -> None:
    clock = Clock()
    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=sign, clock=clock, checkpoint_interval_s=5)
    sizes = []
    for step in (0.0, 1.0, 4.5, 1.0):
        clock.now += step
        await store.transact(append)
        sizes.append(signed_size(store.read.evidence.head()))

    assert sizes == [1, 1, 3, 3]
    assert signed_size(await store.checkpoint()) == 4
    await store.close()


async def test_a_tail_is_signed_soon_without_being_asked(tmp_path: Path) -> None:
    signed = asyncio.Event()

    def sign_and_tell(size: int, root: bytes) -> bytes:
        if size == 2:
            signed.set()
        return sign(size, root)

    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=sign_and_tell, checkpoint_interval_s=0.01)
    await store.transact(append)
    await store.transact(append)
    await asyncio.wait_for(signed.wait(), 5)
    await store.close()


async def test_closing_signs_the_tail(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=sign, checkpoint_interval_s=60)
    for _ in range(3):
        await store.transact(append)
    await store.close()
    again = await open_sqlite(tmp_path / "node.db", sign_checkpoint=None)

    assert [open_note(note).size for note in again.read.evidence.checkpoints(0, 9)] == [1, 3]
    await again.close()


async def test_a_signature_that_fails_fails_its_group_and_nothing_is_kept(tmp_path: Path) -> None:
    broken = True

    def sign_or_fail(size: int, root: bytes) -> bytes:
        if broken:
            raise OSError("the key is gone")
        return sign(size, root)

    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=sign_or_fail)
    with pytest.raises(StoreError, match="the key is gone"):
        await store.transact(append)
    broken = False

    assert await store.transact(append) == 0
    await store.close()
    assert store.read is not None


async def test_too_many_waiting_units_are_refused_at_once(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=None)
    waiting = [
        asyncio.ensure_future(store.transact(lambda nouns: nouns.certificates.count())) for _ in range(MAX_WAITING)
    ]
    await asyncio.sleep(0)
    with pytest.raises(StoreBusyError):
        await store.transact(append)

    assert await asyncio.gather(*waiting) == [0] * MAX_WAITING
    assert await store.transact(append) == 0
    await store.close()


async def test_the_store_waits_in_its_thread_while_another_process_writes(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=None)
    other = connect((tmp_path / "node.db").as_uri())
    other.execute("BEGIN IMMEDIATE")
    appended = asyncio.ensure_future(store.transact(append))
    for _ in range(20):
        await asyncio.sleep(0)

    assert not appended.done()
    other.execute("COMMIT")
    other.close()
    assert await appended == 0
    await store.close()


async def test_rows_flushed_by_a_reading_unit_survive_the_failure_of_the_next(tmp_path: Path) -> None:
    """The first unit's row is first inserted inside the savepoint of the second, which is rolled back."""
    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=None)

    def failing(nouns: Nouns) -> None:
        nouns.applications.put_own(application())
        append(nouns, "e2")
        assert len(nouns.evidence.entries(0, 9)) == 2
        raise ValueError("fails after reading")

    await asyncio.gather(
        store.transact(append), store.transact(failing), store.transact(append), return_exceptions=True
    )

    assert [entry.index for entry in store.read.evidence.of_exchange("e1")] == [0, 1]
    assert store.read.evidence.of_exchange("e2") == []
    assert verify(store.read.evidence).ok
    await store.close()


async def test_the_write_ahead_log_does_not_grow_with_the_log(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=None)

    async def many(count: int) -> int:
        for _ in range(count):
            await asyncio.gather(
                *(store.transact(lambda nouns: append(nouns, padding="x" * 2_000)) for _ in range(200))
            )
        return (tmp_path / "node.db-wal").stat().st_size

    first = await many(20)

    assert await many(40) < 2.5 * first
    await store.close()
