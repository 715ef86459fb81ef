"""A peer asks for a holder who uses of their certificates: who may, what is told, and that it is on record. Clause 8.4, 11.3, DESIGN §2.4.

The province that asks answers for the holder: its app knows them, or they stand at its counter and signed there. In the app only the
holder's own province may ask, which the number itself says; at a counter any may, where this province takes that (`places`). Both are on
record here, and the holder sees them in this very log.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from federation.holder_uses import commitment_of
from federation.methods import HOLDER_USES
from federation.model.application import Holder
from federation.model.evidence import EventType
from federation.model.holder_uses import Place, Role, UseFacts, UsesAnswer, UsesQuery
from federation.model.refusal import Reason, Refusal
from federation.model.search import Outcome
from federation.ports import Incoming
from node.errors import RefusedError
from node.library.holder import home_province
from node.ports.store import Nouns, Store
from node.usecases.admission.checks import normal_holder
from node.usecases.exchange import Answered, Decision, Exchange
from node.usecases.holder_log.index import HolderIndex, Part
from node.usecases.holder_log.limits import UsesLimits
from node.usecases.holder_log.telling import Tells
from node.usecases.record import person, refusal_member
from node.vault import Vault

_DIGEST = re.compile(r"[0-9a-f]{64}")  # it stands in our log: nothing else may


@dataclass(frozen=True, slots=True, kw_only=True)
class UsesProvider:
    """Answers HolderUsesRequest."""

    province: str
    store: Store
    exchange: Exchange
    teller: Tells
    index: HolderIndex
    limits: UsesLimits
    places: Collection[Place]
    clock: Callable[[], datetime]

    async def uses(self, incoming: Incoming[UsesQuery]) -> Answered:
        """Tell a peer what stands in our log.

        Raises:
            RefusedError: replayed.
        """
        query = incoming.message
        holder = _normal(query.holder)
        if isinstance(holder, Refusal):
            return await self._denied(incoming, holder)
        key = self.index.key(self.index.vault.handle(holder.type_code, holder.code))
        counted = "" if query.exchanges else key
        refusal = not_for(query, holder, incoming.sender, self.places)
        refusal = refusal or self.limits.full(self.store.read, incoming.sender, counted, self.clock())
        if refusal is not None:
            return await self._denied(incoming, refusal, holder)
        answer = await self.teller.listed(replace(query, holder=holder), incoming.exchange_id)
        decide = partial(self._decided, incoming, holder, counted, answer)
        return await self.exchange.answer(incoming, HOLDER_USES.path, decide)

    def _decided(
        self, incoming: Incoming[UsesQuery], holder: Holder, counted: str, answer: UsesAnswer, nouns: Nouns
    ) -> Decision[UsesAnswer]:
        refusal = self.limits.answered(nouns, incoming.sender, counted, self.clock())
        if refusal is not None:
            return self._denial(incoming, refusal, holder)
        members = members_of(self.index.vault, incoming.exchange_id, incoming.message, holder, answer)
        return Decision(
            answer=answer,
            event=EventType.DISCLOSE,
            members=members,
            lasting=False,
            recorded=partial(self._listed, incoming, holder),
        )

    def _listed(self, incoming: Incoming[UsesQuery], holder: Holder, nouns: Nouns, index: int) -> None:
        """That it was asked is in the holder's log, too."""
        handle = self.index.vault.handle(holder.type_code, holder.code)
        part = Part(handle=handle, exchange_id=incoming.exchange_id, role=Role.ANSWERER, peer=incoming.sender)
        facts = UseFacts(consumer=incoming.sender, provider=self.province, output=incoming.message.place.value)
        self.index.begun(nouns, part, index, self.clock(), facts)

    async def _denied(self, incoming: Incoming[UsesQuery], refusal: Refusal, holder: Holder | None = None) -> Answered:
        return await self.exchange.answer(incoming, HOLDER_USES.path, lambda _: self._denial(incoming, refusal, holder))

    def _denial(self, incoming: Incoming[UsesQuery], refusal: Refusal, holder: Holder | None) -> Decision[UsesAnswer]:
        answer = UsesAnswer(outcome=Outcome.DENIED, refusal=refusal)
        members = {"place": incoming.message.place.value, "outcome": answer.outcome.value}
        if holder is not None:
            members |= _person(self.index.vault, incoming.exchange_id, holder)
        return Decision(
            answer=answer,
            event=EventType.DISCLOSE,
            members=members | {"refusal": refusal_member(refusal)},
            lasting=False,
        )


def not_for(query: UsesQuery, holder: Holder, asker: str, places: Collection[Place]) -> Refusal | None:
    """Why a province may not ask this for a holder; the same rule for others and for ourselves."""
    if query.place not in places:
        return Refusal(reason=Reason.OUT_OF_SCOPE, detail=f"place: {query.place} is not taken here")
    if query.place is Place.HOME:
        home = home_province(holder.type_code, holder.code)
        return None if home == asker else Refusal(reason=Reason.OUT_OF_SCOPE, detail="place: HOME is the holder's own")
    if not _DIGEST.fullmatch(query.expression) or not _DIGEST.fullmatch(query.operator):
        return Refusal(reason=Reason.MISSING_PARAMETER, detail="COUNTER: operator, and what the holder signed")
    return None


def members_of(vault: Vault, exchange_id: str, query: UsesQuery, holder: Holder, answer: UsesAnswer) -> dict[str, Any]:
    """What the entry of a list says: how many, and a commitment to which; never which."""
    return {
        "place": query.place.value,
        "operator": query.operator,
        "expression": query.expression,
        "confronted": len(query.exchanges) or None,
        **_person(vault, exchange_id, holder),
        "outcome": answer.outcome.value,
        "count": len(answer.uses),
        "truncated": answer.truncated or None,
        "listed": commitment_of(answer, query.asked),
    }


def _person(vault: Vault, exchange_id: str, holder: Holder) -> dict[str, str]:
    return {"holder": person(vault, exchange_id, "holder", vault.holder_digest(holder.type_code, holder.code))}


def _normal(holder: Holder) -> Holder | Refusal:
    try:
        return normal_holder(holder)
    except RefusedError as error:
        return error.refusal
