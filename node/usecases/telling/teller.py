"""Queues events for provinces and takes those that are for this one: what other use-cases tell through. Clause 8.4.

Everything happens in the caller's unit of work, so that an event is queued with what it tells, or not at all. The caller wakes the
targets it is given when that unit is durable. Types of events are added with `Teller.takes`: one that nobody takes is refused.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from federation.model.event import Event
from federation.model.notice import EVENT_TYPE, Addressee, notice_of
from federation.model.objection_notice import OBJECTION_TYPE
from node.ports.notices import HolderUse, Letter
from node.ports.store import Nouns
from node.usecases.telling.holding import hidden, parties

_FIRST_YEAR, _LAST_YEAR = 2000, 9000  # what can be turned into any zone, and is told to a person as it stands


class Taker(Protocol):
    """What keeps the events of one type in the province that they are for."""

    def check(self, event: Event) -> None:
        """Whether its data are what the type asks for.

        Raises:
            ValueError: they are not; the message goes to the sender and names no value.
        """

    def take(self, nouns: Nouns, event: Event, raw: bytes) -> bool:
        """Keep it, in a unit of work; False where its id was kept before: nothing is changed."""


class Teller:
    """Tells, and takes what is told."""

    def __init__(
        self, *, province: str, clock: Callable[[], datetime], systems: Callable[[Event], Sequence[str]]
    ) -> None:
        """`systems` gives the targets in this province that are told of an event (`Routes.targets`); `clock` is UTC."""
        self._province = province
        self._clock = clock
        self._systems = systems
        self._takers: dict[str, Taker] = {EVENT_TYPE: UseTaker(clock)}

    def takes(self, takers: Mapping[str, Taker]) -> None:
        """Take these types, too."""
        self._takers |= takers

    def check(self, event: Event) -> None:
        """Whether somebody here takes this event.

        Raises:
            ValueError: no.
        """
        taker = self._takers.get(event.type)
        if taker is None:
            raise ValueError("nobody here takes events of this type")
        taker.check(event)

    def tell(self, nouns: Nouns, province: str, event: Event) -> frozenset[str]:
        """Queue an event of this node for a province, or take it where that is this one; returns the targets to wake."""
        raw = event.to_json()
        if province == self._province:
            return self.take(nouns, event, raw)[1]
        nouns.notices.enqueue(self._letter(nouns, province, event, raw))
        return frozenset({province})

    def take(
        self, nouns: Nouns, event: Event, raw: bytes, *, certificate: bytes = b"", signature: bytes = b""
    ) -> tuple[bool, frozenset[str]]:
        """Keep an event for this province, and queue it for the systems that are told; whether it was new, and the targets to wake.

        `certificate` and `signature` are those that came with it; none where it is this node's own.
        """
        if not self._takers[event.type].take(nouns, event, raw):
            return False, frozenset()
        targets = self._systems(event)
        for target in targets:
            nouns.notices.enqueue(self._letter(nouns, target, event, raw, certificate, signature))
        return True, frozenset(targets)

    def _letter(
        self, nouns: Nouns, target: str, event: Event, raw: bytes, certificate: bytes = b"", signature: bytes = b""
    ) -> Letter:
        """Only what tells a holder of a use, or what a use led to, can be deferred; it is, where its use or its application is."""
        exchange, application = "", ""
        if event.type in {EVENT_TYPE, OBJECTION_TYPE} and event.text("addressee") == Addressee.HOLDER.value:
            exchange, application = event.text("exchange_id"), event.text("apply_id")
        now = self._clock()
        waits = hidden(nouns, exchange, application, parties(event), now)
        return Letter(
            target=target,
            notice_id=event.id,
            event=raw,
            queued_at=now,
            exchange=exchange,
            application=application,
            deferred=waits,
            certificate=certificate,
            signature=signature,
        )


class UseTaker:
    """Keeps notices of use. Implements `Taker`."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """`clock` is UTC."""
        self._clock = clock

    def check(self, event: Event) -> None:
        """See `Taker.check`."""
        notice = notice_of(event)
        if (notice.notice_id, notice.provider) != (event.id, event.province):
            raise ValueError("the notice has another id or provider than its event")
        at = datetime.fromisoformat(notice.use_time)
        if at.tzinfo is None or not _FIRST_YEAR <= at.year <= _LAST_YEAR:
            raise ValueError("use_time: a time of these centuries, with an offset")

    def take(self, nouns: Nouns, event: Event, raw: bytes) -> bool:
        """See `Taker.take`."""
        notice = notice_of(event)
        use = HolderUse(
            notice_id=notice.notice_id,
            addressee=notice.addressee.value,
            holder_handle=notice.holder_handle,
            provider=notice.provider,
            event=raw,
            received_at=self._clock(),
        )
        return nouns.notices.receive(use)
