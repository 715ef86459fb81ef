"""Applications at the consumer: checked, recorded, sent to every province that can take part, the verdicts kept. Clause 7, DESIGN §6.1.

The checks themselves are in `checks`, the provider's decision in `verification`.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from federation.fanout import Part
from federation.methods import SUBMIT
from federation.model.application import Application, Result, Verdict
from federation.model.bound import openings, salted
from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from federation.model.search import Outcome
from federation.ports import Mail, Peers, Recorded, Reply
from node.errors import refused
from node.ports.applications import OwnApplication, ReceivedVerdict
from node.ports.services import ApplicationForm, Caller, ProvinceVerdict, Submitted
from node.ports.store import Nouns, Store
from node.usecases.admission.asking import Asked, Asking, outgrown
from node.usecases.admission.checks import normal_holder
from node.usecases.admission.limits import Side
from node.usecases.applying.seal import seal_application
from node.usecases.applying.taking import believed, is_lasting
from node.usecases.applying.verification import Verifier, allowed_members, ends
from node.usecases.calling import call_all
from node.usecases.consent.documents import digest_of
from node.usecases.consent.filling import consent_of, delegate_of, end_of
from node.usecases.contents import Keeper
from node.usecases.line_statistics import CALL, PASS, Tally
from node.usecases.record import Recorder, answer_members, person, refusal_member

LONGEST_REVIEW = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """An application on record: who is asked, with which request, and our own province's verdict."""

    application: Application
    exchange_id: str
    asked: Asked
    request: Recorded | None
    own: Verdict | None


class ApplicationConsumer:
    """The consumer's side: what the line systems of this province call. Implements `services.Applications`."""

    def __init__(
        self,
        *,
        store: Store,
        mail: Mail,
        peers: Peers,
        verifier: Verifier,
        asking: Asking,
        tally: Tally,
        recorder: Recorder,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        provinces: Callable[[], Sequence[str]],
        deadline_s: float,
    ) -> None:
        """`provinces` gives all members of this moment; `deadline_s` bounds the round of verdicts."""
        self._store = store
        self._mail = mail
        self._peers = peers
        self._verifier = verifier
        self._asking = asking
        self._tally = tally
        self._recorder = recorder
        self._clock = clock
        self._new_id = new_id
        self._provinces = provinces
        self._deadline_s = deadline_s

    async def submit(self, caller: Caller, form: ApplicationForm) -> Submitted:
        """Check, record, sign and send an application to every province that can take part.

        Raises:
            RefusedError: a check of clause 7.3 fails here already; the refusal is on record.
        """
        until = time.monotonic() + self._deadline_s
        taken = await self._take(caller, form, alone=True)
        parts = await self.ask(taken.request, taken.asked.ask, taken.application.apply_id, until)
        verdicts = [province_verdict(code, part) for code, part in parts.items()] + self._settled(taken)
        application, exchange_id = taken.application, taken.exchange_id
        await self._store.transact(
            lambda nouns: self._record_verdicts(nouns, application, exchange_id, parts, verdicts)
        )
        return Submitted(
            application=application,
            exchange_id=exchange_id,
            expires_at=self._holds_until(application).isoformat(),
            verdicts=tuple(sorted(verdicts, key=lambda one: one.province)),
        )

    async def register(self, caller: Caller, form: ApplicationForm) -> tuple[Application, str]:
        """As `submit`, but nothing is sent: the application goes to the provinces with the questions of a search under it.

        The exchange is not over, and the search goes on in it: returns the application and its exchange id.

        Raises:
            RefusedError: a check of clause 7.3 fails here already; the refusal is on record.
        """
        taken = await self._take(caller, form, alone=False)
        settled = self._settled(taken)
        await self._store.transact(lambda nouns: self._note_verdicts(nouns, taken.application, settled))
        return taken.application, taken.exchange_id

    async def _take(self, caller: Caller, form: ApplicationForm, *, alone: bool) -> _Taken:
        """Check the application and put it on record; `alone`: with the request that carries nothing else.

        Raises:
            RefusedError: a check fails; on record.
        """
        exchange_id = self._new_id()
        structlog.contextvars.bind_contextvars(exchange_id=exchange_id)  # for every line that is logged on the way
        application = await self._checked(caller, form, exchange_id)
        asked = self._asking.sort(application, self._provinces())
        sent = asked if alone else replace(asked, ask=())
        outcome = await self._store.transact(
            lambda nouns: (
                self._limited(nouns, application, asked, exchange_id)
                or self._record_application(nouns, application, sent, exchange_id)
            )
        )
        if isinstance(outcome, Refusal):
            raise refused(outcome, exchange_id)
        request, own = outcome
        return _Taken(application=application, exchange_id=exchange_id, asked=sent, request=request, own=own)

    def _settled(self, taken: _Taken) -> list[ProvinceVerdict]:
        """What is known without asking: who was left out, and our own verdict."""
        verdicts = [skipped(code, refusal) for code, refusal in taken.asked.skipped.items()]
        return verdicts if taken.own is None else [*verdicts, of_verdict(self._verifier.province, taken.own)]

    def _holds_until(self, application: Application) -> datetime:
        """When the application on record ends."""
        own = self._store.read.applications.own(application.apply_id)
        assert own is not None, "it was kept before anybody was asked"
        return own.expires_at

    async def ask(
        self, request: Recorded | None, asked: tuple[str, ...], apply_id: str, until: float
    ) -> dict[str, Part[Reply[Verdict]]]:
        """Send a recorded application and gather the verdicts that come by then (on time.monotonic) and may be believed."""
        if request is None:
            return {}
        parts = await call_all(self._mail, self._peers, SUBMIT, [(request, asked)], until)
        me, draft = self._verifier.province, request.draft
        return {code: believed(part, consumer=me, apply_id=apply_id, request=draft) for code, part in parts.items()}

    async def _checked(self, caller: Caller, form: ApplicationForm, exchange_id: str) -> Application:
        """The application, if every check the consumer can make passes.

        Raises:
            RefusedError: one fails; on record.
        """
        application = self._application(caller, form, self._asking.version(form.use_list_id))
        refusal = self._asking.refusal(caller, application)
        if refusal is None:
            return salted(replace(application, holder=normal_holder(application.holder)))
        foreign = outgrown(caller, application) is not None
        said = await self._store.transact(
            lambda nouns: self._turn_down(nouns, application, exchange_id, refusal, foreign=foreign)
        )
        raise refused(said, exchange_id)

    def _limited(self, nouns: Nouns, application: Application, asked: Asked, exchange_id: str) -> Refusal | None:
        """Count the application, unless nobody is asked; why it goes no further, on record."""
        if not asked.ask and not asked.local:
            return None
        refusal = self._asking.count(nouns, application)
        if refusal is not None:
            self._record_refused(nouns, application, exchange_id, refusal)
        return refusal

    def _turn_down(
        self, nouns: Nouns, application: Application, exchange_id: str, refusal: Refusal, *, foreign: bool
    ) -> Refusal:
        """What is answered where a check fails, on record: that, unless the operator failed too often.

        `foreign`: the line system is not registered for the matter or the operator it named.
        """
        said = self._asking.watch.misfit(nouns, self._asking.case(application), refusal, foreign=foreign)
        self._record_refused(nouns, application, exchange_id, said)
        return said

    def _record_refused(self, nouns: Nouns, application: Application, exchange_id: str, refusal: Refusal) -> None:
        """Nothing was asked; that is on record, without what the caller wrote: a line that nobody published may be anything."""
        line_id = application.use_list_id if application.use_list_version else ""
        nouns.evidence.append(
            self._recorder.entry(
                EventType.APPLY,
                "refused",
                exchange_id,
                app=application.app_id,
                line=line_id,
                refusal=refusal_member(refusal),
            )
        )
        self._note(nouns, application, CALL, refusal.reason.value)

    def _note(self, nouns: Nouns, application: Application, *words: str) -> None:
        self._tally.note(nouns, Side.CONSUMER, self._verifier.province, application.use_list_id, *words)

    def apply_id(self, caller: Caller, key: str) -> str:
        """The id of the application that a line system submits under this key: a repeat is the same application."""
        return self._verifier.vault.digest("application", caller.app_id, key)[:32]

    def _application(self, caller: Caller, form: ApplicationForm, version: int) -> Application:
        now, vault = self._clock(), self._verifier.vault
        return Application(
            apply_id=self.apply_id(caller, form.key) if form.key else self._new_id(),
            use_list_id=form.use_list_id,
            use_list_version=version,
            use_org_code=caller.use_org_code,
            use_org_name=caller.use_org_name,
            operator=form.operator,
            use_cause=form.use_cause,
            item_code=form.item_code,
            item_name=form.item_name,
            business_code=form.business_code,
            biz_num=form.biz_num,
            app_id=caller.app_id,
            holder=form.holder,
            type_codes=form.type_codes,
            auth_mode=form.auth_mode,
            outputs=form.outputs,
            fields=form.fields,
            requested_at=now,
            kind=form.kind,
            valid_until=end_of(form, self._asking.line(form.use_list_id), now, self._asking.standing),
            consent=consent_of(form, self._store.read.consents.get),
            copy_expires=form.copy_expires,
            delegate=delegate_of(form, vault),
        )

    def _record_application(
        self, nouns: Nouns, application: Application, asked: Asked, exchange_id: str
    ) -> tuple[Recorded | None, Verdict | None]:
        """Keep the application, draft the request, decide our own province's part, and put it all on record."""
        vault = self._verifier.vault
        holder = application.holder
        digest = vault.holder_digest(holder.type_code, holder.code)
        nouns.applications.put_own(
            OwnApplication(
                apply_id=application.apply_id,
                app_id=application.app_id,
                holder_digest=digest,
                sealed=seal_application(vault, application),
                created_at=application.requested_at,
                expires_at=ends(application),
            )
        )
        self._note(nouns, application, CALL)
        request = self._record_request(nouns, application, asked, exchange_id, digest)
        verdict = decide_own(nouns, self._verifier, self._recorder, application, exchange_id) if asked.local else None
        return request, verdict

    def _record_request(
        self,
        nouns: Nouns,
        application: Application,
        asked: Asked,
        exchange_id: str,
        holder_digest: str,
    ) -> Recorded | None:
        """Draft the request, if there is anyone to ask, and put the application on record."""
        vault = self._verifier.vault
        members = {
            "apply": application.apply_id,
            "peers": list(asked.ask),
            "app": application.app_id,
            "org": application.use_org_code,
            "item": application.item_code,
            "line": application.use_list_id,
            "line_version": application.use_list_version,
            "types": list(application.type_codes),
            "consent": digest_of(application.consent),
            "holder": person(vault, exchange_id, "holder", holder_digest),
            "operator": person(vault, exchange_id, "operator", application.operator.account),
            "purpose": person(vault, exchange_id, "purpose", application.use_cause),
            "skipped": [
                {"province": code, "refusal": refusal_member(one)} for code, one in sorted(asked.skipped.items())
            ],
            "binds": bound(nouns, self._verifier, application, exchange_id),
        }
        if not asked.ask:
            nouns.evidence.append(self._recorder.entry(EventType.APPLY, "asked", exchange_id, **members))
            return None
        draft = self._mail.draft_request(application, recipients=asked.ask, exchange_id=exchange_id)
        return self._recorder.sent(nouns, draft, EventType.APPLY, "asked", members)

    def _record_verdicts(
        self,
        nouns: Nouns,
        application: Application,
        exchange_id: str,
        parts: Mapping[str, Part[Reply[Verdict]]],
        verdicts: Sequence[ProvinceVerdict],
    ) -> None:
        record_verdicts(nouns, self._recorder, self._verifier.contents, application.apply_id, exchange_id, parts)
        self._note_verdicts(nouns, application, verdicts)

    def _note_verdicts(self, nouns: Nouns, application: Application, verdicts: Sequence[ProvinceVerdict]) -> None:
        refusals = [refusal.reason.value for one in verdicts if (refusal := refusal_of(one)) is not None]
        passed = [PASS] if any(one.outcome == Outcome.OK for one in verdicts) else []
        self._note(nouns, application, *passed, *refusals)


def bound(
    nouns: Nouns, verifier: Verifier, application: Application, exchange_id: str, *verdicts: Verdict
) -> dict[str, str]:
    """The member by which an entry binds an application and what was decided on it; both are kept, to be opened later."""
    opened = [each for one in (application, *verdicts) for each in openings(one)]
    return verifier.contents.keep(nouns, opened, subject=application.apply_id, exchange_id=exchange_id)


def decide_own(
    nouns: Nouns, verifier: Verifier, recorder: Recorder, application: Application, exchange_id: str
) -> Verdict:
    """Our own province's part in an application of ours, on record apart from the request's entry, which the peers are shown."""
    verdict = salted(verifier.decide(nouns, verifier.province, application))
    keep(nouns, verdict)
    entry = recorder.entry(
        EventType.VERIFY,
        "own",
        exchange_id,
        apply=application.apply_id,
        line=application.use_list_id,
        line_version=application.use_list_version,
        line_digest=verifier.line_digest(verifier.province, application),
        result=verdict.result.value,
        reasons=[refusal_member(reason) for reason in verdict.reasons],
        binds=bound(nouns, verifier, application, exchange_id, verdict),
        **allowed_members(verdict),
    )
    nouns.evidence.append(entry)
    return verdict


def keep(nouns: Nouns, verdict: Verdict) -> None:
    """Keep a verdict that a province gave, ours or another, if it is its last word."""
    if is_lasting(verdict):
        nouns.applications.put_received(received(verdict))
    _wait_for(nouns, verdict)


def _wait_for(nouns: Nouns, verdict: Verdict) -> None:
    """An application that a person has to decide on holds as long as its review, within bounds: that time is a peer's word."""
    own = nouns.applications.own(verdict.apply_id) if verdict.result is Result.PENDING else None
    if own is not None:
        nouns.applications.prolong(own.apply_id, min(verdict.expires_at, own.created_at + LONGEST_REVIEW))


def record_verdicts(
    nouns: Nouns,
    recorder: Recorder,
    contents: Keeper,
    apply_id: str,
    exchange_id: str,
    parts: Mapping[str, Part[Reply[Verdict]]],
) -> None:
    """Keep the verdicts that came and are `believed`, and put every outcome on record with the digest of the signed answer.

    The proofs of all are kept under the exchange. A lasting rejection is the province's word in every later search under the application:
    its proof is kept under that, too (`node.ports.receipts`).
    """
    replies = {code: part.value for code, part in parts.items() if part.value is not None}
    rejected = {code: one.proof for code, one in replies.items() if one.proof and _turned_down(one.message)}
    nouns.receipts.put(apply_id, rejected, {}, recorder.now())
    recorder.keep_answered(nouns, exchange_id, replies)
    outcomes = []
    for code, part in sorted(parts.items()):
        if part.value is not None:
            keep(nouns, replace(part.value.message, apply_id=apply_id, provider=code))
        one = province_verdict(code, part)
        refusal = refusal_of(one)
        outcome: dict[str, Any] = {"province": code, "outcome": one.outcome}
        if part.value is not None:
            outcome |= {**answer_members(part.value), **allowed_members(part.value.message)}
            opened = openings(part.value.message)
            outcome["binds"] = contents.keep(nouns, opened, subject=apply_id, exchange_id=exchange_id)
        if refusal is not None:
            outcome["refusal"] = refusal_member(refusal)
        outcomes.append(outcome)
    nouns.evidence.append(
        recorder.entry(
            EventType.APPLY,
            "answered",
            exchange_id,
            apply=apply_id,
            peers=sorted(parts),
            outcomes=outcomes,
            took_ms={code: part.elapsed_ms for code, part in sorted(parts.items())},
        )
    )


def refusal_of(one: ProvinceVerdict) -> Refusal | None:
    """Why a province did not admit the application."""
    return one.refusal or (one.verdict.reasons[0] if one.verdict and one.verdict.reasons else None)


def _turned_down(verdict: Verdict) -> bool:
    return verdict.result is Result.REJECT and is_lasting(verdict)


def received(verdict: Verdict) -> ReceivedVerdict:
    """A verdict as the consumer keeps it; a rejection always has a reason, also where the peer named none."""
    refusal = verdict.reasons[0] if verdict.reasons else Refusal(reason=Reason.PEER_ERROR)
    passed = verdict.result is Result.PASS
    return ReceivedVerdict(
        apply_id=verdict.apply_id,
        provider=verdict.provider,
        result=verdict.result.value,
        reason="" if passed else refusal.reason.value,
        detail="" if passed else refusal.detail,
        type_codes=verdict.type_codes,
        use_code=verdict.use_code,
        expires_at=verdict.expires_at,
        outputs=tuple(output.value for output in verdict.outputs),
        fields=verdict.fields,
    )


def of_verdict(province: str, verdict: Verdict) -> ProvinceVerdict:
    """A province that gave its verdict."""
    outcome = Outcome.OK if verdict.result is Result.PASS else Outcome.DENIED
    return ProvinceVerdict(province=province, outcome=outcome.value, verdict=verdict)


def skipped(province: str, refusal: Refusal) -> ProvinceVerdict:
    """A province that is not asked, and why."""
    return ProvinceVerdict(province=province, outcome=Outcome.SKIPPED.value, refusal=refusal)


def province_verdict(province: str, part: Part[Reply[Verdict]]) -> ProvinceVerdict:
    """What came of a province that was asked."""
    if part.value is not None:
        return of_verdict(province, part.value.message)
    refusal = part.refusal or Refusal(reason=Reason.PEER_ERROR)
    silent = refusal.reason is Reason.PEER_TIMEOUT
    outcome = Outcome.TIMEOUT if silent else Outcome.ERROR
    return ProvinceVerdict(province=province, outcome=outcome.value, refusal=refusal)
