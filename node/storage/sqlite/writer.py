"""One group inside its transaction: units, each undone alone where it fails, then rows, head and checkpoint. No waiting, no threads.

The caller (`store`) begins and commits. Order: `start`, `run` for each unit, `finish`; then `committed`, or `abandoned`.
"""

import math
import sqlite3
from collections.abc import Callable
from typing import TypeVar

from node.ports.store import Nouns, SigningRefusedError, StoreError
from node.storage.sqlite.nouns import SqliteNouns
from node.storage.sqlite.prover import Prover, SignCheckpoint
from node.storage.sqlite.session import Session
from node.storage.sqlite.tail import Tail

T = TypeVar("T")

_HEAD = "SELECT size, root, (SELECT max(size) FROM checkpoint) FROM head"
_ADVANCE = "UPDATE head SET size = ?, root = ? WHERE size = ?"
_KEEP_NOTE = "INSERT OR IGNORE INTO checkpoint (size, note) VALUES (?, ?)"
_STALE = -1  # no head has this size


class GroupLostError(StoreError):
    """SQLite gave up the whole transaction (disk full, I/O error): no unit of the group has happened."""


class Writer:
    """Owns the writing connection between BEGIN and COMMIT, the tail, and what is known of the head and its checkpoints."""

    def __init__(
        self,
        db: sqlite3.Connection,
        *,
        sign: SignCheckpoint | None,
        prover: Prover,
        clock: Callable[[], float],
        interval_s: float,
    ) -> None:
        self._db = db
        self._prover = prover
        self._sign = sign
        self._clock = clock
        self._interval_s = interval_s
        self._tail = Tail()
        self._session = Session(db, lambda: None)
        self._nouns: Nouns = SqliteNouns.over(Session(db, self._before_write), self._tail)
        self._size = _STALE  # of the head as it was when this group began
        self._signed_size = 0  # of the newest checkpoint stored
        self._storing = (0, b"")  # size and note of the one stored in this group
        self._root = b""  # of the head as this group makes it
        self._signed_at = -math.inf  # on `clock`
        self._saved = False  # the running unit has its savepoint
        self.refused = False  # the last signature that was due was refused

    @property
    def unsigned(self) -> bool:
        """Whether the committed head wants a checkpoint."""
        return self._sign is not None and self._size > self._signed_size and not self.refused

    def start(self) -> None:
        """Take up the head: another process may have advanced it since our last group.

        Raises:
            StoreError: the stored tree does not fit the head.
        """
        row = self._session.row(_HEAD)
        assert row is not None, "the migration inserts the row"
        size, root, signed_size = row
        if size != self._size:
            self._tail.restore(self._session, size, root)
            self._size = size
        self._signed_size = signed_size or 0
        self._storing = (self._signed_size, b"")

    def run(self, unit: Callable[[Nouns], T]) -> T:
        """Run one unit; where it raises, nothing of it remains.

        Raises:
            GroupLostError: the transaction is gone, and with it all units of the group.
        """
        mark = self._tail.mark()
        self._saved = False
        try:
            result = unit(self._nouns)
        except BaseException as error:
            self._tail.undo(mark)
            if isinstance(error, StoreError) and not self._db.in_transaction:  # as SQLite does when the disk is full
                raise GroupLostError(f"the transaction of this group is gone: {error}") from error
            self._end_savepoint(undo=True)
            raise
        self._end_savepoint(undo=False)
        return result

    def finish(self, *, sign_now: bool) -> None:
        """Insert the rows, advance the head by compare-and-swap, store a checkpoint where the last one stored is old enough.

        That is the newest signature made for proofs, where there is one and nobody asked for this very head; else the head is signed.

        Raises:
            StoreError: the head is not what it was when the group began.
        """
        self._tail.flush(self._session)
        size, root = self._tail.frontier.size, self._tail.frontier.root()
        if size != self._size and self._session.write(_ADVANCE, (size, root, self._size)) != 1:
            raise StoreError("the head of the evidence log moved under the running group")
        due = sign_now or self._clock() - self._signed_at >= self._interval_s
        self._root = root
        if self._sign is not None and size > self._signed_size and due:
            self.refused = False
            proven = self._prover.signed_size
            if proven == size or (proven > self._signed_size and not sign_now):
                self._storing = (proven, self._prover.note)
            else:
                self._sign_head(size, root)
            if self._storing[1]:
                self._session.write(_KEEP_NOTE, self._storing)

    def _sign_head(self, size: int, root: bytes) -> None:
        """Sign, unless that is refused: then entries are kept all the same, and wait for a checkpoint."""
        assert self._sign is not None, "asked before"
        try:
            self._storing = (size, self._sign(size, root))
        except SigningRefusedError:
            self.refused = True

    def committed(self) -> None:
        """The group is durable."""
        self._size = self._tail.frontier.size
        self._prover.committed(self._size, self._root, self._tail.rows())
        self._tail.settle()
        size, note = self._storing
        if size > self._signed_size:
            self._signed_size, self._signed_at = size, self._clock()
            self._prover.take(size, note)

    def abandoned(self) -> None:
        """The group failed, or nobody knows: read the head again before the next."""
        self._size = _STALE

    def _before_write(self) -> None:
        """Give the unit its savepoint before its first change; most units only append evidence and need none."""
        if not self._db.in_transaction:
            raise GroupLostError("the transaction of this group is gone")
        if not self._saved:
            self._db.execute("SAVEPOINT unit")
            self._saved = True

    def _end_savepoint(self, *, undo: bool) -> None:
        if not self._db.in_transaction:
            raise GroupLostError("the transaction of this group is gone")
        if self._saved:
            if undo:
                self._db.execute("ROLLBACK TO unit")
            self._db.execute("RELEASE unit")
            self._saved = False
