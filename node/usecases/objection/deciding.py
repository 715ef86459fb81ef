"""The owner's side of objections: a manager with the role `objections` sees what waits, takes a case, corrects or rejects. P5.

Each step is a signed move, on record, and queued for whoever is concerned in the same unit of work. A correction is one only where the
library says something else than when the case came, or names another certificate that counts instead.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from node.errors import RefusedError, refused
from node.library.working_days import WorkingDays
from node.ports.certificates import StoredCertificate
from node.ports.objections import CaseState, Part, StoredObjection
from node.ports.store import Nouns, Store
from node.usecases.admission.case import china_day
from node.usecases.objection.casebook import Casebook, case_of
from node.usecases.objection.grounds import baseline
from node.usecases.objection.shown import moves, row
from node.usecases.objection.signing import CaseSigner
from node.usecases.on_record import on_record
from node.usecases.plain_reason import plain_reason
from node.usecases.workshop.managers import Manager, Role
from trust.errors import ObjectionError
from trust.objection import Case, Move, State

MAX_REASON = 150  # characters
PAGE = 50
MAX_CLOSED = 100  # withdrawals that one round closes
Check = Callable[[Nouns, StoredObjection, Case], Refusal | None]


def _no_check(_nouns: Nouns, _held: StoredObjection, _case: Case) -> Refusal | None:
    """Nothing more is asked."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What is to be moved, and to which state. `check` runs in the unit of work; `said` goes on record."""

    state: State
    reason: str = ""
    correction: str = ""
    check: Check = _no_check
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionDesk:
    """The managers' desk of one province. `digest` makes the keyed digest of a manager's account; `wake` is told a peer."""

    store: Store
    casebook: Casebook
    calendar: WorkingDays
    signer: CaseSigner
    digest: Callable[[str], str]
    wake: Callable[[str], None]

    def page(
        self, states: tuple[CaseState, ...], part: Part | None, after: tuple[str, str] | None, limit: int
    ) -> dict[str, Any]:
        """Cases in these states, the one due first before others; nothing personal."""
        found = self.store.read.objections.page(states, part, after, limit)
        today = china_day(self.casebook.clock())
        last = found[-1] if len(found) == limit else None
        return {
            "objections": [row(one, self.calendar, today) for one in found],
            "next": f"{last.due}/{last.objection_id}" if last else "",
        }

    async def show(self, manager: Manager, objection_id: str) -> dict[str, Any]:
        """One case with what is claimed, its moves and documents; that it was looked at is on record.

        Raises:
            RefusedError: NOT_AUTHORISED or NO_RECORD; on record.
        """
        async with self._refusals(manager):
            manager.require(Role.OBJECTIONS)
            held = self._held(self.store.read, objection_id)

        def unit(nouns: Nouns) -> dict[str, Any]:
            case = case_of(nouns, objection_id)
            claim = self.casebook.claim(nouns, case)
            self.casebook.note(nouns, "shown", case, {"by": self.digest(manager.account)})
            return {
                **row(held, self.calendar, china_day(self.casebook.clock())),
                "raised_by": case.raised.by.value,
                "unit": case.raised.unit,
                "fields": list(case.raised.fields),
                "identifier": self.casebook.identifier(nouns, case),
                "claim": "" if claim is None else claim.words,
                "moves": [
                    {"state": one.state.value, "at": one.at, "reason": one.reason, "correction": one.correction}
                    for one in moves(case)
                ],
                "untold": dict(nouns.objections.untold(objection_id)),
                "documents": [document.decode("ascii") for document in nouns.objections.documents(objection_id)],
            }

        return await self.store.transact(unit)

    async def take(self, manager: Manager, objection_id: str) -> dict[str, Any]:
        """Begin to check a case.

        Raises:
            RefusedError: NOT_AUTHORISED; NO_RECORD: not one that this province answers; VERSION_CONFLICT: it waits no more; on record.
        """
        return await self._stepped(manager, objection_id, _Step(state=State.CHECKING))

    async def reject(self, manager: Manager, objection_id: str, reason: str) -> dict[str, Any]:
        """Reject an objection, with the reason that clerks of all provinces read.

        Raises:
            RefusedError: as `take`; BAD_PARAMETER: no reason, or one with numbers.
        """
        async with self._refusals(manager):
            said = plain_reason(reason, needed=True, most=MAX_REASON)
        return await self._stepped(manager, objection_id, _Step(state=State.REJECTED, reason=said))

    async def correct(self, manager: Manager, objection_id: str, by: str, reason: str = "") -> dict[str, Any]:
        """Say that the data were corrected: `by` is the identifier of the certificate that counts instead, "" where it is the same one.

        Raises:
            RefusedError: as `reject`, a reason is not needed; BAD_PARAMETER: nothing is corrected, or `by` is none of this holder and type.
        """
        async with self._refusals(manager):
            said = plain_reason(reason, needed=False, most=MAX_REASON)

        def check(nouns: Nouns, held: StoredObjection, case: Case) -> Refusal | None:
            return self._corrected(nouns, held, case, by)

        correction = self.casebook.vault.reference(by) if by else ""
        step = _Step(state=State.CORRECTED, reason=said, correction=correction, check=check)
        return await self._stepped(manager, objection_id, step)

    def _corrected(self, nouns: Nouns, held: StoredObjection, case: Case, by: str) -> Refusal | None:
        """Point to the certificate that counts instead, or see that this one says something else now."""
        identifier = self.casebook.identifier(nouns, case)
        before = nouns.certificates.get(identifier)
        if not by:
            same = before is not None and baseline(self.casebook.vault, before) == held.baseline
            detail = "by: the data are what they were; import the correction first, or name the certificate that counts"
            return Refusal(reason=Reason.BAD_PARAMETER, detail=detail) if same else None
        if not _replaces(before, nouns.certificates.get(by)):
            detail = "by: not another certificate of this holder and type in the library"
            return Refusal(reason=Reason.BAD_PARAMETER, detail=detail)
        nouns.certificates.supersede(identifier, by)
        return None

    async def close_withdrawn(self) -> None:
        """Close the cases that were taken back; each on its own, so that one that cannot be does not keep the others."""
        for held in self.store.read.objections.taking_back(MAX_CLOSED):
            case = case_of(self.store.read, held.objection_id)
            if case.open and case.withdrawal is not None:
                await self._moved(held.objection_id, _Step(state=State.WITHDRAWN))

    def _refusals(self, manager: Manager) -> AbstractAsyncContextManager[None]:
        by = self.digest(manager.account)
        return on_record(self.store, self.casebook.recorder, EventType.OBJECTION, "", by=by)

    async def _stepped(self, manager: Manager, objection_id: str, step: _Step) -> dict[str, Any]:
        async with self._refusals(manager):
            manager.require(Role.OBJECTIONS)
            self._held(self.store.read, objection_id, owned=True)
            held = await self._moved(objection_id, step, by=self.digest(manager.account))
        return row(held, self.calendar, china_day(self.casebook.clock()))

    async def _moved(self, objection_id: str, step: _Step, by: str = "") -> StoredObjection:
        """Sign the move and keep it, if nothing was faster.

        Raises:
            RefusedError: VERSION_CONFLICT: the case waits no more, or is being checked already; what `step.check` refuses.
        """
        known = case_of(self.store.read, objection_id)
        signed = self.signer.sign(self._move(known, step))

        def unit(nouns: Nouns) -> StoredObjection | Refusal:
            before, held = case_of(nouns, objection_id), self._held(nouns, objection_id, owned=True)
            try:
                after = before.follow(signed)
            except ObjectionError as error:
                detail = f"this objection stands at {before.state.value}: {error.detail}"
                return Refusal(reason=Reason.VERSION_CONFLICT, detail=detail)
            refusal = step.check(nouns, held, before)
            if refusal is not None:
                return refusal
            self.casebook.advance(nouns, held, before, after)
            self.casebook.note(nouns, step.state.value.lower(), after, {"by": by})
            return self._held(nouns, objection_id, owned=True)

        outcome = await self.store.transact(unit)
        if isinstance(outcome, Refusal):
            raise refused(outcome)
        for peer in self.store.read.objections.untold(objection_id):
            self.wake(peer)
        self.casebook.notifier.rouse(objection_id)
        return outcome

    def _move(self, case: Case, step: _Step) -> Move:
        taken_back = step.state is State.WITHDRAWN and case.withdrawal is not None
        return Move(
            id=case.raised.id,
            owner=case.raised.owner,
            number=case.next_number,
            previous=case.newest,
            state=step.state,
            at=self.casebook.clock().isoformat(timespec="milliseconds"),
            reason=step.reason,
            correction=step.correction,
            withdrawal=case.withdrawal.digest if taken_back and case.withdrawal else "",
        )

    def _held(self, nouns: Nouns, objection_id: str, *, owned: bool = False) -> StoredObjection:
        """A case; with `owned`, of those that this province answers.

        Raises:
            RefusedError: NO_RECORD.
        """
        held = nouns.objections.get(objection_id)
        if held is None or (owned and held.part is not Part.OWNER):
            raise RefusedError(Reason.NO_RECORD, "there is no objection under this id that this province answers")
        return held


def _replaces(before: StoredCertificate | None, after: StoredCertificate | None) -> bool:
    """Whether a certificate can count instead of another: of the same type, and of a holder of it."""
    if before is None or after is None or before.identifier == after.identifier:
        return False
    return before.type_code == after.type_code and bool({*before.holder_digests} & {*after.holder_digests})
