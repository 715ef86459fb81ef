"""The owner's side of objections: a manager with the role `objections` sees what waits, takes a case, corrects or rejects. P5.

Each step is a signed move, on record, and queued for whoever is concerned in the same unit of work. A correction is one only where the
library says something else than when the case came, or names another certificate that counts instead.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any

from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from node.errors import RefusedError
from node.library.working_days import WorkingDays
from node.ports.certificates import StoredCertificate
from node.ports.objections import CaseState, Part, StoredObjection
from node.ports.store import Nouns, Store
from node.usecases.admission.case import china_day
from node.usecases.objection.casebook import Casebook, case_of
from node.usecases.objection.grounds import baseline
from node.usecases.objection.moving import CaseMover, Step
from node.usecases.objection.shown import moves, row
from node.usecases.on_record import on_record
from node.usecases.plain_reason import plain_reason
from node.usecases.workshop.managers import Manager, Role
from trust.objection import Case, State

MAX_REASON = 150  # characters
PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionDesk:
    """The managers' desk of one province. `digest` makes the keyed digest of a manager's account."""

    store: Store
    casebook: Casebook
    calendar: WorkingDays
    mover: CaseMover
    digest: Callable[[str], str]

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
            held = self.store.read.objections.get(objection_id)
            if held is None:
                raise RefusedError(Reason.NO_RECORD, "there is no objection under this id")
        return await self.store.transact(lambda nouns: self._shown(nouns, manager, held))

    def _shown(self, nouns: Nouns, manager: Manager, held: StoredObjection) -> dict[str, Any]:
        case = case_of(nouns, held.objection_id)
        claim = self.casebook.claim(nouns, case)
        self.casebook.note(nouns, "shown", case, {"by": self.digest(manager.account)})
        return {
            **row(held, self.calendar, china_day(self.casebook.clock())),
            "raised_by": case.raised.by.value,
            "unit": case.raised.unit,
            "fields": list(case.raised.fields),
            "identifier": self.casebook.identifier(nouns, case),
            "signed_due": case.raised.due,
            "claim": "" if claim is None else claim.words,
            "moves": [
                {"state": one.state.value, "at": one.at, "reason": one.reason, "correction": one.correction}
                for one in moves(case)
            ],
            "untold": dict(nouns.objections.untold(held.objection_id)),
            "documents": [document.decode("ascii") for document in nouns.objections.documents(held.objection_id)],
        }

    async def take(self, manager: Manager, objection_id: str) -> dict[str, Any]:
        """Begin to check a case.

        Raises:
            RefusedError: NOT_AUTHORISED; NO_RECORD: not one that this province answers; VERSION_CONFLICT: it waits no more; on record.
        """
        return await self._stepped(manager, objection_id, Step(state=State.CHECKING))

    async def reject(self, manager: Manager, objection_id: str, reason: str) -> dict[str, Any]:
        """Reject an objection, with the reason that clerks of all provinces read.

        Raises:
            RefusedError: as `take`; BAD_PARAMETER: no reason, or one with numbers.
        """
        async with self._refusals(manager):
            said = plain_reason(reason, needed=True, most=MAX_REASON)
        return await self._stepped(manager, objection_id, Step(state=State.REJECTED, reason=said))

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
        step = Step(state=State.CORRECTED, reason=said, correction=correction, check=check)
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

    async def retell(self, manager: Manager, objection_id: str) -> dict[str, Any]:
        """Tell the owner, or as the owner whoever is concerned, once more: where a restored database lost the case, or contradicts it.

        Raises:
            RefusedError: NOT_AUTHORISED; NO_RECORD: not one that this province answers or raised; on record.
        """
        async with self._refusals(manager):
            manager.require(Role.OBJECTIONS)
            held = self.store.read.objections.get(objection_id)
            if held is None or held.part is Part.TOLD or held.state is CaseState.REFUSED:
                raise RefusedError(
                    Reason.NO_RECORD, "there is no objection under this id that this province tells others of"
                )
        by = self.digest(manager.account)

        def unit(nouns: Nouns) -> frozenset[str]:
            case = case_of(nouns, objection_id)
            peers = self.casebook.retell(nouns, case)
            self.casebook.note(nouns, "retold", case, {"by": by, "peers": sorted(peers)})
            return peers

        peers = await self.store.transact(unit)
        for peer in peers:
            self.mover.wake(peer)
        return {"id": objection_id, "peers": sorted(peers)}

    def _refusals(self, manager: Manager) -> AbstractAsyncContextManager[None]:
        by = self.digest(manager.account)
        return on_record(self.store, self.casebook.recorder, EventType.OBJECTION, "", by=by)

    async def _stepped(self, manager: Manager, objection_id: str, step: Step) -> dict[str, Any]:
        by = self.digest(manager.account)
        async with self._refusals(manager):
            manager.require(Role.OBJECTIONS)
            held = await self.mover.move(objection_id, replace(step, said={"by": by}))
        return row(held, self.calendar, china_day(self.casebook.clock()))


def _replaces(before: StoredCertificate | None, after: StoredCertificate | None) -> bool:
    """Whether a certificate can count instead of another: of the same type, and of a holder of it."""
    if before is None or after is None or before.identifier == after.identifier:
        return False
    return before.type_code == after.type_code and bool({*before.holder_digests} & {*after.holder_digests})
