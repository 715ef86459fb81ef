"""Notices of use and other events, delivered from the outbox to peers. Clause 8.4, DESIGN §6.5. Receiving: `telling.receiving`.

The exchange id of a delivery is the notice's id, on both sides and in every attempt. At least once and idempotent: the receiver keeps each
notice id once and answers with a receipt either way. Each is signed by the province that made it before it first leaves, so that it stands
alone when it is passed on. A peer that cannot be reached keeps its queue; a peer that refuses a notice again and again gets it marked DEAD,
visible and resendable. Where too many are dead, no more are buried: then something is wrong that no passing over mends.
"""

from federation.errors import PeerError
from federation.methods import NOTICE
from federation.model.event import read_event
from federation.model.evidence import EventType
from federation.model.notice import NoticeAnswer, NoticeRequest
from federation.model.refusal import Reason, Refusal
from federation.ports import Draft, Mail, Peers, Recorded, Reply
from node.ports.notices import OutboxItem, OutboxState
from node.ports.signing import Signing
from node.ports.store import Nouns, Store
from node.usecases.record import Recorder, answer_members, refusal_member
from node.usecases.telling.signing import signed
from trust import gm
from trust.errors import CustodyError
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
        ready = await self._ready(peer, item)
        if ready is None:
            return True
        draft, envelope = ready
        try:
            reply: Reply[NoticeAnswer] = await self._peers.ask(peer, NOTICE, draft, envelope, DELIVERY_TIMEOUT_S)
        except PeerError as error:
            return await self._failed(item, error)
        await self._store.transact(lambda nouns: self._delivered(nouns, item, draft, reply))
        return True

    async def _ready(self, peer: str, item: OutboxItem) -> tuple[Draft, bytes] | None:
        """The message, signed and on record; None where it may not leave any more: signing takes seconds, and a deferral can be given.

        Raises:
            PeerError: OVERLOADED: whoever keeps the key does not sign now, which is no fault of the notice's.
        """
        try:
            told = await signed(item, self._recorder.province, self._signing())
            request = NoticeRequest(event=told.event, certificate=told.certificate.der, signature=told.signature)
            draft = self._mail.draft_request(request, recipients=(peer,), exchange_id=item.notice_id)
            recorded = await self._store.transact(lambda nouns: self._asked(nouns, item, told, draft))
            envelope = None if recorded is None else await self._mail.prove(recorded)
        except CustodyError as error:
            detail = f"the key's keeper is {error.reason}"
            raise PeerError(Refusal(reason=Reason.OVERLOADED, detail=detail)) from error
        return None if envelope is None or not still_first(self._store.read, item) else (draft, envelope)

    def _asked(self, nouns: Nouns, item: OutboxItem, told: SignedEvent, draft: Draft) -> Recorded | None:
        """Every attempt is a message of its own that leaves, and so is on record; all carry the one signature."""
        if not still_first(nouns, item):
            return None
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
        if not still_first(nouns, item):
            return  # deferred on its way: when that ends it goes again
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


def still_first(nouns: Nouns, item: OutboxItem) -> bool:
    """Whether a letter is the one to go now, in the unit of work that lets it go: it was read in another one."""
    head = nouns.notices.head(item.target)
    return head is not None and head.seq == item.seq


def letter_members(item: OutboxItem) -> dict[str, str]:
    """What an entry says of a letter, whatever became of it: whose receiver knows as much from the event itself."""
    event = read_event(item.event)
    return {
        "use": event.text("exchange_id"),
        "notice": item.notice_id,
        "addressee": event.text("addressee"),
        "content": gm.sm3(item.event).hex(),
    }
