"""The store itself: units gather, one group at a time commits. See `node.ports.store.Store` for the contract.

There is one writing connection. A group is: BEGIN IMMEDIATE, every waiting unit inline on the event loop (each statement takes
microseconds; in a thread each would have to win the interpreter lock back from a busy loop), then COMMIT in the connection's thread,
where the fsync is waited for. Units that arrive meanwhile are the next group; nothing is ever waited for on purpose.

Three more things may take long and so leave the loop: BEGIN while another process writes (`certmesh import` on the same file), copying
the write-ahead log into the database (on a second connection; the writer then copies the few pages left between two groups, so that the
log starts over), and closing.

Ownership: `_waiting`, `_sign_due` and `_wal_due` are set by anyone on the loop and taken by the one task `_drain`; the writing
connection and `Writer` belong to that task alone while it runs.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import aiosqlite
import structlog

from node.ports.evidence import LogHead
from node.ports.store import Nouns, SigningRefusedError, StoreBusyError, StoreError
from node.storage.sqlite.prover import Prover, SignCheckpoint
from node.storage.sqlite.reader import SqliteReader
from node.storage.sqlite.writer import GroupLostError, Writer
from trust.envelope import LogProof

T = TypeVar("T")

MAX_WAITING = 10_000  # units; beyond, the answer is StoreBusyError
MAX_GROUP = 256  # units; bounds how long a group holds the event loop
_LOCK_TIMEOUT_MS = (
    30_000  # how long another process may keep the write lock: publishing an import of a million rows takes long
)
# About 8 MiB of write-ahead log before it is copied into the database: a log that is written over syncs faster than one that grows.
_WAL_PAGES = 2_000
_PAGES_PER_COMMIT = 4  # a guess at what a commit writes besides its rows

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """The three connections of one store. `raw` is the one inside `writer`."""

    raw: sqlite3.Connection
    writer: aiosqlite.Connection
    background: aiosqlite.Connection
    reader: SqliteReader


class _Call(Generic[T]):
    """One waiting unit, and what came of it."""

    __slots__ = ("_error", "_result", "_unit", "future")

    def __init__(self, unit: Callable[[Nouns], T], future: asyncio.Future[T]) -> None:
        self._unit = unit
        self.future = future
        self._error: Exception | None = None
        self._result: T

    def run(self, writer: Writer) -> None:
        """Run the unit and keep its result or its error for later."""
        try:
            self._result = writer.run(self._unit)
        except GroupLostError:
            raise
        except StopIteration as error:  # a future cannot carry it
            self._error = RuntimeError("a unit of work raised StopIteration")
            self._error.__cause__ = error
        except Exception as error:  # noqa: BLE001 - it is handed to the caller
            self._error = error

    def deliver(self, failure: Exception | None) -> None:
        """Tell the caller, unless it was cancelled. `failure` is that of the whole group."""
        if self.future.done():
            return
        if self._error is not None:
            self.future.set_exception(self._error)
        elif failure is not None:
            self.future.set_exception(_as_store_error(failure))
        else:
            self.future.set_result(self._result)


class SqliteStore:
    """A store in one SQLite file. Make it with `open_sqlite`."""

    def __init__(
        self,
        connections: Connections,
        *,
        sign: SignCheckpoint | None,
        may_sign: Callable[[], None],
        clock: Callable[[], float],
        checkpoint_interval_s: float,
    ) -> None:
        self._connections = connections
        self._db = connections.raw
        self._prover = Prover(connections.reader.read.evidence, sign=sign)
        self._writer = Writer(
            connections.raw, sign=sign, prover=self._prover, clock=clock, interval_s=checkpoint_interval_s
        )
        self._may_sign = may_sign
        self._interval_s = checkpoint_interval_s
        self._waiting: deque[_Call[Any]] = deque()
        self._sign_due = False
        self._wal_due = False
        self._wal_pages = 0  # about how many were written since the last copying
        self._running: asyncio.Task[None] | None = None
        self._copying: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def read(self) -> Nouns:
        """Look-ups over what is committed."""
        return self._connections.reader.read

    async def transact(self, unit: Callable[[Nouns], T]) -> T:
        """Run one unit in the next group.

        Raises:
            StoreBusyError: too many units wait.
            StoreError: the store is closed, or the group did not commit.
        """
        if self._closed:
            raise StoreError("the store is closed")
        if len(self._waiting) >= MAX_WAITING:
            raise StoreBusyError(f"the store is overloaded: {MAX_WAITING} units wait")
        return await self._submit(unit)

    async def checkpoint(self) -> LogHead:
        """Sign the head now if its newest checkpoint is older.

        Raises:
            StoreError: the store is closed, or it could not be signed.
            SigningRefusedError: the log lost what was signed before.
        """
        if self._closed:
            raise StoreError("the store is closed")
        self._sign_due = True
        await self._submit(_nothing)
        self._may_sign()
        if self._writer.refused:
            raise SigningRefusedError("the head of the evidence log may not be signed: it lost what was signed before")
        return self.read.evidence.head()

    async def prove(self, index: int) -> LogProof:
        """The entry at `index`, under a signed head.

        Raises:
            StoreError: the store is closed, no such entry is committed, or it could not be signed.
            SigningRefusedError: the log lost what was signed before.
        """
        if self._closed:
            raise StoreError("the store is closed")
        self._may_sign()
        return await self._prover.prove(index)

    async def close(self) -> None:
        """Finish what waits, sign the head, release the file."""
        if self._closed:
            return
        self._closed = True
        self._sign_due = True
        try:
            await self._submit(_nothing)
        except StoreError as error:
            _log.error("store.last_checkpoint_failed", error=str(error))
        for task in (self._copying, self._running):
            if task is not None:
                await task
        if self._timer is not None:
            self._timer.cancel()
        self._connections.reader.close()
        await self._connections.background.close()
        await self._connections.writer.close()

    def _submit(self, unit: Callable[[Nouns], T]) -> asyncio.Future[T]:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Call(unit, future))
        self._wake()
        return future

    def _wake(self) -> None:
        if self._running is None:
            self._running = asyncio.create_task(self._drain(), name="store.drain")

    async def _drain(self) -> None:
        """Run groups until nothing is left to do."""
        try:
            while self._waiting or self._sign_due or self._wal_due:
                if self._waiting or self._sign_due:
                    await self._group()
                if self._wal_due:
                    self._wal_due = False
                    await self._copy_wal(self._connections.writer)
        finally:
            self._running = None

    async def _group(self) -> None:
        calls = [self._waiting.popleft() for _ in range(min(MAX_GROUP, len(self._waiting)))]
        calls = [call for call in calls if not call.future.cancelled()]
        sign_now, self._sign_due = self._sign_due, False
        changes = self._db.total_changes
        failure: Exception | None = None
        try:
            await self._begin()
            self._writer.start()
            for call in calls:
                call.run(self._writer)
            self._writer.finish(sign_now=sign_now)
            await self._connections.writer.commit()
            self._writer.committed()
        except Exception as error:  # noqa: BLE001 - every caller of the group gets it
            failure = error
            _log.error("store.group_failed", units=len(calls), error=str(error))
            await self._abandon()
        for call in calls:
            call.deliver(failure)
        self._plan(self._db.total_changes - changes)

    async def _begin(self) -> None:
        """Take the write lock: at once where it is free, else in the thread."""
        if self._db.in_transaction:  # a rollback failed before
            self._db.rollback()
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not _is_busy(error):
                raise
        else:
            return
        self._db.execute(f"PRAGMA busy_timeout = {_LOCK_TIMEOUT_MS:d}")
        try:
            await self._connections.writer.execute_fetchall("BEGIN IMMEDIATE")
        finally:
            self._db.execute("PRAGMA busy_timeout = 0")

    async def _abandon(self) -> None:
        """Take the transaction back; where even that fails, the next group tries again."""
        self._writer.abandoned()
        try:
            await self._connections.writer.rollback()
        except sqlite3.Error as error:
            _log.error("store.rollback_failed", error=str(error))

    def _plan(self, changes: int) -> None:
        """After a group: have the tail signed soon, and the write-ahead log copied when it is long."""
        if self._writer.unsigned and self._timer is None and not self._closed:
            self._timer = asyncio.get_running_loop().call_later(self._interval_s, self._sign_tail)
        self._wal_pages += changes + _PAGES_PER_COMMIT
        if self._wal_pages >= _WAL_PAGES and self._copying is None:
            self._copying = asyncio.create_task(self._copy_in_background(), name="store.copy_wal")

    def _sign_tail(self) -> None:
        self._timer = None
        if self._writer.unsigned:
            self._sign_due = True
            self._wake()

    async def _copy_in_background(self) -> None:
        await self._copy_wal(self._connections.background)
        self._copying = None
        self._wal_pages = 0
        self._wal_due = True
        self._wake()

    async def _copy_wal(self, connection: aiosqlite.Connection) -> None:
        """Copy what no reader still needs; the writer is not stopped. Failing is not fatal: the log only grows."""
        try:
            await connection.execute_fetchall("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error as error:
            _log.error("store.wal_not_copied", error=str(error))


def _nothing(nouns: Nouns) -> None:
    """The unit that changes nothing: for the sake of its group."""


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _as_store_error(failure: Exception) -> StoreError:
    """One error per caller: tracebacks of several tasks do not mix."""
    kind = StoreBusyError if isinstance(failure, sqlite3.Error) and _is_busy(failure) else StoreError
    error = kind(f"the group did not commit: {failure}")
    error.__cause__ = failure
    return error
