"""What all answers to peers have in common: a nonce once, a repeated exchange answered as before, answer and evidence in one commit.

DESIGN §2.5 and §4. The noun's own rule is the `decide` it passes in; it runs inside the unit of work.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from federation.model.bound import openings, salted
from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from federation.ports import Draft, Encoded, Incoming, Mail, Recorded
from node.errors import refused
from node.ports.exchanges import StoredAnswer
from node.ports.store import Nouns, Store
from node.usecases.contents import Keeper, subject_of
from node.usecases.record import Recorder, refusal_member
from node.usecases.sealed.marks import Marks
from node.vault import Vault

A = TypeVar("A")

# Longer than a verdict is in force, so that no retry is decided a second time; the use itself stays spent for good.
ANSWER_KEPT = timedelta(minutes=40)


def _unlisted(_nouns: Nouns, _index: int) -> None:
    """Nothing points to the entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Generic[A]):
    """What a rule decided: the answer, what the evidence entry says of it, and a part that does not travel."""

    answer: A
    event: EventType
    members: dict[str, Any] = field(default_factory=dict)
    lasting: bool = True
    """Whether a repeat gets this answer again; where not, it had no effect, and a repeat is decided anew."""
    recorded: Callable[[Nouns, int], None] = _unlisted
    """What else stands in the same unit of work, once the entry has its index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A committed answer, ready to be proven (a poll's: to be signed); `repeated` where it was given before."""

    draft: Draft | Recorded
    message: Any
    repeated: bool


def _never(_: Nouns) -> Refusal | None:
    """Nothing bars."""
    return None


class Exchange:
    """Runs decisions on incoming requests."""

    def __init__(
        self, *, store: Store, mail: Mail, vault: Vault, recorder: Recorder, clock: Callable[[], datetime]
    ) -> None:
        """`clock` is UTC."""
        self._store = store
        self._mail = mail
        self._vault = vault
        self._marks = Marks(vault=vault)
        self._recorder = recorder
        self._clock = clock
        self._contents = Keeper(vault=vault, clock=clock)

    async def answer(
        self,
        incoming: Incoming[Any],
        method: str,
        decide: Callable[[Nouns], Decision[Any]],
        *,
        barred: Callable[[Nouns], Refusal | None] = _never,
    ) -> Answered:
        """Decide, record and draft the answer in one unit of work.

        `barred` is asked where the exchange was answered before: why that answer may not be given again (a stop order, say).

        Raises:
            RefusedError: the nonce was used before, the exchange id stands for another request, or it is barred; that is on record too.
        """

        def unit(nouns: Nouns) -> Answered | Refusal:
            refusal = self._seen_before(nouns, incoming)
            if refusal is None:
                return self._decided(nouns, incoming, method, decide, barred)
            self._record_refusal(nouns, incoming, method, refusal)
            return refusal

        outcome = await self._store.transact(unit)
        if isinstance(outcome, Refusal):
            raise refused(outcome)
        return outcome

    async def poll(self, incoming: Incoming[Any], method: str, decide: Callable[[Nouns], Any]) -> Answered:
        """Answer a message that has no effect worth an entry of its own: the nonce is spent all the same.

        Raises:
            RefusedError: the nonce was used before; that is on record.
        """

        def unit(nouns: Nouns) -> Answered | Refusal:
            refusal = self._seen_before(nouns, incoming)
            if refusal is not None:
                self._record_refusal(nouns, incoming, method, refusal)
                return refusal
            message = decide(nouns)
            draft = self._mail.draft_answer(self._mail.encode(message), incoming)
            return Answered(draft=draft, message=message, repeated=False)

        outcome = await self._store.transact(unit)
        if isinstance(outcome, Refusal):
            raise refused(outcome)
        return outcome

    async def refuse(
        self, sender: str, method: str, payload_digest: str, refusal: Refusal, exchange_id: str = ""
    ) -> None:
        """Put on record that a message of a member was not believed; `exchange_id` is what the message claims, for who looks for it."""
        entry = self._recorder.entry(
            EventType.REFUSE,
            "refused",
            exchange_id,
            peer=sender,
            request=payload_digest,
            method=method,
            refusal=refusal_member(refusal),
        )
        await self._store.transact(lambda nouns: nouns.evidence.append(entry))

    async def ended(self, incoming: Incoming[Any], event: EventType, refusal: Refusal) -> None:
        """Put on record that an answer which was under way was ended before its end."""
        entry = self._recorder.entry(
            event,
            "ended",
            incoming.exchange_id,
            peer=incoming.sender,
            request=incoming.digest,
            refusal=refusal_member(refusal),
        )
        await self._store.transact(lambda nouns: nouns.evidence.append(entry))

    def _seen_before(self, nouns: Nouns, incoming: Incoming[Any]) -> Refusal | None:
        if nouns.exchanges.use_nonce(incoming.sender, incoming.nonce, incoming.nonce_deadline):
            return None
        return Refusal(reason=Reason.REPLAYED, detail="this nonce was used before")

    def _decided(
        self,
        nouns: Nouns,
        incoming: Incoming[Any],
        method: str,
        decide: Callable[[Nouns], Decision[Any]],
        barred: Callable[[Nouns], Refusal | None],
    ) -> Answered | Refusal:
        stored = nouns.exchanges.answer(incoming.sender, incoming.exchange_id, method)
        if stored is not None:
            refusal = barred(nouns)
            if refusal is not None:
                self._record_refusal(nouns, incoming, method, refusal)
                return refusal
            return self._repeated(nouns, incoming, stored)
        decision = decide(nouns)
        answer = salted(decision.answer)
        encoded = self._mail.encode(answer)
        draft = self._mail.draft_answer(encoded, incoming)
        if decision.lasting:
            nouns.exchanges.put_answer(self._stored(incoming, method, encoded))
        recorded = self._record(
            nouns, incoming, decision.event, draft, decision.members | self._bound(nouns, incoming, answer)
        )
        decision.recorded(nouns, recorded.index)
        return Answered(draft=recorded, message=answer, repeated=False)

    def _repeated(self, nouns: Nouns, incoming: Incoming[Any], stored: StoredAnswer) -> Answered | Refusal:
        if stored.intent != self._marks.intent(incoming.intent):
            refusal = Refusal(reason=Reason.REPLAYED, detail="this exchange id stands for another request")
            self._record_refusal(nouns, incoming, stored.method, refusal)
            return refusal
        kind, _, body = self._vault.open(stored.body, _label(incoming, stored.method)).partition(b"\x00")
        encoded = Encoded(kind=kind.decode(), body=body)
        draft = self._mail.draft_answer(encoded, incoming)
        event = _EVENTS[stored.method.partition("/")[0]]
        message = self._mail.decode(encoded)
        members = {"repeated": True} | self._bound(nouns, incoming, message)
        return Answered(draft=self._record(nouns, incoming, event, draft, members), message=message, repeated=True)

    def _bound(self, nouns: Nouns, incoming: Incoming[Any], answer: Any) -> dict[str, Any]:
        """The member by which an entry binds what the request said and what is answered; both are kept, to be opened later."""
        said, exchange_id = incoming.message, incoming.exchange_id
        bound = self._contents.keep(
            nouns, (*openings(said), *openings(answer)), subject=subject_of(said, exchange_id), exchange_id=exchange_id
        )
        return {"binds": bound} if bound else {}

    def _stored(self, incoming: Incoming[Any], method: str, encoded: Encoded) -> StoredAnswer:
        plain = encoded.kind.encode() + b"\x00" + encoded.body
        return StoredAnswer(
            sender=incoming.sender,
            exchange_id=incoming.exchange_id,
            method=method,
            intent=self._marks.intent(incoming.intent),
            body=self._vault.seal(plain, _label(incoming, method)),
            expires_at=self._clock() + ANSWER_KEPT,
        )

    def _record(
        self, nouns: Nouns, incoming: Incoming[Any], event: EventType, draft: Draft, members: dict[str, Any]
    ) -> Recorded:
        said = {"peer": incoming.sender, "request": incoming.digest, **members}
        self._recorder.keep_asked(nouns, incoming)
        return self._recorder.sent(nouns, draft, event, "answered", said, digest="answer")

    def _record_refusal(self, nouns: Nouns, incoming: Incoming[Any], method: str, refusal: Refusal) -> None:
        entry = self._recorder.entry(
            EventType.REFUSE,
            "refused",
            incoming.exchange_id,
            peer=incoming.sender,
            request=incoming.digest,
            method=method,
            refusal=refusal_member(refusal),
        )
        nouns.evidence.append(entry)


_EVENTS = {
    "Application": EventType.VERIFY,
    "Search": EventType.SEARCH,
    "Retrieval": EventType.RETRIEVE,
    "Notice": EventType.NOTICE,
    "Holders": EventType.HOLDER,
    "Objections": EventType.OBJECTION,
}


def _label(incoming: Incoming[Any], method: str) -> bytes:
    return f"answer\x1f{incoming.sender}\x1f{incoming.exchange_id}\x1f{method}".encode()
