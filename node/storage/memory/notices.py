"""The outbox and the notices received, in memory. See `node.ports.notices.Notices`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from node.ports.notices import HolderUse, OutboxItem, OutboxState
from node.ports.store import StoreError
from node.storage.memory.journal import Journal, Table


class MemoryNotices:
    """The outbox is keyed by seq, with a second table for the notice ids it has seen."""

    def __init__(self, journal: Journal) -> None:
        self._outbox = Table[int, OutboxItem](journal)
        self._queued = Table[tuple[str, str], int](journal)
        self._received = Table[str, HolderUse](journal)

    def enqueue(self, peer: str, notice_id: str, event: bytes) -> None:
        """Append to the peer's queue, once."""
        if (peer, notice_id) in self._queued:
            return
        seq = len(self._outbox) + 1
        self._queued.put((peer, notice_id), seq)
        item = OutboxItem(seq=seq, peer=peer, notice_id=notice_id, event=event, attempts=0, state=OutboxState.PENDING)
        self._outbox.put(seq, item)

    def head(self, peer: str) -> OutboxItem | None:
        """The oldest pending item."""
        return next((item for item in self._outbox if item.peer == peer and item.state is OutboxState.PENDING), None)

    def count_attempt(self, seq: int) -> None:
        """One more failed attempt."""
        item = self._item(seq)
        self._outbox.put(seq, replace(item, attempts=item.attempts + 1))

    def settle(self, seq: int, state: OutboxState) -> None:
        """Set where it stands."""
        self._outbox.put(seq, replace(self._item(seq), state=state))

    def outbox_counts(self) -> Mapping[tuple[str, OutboxState], int]:
        """How many items stand where."""
        return Counter((item.peer, item.state) for item in self._outbox)

    def receive(self, use: HolderUse) -> bool:
        """Keep a notice, once."""
        if use.notice_id in self._received:
            return False
        self._received.put(use.notice_id, use)
        return True

    def uses_of(self, holder_handle: str, limit: int) -> Sequence[HolderUse]:
        """Notices about one holder, newest first."""
        rows = [use for use in self._received if use.holder_handle == holder_handle]
        rows.reverse()
        return sorted(rows, key=lambda use: use.received_at, reverse=True)[:limit]

    def received_count(self) -> int:
        """How many."""
        return len(self._received)

    def _item(self, seq: int) -> OutboxItem:
        item = self._outbox.get(seq)
        if item is None:
            raise StoreError(f"the outbox has no item {seq}")
        return item
