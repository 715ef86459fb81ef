"""Open a database file: who may read it, how durable it is, which schema it has. The only place that knows paths and pragmas."""

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import aiosqlite

from node.ports.store import SigningRefusedError, StoreError
from node.storage.sqlite.migrate import is_older, migrate
from node.storage.sqlite.prover import SignCheckpoint
from node.storage.sqlite.reader import SqliteReader
from node.storage.sqlite.store import Connections, SqliteStore

_CACHED_STATEMENTS = 256  # more than there are, so that none is prepared twice
_OPEN_TIMEOUT_S = 10.0  # another process may be migrating or recovering
_ITER_CHUNK_ROWS = 256  # aiosqlite wants a number; nothing iterates through it

Connect = Callable[[str], sqlite3.Connection]


def connect(uri: str) -> sqlite3.Connection:
    """A connection in autocommit mode that may be handed from thread to thread."""
    return sqlite3.connect(
        uri,
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=_OPEN_TIMEOUT_S,
        cached_statements=_CACHED_STATEMENTS,
    )


async def open_sqlite(
    path: Path,
    *,
    sign_checkpoint: SignCheckpoint | None,
    clock: Callable[[], float] = time.monotonic,
    checkpoint_interval_s: float = 0.02,
    connect_writer: Connect = connect,
    may_sign: Callable[[], None] = lambda: None,
) -> SqliteStore:
    """Open or make a store, bring its schema up to date, and sign a head that a crash left unsigned, if it may. Close it: it has threads.

    Args:
        path: the database file; it is made with mode 0600, its folder must exist.
        sign_checkpoint: signs (size, root) and returns the note; None where this process has no key (an import).
        clock: monotonic seconds, to space the checkpoints.
        checkpoint_interval_s: how old the last checkpoint is before a group signs again; a tail is signed as soon as it is that old.
        connect_writer: makes the writing connection; for tests of faults.
        may_sign: raises SigningRefusedError where no head may be signed or given away, one that was signed before neither.

    Raises:
        StoreError: not a database, of a newer program, or its log does not fit together.
    """
    writer, reader, background = await asyncio.to_thread(_open_connections, path, connect_writer)
    connections = Connections(
        raw=writer,
        writer=await aiosqlite.Connection(lambda: writer, iter_chunk_size=_ITER_CHUNK_ROWS),
        background=await aiosqlite.Connection(lambda: background, iter_chunk_size=_ITER_CHUNK_ROWS),
        reader=SqliteReader(reader),
    )
    store = SqliteStore(
        connections, sign=sign_checkpoint, may_sign=may_sign, clock=clock, checkpoint_interval_s=checkpoint_interval_s
    )
    try:
        with suppress(SigningRefusedError):
            await store.checkpoint()
    except BaseException:
        await store.close()
        raise
    return store


def open_sqlite_read_only(path: Path) -> SqliteReader:
    """Open an existing database for look-ups only, also while a daemon writes to it.

    Raises:
        StoreError: there is none, or it is not of this program's schema.
    """
    try:
        db = connect(f"{path.absolute().as_uri()}?mode=rw")
        db.execute("PRAGMA query_only = ON")
        if is_older(db):
            db.close()
            raise StoreError(f"{path}: is of an older certmesh; start the node once, it brings the file up to date")
        migrate(db)
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be opened as a certmesh database: {error}") from error
    return SqliteReader(db)


def bring_up_to_date(path: Path) -> None:
    """Bring a file of an older program to this one's schema, where there is one: before anything reads it. For who will write to it.

    Raises:
        StoreError: not a database, or of a newer program.
    """
    if not path.exists():
        return
    try:
        with closing(connect(f"{path.absolute().as_uri()}?mode=rw")) as db:
            migrate(db)
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be opened as a certmesh database: {error}") from error


def _open_connections(
    path: Path, connect_writer: Connect
) -> tuple[sqlite3.Connection, sqlite3.Connection, sqlite3.Connection]:
    """The writing, the reading and the background connection, in this order."""
    with suppress(FileExistsError):  # never open and close an existing one: that would drop this process's locks on it
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    uri = path.absolute().as_uri()
    opened: list[sqlite3.Connection] = []
    try:
        opened.extend(make(uri) for make in (connect_writer, connect, connect))
        writer, reader, background = opened
        for db in (writer, background):
            _prepare(db)
        migrate(writer)
        writer.execute("PRAGMA busy_timeout = 0")  # the event loop never waits; `store` does, in a thread
        reader.execute("PRAGMA query_only = ON")
        reader.execute("PRAGMA cache_size = -16384")  # KiB
    except BaseException as error:
        for db in opened:
            db.close()
        if isinstance(error, sqlite3.Error):
            raise StoreError(f"{path} cannot be opened as a certmesh database: {error}") from error
        raise
    return writer, reader, background


def _prepare(db: sqlite3.Connection) -> None:
    """Durable at every commit; WAL checkpoints are the store's business."""
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.execute("PRAGMA secure_delete = ON")  # what is erased, or sealed later, is not left in free pages
    db.execute("PRAGMA cache_size = -16384")  # KiB
