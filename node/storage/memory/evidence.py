"""The evidence log in memory. See `node.ports.evidence.Evidence`; the tree is `trust.merkle`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from node.ports.counterparts import counterparts
from node.ports.evidence import LogEntry, LogHead
from node.ports.store import SigningRefusedError, StoreError, asked_by_peer, entry_bytes
from node.storage.memory.counterparts import MemoryCounterparts
from node.storage.memory.journal import Journal, Table
from trust.merkle import EMPTY_ROOT, Frontier, finishing_entry, leaf_hash


class MemoryEvidence:
    """Entries and the subtrees each finished, as the SQLite adapter keeps them, and checkpoints by size."""

    def __init__(self, journal: Journal, sign: Callable[[int, bytes], bytes] | None, index: MemoryCounterparts) -> None:
        self._journal = journal
        self._index = index
        self._sign = sign
        self._entries = Table[int, LogEntry](journal)
        self._exchange = Table[int, Any](journal)
        self._finished = Table[int, list[bytes]](journal)
        self._notes = Table[int, tuple[int, bytes]](journal)
        self._frontier = Frontier()
        self.signed_size = 0  # of the newest checkpoint
        self._head = LogHead(size=0, root=EMPTY_ROOT, checkpoint=b"")

    def append(self, entry: Mapping[str, Any]) -> int:
        """Append one entry."""
        data, before = entry_bytes(entry), self._frontier.copy()
        self._journal.changed(lambda: self._restore(before))
        index = self._frontier.size
        self._entries.put(index, LogEntry(index=index, entry=data))
        self._exchange.put(index, (entry.get("exchange"), asked_by_peer(entry)))
        self._finished.put(index, self._frontier.append(leaf_hash(data)))
        for one in counterparts(entry):
            self._index.note(one, index)
        return index

    def settle(self) -> None:
        """Called by the store at the end of a unit that succeeded: advance the head, and sign it."""
        if self._frontier.size != self._head.size:
            self.sign()

    def sign(self) -> None:
        """Advance the head, and sign it if that is allowed. Part of a unit."""
        size, root, note = self._frontier.size, self._frontier.root(), self._head.checkpoint
        if self._sign is not None and self.signed_size < size:
            try:
                note = self._sign(size, root)
                self._notes.put(size, (size, note))
                self.signed_size = size
            except SigningRefusedError:
                pass  # entries are kept all the same, and wait for a checkpoint
        self._head = LogHead(size=size, root=root, checkpoint=note)

    def head(self) -> LogHead:
        """As of the last unit that succeeded."""
        return self._head

    def entries(self, start: int, limit: int) -> Sequence[LogEntry]:
        """Entries from `start` on."""
        return [row for row in map(self._entries.get, range(start, min(start + limit, self._frontier.size))) if row]

    def of_exchange(self, exchange_id: str, *, of_peer: bool = False, limit: int | None = None) -> Sequence[LogEntry]:
        """Entries of one exchange."""
        wanted = (exchange_id, of_peer)
        return [row for row, key in zip(self._entries, self._exchange, strict=True) if key == wanted][:limit]

    def node_hash(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree."""
        finished = self._finished.get(finishing_entry(level, index)) if level >= 0 <= index else None
        if finished is None:
            raise StoreError(f"the log has no complete subtree {index} at level {level}")
        return finished[level]

    def node_hashes(self, level: int, start: int, count: int) -> bytes:
        """The hashes of complete subtrees side by side."""
        return b"".join(self.node_hash(level, index) for index in range(start, start + count))

    def checkpoints(self, start_size: int, limit: int) -> Sequence[bytes]:
        """Signed checkpoints beyond a size."""
        return [note for size, note in self._notes if size > start_size][:limit]

    def _restore(self, before: Frontier) -> None:
        self._frontier = before
