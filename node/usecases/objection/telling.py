"""Tells peers of cases, one call at a time, until each has been told. P5. Implements `federation.ports.CaseQueue`.

Nothing is given up: a case that a peer cannot be told of waits behind the others, is seen in the list, and is overdue some day. One of
which the peer holds other documents is parked: an alarm, a figure, and told again when a manager says so (`deciding.retell`). Where the
owner will not take a case (不予受理), that is its answer: proven by its log, kept, and shown to who objected.
"""

from dataclasses import dataclass, replace
from typing import Any

import structlog

from federation.errors import PeerError
from federation.methods import OBJECTION
from federation.model.evidence import EventType
from federation.model.objection import ObjectionTell, ObjectionTold
from federation.model.refusal import PASSING, Reason, Refusal
from federation.ports import Draft, Mail, Peers, Recorded, Reply
from node.ports.objections import CaseState, Errand, Part, StoredObjection
from node.ports.store import Nouns, Store
from node.usecases.objection import claims
from node.usecases.objection.casebook import Casebook, case_of, members
from node.usecases.record import answer_members, refusal_member

CALL_TIMEOUT_S = 10.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTeller:
    """Works off the errands of one node."""

    store: Store
    mail: Mail
    peers: Peers
    casebook: Casebook

    async def tell_next(self, peer: str) -> bool:
        """Tell this peer of one case; False where nothing waits for it.

        Raises:
            PeerError: it could not be told now; it waits on, behind those that were tried less often.
        """
        errand = self.store.read.objections.errand(peer)
        if errand is None:
            return False
        recorded = await self.store.transact(lambda nouns: self._asked(nouns, errand))
        envelope = await self.mail.prove(recorded)
        try:
            reply: Reply[ObjectionTold] = await self.peers.ask(
                peer, OBJECTION, recorded.draft, envelope, CALL_TIMEOUT_S
            )
        except PeerError:
            await self.store.transact(lambda nouns: nouns.objections.tried(errand))
            raise
        await self.store.transact(lambda nouns: self._told(nouns, errand, recorded.draft, reply))
        refusal = reply.message.refusal
        if refusal is not None and refusal.reason in PASSING:
            raise PeerError(replace(refusal, by=peer))
        if refusal is not None and refusal.reason is Reason.VERSION_CONFLICT:
            _log.error("objection.at_odds", objection=errand.objection_id, peer=peer, detail=refusal.detail)
        return True

    def _asked(self, nouns: Nouns, errand: Errand) -> Recorded:
        """Draft what is told, with its entry. The id is the same for every attempt, and another where there is more to tell."""
        documents, case = nouns.objections.documents(errand.objection_id), case_of(nouns, errand.objection_id)
        to_owner = errand.peer == case.raised.owner
        opening = claims.kept(nouns, self.casebook.vault, case.raised.claim) if to_owner else None
        message = ObjectionTell(
            documents=tuple(documents),
            salt=b"" if opening is None else opening.salt,
            content=b"" if opening is None else opening.content,
        )
        exchange_id = f"objection-{errand.objection_id}.{len(documents)}"
        draft = self.mail.draft_request(message, recipients=(errand.peer,), exchange_id=exchange_id)
        said = {"peer": errand.peer, **members(case)}
        return self.casebook.recorder.sent(nouns, draft, EventType.OBJECTION, "asked", said)

    def _told(self, nouns: Nouns, errand: Errand, draft: Draft, reply: Reply[ObjectionTold]) -> None:
        """Keep what the peer said, and its proof; where it cannot take the case now, the errand stays."""
        refusal = reply.message.refusal
        said: dict[str, Any] = {"peer": errand.peer, "objection": errand.objection_id, "held": reply.message.held}
        entry = self.casebook.recorder.entry(
            EventType.OBJECTION,
            "told",
            draft.exchange_id,
            **said,
            request=draft.digest,
            **answer_members(reply),
            refusal=refusal_member(refusal),
        )
        self.casebook.recorder.keep_answered(nouns, draft.exchange_id, {errand.peer: reply})
        nouns.evidence.append(entry)
        if refusal is not None and refusal.reason in PASSING:
            nouns.objections.tried(errand)
            return
        if refusal is not None and refusal.reason is Reason.VERSION_CONFLICT:  # that is said of a case it has
            nouns.objections.park(errand)
            return
        nouns.objections.told(errand)
        held = nouns.objections.get(errand.objection_id)
        if held is None or held.part is not Part.RAISER:
            return
        if refusal is None:
            self.casebook.delivered(nouns, held)
        else:
            self._refuse(nouns, held, refusal)

    def _refuse(self, nouns: Nouns, held: StoredObjection, refusal: Refusal) -> None:
        """The owner does not take the case: it waits for nobody any more. One that it had taken stays as it is."""
        if held.state is not CaseState.OPEN:
            return
        ended = replace(held, state=CaseState.REFUSED, refusal=refusal.reason.value, taking_back=False)
        nouns.objections.advance(replace(ended, changed_at=self.casebook.clock()), [])
