"""The outbox and the notices received, in memory. See `node.ports.notices.Notices`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from node.ports.notices import HolderUse, Letter, OutboxItem, OutboxState
from node.ports.store import StoreError
from node.storage.memory.journal import Journal, Table


class MemoryNotices:
    """The outbox is keyed by seq, with a second table for the notice ids it has seen."""

    def __init__(self, journal: Journal) -> None:
        self._outbox = Table[int, OutboxItem](journal)
        self._queued = Table[tuple[str, str], int](journal)
        self._received = Table[str, HolderUse](journal)

    def enqueue(self, letter: Letter) -> bool:
        """Append to the target's queue, once."""
        key = (letter.target, letter.notice_id)
        if key in self._queued:
            return False
        seq = max((item.seq for item in self._outbox), default=0) + 1
        self._queued.put(key, seq)
        item = OutboxItem(
            seq=seq,
            target=letter.target,
            notice_id=letter.notice_id,
            event=letter.event,
            attempts=0,
            state=OutboxState.DEFERRED if letter.deferred else OutboxState.PENDING,
            queued_at=letter.queued_at,
            exchange=letter.exchange,
            application=letter.application,
            certificate=letter.certificate,
            signature=letter.signature,
        )
        self._outbox.put(seq, item)
        return True

    def head(self, target: str) -> OutboxItem | None:
        """The oldest pending item."""
        pending = (item for item in self._outbox if item.target == target and item.state is OutboxState.PENDING)
        return next(pending, None)

    def sign(self, seq: int, certificate: bytes, signature: bytes) -> None:
        """Keep the signature."""
        self._outbox.put(seq, replace(self._item(seq), certificate=certificate, signature=signature))

    def count_attempt(self, seq: int, detail: str) -> None:
        """One more refusal."""
        item = self._item(seq)
        self._outbox.put(seq, replace(item, attempts=item.attempts + 1, detail=detail))

    def settle(
        self, seq: int, state: OutboxState, at: datetime | None = None, *, detail: str = "", receipt: str = ""
    ) -> None:
        """Set where it stands."""
        item = self._item(seq)
        attempts = 0 if state is OutboxState.PENDING else item.attempts
        settled = replace(item, state=state, settled_at=at, detail=detail, receipt=receipt, attempts=attempts)
        self._outbox.put(seq, settled)

    def outbox_counts(self) -> Mapping[tuple[str, OutboxState], int]:
        """How many items stand where."""
        return Counter((item.target, item.state) for item in self._outbox)

    def letters(self, target: str, state: OutboxState, before: int | None, limit: int) -> Sequence[OutboxItem]:
        """Items of a target, newest first."""
        found = [item for item in self._outbox if (item.target, item.state) == (target, state)]
        below = [item for item in found if before is None or item.seq < before]
        return sorted(below, key=lambda item: -item.seq)[:limit]

    def copies(self, notice_id: str) -> Sequence[OutboxItem]:
        """One event at every target."""
        return sorted((one for one in self._outbox if one.notice_id == notice_id), key=lambda one: one.target)

    def about(
        self, state: OutboxState, exchange: str, application: str, limit: int, *, after: int = 0
    ) -> Sequence[OutboxItem]:
        """Items that a deferral names."""
        found = [
            one
            for one in self._outbox
            if one.state is state
            and one.seq > after
            and (one.exchange == exchange != "" or one.application == application != "")
        ]
        return sorted(found, key=lambda one: one.seq)[:limit]

    def purge_outbox(self, before: datetime, limit: int) -> int:
        """Forget what was delivered long ago."""

        def old(item: OutboxItem) -> bool:
            return item.state is OutboxState.DELIVERED and item.settled_at is not None and item.settled_at < before

        doomed = {one.seq for one in [one for one in self._outbox if old(one)][:limit]}
        self._queued.drop(lambda seq: seq in doomed)
        return self._outbox.drop(lambda item: item.seq in doomed)

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
