"""Check 6 of clause 7.3: the holder has consented to this use. Made by the consumer, and again by the provider on what it knows itself.

What a consent says is compared with the application before its signature is looked at, so that the refusal names what a clerk can mend;
nothing passes before all of it has been looked at. No detail says anything of a person.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from federation.model.application import AuthMode, Output
from federation.model.refusal import Reason, Refusal
from node.library.holder import home_province
from node.usecases.admission.case import Case
from node.usecases.admission.checks import normal_holder
from node.usecases.consent.documents import READ_KEPT, home_of, opened
from node.usecases.stops import Stops
from node.vault import Vault
from trust import consent
from trust.consent import Channel, Consent, SignedConsent
from trust.envelope import MAX_SKEW
from trust.errors import ConsentError
from trust.membership import Membership

_OF_THE_FACE = frozenset({Output.DATA, Output.VERIFY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Whether applications rest on the holder's consent, where their line asks for one.

    `accept` are the channels whose consents this province believes; `membership` is asked anew each time.
    """

    vault: Vault
    stops: Stops
    membership: Callable[[], Membership]
    accept: Collection[Channel] = frozenset(Channel)
    _verified: OrderedDict[tuple[bytes, int], ConsentError | None] = field(default_factory=OrderedDict, repr=False)

    def check(self, case: Case) -> Refusal | None:
        """Check 6. DUTY needs no consent."""
        application = case.application
        if application.auth_mode is AuthMode.DUTY:
            return None
        if not application.consent:
            return Refusal(reason=Reason.CONSENT_MISSING)
        signed = opened(application.consent)
        if isinstance(signed, ConsentError):
            return _mismatch(f"consent: {signed}")
        given = signed.consent
        return (
            self._persons(given, case)
            or _grantee(given, case)
            or _scope(given, case)
            or _dates(given, case)
            or self._signature(application.consent, signed)
            or self._signer(signed, case)
            or self.stops.consent(given.province, given.id, home_of(application))
        )

    def _persons(self, given: Consent, case: Case) -> Refusal | None:
        """The grantor is the holder; of a delegation, the delegate is whom the application names."""
        application = case.application
        holder = normal_holder(application.holder)
        if given.mode.value != application.auth_mode.value:
            return _mismatch("authMode")
        if given.grantor != self.vault.handle(holder.type_code, holder.code):
            return _mismatch("grantor: not the holder of the application")
        if given.delegate != application.delegate:
            return _mismatch("delegate: not the one that the holder named")
        return None

    def _signature(self, document: bytes, signed: SignedConsent) -> Refusal | None:
        """A key of the province that took it has signed. Half a millisecond the first time; the same document comes again and again."""
        membership = self.membership()
        key = document, membership.version
        if key not in self._verified:
            self._verified[key] = _verified(signed, membership)
            if len(self._verified) > READ_KEPT:
                self._verified.popitem(last=False)
        error = self._verified[key]
        return None if error is None else _mismatch(f"signature: {error}")

    def _signer(self, signed: SignedConsent, case: Case) -> Refusal | None:
        """Who may have taken it: in an app the holder's home province, at a counter the using province; with a key that is not stopped."""
        given, holder = signed.consent, normal_holder(case.application.holder)
        if given.channel not in self.accept:
            return _mismatch(f"channel: consents given by {given.channel.value} are not accepted here")
        home = given.channel is Channel.HOME
        taker = home_province(holder.type_code, holder.code) if home else case.consumer
        if given.province != taker:
            return _mismatch(f"signer: not the {'home province of the holder' if home else 'using province'}")
        return self.stops.key(given.province, signed.key_id)


def _verified(signed: SignedConsent, membership: Membership) -> ConsentError | None:
    try:
        consent.verify(signed, membership)
    except ConsentError as error:
        return error.with_traceback(None)
    return None


def _grantee(given: Consent, case: Case) -> Refusal | None:
    """It is given to this unit of this province."""
    if given.grantee_province != case.consumer or given.grantee_unit != case.application.use_org_code:
        return _mismatch("grantee: another using unit")
    return None


def _scope(given: Consent, case: Case) -> Refusal | None:
    """The application stays within what is consented to.

    Fields matter where data are wanted or to be confirmed; a consent that names none leaves them to the line.
    """
    application = case.application
    if application.item_code != given.item:
        return _mismatch("itemCode")
    if not set(application.type_codes) <= set(given.types):
        return _mismatch("certificateTypeCodes")
    if not {one.value for one in application.outputs} <= set(given.outputs):
        return _mismatch("wantedOutputs")
    within = application.fields and set(application.fields) <= set(given.fields)
    if given.fields and not _OF_THE_FACE.isdisjoint(application.outputs) and not within:
        return _mismatch("wantedFields: name those that are consented to")
    return None


def _dates(given: Consent, case: Case) -> Refusal | None:
    """Now lies within it; the clock of who took it may be ahead of ours as far as clocks may differ."""
    if case.now < given.begins - MAX_SKEW:
        return Refusal(reason=Reason.CONSENT_ENDED, detail=f"consented from {given.since} on")
    if given.ends < case.now:
        return Refusal(reason=Reason.CONSENT_ENDED, detail=f"consented until {given.until}")
    return None


def _mismatch(detail: str) -> Refusal:
    return Refusal(reason=Reason.CONSENT_MISMATCH, detail=detail)
