"""Who may object to what at this node, and which province answers. P5, DESIGN §2.4. The owner looks again (`grounds`).

A holder objects in the app of the own home province or, present, at a counter: as consents are taken. A using unit objects to what a search
under its own application named.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from federation.model.application import Holder
from federation.model.notice import from_event
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.library.holder import home_province
from node.library.identifier import IdentifierError, parse
from node.ports.objecting import ObjectionForm
from node.ports.services import Caller
from node.ports.store import Store
from node.usecases.admission.checks import normal_holder
from node.usecases.objection.casebook import Casebook
from node.usecases.objection.claims import MAX_CLAIM
from trust.consent import Channel
from trust.objection import RaisedBy

_DAY = timedelta(days=1)
_RETRY_S = 3_600
_CREDIT_CODE = 18  # characters
MAX_NOTICES = 500  # of a holder, the newest, that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """The rules of one node. `app_per_day` is how many objections a line system may raise in 24 hours."""

    store: Store
    casebook: Casebook
    app_per_day: int

    def who(self, caller: Caller, form: ObjectionForm) -> str:
        """The handle of the holder who objects; "" for a using unit, which has to have found the certificate.

        Raises:
            RefusedError: OUT_OF_SCOPE, HOLDER_CODE_INVALID, MISSING_PARAMETER, BAD_PARAMETER or NO_RECORD.
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
        detail = "raisedBy: holders object in the app of their home province or at a counter"
        raise RefusedError(Reason.OUT_OF_SCOPE, detail)

    def named(self, form: ObjectionForm, handle: str) -> ObjectionForm:
        """The form with the certificate's identifier, where the holder of this handle names it by a notice.

        Raises:
            RefusedError: MISSING_PARAMETER; NO_RECORD: no such notice of the holder; BAD_PARAMETER: it hides the identifier.
        """
        if not form.notice_id:
            if not form.identifier:
                raise RefusedError(Reason.MISSING_PARAMETER, "certificateIdentifier")
            return form
        uses = self.store.read.notices.uses_of(handle, MAX_NOTICES) if handle else ()
        used = next((one for one in uses if one.notice_id == form.notice_id), None)
        if used is None:
            raise RefusedError(Reason.NO_RECORD, "noticeId: no notice that this holder received here")
        notice = from_event(used.event)
        if (
            ":" in notice.certificate_identifier
        ):  # a digest: the identifier holds the holder's number (`node.vault.Vault.reference`)
            raise RefusedError(
                Reason.BAD_PARAMETER, "noticeId: this notice hides the certificate's identifier; name that"
            )
        if form.identifier not in {"", notice.certificate_identifier}:
            raise RefusedError(Reason.BAD_PARAMETER, "noticeId: it is about another certificate")
        return replace(form, identifier=notice.certificate_identifier, owner=form.owner or used.provider)

    def check_limit(self, caller: Caller) -> None:
        """Whether one more may be raised.

        Raises:
            RefusedError: LIMIT_REACHED.
        """
        since = self.casebook.clock() - _DAY
        if self.store.read.objections.raised_since(caller.app_id, since) >= self.app_per_day:
            detail = "objections of this application in 24 hours"
            raise RefusedError(Reason.LIMIT_REACHED, detail, retry_after_s=_RETRY_S)

    def owner(self, form: ObjectionForm) -> str:
        """The province that answers: as asked, else the one that named the certificate in the search, else the issuer's own.

        Raises:
            RefusedError: BAD_PARAMETER: it is no member, or the identifier does not tell.
        """
        found = self.store.read.applications.found(form.apply_id, form.identifier) if form.apply_id else ()
        owner = form.owner or (found[0] if len(found) == 1 else _issuer(form.identifier))
        if owner not in {*self.casebook.provinces(), self.casebook.province}:
            raise RefusedError(Reason.BAD_PARAMETER, "issuerAreaCode: name the issuer's province, a member of the mesh")
        return owner


def _issuer(identifier: str) -> str:
    """The province of the issuer that an identifier names by its unified social credit code (digits 3 and 4); "" where it names none."""
    try:
        code = parse(identifier).identifier.issuer_code
    except IdentifierError:
        return ""
    return f"{code[2:4]}0000" if len(code) == _CREDIT_CODE else ""
