"""The outbox and the notices received, sealed at rest. A `node.ports.notices.Notices` around another."""

from collections.abc import Sequence
from dataclasses import replace

from node.ports.notices import HolderUse, Letter, Notices, OutboxItem, OutboxState
from node.ports.unsealed import Kept
from node.usecases.sealed.around import Around
from node.usecases.sealed.marks import Marks


class SealedNotices(Around):
    """Events are sealed; what a holder was told is found by a keyed digest."""

    _inner: Notices

    def __init__(self, inner: Notices, marks: Marks) -> None:
        """Keep in `inner`."""
        super().__init__(inner)
        self._marks = marks

    def enqueue(self, letter: Letter) -> bool:
        """Append to the target's queue, once."""
        sealed = self._marks.seal(Kept.LETTER, (letter.target, letter.notice_id), letter.event)
        return self._inner.enqueue(replace(letter, event=sealed))

    def head(self, target: str) -> OutboxItem | None:
        """The oldest pending item."""
        item = self._inner.head(target)
        return None if item is None else self._opened(item)

    def letters(self, target: str, state: OutboxState, before: int | None, limit: int) -> Sequence[OutboxItem]:
        """Items of a target, newest first."""
        return [self._opened(one) for one in self._inner.letters(target, state, before, limit)]

    def copies(self, notice_id: str) -> Sequence[OutboxItem]:
        """One event at every target."""
        return [self._opened(one) for one in self._inner.copies(notice_id)]

    def about(
        self, state: OutboxState, exchange: str, application: str, limit: int, *, after: int = 0
    ) -> Sequence[OutboxItem]:
        """Items that a deferral names."""
        return [self._opened(one) for one in self._inner.about(state, exchange, application, limit, after=after)]

    def receive(self, use: HolderUse) -> bool:
        """Keep a notice, once."""
        sealed = self._marks.seal(Kept.USE, (use.notice_id,), use.event)
        key = self._marks.person(Kept.USE, use.holder_handle)
        return self._inner.receive(replace(use, holder_handle=key, event=sealed))

    def uses_of(self, holder_handle: str, limit: int) -> Sequence[HolderUse]:
        """Notices about one holder, newest first."""
        found = self._inner.uses_of(self._marks.person(Kept.USE, holder_handle), limit)
        return [
            replace(one, holder_handle=holder_handle, event=self._marks.open(Kept.USE, (one.notice_id,), one.event))
            for one in found
        ]

    def _opened(self, item: OutboxItem) -> OutboxItem:
        return replace(item, event=self._marks.open(Kept.LETTER, (item.target, item.notice_id), item.event))
