"""Proofs of committed entries: one signature over the committed head for all who wait. See `node.ports.store.Store.prove`.

When to sign: at once, unless several units of work committed together lately, which is what a load looks like from here. Then signing, and
with it the verifying that every receiver has to do, is held to a share of the time (`SHARE`): the next signature is made so much later than
the last one as that took, for all that gather meanwhile. So one message alone never waits, and a slow machine groups more. Signing
happens on the loop: a thread costs up to 0.1 ms to reach, and wins nothing where the cores are busy (scripts/bench/README.md).

Paths come from memory: the rows of the last groups, and the hashes of old subtrees once they were read. Owned by the event loop.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from node.ports.evidence import Evidence
from node.ports.store import SigningRefusedError, StoreError
from node.storage.sqlite.tail import Row
from trust.envelope import LogProof
from trust.merkle import HASH_BYTES, Paths, finishing_entry

SignCheckpoint = Callable[[int, bytes], bytes]  # (size, root) -> signed note

SHARE = 30.0  # times what a signature takes lie between two of them under load: about 3 % of the time
PAUSE_S = 0.025  # at most
BUSY_S = 0.25  # a load is taken to last so long after a sign of it
ROWS_KEPT = 1024  # entries of the last groups
HASHES_KEPT = 4096  # of older subtrees


class Prover:
    """Signs committed heads and makes proofs under them."""

    def __init__(self, log: Evidence, *, sign: SignCheckpoint | None, share: float = SHARE) -> None:
        """Read old rows from `log`, which sees what is committed; `share` as `SHARE`."""
        self._log = log
        self._sign = sign
        self._share = share
        self._rows: OrderedDict[int, tuple[bytes, bytes]] = OrderedDict()
        self._hashes: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._size, self._root = 0, b""  # of the committed head
        self.signed_size, self.note = 0, b""  # of the newest signature
        self._paths: Paths | None = None
        self._busy_until = 0.0  # on time.monotonic, as the next
        self._free_at = 0.0  # when the next signature may be made under load
        self._waiting: asyncio.Future[None] | None = None

    def committed(self, size: int, root: bytes, rows: Sequence[Row]) -> None:
        """A group is durable: this is the head, and these rows are new in it."""
        self._size, self._root = size, root
        if len(rows) > 1:
            self._busy_until = time.monotonic() + BUSY_S
        for index, *_, entry, hashes in rows:
            self._rows[index] = (entry, hashes)
        while len(self._rows) > ROWS_KEPT:
            self._rows.popitem(last=False)

    def take(self, size: int, note: bytes) -> None:
        """A signed note over a committed head, however it came about."""
        if size > self.signed_size:
            self.signed_size, self.note, self._paths = size, note, None

    async def prove(self, index: int) -> LogProof:
        """See `node.ports.store.Store.prove`."""
        if not 0 <= index < self._size:
            raise StoreError(f"the log has no committed entry {index}")
        if index >= self.signed_size:
            await self._signature()
        if self._paths is None:
            self._paths = Paths(self.signed_size, self._hash)
        path = self._paths.inclusion(index)
        return LogProof(entry=self._entry(index), index=index, path=tuple(path), checkpoint=self.note)

    async def _signature(self) -> None:
        """Wait for the next signature, which covers everything committed by now."""
        if self._waiting is None:
            now = time.monotonic()
            if now >= min(self._busy_until, self._free_at):
                self._sign_now()
                return
            loop = asyncio.get_running_loop()
            self._waiting = loop.create_future()
            loop.call_later(self._free_at - now, self._release, self._waiting)
        await asyncio.shield(self._waiting)

    def _release(self, waiting: asyncio.Future[None]) -> None:
        """The pause is over: sign for all who wait."""
        self._waiting = None
        try:
            self._sign_now()
        except StoreError as error:
            waiting.set_exception(error)
            waiting.exception()  # everyone who waited may be gone
        else:
            waiting.set_result(None)

    def _sign_now(self) -> None:
        if self._sign is None:
            raise StoreError("this store has no key to sign its log with")
        start = time.monotonic()
        try:
            note = self._sign(self._size, self._root)
        except SigningRefusedError:
            raise
        except Exception as error:
            raise StoreError(f"the head of the evidence log could not be signed: {error}") from error
        self.take(self._size, note)
        end = time.monotonic()
        self._free_at = end + min(PAUSE_S, self._share * (end - start))

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
