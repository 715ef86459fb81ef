"""Objections as line systems raise, follow and withdraw them, at any node. P5. Implements `ports.objecting.Objecting`.

What is raised is signed, on record and queued for the owner in one unit of work. Who may raise what: `permission`.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from node.errors import RefusedError, refused
from node.library.working_days import WorkingDays
from node.ports.objecting import ObjectionForm, ShownObjection
from node.ports.objections import WAITING, StoredObjection
from node.ports.services import Caller
from node.ports.store import Nouns, Store
from node.usecases.admission.case import china_day
from node.usecases.objection.casebook import Casebook, case_of
from node.usecases.objection.claims import Claim
from node.usecases.objection.permission import Permission
from node.usecases.objection.shown import shown
from node.usecases.objection.signing import CaseSigner
from node.usecases.objection.term import due_from
from node.usecases.on_record import on_record
from trust.commitment import Opening
from trust.objection import Case, Raised, RaisedBy, Withdrawn, begun

MAX_SHOWN = 50
_NOT_YOURS = "objectionId: no objection of yours"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionOffice:
    """Takes objections for the line systems of this province. `wake` is told a peer that is to be told something."""

    store: Store
    casebook: Casebook
    calendar: WorkingDays
    signer: CaseSigner
    new_id: Callable[[], str]
    wake: Callable[[str], None]
    permission: Permission

    async def raise_(self, caller: Caller, form: ObjectionForm, key: str) -> ShownObjection:
        """Raise an objection, signed and on record; whoever repeats with `key` gets the same one.

        Raises:
            RefusedError: OUT_OF_SCOPE, HOLDER_CODE_INVALID, BAD_PARAMETER, NO_RECORD, LIMIT_REACHED, OVERLOADED, or REPLAYED: the key
                stands for another objection; nothing was raised; on record.
        """
        async with self._on_record(caller):
            return await self._raised(caller, form, key)

    def _on_record(self, caller: Caller) -> AbstractAsyncContextManager[None]:
        recorder = self.casebook.recorder
        return on_record(self.store, recorder, EventType.OBJECTION, self.new_id(), app=caller.app_id)

    async def _raised(self, caller: Caller, form: ObjectionForm, key: str) -> ShownObjection:
        objection_id = self.casebook.vault.digest("objection id", caller.app_id, key)[:32]
        holder = self.permission.who(caller, form)
        form = self.permission.named(form, holder)
        held = self.store.read.objections.get(objection_id)
        if held is not None:
            return self._repeated(held, form, holder)
        self.permission.check_limit(caller)
        opening = Claim(identifier=form.identifier, words=form.claim).opening()
        raised = self._made(caller, form, holder, objection_id, opening)
        case = begun([await self.signer.sign(raised)])
        outcome = await self.store.transact(lambda nouns: self._keep(nouns, caller, case, opening))
        if isinstance(outcome, Refusal):
            raise refused(outcome)
        for peer in self.store.read.objections.untold(objection_id):
            self.wake(peer)
        self.casebook.notifier.rouse(objection_id)
        return self._repeated(outcome, form, holder)

    def _keep(self, nouns: Nouns, caller: Caller, case: Case, opening: Opening) -> StoredObjection | Refusal:
        """The case that is held from now on: of several raised at once under one key, the first."""
        held = nouns.objections.get(case.raised.id)
        if held is not None:
            return held
        refusal = self.casebook.open(nouns, case, opening, app_id=caller.app_id)
        if refusal is not None:
            return refusal
        self.casebook.note(
            nouns, "raised", case, {"app": caller.app_id, "by": case.raised.by.value, "due": case.raised.due}
        )
        held = nouns.objections.get(case.raised.id)
        assert held is not None, "it was put just now"
        return held

    def _repeated(self, held: StoredObjection, form: ObjectionForm, holder: str) -> ShownObjection:
        """The objection raised under the same key, where it says the same.

        Raises:
            RefusedError: REPLAYED: it says something else.
        """
        case = case_of(self.store.read, held.objection_id)
        mine, claim = case.raised, self.casebook.claim(self.store.read, case)
        said = (mine.by, mine.fields, mine.holder, mine.application)
        wanted = (form.by, form.fields, holder, form.apply_id if form.by is RaisedBy.USE_ORG else "")
        words = (form.identifier, form.claim)
        if said != wanted or (claim is not None and (claim.identifier, claim.words) != words):
            raise RefusedError(Reason.REPLAYED, "this key stands for another objection")
        return self._shown(held)

    def _made(self, caller: Caller, form: ObjectionForm, holder: str, objection_id: str, opening: Opening) -> Raised:
        """What will be signed.

        Raises:
            RefusedError: BAD_PARAMETER: nobody owns it.
        """
        now, book = self.casebook.clock(), self.casebook
        return Raised(
            id=objection_id,
            province=book.province,
            owner=self.permission.owner(form),
            by=form.by,
            unit=caller.use_org_code,
            certificate=book.vault.reference(form.identifier),
            holder=holder,
            application=form.apply_id if form.by is RaisedBy.USE_ORG else "",
            fields=form.fields,
            claim=opening.commitment,
            raised=now.isoformat(timespec="milliseconds"),
            due=due_from(self.calendar, now),
            salt=book.vault.digest("salt of an objection", objection_id),
        )

    async def show(self, caller: Caller, objection_id: str) -> Sequence[ShownObjection]:
        """What this line system raised, the last one first; that it was asked is on record.

        Raises:
            RefusedError: NO_RECORD: no such objection of this system; on record.
        """
        async with self._on_record(caller):
            if objection_id:
                rows: Sequence[StoredObjection] = [self._held(caller, objection_id)]
            else:
                rows = self.store.read.objections.of_app(caller.app_id, MAX_SHOWN)
        recorder = self.casebook.recorder
        entry = recorder.entry(
            EventType.OBJECTION, "shown", self.new_id(), app=caller.app_id, objection=objection_id, count=len(rows)
        )
        await self.store.transact(lambda nouns: nouns.evidence.append(entry))
        return tuple(map(self._shown, rows))

    async def withdraw(self, caller: Caller, objection_id: str) -> ShownObjection:
        """Take an objection back: signed here, closed by the owner. One that has ended stays as it ended.

        Raises:
            RefusedError: NO_RECORD, or OVERLOADED: the key's keeper does not sign now; on record.
        """
        async with self._on_record(caller):
            held = self._held(caller, objection_id)
            case = case_of(self.store.read, objection_id)
            if held.state in WAITING and case.withdrawal is None:
                await self._take_back(caller, case)
        return self._shown(self._held(caller, objection_id))

    async def _take_back(self, caller: Caller, case: Case) -> None:
        """Sign the withdrawal, and keep it where nothing was faster.

        Raises:
            RefusedError: OVERLOADED: the key's keeper does not sign now.
        """
        objection_id = case.raised.id
        at = self.casebook.clock().isoformat(timespec="milliseconds")
        province, objection = self.casebook.province, case.opened.digest
        signed = await self.signer.sign(Withdrawn(id=objection_id, province=province, objection=objection, at=at))

        def unit(nouns: Nouns) -> None:
            before, now_held = case_of(nouns, objection_id), nouns.objections.get(objection_id)
            if now_held is None or before.withdrawal is not None or now_held.state not in WAITING:
                return  # another call was faster, or the owner was
            after = before.follow(signed)
            self.casebook.advance(nouns, now_held, before, after)
            self.casebook.note(nouns, "withdrawn", after, {"app": caller.app_id})

        await self.store.transact(unit)
        self.wake(case.raised.owner)

    def _held(self, caller: Caller, objection_id: str) -> StoredObjection:
        held = self.store.read.objections.get(objection_id)
        if held is None or held.app_id != caller.app_id:
            raise RefusedError(Reason.NO_RECORD, _NOT_YOURS)
        return held

    def _shown(self, held: StoredObjection) -> ShownObjection:
        return shown(self.store.read, held, self.calendar, china_day(self.casebook.clock()))
