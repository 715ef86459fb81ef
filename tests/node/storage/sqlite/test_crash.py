"""Nothing that was answered is lost: reopening after closing, after a copy of the open files, and after SIGKILL."""

import asyncio
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from node.ports.store import StoreError
from node.storage.sqlite import open_sqlite, open_sqlite_read_only
from tests.node.storage.samples import append, application, sign, signed_size, verify

APPENDER = """
import asyncio, sys
from pathlib import Path
from node.storage.sqlite import open_sqlite
from tests.node.storage.samples import append, sign

async def main() -> None:
    store = await open_sqlite(Path(sys.argv[1]), sign_checkpoint=sign)

    async def caller() -> None:
        while True:
            print(await store.transact(append), flush=True)

    await asyncio.gather(*(caller() for _ in range(8)))

asyncio.run(main())
"""


async def test_what_was_stored_is_there_after_closing_and_opening(tmp_path: Path) -> None:
    for size in range(1, 12):
        store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=sign)
        assert await store.transact(append) == size - 1
        await store.close()

    reader = open_sqlite_read_only(tmp_path / "node.db")
    report = verify(reader.read.evidence)
    reader.close()

    assert (report.ok, report.size, report.checkpoint_size) == (True, 11, 11)


async def test_a_copy_of_the_open_files_holds_all_that_was_answered_and_signs_its_tail(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=sign, checkpoint_interval_s=60)
    await asyncio.gather(*(store.transact(append) for _ in range(20)))
    await asyncio.gather(
        *(store.transact(append) for _ in range(7)), store.transact(lambda n: n.applications.put_own(application()))
    )
    for suffix in ("", "-wal"):  # what a crash leaves; the -shm file is made again
        shutil.copy(tmp_path / f"node.db{suffix}", tmp_path / f"copy.db{suffix}")
    await store.close()
    copy = await open_sqlite(tmp_path / "copy.db", sign_checkpoint=sign)
    report = verify(copy.read.evidence)

    assert (report.ok, report.first_bad, report.size) == (True, "", 27)
    assert signed_size(copy.read.evidence.head()) == 27
    assert application() == copy.read.applications.own("a1")
    assert await copy.transact(append) == 27
    await copy.close()


def appended_until_killed(path: Path) -> list[int]:
    """The indices a process was told are durable before SIGKILL took it in the middle."""
    with subprocess.Popen([sys.executable, "-c", APPENDER, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(300)]
        process.send_signal(signal.SIGKILL)
        told += [int(line) for line in process.stdout.read().split("\n")[:-1]]
    assert process.returncode == -signal.SIGKILL
    return told


async def test_a_process_killed_while_it_appends_loses_nothing_it_was_told_is_durable(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    told = appended_until_killed(path)
    store = await open_sqlite(path, sign_checkpoint=sign)
    report = verify(store.read.evidence)

    assert (report.ok, report.first_bad) == (True, "")
    assert list(range(len(told))) == sorted(told)
    assert report.size > max(told)
    assert report.checkpoint_size == report.size
    assert await store.transact(append) == report.size
    await store.close()


async def test_two_stores_on_one_file_append_alternately(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    daemon = await open_sqlite(path, sign_checkpoint=sign)
    importer = await open_sqlite(path, sign_checkpoint=None)
    for _ in range(5):
        await asyncio.gather(*(store.transact(append) for store in (daemon, importer) for _ in range(4)))
        await importer.transact(append)
        await daemon.transact(append)
    await importer.close()
    await daemon.close()
    reader = open_sqlite_read_only(path)
    report = verify(reader.read.evidence)
    reader.close()

    assert (report.ok, report.size, report.checkpoint_size) == (True, 50, 50)


async def test_a_tree_that_does_not_make_its_head_is_not_opened(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=sign)
    await asyncio.gather(*(store.transact(append) for _ in range(3)))
    db = store._db
    db.execute("DROP TRIGGER evidence_not_changed")
    db.execute("UPDATE evidence SET hashes = zeroblob(32) WHERE idx = 2")
    await store.close()

    with pytest.raises(StoreError, match="does not make its root at size 3"):
        await open_sqlite(tmp_path / "node.db", sign_checkpoint=sign)
