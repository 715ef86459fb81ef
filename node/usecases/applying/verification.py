"""The provider's side of an application: the verdict, on this province's own copy of the consumer's use list. Clause 7.3, DESIGN §2.4."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from federation.methods import SUBMIT
from federation.model.application import Application, Kind, Output, Result, Verdict
from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from federation.ports import Incoming
from node.ports.applications import GivenVerdict
from node.ports.store import Nouns
from node.usecases.admission.anomaly import Watch
from node.usecases.admission.case import Case, case_of
from node.usecases.admission.catalogue import offered_fields, offered_types
from node.usecases.admission.checks import FORM, LINE, Check, Step, check_still, first_refusal, normal_holder
from node.usecases.admission.limits import Limiter, Side
from node.usecases.applying.review_queue import ReviewQueue
from node.usecases.consent.checking import Authority
from node.usecases.consent.documents import basis_of, digest_of, home_of, opened
from node.usecases.contents import Keeper
from node.usecases.exchange import Answered, Decision, Exchange
from node.usecases.line_statistics import CALL, PASS, Tally
from node.usecases.lists import Lists
from node.usecases.record import refusal_member
from node.usecases.stops import Stops, Use, use_of
from node.vault import Vault
from trust import gm
from trust.consent import SignedConsent

Test = Callable[[Case], Refusal | None]
APPLICATION_LIFETIME = timedelta(minutes=30)  # one case at a counter
MAX_STANDING = timedelta(days=366)  # of a standing application; a node may set a shorter bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """The provider's decision on an application, for peers and for this province's own units alike."""

    province: str
    lists: Lists
    vault: Vault
    clock: Callable[[], datetime]
    stops: Stops
    limiter: Limiter
    watch: Watch
    queue: ReviewQueue
    tally: Tally
    authority: Authority
    standing: timedelta = MAX_STANDING

    @property
    def contents(self) -> Keeper:
        """Keeps what the entries of applications and verdicts bind."""
        return Keeper(vault=self.vault, clock=self.clock)

    def case(self, consumer: str, application: Application) -> Case:
        """What this province's lists say about the application, now."""
        return case_of(
            self.lists,
            application,
            consumer=consumer,
            provider=self.province,
            here=self.province,
            now=self.clock(),
        )

    def form_steps(self) -> tuple[Step, ...]:
        """What is checked on every application, a repeated one too."""
        return (*FORM, (Check.STOPS, lambda case: self.stopped(case.consumer, case.application)))

    def list_steps(self, paused: Test, count: Test) -> tuple[Step, ...]:
        """What is checked on an application that did not pass before; the last two checks are of anomalies and of limits."""
        return (
            *LINE,
            (Check.STANDING_BOUND, self._standing_here),
            (Check.AUTHORISATION, self.authority.check),
            (Check.TYPE_STOPS, self._type_stops),
            (Check.ANOMALY, paused),
            (Check.LIMITS, count),
        )

    def _standing_here(self, case: Case) -> Refusal | None:
        """A standing application holds no longer than this province lets one hold, whatever the line says."""
        end = self._standing_end(case.application)
        if end is None or case.now <= end:
            return None
        return Refusal(reason=Reason.USE_CODE_SPENT, detail="validUntil: the province lets no application stand longer")

    def _standing_end(self, application: Application) -> datetime | None:
        """When a standing application ends here; None for one case."""
        if application.valid_until is None:
            return None
        return min(application.valid_until, application.requested_at + self.standing)

    def decide(self, nouns: Nouns, consumer: str, application: Application) -> Verdict:
        """Decide, and keep a verdict that passes; an application that passed before gets the same verdict and use code again.

        But for a standing one whose verdict has run out: every check is made anew, and a fresh use code begins the next period.
        """
        case = self.case(consumer, application)
        refusal = first_refusal(self.form_steps(), case)
        if refusal is not None:
            return self._noted(nouns, case, self._reject(application, refusal))
        holder = normal_holder(application.holder)
        digest = self.vault.holder_digest(holder.type_code, holder.code)
        before = nouns.applications.given(consumer, application.apply_id)
        if before is not None and not _begins_anew(before, case, digest):
            return self._again(before, case, digest)
        held = self.queue.held(nouns, case)
        count = partial(self._count, nouns) if held is None else _counted
        watch = self.watch.count if held is None else self.watch.look
        refusal = first_refusal(self.list_steps(partial(watch, nouns), count), case)
        if refusal is not None:
            refusal = self.watch.misfit(nouns, case, refusal)
            return self._noted(nouns, case, self._reject(application, refusal))
        refusal = self.queue.ask(nouns, case, held)
        if refusal is not None:
            return self._noted(nouns, case, self._by_hand(nouns, case, refusal))
        period = 0 if before is None else before.period + 1
        verdict = self._pass(case, period)
        nouns.applications.put_given(self._given(case, verdict, digest, period))
        return self._noted(nouns, case, verdict)

    def _count(self, nouns: Nouns, case: Case) -> Refusal | None:
        """Count an application against the limits, unless the queue that it would have to wait in is full."""
        return self.queue.full(nouns, case) or self.limiter.count(nouns, case)

    def _by_hand(self, nouns: Nouns, case: Case, refusal: Refusal) -> Verdict:
        """The verdict on an application that waits for a person, or was turned down by one; one that waits says until when."""
        verdict = self._reject(case.application, refusal)
        if refusal.reason is not Reason.REVIEW_PENDING:
            return verdict
        held = self.queue.held(nouns, case)
        assert held is not None, "it waits"
        return replace(verdict, result=Result.PENDING, expires_at=held.expires_at)

    def _noted(self, nouns: Nouns, case: Case, verdict: Verdict) -> Verdict:
        """Note in the line's statistics what was decided."""
        word = verdict.reasons[0].reason.value if verdict.reasons else PASS
        self.tally.note(nouns, Side.PROVIDER, case.consumer, case.application.use_list_id, CALL, word)
        return verdict

    def _type_stops(self, case: Case) -> Refusal | None:
        """One of the types offered is not stopped here."""
        return None if self._types(case) else self.stops.types(self.province, offered_types(case))

    def _types(self, case: Case) -> tuple[str, ...]:
        offered = offered_types(case)
        if not self.stops:
            return offered
        return tuple(code for code in offered if self.stops.type(self.province, code) is None)

    def stopped(self, consumer: str, application: Application) -> Refusal | None:
        """Why this application may not go on: what its province stopped of its own, or all its types are stopped here."""
        if not self.stops:
            return None
        types = [self.stops.type(self.province, code) for code in application.type_codes]
        return self.stops.use(self.use(consumer, application)) or (types[0] if types and all(types) else None)

    def line_digest(self, consumer: str, application: Application) -> str:
        """The digest of what this province's copy of the list says in the line of an application; "" where it has no such line."""
        versions = self.lists.line_versions(consumer, application.use_list_id)
        return next((one.digest for one in versions if one.line.version == application.use_list_version), "")

    def use(self, consumer: str, application: Application) -> Use:
        """What of an application its own province can stop."""
        return own_use(self.vault, consumer, application)

    def _again(self, before: GivenVerdict, case: Case, holder_digest: str) -> Verdict:
        """The verdict given before, while the line still stands."""
        refusal = check_still(case) or self.stops.use(use_of(before))
        if before.holder_digest != holder_digest:
            refusal = Refusal(reason=Reason.REPLAYED, detail="this apply id stands for another")
        if refusal is not None:
            return self._reject(case.application, refusal)
        return Verdict(
            apply_id=before.apply_id,
            provider=self.province,
            result=Result.PASS,
            reasons=(),
            type_codes=before.type_codes,
            outputs=tuple(Output(output) for output in before.outputs),
            fields=before.fields,
            use_code=self.use_code(before.consumer, before.apply_id, before.period),
            expires_at=before.expires_at,
        )

    def use_code(self, consumer: str, apply_id: str, period: int) -> str:
        """The use code of an application's period: derived, so that a repeated question gets the same one, and unguessable to others."""
        return self.vault.digest("use code", consumer, apply_id, str(period))

    def _expires(self, case: Case) -> datetime:
        """When a verdict given now ends: after half an hour, and with the consent and the standing application that it rests on."""
        ends = [case.now + APPLICATION_LIFETIME, self._standing_end(case.application)]
        signed = opened(case.application.consent) if case.application.consent else None
        ends.append(signed.consent.ends if isinstance(signed, SignedConsent) else None)
        return min(one for one in ends if one is not None)

    def _pass(self, case: Case, period: int) -> Verdict:
        """The verdict on a case that every check lets pass."""
        types = self._types(case)
        return Verdict(
            apply_id=case.application.apply_id,
            provider=self.province,
            result=Result.PASS,
            reasons=(),
            type_codes=types,
            outputs=case.outputs,
            fields=offered_fields(case, types),
            use_code=self.use_code(case.consumer, case.application.apply_id, period),
            expires_at=self._expires(case),
        )

    def _reject(self, application: Application, refusal: Refusal) -> Verdict:
        return Verdict(
            apply_id=application.apply_id,
            provider=self.province,
            result=Result.REJECT,
            reasons=(refusal,),
            type_codes=(),
            outputs=(),
            fields=(),
            use_code="",
            expires_at=self.clock() + APPLICATION_LIFETIME,
        )

    def _given(self, case: Case, verdict: Verdict, holder_digest: str, period: int) -> GivenVerdict:
        application = case.application
        use = self.use(case.consumer, application)
        return GivenVerdict(
            consumer=case.consumer,
            apply_id=application.apply_id,
            holder_digest=holder_digest,
            type_codes=verdict.type_codes,
            outputs=tuple(output.value for output in verdict.outputs),
            fields=verdict.fields,
            use_code_digest=gm.sm3(verdict.use_code.encode()).hex(),
            use_org_code=application.use_org_code,
            use_org_name=application.use_org_name,
            item_code=application.item_code,
            item_name=application.item_name,
            use_cause=application.use_cause,
            expires_at=verdict.expires_at,
            use_list_id=use.line,
            line_version=application.use_list_version,
            operator=use.operator,
            consent_province=use.consent[0],
            consent_id=use.consent[1],
            consent_key=use.consent[2],
            consent_home=use.home,
            period=period,
        )


def _begins_anew(before: GivenVerdict, case: Case, holder_digest: str) -> bool:
    """Whether a standing application, for the same holder, comes again after its verdict has run out."""
    standing = case.application.kind is Kind.STANDING
    return standing and before.expires_at < case.now and before.holder_digest == holder_digest


def ends(application: Application) -> datetime:
    """When an application ends at its consumer: a case after half an hour, a standing one when it says."""
    return application.valid_until or application.requested_at + APPLICATION_LIFETIME


def _counted(_: Case) -> Refusal | None:
    """An application that waits for a person was counted when it came first."""
    return None


def own_use(vault: Vault, consumer: str, application: Application) -> Use:
    """What of an application its own province can stop."""
    return Use(
        consumer=consumer,
        line=application.use_list_id,
        unit=application.use_org_code,
        apply_id=application.apply_id,
        operator=vault.operator(consumer, application.operator.account),
        consent=basis_of(application.consent),
        home=home_of(application),
    )


def verdict_members(verifier: Verifier, consumer: str, application: Application, verdict: Verdict) -> dict[str, Any]:
    """What the provider's entry says of a verdict."""
    return {
        "apply": application.apply_id,
        "line": application.use_list_id,
        "line_version": application.use_list_version,
        "line_digest": verifier.line_digest(consumer, application),
        "org": application.use_org_code,
        "item": application.item_code,
        "types": list(verdict.type_codes),
        "consent": digest_of(application.consent),
        "result": verdict.result.value,
        "reasons": [refusal_member(reason) for reason in verdict.reasons],
        **allowed_members(verdict),
    }


def allowed_members(verdict: Verdict) -> dict[str, Any]:
    """What a verdict that passes allows, as entries say it: what an auditor compares deliveries with (`field_audit`)."""
    if verdict.result is not Result.PASS:
        return {}
    return {
        "allowed_outputs": [output.value for output in verdict.outputs],
        "allowed_fields": sorted(verdict.fields),
    }


class ApplicationProvider:
    """The provider's side: answers SubmitRequest."""

    def __init__(self, *, exchange: Exchange, verifier: Verifier) -> None:
        """Decide with `verifier`, record with `exchange`."""
        self._exchange = exchange
        self._verifier = verifier

    async def submit(self, incoming: Incoming[Application]) -> Answered:
        """Decide on a peer's application. Clause 7.3.

        Raises:
            RefusedError: replayed.
        """

        def decide(nouns: Nouns) -> Decision[Verdict]:
            verdict = self._verifier.decide(nouns, incoming.sender, incoming.message)
            members = verdict_members(self._verifier, incoming.sender, incoming.message, verdict)
            return Decision(answer=verdict, event=EventType.VERIFY, members=members)

        return await self._exchange.answer(
            incoming,
            SUBMIT.path,
            decide,
            barred=lambda _: self._verifier.stopped(incoming.sender, incoming.message),
        )
