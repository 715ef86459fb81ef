"""The owner's next word on a case: signed before the unit of work that keeps it, and kept only if nothing was faster. P5."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from federation.model.refusal import Reason, Refusal
from node.errors import RefusedError, refused
from node.ports.objections import Part, StoredObjection
from node.ports.store import Nouns, Store
from node.usecases.objection.casebook import Casebook, case_of
from node.usecases.objection.signing import CaseSigner
from trust.errors import ObjectionError
from trust.objection import Case, Move, State

Check = Callable[[Nouns, StoredObjection, Case], Refusal | None]


def _no_check(_nouns: Nouns, _held: StoredObjection, _case: Case) -> Refusal | None:
    """Nothing more is asked."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is to be moved, and to which state. `check` runs in the unit of work; `said` goes on record."""

    state: State
    reason: str = ""
    correction: str = ""
    check: Check = _no_check
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMover:
    """Moves the cases that this province answers. `wake` is told a peer that is to be told something."""

    store: Store
    casebook: Casebook
    signer: CaseSigner
    wake: Callable[[str], None]

    async def move(self, objection_id: str, step: Step) -> StoredObjection:
        """Sign the move and keep it, if nothing was faster.

        Raises:
            RefusedError: NO_RECORD; VERSION_CONFLICT: the case waits no more, or is being checked already; what `step.check` refuses;
                OVERLOADED: the key's keeper does not sign now.
        """
        owned(self.store.read, objection_id)
        signed = await self.signer.sign(self._next(case_of(self.store.read, objection_id), step))

        def unit(nouns: Nouns) -> StoredObjection | Refusal:
            before, held = case_of(nouns, objection_id), owned(nouns, objection_id)
            try:
                after = before.follow(signed)
            except ObjectionError as error:
                detail = f"this objection stands at {before.state.value}: {error.detail}"
                return Refusal(reason=Reason.VERSION_CONFLICT, detail=detail)
            refusal = step.check(nouns, held, before)
            if refusal is not None:
                return refusal
            self.casebook.advance(nouns, held, before, after)
            self.casebook.note(nouns, step.state.value.lower(), after, step.said)
            return owned(nouns, objection_id)

        outcome = await self.store.transact(unit)
        if isinstance(outcome, Refusal):
            raise refused(outcome)
        for peer in self.store.read.objections.untold(objection_id):
            self.wake(peer)
        self.casebook.notifier.rouse(objection_id)
        return outcome

    def _next(self, case: Case, step: Step) -> Move:
        taken_back = case.withdrawal if step.state is State.WITHDRAWN else None
        return Move(
            id=case.raised.id,
            owner=case.raised.owner,
            number=case.next_number,
            previous=case.newest,
            state=step.state,
            at=self.casebook.clock().isoformat(timespec="milliseconds"),
            reason=step.reason,
            correction=step.correction,
            withdrawal=taken_back.digest if taken_back else "",
        )


def owned(nouns: Nouns, objection_id: str) -> StoredObjection:
    """A case that this province answers.

    Raises:
        RefusedError: NO_RECORD.
    """
    held = nouns.objections.get(objection_id)
    if held is None or held.part is not Part.OWNER:
        raise RefusedError(Reason.NO_RECORD, "there is no objection under this id that this province answers")
    return held
