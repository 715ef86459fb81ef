"""Notices of use: delivered from the outbox to peers, and received from them. Clause 8.4, DESIGN §6.5.

The exchange id of a delivery is the notice's id, on both sides and in every attempt. At least once and idempotent: the receiver keeps each
notice id once and answers with a receipt either way. Each is signed by the province that made it before it first leaves, so that it stands
alone when it is passed on. A peer that cannot be reached keeps its queue; a peer that refuses a notice again and again gets it marked DEAD,
visible and resendable. Where too many are dead, no more are buried: then something is wrong that no passing over mends.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from federation.errors import PeerError
from federation.methods import NOTICE
from federation.model.event import Event, read_event
from federation.model.evidence import EventType
from federation.model.holder_uses import Role, UseFacts
from federation.model.notice import EVENT_TYPE, Addressee, Notice, NoticeAnswer, NoticeRequest, notice_of
from federation.model.refusal import Reason, Refusal
from federation.ports import Draft, Incoming, Mail, Peers, Recorded, Reply
from node.errors import refused
from node.ports.notices import OutboxItem, OutboxState
from node.ports.signing import Signing
from node.ports.store import Nouns, Store
from node.usecases.exchange import Answered, Decision, Exchange
from node.usecases.holder_log.index import HolderIndex, Part, masked
from node.usecases.record import Recorder, answer_members, refusal_member
from node.usecases.telling.signing import signed
from node.usecases.telling.teller import Teller
from trust import gm, signed_event
from trust.errors import EventError
from trust.membership import Membership
from trust.signed_event import SignedEvent

DELIVERY_TIMEOUT_S = 10.0
REFUSALS_UNTIL_DEAD = 5
MOST_DEAD = 1000
"""Dead letters of one target: when there are so many, the next one stays at the head of its queue, and nothing is passed over any more."""
_UNHEARD = {
    *(Reason.PEER_TIMEOUT, Reason.PEER_UNREACHABLE, Reason.OVERLOADED),
    # These speak of orders, clocks, keys and membership and not of the notice: it goes out when they are in order again.
    *(Reason.PEER_STOPPED, Reason.KEY_STOPPED, Reason.CLOCK_SKEW, Reason.SIGNATURE_INVALID, Reason.LOG_FORKED),
    *(Reason.NOT_A_MEMBER, Reason.MEMBERSHIP_EXPIRED, Reason.CERTIFICATE_REVOKED, Reason.REVOCATION_STALE),
}


class NoticeOutbox:
    """Delivers this province's notices. Implements `federation.ports.NoticeQueue`."""

    def __init__(self, *, store: Store, mail: Mail, peers: Peers, recorder: Recorder, signing: Signing) -> None:
        """Send with `mail` and `peers`, keep the queue in `store`, sign what this node tells with `signing`."""
        self._signing = signing
        self._store = store
        self._mail = mail
        self._peers = peers
        self._recorder = recorder

    async def deliver_next(self, peer: str) -> bool:
        """Deliver the oldest pending notice of this peer's queue; False where the queue is empty.

        Raises:
            PeerError: it could not be delivered now; it stays the oldest.
        """
        item = self._store.read.notices.head(peer)
        if item is None:
            return False
        told = await signed(item, self._recorder.province, self._signing())
        request = NoticeRequest(event=told.event, certificate=told.certificate.der, signature=told.signature)
        draft = self._mail.draft_request(request, recipients=(peer,), exchange_id=item.notice_id)
        recorded = await self._store.transact(lambda nouns: self._asked(nouns, item, told, draft))
        envelope = await self._mail.prove(recorded)
        try:
            reply: Reply[NoticeAnswer] = await self._peers.ask(peer, NOTICE, draft, envelope, DELIVERY_TIMEOUT_S)
        except PeerError as error:
            return await self._failed(item, error)
        await self._store.transact(lambda nouns: self._delivered(nouns, item, draft, reply))
        return True

    def _asked(self, nouns: Nouns, item: OutboxItem, told: SignedEvent, draft: Draft) -> Recorded:
        """Every attempt is a message of its own that leaves, and so is on record; all carry the one signature."""
        if told.signature != item.signature:
            nouns.notices.sign(item.seq, told.certificate.der, told.signature)
        return self._recorder.sent(
            nouns, draft, EventType.NOTICE, "asked", {"peer": item.target, **letter_members(item)}
        )

    def _delivered(self, nouns: Nouns, item: OutboxItem, draft: Draft, reply: Reply[NoticeAnswer]) -> None:
        nouns.notices.settle(item.seq, OutboxState.DELIVERED, self._recorder.now(), receipt=reply.digest)
        self._recorder.keep_answered(nouns, item.notice_id, {item.target: reply})
        entry = self._recorder.entry(
            EventType.NOTICE,
            "delivered",
            item.notice_id,
            peer=item.target,
            request=draft.digest,
            **answer_members(reply),
            **letter_members(item),
        )
        nouns.evidence.append(entry)

    async def _failed(self, item: OutboxItem, error: PeerError) -> bool:
        """Leave the notice where it is, or bury one that the peer refused too often, so that the next can go.

        Raises:
            PeerError: the notice stays the oldest.
        """
        if error.refusal.reason in _UNHEARD:
            raise error
        word = error.refusal.reason.value
        full = self._store.read.notices.outbox_counts().get((item.target, OutboxState.DEAD), 0) >= MOST_DEAD
        if full or item.attempts + 1 < REFUSALS_UNTIL_DEAD:
            await self._store.transact(lambda nouns: nouns.notices.count_attempt(item.seq, word))
            raise error
        await self._store.transact(lambda nouns: self._buried(nouns, item, error))
        return True

    def _buried(self, nouns: Nouns, item: OutboxItem, error: PeerError) -> None:
        word = error.refusal.reason.value
        nouns.notices.settle(item.seq, OutboxState.DEAD, self._recorder.now(), detail=word)
        entry = self._recorder.entry(
            EventType.NOTICE,
            "dead",
            item.notice_id,
            peer=item.target,
            refusal=refusal_member(error.refusal),
            **letter_members(item),
        )
        nouns.evidence.append(entry)


def letter_members(item: OutboxItem) -> dict[str, str]:
    """What an entry says of a letter, whatever became of it: whose receiver knows as much from the event itself."""
    event = read_event(item.event)
    return {
        "use": event.text("exchange_id"),
        "notice": item.notice_id,
        "addressee": event.text("addressee"),
        "content": gm.sm3(item.event).hex(),
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


def _members(told: _Told) -> dict[str, Any]:
    """What the receiver's entry says of an event."""
    event = told.event
    return {
        "notice": event.id,
        "addressee": event.text("addressee"),
        "use": event.text("exchange_id"),
        "certificate": event.text("certificate_identifier"),
        "content": gm.sm3(told.signed.event).hex(),
    }
