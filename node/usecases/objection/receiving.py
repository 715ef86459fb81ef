"""What peers tell of cases: the owner takes an objection or its withdrawal, others take the owner's moves. P5.

Documents prove themselves; who carries them is checked all the same: the owner hears of a case from where it was raised, everyone else from
the owner. Telling twice changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from federation.methods import OBJECTION
from federation.model.evidence import EventType
from federation.model.objection import ObjectionTell, ObjectionTold
from federation.model.refusal import PASSING, Reason, Refusal
from federation.ports import Incoming
from node.errors import refused
from node.ports.store import Nouns, Store
from node.usecases.exchange import Answered, Decision, Exchange
from node.usecases.objection.casebook import Casebook, case_of, members, reopened
from node.usecases.objection.contradictions import Contradictions
from node.usecases.record import refusal_member
from trust.commitment import Opening
from trust.envelope import MAX_SKEW
from trust.errors import ObjectionError
from trust.membership import Membership
from trust.objection import CLAIM, Case, Move, Raised, Signed, begun, verify

_REASONS = {"SIGNATURE_INVALID": Reason.SIGNATURE_INVALID, "NOT_A_MEMBER": Reason.NOT_A_MEMBER}
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReceiver:
    """Answers ObjectionTell. `wake` is told a peer that is to be told something."""

    store: Store
    exchange: Exchange
    casebook: Casebook
    membership: Callable[[], Membership]
    wake: Callable[[str], None]
    contradictions: Contradictions

    async def tell(self, incoming: Incoming[ObjectionTell]) -> Answered:
        """Take what is told of one case.

        Raises:
            RefusedError: replayed, or documents that are none, not to be believed, or not this sender's to carry; on record.
        """
        try:
            case = self._believed(incoming)
        except ObjectionError as error:
            refusal = Refusal(reason=_REASONS.get(error.reason, Reason.BAD_PARAMETER), detail=str(error)[:200])
            await self.exchange.refuse(incoming.sender, OBJECTION.path, incoming.digest, refusal, incoming.exchange_id)
            raise refused(refusal) from error
        forked: list[Case] = []
        answered = await self.exchange.answer(
            incoming, OBJECTION.path, lambda nouns: self._decided(nouns, incoming, case, forked)
        )
        for known in forked:
            await self.contradictions.keep(known, case.documents, peer=incoming.sender)
        for peer in self.store.read.objections.untold(case.raised.id):
            self.wake(peer)
        self.casebook.notifier.rouse(case.raised.id)
        return answered

    def _believed(self, incoming: Incoming[ObjectionTell]) -> Case:
        """The case, where every document new here is signed by who has to sign it, and the sender is who tells of it.

        Raises:
            ObjectionError: not so.
        """
        signed = [reopened(document) for document in incoming.message.documents]
        case = begun(signed)
        raised, here = case.raised, self.casebook.province
        if incoming.sender != (raised.province if raised.owner == here else raised.owner):
            raise ObjectionError("MISFIT", "another province tells of this case")
        held = set(self.store.read.objections.documents(raised.id))
        for one in signed:
            if one.to_json() not in held:
                self._check_new(one)
        return case

    def _check_new(self, one: Signed) -> None:
        """Whether a document can be believed, and its references may stand in evidence.

        Raises:
            ObjectionError: not so.
        """
        record, vault = one.record, self.casebook.vault
        if record.made > self.casebook.clock() + MAX_SKEW:
            raise ObjectionError("MALFORMED", "made in the future")
        named = {Raised: "certificate", Move: "correction"}.get(type(record))
        if named and vault.reference(getattr(record, named)) != getattr(record, named):
            raise ObjectionError("MALFORMED", f"{named}: no reference: it holds what looks like a person's number")
        verify(one, self.membership())

    def _decided(
        self, nouns: Nouns, incoming: Incoming[ObjectionTell], case: Case, forked: list[Case]
    ) -> Decision[ObjectionTold]:
        """Decide; where what is told contradicts what is known, that goes into `forked`."""
        known, refusal = self._taken(nouns, incoming, case)
        if refusal is not None and refusal.reason is Reason.VERSION_CONFLICT:
            forked.append(known)
        answer = ObjectionTold(held=0 if refusal else len(known.documents), refusal=refusal)
        said = members(known) | {"refusal": refusal_member(refusal)}
        lasting = refusal is None or refusal.reason not in PASSING
        return Decision(answer=answer, event=EventType.OBJECTION, members=said, lasting=lasting)

    def _taken(self, nouns: Nouns, incoming: Incoming[ObjectionTell], case: Case) -> tuple[Case, Refusal | None]:
        """What is known of the case from now on, or why it is not taken."""
        held = nouns.objections.get(case.raised.id)
        if held is None:
            return case, self.casebook.open(nouns, case, _opening(incoming.message))
        before = after = case_of(nouns, held.objection_id)
        try:
            for one in case.documents:
                after = after.follow(one)
        except ObjectionError as error:
            _log.warning("objection.misfit", objection=held.objection_id, peer=incoming.sender, word=error.reason)
            return before, Refusal(reason=Reason.VERSION_CONFLICT, detail=str(error)[:200])
        self.casebook.advance(nouns, held, before, after)
        return after, None


def _opening(message: ObjectionTell) -> Opening | None:
    return Opening(label=CLAIM, salt=message.salt, content=message.content) if message.salt else None
