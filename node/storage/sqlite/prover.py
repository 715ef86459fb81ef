"""Proofs of committed entries: one signature over the committed head for all who wait. See `node.ports.store.Store.prove`.

When to sign: at once, unless the last signature served several messages and is younger than `PAUSE_S`: then there is a load, and the next
one is made when that time is over, for all that gather meanwhile. So one message alone never waits, and under load the time spent on
signatures is bounded. Signing happens on the loop: a thread costs 60 µs to reach and its result has to win the interpreter lock back
(scripts/bench/README.md).

Paths come from memory: the rows of the last groups, and the hashes of old subtrees once they were read. Owned by the event loop.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable

from node.ports.store import Evidence, StoreError
from node.storage.sqlite.tail import Row
from trust.envelope import LogProof
from trust.merkle import HASH_BYTES, Paths, finishing_entry

SignCheckpoint = Callable[[int, bytes], bytes]  # (size, root) -> signed note

PAUSE_S = 0.005
ROWS_KEPT = 1024  # entries of the last groups
HASHES_KEPT = 4096  # of older subtrees


class Prover:
    """Signs committed heads and makes proofs under them."""

    def __init__(self, log: Evidence, *, sign: SignCheckpoint | None, pause_s: float = PAUSE_S) -> None:
        """Read old rows from `log`, which sees what is committed."""
        self._log = log
        self._sign = sign
        self._pause_s = pause_s
        self._rows: OrderedDict[int, tuple[bytes, bytes]] = OrderedDict()
        self._hashes: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._size, self._root = 0, b""  # of the committed head
        self.signed_size, self.note = 0, b""  # of the newest signature
        self._paths: Paths | None = None
        self._served = 0  # messages, by the newest signature
        self._free_at = 0.0  # on the loop's clock: when the next signature may be made under load
        self._waiting: asyncio.Future[None] | None = None

    def committed(self, size: int, root: bytes, rows: Iterable[Row]) -> None:
        """A group is durable: this is the head, and these rows are new in it."""
        self._size, self._root = size, root
        for index, _, entry, hashes in rows:
            self._rows[index] = (entry, hashes)
        while len(self._rows) > ROWS_KEPT:
            self._rows.popitem(last=False)

    def take(self, size: int, note: bytes) -> None:
        """A signed note over a committed head, however it came about."""
        if size > self.signed_size:
            self.signed_size, self.note, self._paths, self._served = size, note, None, 0

    async def prove(self, index: int) -> LogProof:
        """See `node.ports.store.Store.prove`."""
        if not 0 <= index < self._size:
            raise StoreError(f"the log has no committed entry {index}")
        if index >= self.signed_size:
            await self._signature()
        self._served += 1
        if self._paths is None:
            self._paths = Paths(self.signed_size, self._hash)
        path = self._paths.inclusion(index)
        return LogProof(entry=self._entry(index), index=index, path=tuple(path), checkpoint=self.note)

    async def _signature(self) -> None:
        """Wait for the next signature, which covers everything committed by now."""
        if self._waiting is None:
            loop = asyncio.get_running_loop()
            if self._served <= 1 or loop.time() >= self._free_at:
                self._sign_now(loop.time())
                return
            self._waiting = loop.create_future()
            loop.call_at(self._free_at, self._release, self._waiting)
        await asyncio.shield(self._waiting)

    def _release(self, waiting: asyncio.Future[None]) -> None:
        """The pause is over: sign for all who wait."""
        self._waiting = None
        try:
            self._sign_now(asyncio.get_running_loop().time())
        except StoreError as error:
            waiting.set_exception(error)
            waiting.exception()  # everyone who waited may be gone
        else:
            waiting.set_result(None)

    def _sign_now(self, now: float) -> None:
        if self._sign is None:
            raise StoreError("this store has no key to sign its log with")
        try:
            note = self._sign(self._size, self._root)
        except Exception as error:
            raise StoreError(f"the head of the evidence log could not be signed: {error}") from error
        self.take(self._size, note)
        self._free_at = now + self._pause_s

    def _entry(self, index: int) -> bytes:
        kept = self._rows.get(index)
        if kept is not None:
            return kept[0]
        return self._log.entries(index, 1)[0].entry

    def _hash(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree, from memory where it can be."""
        row = self._rows.get(finishing_entry(level, index))
        if row is not None:
            return row[1][level * HASH_BYTES : (level + 1) * HASH_BYTES]
        kept = self._hashes.get((level, index))
        if kept is None:
            kept = self._hashes[level, index] = self._log.node_hash(level, index)
            if len(self._hashes) > HASHES_KEPT:
                self._hashes.popitem(last=False)
        return kept
