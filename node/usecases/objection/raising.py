"""Objections as line systems raise, follow and withdraw them, at any node. P5. Implements `ports.objecting.Objecting`.

A holder objects in the app of the own home province or, present, at a counter: as consents are taken. A using unit objects to what a search
under its own application named. What is raised is signed, on record and queued for the owner in one unit of work.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta

from federation.model.application import Holder
from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from node.errors import RefusedError, refused
from node.library.holder import home_province
from node.library.identifier import IdentifierError, parse
from node.library.working_days import WorkingDays
from node.ports.objecting import ObjectionForm, ShownObjection
from node.ports.objections import WAITING, StoredObjection
from node.ports.services import Caller
from node.ports.store import Nouns, Store
from node.usecases.admission.case import china_day
from node.usecases.admission.checks import normal_holder
from node.usecases.objection.casebook import Casebook, case_of
from node.usecases.objection.claims import MAX_CLAIM, Claim
from node.usecases.objection.shown import shown
from node.usecases.objection.signing import CaseSigner
from node.usecases.on_record import on_record
from trust.commitment import Opening
from trust.consent import Channel
from trust.objection import Case, Raised, RaisedBy, Withdrawn, begun

DAYS = 5  # working days for the answer (Wuxi's rule, REQUIREMENTS P5)
MAX_SHOWN = 50
_DAY = timedelta(days=1)
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
    app_per_day: int

    async def raise_(self, caller: Caller, form: ObjectionForm, key: str) -> ShownObjection:
        """Raise an objection, signed and on record; whoever repeats with `key` gets the same one.

        Raises:
            RefusedError: OUT_OF_SCOPE, HOLDER_CODE_INVALID, BAD_PARAMETER, NO_RECORD, LIMIT_REACHED, or REPLAYED: the key stands for
                another objection; nothing was raised; on record.
        """
        async with self._on_record(caller):
            return await self._raised(caller, form, key)

    def _on_record(self, caller: Caller) -> AbstractAsyncContextManager[None]:
        recorder = self.casebook.recorder
        return on_record(self.store, recorder, EventType.OBJECTION, self.new_id(), app=caller.app_id)

    async def _raised(self, caller: Caller, form: ObjectionForm, key: str) -> ShownObjection:
        objection_id = self.casebook.vault.digest("objection id", caller.app_id, key)[:32]
        holder = self._who(caller, form)
        held = self.store.read.objections.get(objection_id)
        if held is not None:
            return self._repeated(held, form, holder)
        self._check_limit(caller)
        opening = Claim(identifier=form.identifier, words=form.claim).opening()
        raised = self._made(caller, form, holder, objection_id, opening)
        case = begun([self.signer.sign(raised)])
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

    def _who(self, caller: Caller, form: ObjectionForm) -> str:
        """The handle of the holder who objects; "" for a using unit, which has to have found the certificate.

        Raises:
            RefusedError: OUT_OF_SCOPE, HOLDER_CODE_INVALID, BAD_PARAMETER or NO_RECORD.
        """
        if not 0 < len(form.claim.strip()) <= len(form.claim) <= MAX_CLAIM:
            raise RefusedError(Reason.BAD_PARAMETER, f"claim: 1 to {MAX_CLAIM} characters")
        if form.by is RaisedBy.USE_ORG:
            self._check_unit(caller, form)
            return ""
        if form.holder is None:
            raise RefusedError(Reason.MISSING_PARAMETER, "certificateHolderCode")
        holder = normal_holder(form.holder)
        self._check_holder(caller, holder)
        return self.casebook.vault.handle(holder.type_code, holder.code)

    def _check_unit(self, caller: Caller, form: ObjectionForm) -> None:
        nouns = self.store.read.applications
        application = nouns.own(form.apply_id)
        is_theirs = application is not None and application.app_id == caller.app_id
        if not is_theirs or not nouns.found(form.apply_id, form.identifier):
            raise RefusedError(Reason.NO_RECORD, "certificateIdentifier: nothing that a search under applyId named")

    def _check_holder(self, caller: Caller, holder: Holder) -> None:
        at_home = home_province(holder.type_code, holder.code) == self.casebook.province
        if Channel.COUNTER in caller.consents or (Channel.HOME in caller.consents and at_home):
            return
        raise RefusedError(
            Reason.OUT_OF_SCOPE, "raisedBy: holders object in the app of their home province or at a counter"
        )

    def _check_limit(self, caller: Caller) -> None:
        since = self.casebook.clock() - _DAY
        if self.store.read.objections.raised_since(caller.app_id, since) >= self.app_per_day:
            raise RefusedError(Reason.LIMIT_REACHED, "objections of this application in 24 hours", retry_after_s=3_600)

    def _made(self, caller: Caller, form: ObjectionForm, holder: str, objection_id: str, opening: Opening) -> Raised:
        """What will be signed.

        Raises:
            RefusedError: BAD_PARAMETER: nobody owns it.
        """
        now, book = self.casebook.clock(), self.casebook
        return Raised(
            id=objection_id,
            province=book.province,
            owner=self._owner(form),
            by=form.by,
            unit=caller.use_org_code,
            certificate=book.vault.reference(form.identifier),
            holder=holder,
            application=form.apply_id if form.by is RaisedBy.USE_ORG else "",
            fields=form.fields,
            claim=opening.commitment,
            raised=now.isoformat(timespec="milliseconds"),
            due=self.calendar.after(china_day(now), DAYS).day.isoformat(),
        )

    def _owner(self, form: ObjectionForm) -> str:
        """The province that answers: as asked, else the one that named the certificate in the search, else the issuer's own.

        Raises:
            RefusedError: BAD_PARAMETER: it is no member, or the identifier does not tell.
        """
        found = self.store.read.applications.found(form.apply_id, form.identifier) if form.apply_id else ()
        owner = form.owner or (found[0] if len(found) == 1 else _issuer(form.identifier))
        if owner not in {*self.casebook.provinces(), self.casebook.province}:
            raise RefusedError(Reason.BAD_PARAMETER, "issuerAreaCode: name the issuer's province, a member of the mesh")
        return owner

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
            RefusedError: NO_RECORD; on record.
        """
        async with self._on_record(caller):
            held = self._held(caller, objection_id)
        case = case_of(self.store.read, objection_id)
        if held.state in WAITING and case.withdrawal is None:
            at = self.casebook.clock().isoformat(timespec="milliseconds")
            taken_back = Withdrawn(
                id=objection_id, province=self.casebook.province, objection=case.opened.digest, at=at
            )
            signed = self.signer.sign(taken_back)

            def unit(nouns: Nouns) -> None:
                before, now_held = case_of(nouns, objection_id), nouns.objections.get(objection_id)
                if now_held is None or before.withdrawal is not None or now_held.state not in WAITING:
                    return  # another call was faster, or the owner was
                after = before.follow(signed)
                self.casebook.advance(nouns, now_held, before, after)
                self.casebook.note(nouns, "withdrawn", after, {"app": caller.app_id})

            await self.store.transact(unit)
            self.wake(held.owner)
        return self._shown(self._held(caller, objection_id))

    def _held(self, caller: Caller, objection_id: str) -> StoredObjection:
        held = self.store.read.objections.get(objection_id)
        if held is None or held.app_id != caller.app_id:
            raise RefusedError(Reason.NO_RECORD, _NOT_YOURS)
        return held

    def _shown(self, held: StoredObjection) -> ShownObjection:
        return shown(self.store.read, held, self.calendar, china_day(self.casebook.clock()))


def _issuer(identifier: str) -> str:
    """The province of the issuer that an identifier names by its unified social credit code (digits 3 and 4); "" where it names none."""
    try:
        code = parse(identifier).identifier.issuer_code
    except IdentifierError:
        return ""
    return f"{code[2:4]}0000" if len(code) == len("913100000000000000") else ""
