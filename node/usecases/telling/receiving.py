"""Notices and other events received from peers: believed where their maker signed them and sends them, kept once, answered by a receipt.

Clause 8.4. What keeps them is the teller's matter; sending is `node.usecases.notice`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from federation.methods import NOTICE
from federation.model.event import Event, read_event
from federation.model.evidence import EventType
from federation.model.holder_uses import Role, UseFacts
from federation.model.notice import EVENT_TYPE, Addressee, Notice, NoticeAnswer, NoticeRequest, notice_of
from federation.model.objection_notice import OBJECTION_TYPE
from federation.model.refusal import Reason, Refusal
from federation.ports import Incoming
from node.errors import refused
from node.ports.store import Nouns
from node.usecases.exchange import Answered, Decision, Exchange
from node.usecases.holder_log.index import HolderIndex, Part, masked
from node.usecases.telling.teller import Teller
from node.vault import holds_number
from trust import gm, signed_event
from trust.errors import EventError
from trust.membership import Membership
from trust.signed_event import SignedEvent

_FORMS = {
    "id": re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}"),
    "exchange_id": re.compile(r"([0-9A-Za-z._-]{1,64})?"),
    "certificate_identifier": re.compile(r"[0-9A-Za-z.:-]{0,200}"),
    "addressee": re.compile("|".join(("", *Addressee))),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """An event that came, believed."""

    event: Event
    signed: SignedEvent


class NoticeReceiver:
    """Answers NoticeRequest: keeps what holders and issuers of this province are told."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        clock: Callable[[], datetime],
        teller: Teller,
        membership: Callable[[], Membership],
        wake: Callable[[str], None],
        index: HolderIndex,
    ) -> None:
        """Record with `exchange`, keep with `teller`, and `wake` the systems that are told; `clock` is UTC.

        What holders are told is found again by `index`.
        """
        self._exchange = exchange
        self._clock = clock
        self._teller = teller
        self._membership = membership
        self._wake = wake
        self._index = index

    async def receive(self, incoming: Incoming[NoticeRequest]) -> Answered:
        """Keep a notice once and acknowledge it.

        Raises:
            RefusedError: replayed, or not a notice of the province that sends it.
        """
        told = self._told(incoming)
        if isinstance(told, Refusal):
            await self._exchange.refuse(incoming.sender, NOTICE.path, incoming.digest, told, incoming.exchange_id)
            raise refused(told)
        grown: set[str] = set()

        def decide(nouns: Nouns) -> Decision[NoticeAnswer]:
            fresh, targets = self._teller.take(
                nouns,
                told.event,
                told.signed.event,
                certificate=told.signed.certificate.der,
                signature=told.signed.signature,
            )
            grown.update(targets)
            received_ms = round(self._clock().timestamp() * 1000)
            answer = NoticeAnswer(notice_id=told.event.id, fresh=fresh, received_ms=received_ms)
            members = _members(told) | {"fresh": fresh}
            listed = partial(self._listed, told.event, self._clock())
            return Decision(answer=answer, event=EventType.NOTICE, members=members, recorded=listed)

        answered = await self._exchange.answer(incoming, NOTICE.path, decide)
        for target in grown:
            self._wake(target)
        return answered

    def _told(self, incoming: Incoming[NoticeRequest]) -> _Told | Refusal:
        """The event, if somebody here takes it, and it is made and signed by the province that sends it."""
        message = incoming.message
        try:
            event = read_event(message.event)
            _check_named(event)
            self._teller.check(event)
            signed = signed_event.of_parts(message.event, message.certificate, message.signature)
            maker = signed_event.verify(signed, self._membership())
        except (ValueError, EventError) as error:
            return Refusal(reason=Reason.BAD_PARAMETER, detail=str(error)[:200])
        if maker != incoming.sender:
            return Refusal(reason=Reason.BAD_PARAMETER, detail="the notice names another provider than its sender")
        return _Told(event=event, signed=signed)

    def _listed(self, event: Event, now: datetime, nouns: Nouns, index: int) -> None:
        """A notice to a holder shows the use in the holder's log, also where the province that provided would leave it out."""
        if event.type != EVENT_TYPE:
            return
        notice = notice_of(event)
        if notice.addressee is Addressee.HOLDER:
            part = Part(
                handle=notice.holder_handle, exchange_id=notice.exchange_id, role=Role.HOME, peer=notice.provider
            )
            self._index.begun(nouns, part, index, now, _facts(notice), notice.apply_id)


def _facts(notice: Notice) -> UseFacts:
    return UseFacts(
        consumer=notice.consumer,
        provider=notice.provider,
        use_org_code=notice.use_org_code,
        use_org_name=notice.use_org_name,
        item_code=notice.item_code,
        item_name=notice.item_name,
        use_cause=notice.use_cause,
        certificate=masked(notice.certificate_identifier),
        type_code=notice.certificate_type_code,
        type_name=notice.certificate_type_name,
        output=notice.output,
    )


def _check_named(event: Event) -> None:
    """Whether what entries say of an event are ids: entries are never erased, so no person's number may come into one.

    Raises:
        ValueError: they are not; it names the member, and no value.
    """
    named = {"id": event.id, **{name: event.text(name) for name in _FORMS if name != "id"}}
    for name, form in _FORMS.items():
        if not form.fullmatch(named[name]) or holds_number(named[name]):
            raise ValueError(f"{name}: the form of an id, and no person's number")


def _members(told: _Told) -> dict[str, Any]:
    """What the receiver's entry says of an event: ids that `_check_named` looked at, and only where its type has them."""
    event = told.event
    members = {"notice": event.id, "content": gm.sm3(told.signed.event).hex()}
    if event.type not in {EVENT_TYPE, OBJECTION_TYPE}:
        return members
    return members | {
        "addressee": event.text("addressee"),
        "use": event.text("exchange_id"),
        "certificate": event.text("certificate_identifier"),
    }
