"""Notices of use: delivered from the outbox to peers, and received from them. Clause 8.4, DESIGN §6.5.

The exchange id of a delivery is the notice's id, on both sides and in every attempt. At least once and idempotent: the receiver keeps each
notice id once and answers with a receipt either way. A peer that cannot be reached keeps its queue; a peer that refuses a notice again and
again gets it marked DEAD, visible and resendable.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from federation.errors import PeerError
from federation.methods import NOTICE
from federation.model.evidence import EventType
from federation.model.holder_uses import Role, UseFacts
from federation.model.notice import Addressee, Notice, NoticeAnswer, NoticeRequest, from_event
from federation.model.refusal import Reason, Refusal
from federation.ports import Draft, Incoming, Mail, Peers, Recorded, Reply
from node.errors import refused
from node.ports.notices import HolderUse, OutboxItem, OutboxState
from node.ports.store import Nouns, Store
from node.usecases.exchange import Answered, Decision, Exchange
from node.usecases.holder_log.index import HolderIndex, Part, masked
from node.usecases.record import Recorder, answer_members, refusal_member
from trust import gm

DELIVERY_TIMEOUT_S = 10.0
REFUSALS_UNTIL_DEAD = 5
_UNHEARD = {
    *(Reason.PEER_TIMEOUT, Reason.PEER_UNREACHABLE, Reason.OVERLOADED),
    # These speak of orders, clocks, keys and membership and not of the notice: it goes out when they are in order again.
    *(Reason.PEER_STOPPED, Reason.KEY_STOPPED, Reason.CLOCK_SKEW, Reason.SIGNATURE_INVALID, Reason.LOG_FORKED),
    *(Reason.NOT_A_MEMBER, Reason.MEMBERSHIP_EXPIRED, Reason.CERTIFICATE_REVOKED, Reason.REVOCATION_STALE),
}


class NoticeOutbox:
    """Delivers this province's notices. Implements `federation.ports.NoticeQueue`."""

    def __init__(self, *, store: Store, mail: Mail, peers: Peers, recorder: Recorder) -> None:
        """Send with `mail` and `peers`, keep the queue in `store`."""
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
        draft = self._mail.draft_request(
            NoticeRequest(event=item.event), recipients=(peer,), exchange_id=item.notice_id
        )
        recorded = await self._store.transact(lambda nouns: self._asked(nouns, item, draft))
        envelope = await self._mail.prove(recorded)
        try:
            reply: Reply[NoticeAnswer] = await self._peers.ask(peer, NOTICE, draft, envelope, DELIVERY_TIMEOUT_S)
        except PeerError as error:
            return await self._failed(item, error)
        await self._store.transact(lambda nouns: self._delivered(nouns, item, draft, reply))
        return True

    def _asked(self, nouns: Nouns, item: OutboxItem, draft: Draft) -> Recorded:
        """Every attempt is a message of its own that leaves, and so is on record."""
        notice = from_event(item.event)
        members = {
            "use": notice.exchange_id,
            "peer": item.peer,
            "notice": item.notice_id,
            "addressee": notice.addressee.value,
            "content": gm.sm3(item.event).hex(),
        }
        return self._recorder.sent(nouns, draft, EventType.NOTICE, "asked", members)

    def _delivered(self, nouns: Nouns, item: OutboxItem, draft: Draft, reply: Reply[NoticeAnswer]) -> None:
        nouns.notices.settle(item.seq, OutboxState.DELIVERED)
        self._recorder.keep_answered(nouns, item.notice_id, {item.peer: reply})
        notice = from_event(item.event)
        entry = self._recorder.entry(
            EventType.NOTICE,
            "delivered",
            item.notice_id,
            use=notice.exchange_id,
            peer=item.peer,
            notice=item.notice_id,
            addressee=notice.addressee.value,
            content=gm.sm3(item.event).hex(),
            request=draft.digest,
            **answer_members(reply),
        )
        nouns.evidence.append(entry)

    async def _failed(self, item: OutboxItem, error: PeerError) -> bool:
        """Leave the notice where it is, or bury one that the peer refused too often, so that the next can go.

        Raises:
            PeerError: the notice stays the oldest.
        """
        if error.refusal.reason in _UNHEARD:
            raise error
        if item.attempts + 1 < REFUSALS_UNTIL_DEAD:
            await self._store.transact(lambda nouns: nouns.notices.count_attempt(item.seq))
            raise error
        await self._store.transact(lambda nouns: self._buried(nouns, item, error))
        return True

    def _buried(self, nouns: Nouns, item: OutboxItem, error: PeerError) -> None:
        nouns.notices.settle(item.seq, OutboxState.DEAD)
        entry = self._recorder.entry(
            EventType.NOTICE,
            "dead",
            item.notice_id,
            use=from_event(item.event).exchange_id,
            peer=item.peer,
            notice=item.notice_id,
            refusal=refusal_member(error.refusal),
        )
        nouns.evidence.append(entry)


class NoticeReceiver:
    """Answers NoticeRequest: keeps what holders and issuers of this province are told."""

    def __init__(self, *, exchange: Exchange, clock: Callable[[], datetime], index: HolderIndex) -> None:
        """Record with `exchange`; `clock` is UTC; what holders are told is found again by `index`."""
        self._exchange = exchange
        self._clock = clock
        self._index = index

    async def receive(self, incoming: Incoming[NoticeRequest]) -> Answered:
        """Keep a notice once and acknowledge it.

        Raises:
            RefusedError: replayed, or not a notice of the province that sends it.
        """
        notice = _notice(incoming)
        if isinstance(notice, Refusal):
            await self._exchange.refuse(incoming.sender, NOTICE.path, incoming.digest, notice, incoming.exchange_id)
            raise refused(notice)

        def decide(nouns: Nouns) -> Decision[NoticeAnswer]:
            now = self._clock()
            fresh = nouns.notices.receive(_use(notice, incoming, now))
            answer = NoticeAnswer(notice_id=notice.notice_id, fresh=fresh, received_ms=round(now.timestamp() * 1000))
            members = {
                "notice": notice.notice_id,
                "addressee": notice.addressee.value,
                "use": notice.exchange_id,
                "certificate": notice.certificate_identifier,
                "content": gm.sm3(incoming.message.event).hex(),
                "fresh": fresh,
            }
            listed = partial(self._listed, notice, now)
            return Decision(answer=answer, event=EventType.NOTICE, members=members, recorded=listed)

        return await self._exchange.answer(incoming, NOTICE.path, decide)

    def _listed(self, notice: Notice, now: datetime, nouns: Nouns, index: int) -> None:
        """A notice to a holder shows the use in the holder's log, also where the province that provided would leave it out."""
        if notice.addressee is not Addressee.HOLDER:
            return
        part = Part(handle=notice.holder_handle, exchange_id=notice.exchange_id, role=Role.HOME, peer=notice.provider)
        self._index.begun(nouns, part, index, now, _facts(notice))


def _notice(incoming: Incoming[NoticeRequest]) -> Notice | Refusal:
    """The notice of an event, if it is one and of the province that sends it."""
    try:
        notice = from_event(incoming.message.event)
    except ValueError as error:
        return Refusal(reason=Reason.BAD_PARAMETER, detail=str(error)[:200])
    if notice.provider != incoming.sender:
        return Refusal(reason=Reason.BAD_PARAMETER, detail="the notice names another provider than its sender")
    return notice


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


def _use(notice: Notice, incoming: Incoming[NoticeRequest], now: datetime) -> HolderUse:
    return HolderUse(
        notice_id=notice.notice_id,
        addressee=notice.addressee.value,
        holder_handle=notice.holder_handle,
        provider=incoming.sender,
        event=incoming.message.event,
        received_at=now,
    )
