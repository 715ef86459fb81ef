"""What became of the notices this node has to tell, and sending again those that were given up. Clause 8.4. No personal data."""

import heapq
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

from federation.model.event import read_event
from federation.model.evidence import EventType
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.notices import OutboxItem, OutboxState
from node.ports.store import Nouns, Store
from node.usecases.notice import letter_members
from node.usecases.record import Recorder
from node.usecases.telling.holding import hidden, parties

PAGE = 100
SLICE = 200  # letters in one unit of work


class Letters:
    """Shows the outbox, and sets dead letters going again."""

    def __init__(self, *, store: Store, recorder: Recorder, wake: Callable[[str], None]) -> None:
        """`wake` is told a target that should be tried at once."""
        self._store = store
        self._recorder = recorder
        self._wake = wake

    def page(self, state: OutboxState, target: str, before: int | None, limit: int) -> dict[str, Any]:
        """Letters that stand so, newest first, of one target or ("") of all; `next` is where the next page begins, 0 for none."""
        notices = self._store.read.notices
        counts = notices.outbox_counts()
        targets = [one for one, at in counts if at is state and target in {"", one}]
        pages = [notices.letters(one, state, before, limit) for one in targets]
        found = list(islice(heapq.merge(*pages, key=lambda item: -item.seq), limit))
        return {
            "letters": [_told(one) for one in found],
            "next": found[-1].seq if len(found) == limit else 0,
            "counts": [
                {"target": one, "state": at.value, "count": count} for (one, at), count in sorted(counts.items())
            ],
        }

    def show(self, notice_id: str) -> dict[str, Any]:
        """One event: what it says, and what became of it at every target.

        Raises:
            RefusedError: NO_RECORD.
        """
        copies = self._store.read.notices.copies(notice_id)
        if not copies:
            raise RefusedError(Reason.NO_RECORD, "no notice with this id was queued here")
        event = read_event(copies[0].event)
        return {
            "notice": notice_id,
            "type": event.type,
            "time": event.time,
            "data": dict(event.data),
            "letters": [_told(one) for one in copies],
        }

    async def resend(self, notice_id: str, target: str, by: str) -> Mapping[str, int]:
        """Set dead letters going again, in their old place: of one notice, of one target, or both; how many, by target.

        What waits for a target is tried at once, too: whatever its loop was waiting for. What a deferral names is held,
        and counts as not sent.

        Args:
            notice_id: "" for all of the target.
            target: "" for all targets of the notice.
            by: a keyed digest of the manager's account, "" for the operator.

        Raises:
            RefusedError: BAD_PARAMETER: neither is given; NO_RECORD: nothing of that is dead.
        """
        if not notice_id and not target:
            raise RefusedError(Reason.BAD_PARAMETER, "say which notice, or which target")
        sent: dict[str, int] = {}
        for slice_ in self._dead(notice_id, target):
            for one, going in (await self._store.transact(partial(self._again, slice_, by))).items():
                sent[one] = sent.get(one, 0) + going
        if not sent and not notice_id and self._store.read.notices.head(target) is not None:
            sent[target] = 0  # none is dead; what waits is tried at once
        if not sent:
            raise RefusedError(Reason.NO_RECORD, "no such letter is dead")
        for one in sent:
            self._wake(one)
        return sent

    def _dead(self, notice_id: str, target: str) -> Iterator[list[OutboxItem]]:
        """Slices of dead letters; the next is read when the last was set going."""
        notices = self._store.read.notices
        if notice_id:
            copies = [one for one in notices.copies(notice_id) if one.state is OutboxState.DEAD]
            if chosen := [one for one in copies if target in {"", one.target}]:
                yield chosen
            return
        before: int | None = None
        while found := list(notices.letters(target, OutboxState.DEAD, before, SLICE)):
            before = found[-1].seq
            yield found

    def _again(self, items: list[OutboxItem], by: str, nouns: Nouns) -> dict[str, int]:
        """How many go now, by target: what was deferred since it died waits for the end of that."""
        sent = dict.fromkeys((item.target for item in items), 0)
        for item in items:
            others = parties(read_event(item.event))
            waits = hidden(nouns, item.exchange, item.application, others, self._recorder.now())
            nouns.notices.settle(item.seq, OutboxState.DEFERRED if waits else OutboxState.PENDING)
            sent[item.target] += not waits
            said = {"target": item.target, "manager": by, "deferred": waits or None, **letter_members(item)}
            nouns.evidence.append(self._recorder.entry(EventType.NOTICE, "resent", item.notice_id, **said))
        return sent


def _told(item: OutboxItem) -> dict[str, Any]:
    """A letter as JSON values."""
    event = read_event(item.event)
    return {
        "seq": item.seq,
        "notice": item.notice_id,
        "target": item.target,
        "state": item.state.value,
        "type": event.type,
        "addressee": event.text("addressee"),
        "use": event.text("exchange_id"),
        "application": event.text("apply_id"),
        "queued_at": item.queued_at.isoformat(timespec="seconds"),
        "settled_at": item.settled_at.isoformat(timespec="seconds") if item.settled_at else "",
        "attempts": item.attempts,
        "detail": item.detail,
        "receipt": item.receipt,
        "signed": bool(item.signature),
    }
