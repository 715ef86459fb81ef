"""Fused search: the consumer asks every province of an application within one deadline. Clause 8.2; the provider is `local_search`."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from federation.fanout import Part, fan_out
from federation.methods import SEARCH, SUBMIT
from federation.model.application import Application, Holder, Result, Verdict
from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from federation.model.search import (
    Answer,
    FusedAnswer,
    Outcome,
    ProvinceOutcome,
    Query,
    completeness,
    merge,
)
from federation.ports import Mail, Peers, Recorded, Reply
from node.errors import RefusedError, refused
from node.ports.services import Caller, SearchForm
from node.ports.store import Nouns, OwnApplication, ReceivedVerdict, Store
from node.usecases.admission.asking import Asking
from node.usecases.admission.checks import normal_holder
from node.usecases.admission.limits import Side
from node.usecases.application import is_lasting, received
from node.usecases.application_seal import open_application
from node.usecases.line_statistics import EMPTY, HIT
from node.usecases.local_search import Library
from node.usecases.record import Recorder, person, refusal_member
from node.usecases.stops import Use
from node.usecases.verification import own_use

OPENED_KEPT = 256  # applications held open in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Whom to ask, and who is left out and why. `late` are those whose verdict is still missing.

    A province whose catalogue never came is asked: it decides, and if it is silent, the answer is incomplete. DESIGN §2.3.
    """

    query: Query
    exchange_id: str
    ask: tuple[str, ...]
    late: tuple[str, ...]
    local: bool
    denied: dict[str, Refusal]
    skipped: dict[str, Refusal]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What came of one province: its answer, and the verdict where it had to be asked for first."""

    answer: Reply[Answer] | None
    verdict: Reply[Verdict] | None = None


class SearchConsumer:
    """The consumer's side: what the line systems of this province call. Implements `services.Search`."""

    def __init__(
        self,
        *,
        store: Store,
        mail: Mail,
        peers: Peers,
        library: Library,
        asking: Asking,
        recorder: Recorder,
        new_id: Callable[[], str],
        provinces: Callable[[], Sequence[str]],
        deadline_s: float,
    ) -> None:
        """`provinces` gives all members of this moment; `deadline_s` is the longest and the default overall deadline."""
        self._store = store
        self._mail = mail
        self._peers = peers
        self._library = library
        self._asking = asking
        self._recorder = recorder
        self._new_id = new_id
        self._provinces = provinces
        self._deadline_s = deadline_s
        self._stops = library.stops
        self._opened: dict[str, Application] = {}  # the oldest goes first; owned by the event loop

    async def fused(self, caller: Caller, form: SearchForm) -> FusedAnswer:
        """Search all provinces of an application within one deadline.

        Raises:
            RefusedError: no such application of this caller in force, or another holder or type than it names.
        """
        start = time.monotonic()
        try:
            own = self._own(caller, form)
            plan = self._plan(own, form)
        except RefusedError as error:
            raise refused(error.refusal, await self._record_refused(caller, error.refusal)) from error
        request, submit = await self._store.transact(lambda nouns: self._record_asked(nouns, plan, own))
        parts = await self._ask(plan, request, submit, self._deadline(form))
        return await self._store.transact(lambda nouns: self._record_answered(nouns, own, plan, parts, start))

    async def _record_refused(self, caller: Caller, refusal: Refusal) -> str:
        """Nothing was asked; that is on record too, without what the caller wrote, under the exchange id that is returned."""
        exchange_id = self._new_id()
        entry = self._recorder.entry(
            EventType.SEARCH, "refused", exchange_id, app=caller.app_id, refusal=refusal_member(refusal)
        )
        await self._store.transact(lambda nouns: nouns.evidence.append(entry))
        return exchange_id

    def _deadline(self, form: SearchForm) -> float:
        wanted = self._deadline_s if form.deadline_ms is None else form.deadline_ms / 1000
        return max(0.05, min(self._deadline_s, wanted))

    def _own(self, caller: Caller, form: SearchForm) -> OwnApplication:
        """The caller's application, if it is in force and names this holder."""
        own = self._store.read.applications.own(form.apply_id)
        if own is None or own.app_id != caller.app_id or own.expires_at < self._library.clock():
            raise RefusedError(Reason.USE_CODE_SPENT, "applyId: no application of yours in force")
        self._check_stops(own)
        holder = normal_holder(form.holder)
        if self._library.vault.holder_digest(holder.type_code, holder.code) != own.holder_digest:
            raise RefusedError(Reason.MATTER_MISMATCH, "certificateHolderCode: not the holder of the application")
        return own

    def _check_stops(self, own: OwnApplication) -> None:
        """Nothing is asked under what this province itself has stopped, suspended or withdrawn.

        Raises:
            RefusedError: line, unit, application or operator.
        """
        refusal = self._stops.use(self._use(self._open(own))) if self._stops else None
        refusal = refusal or self._asking.still(self._open(own).use_list_id)
        refusal = refusal or self._asking.paused(self._store.read, self._open(own))
        if refusal is not None:
            raise refused(refusal)

    def _use(self, application: Application) -> Use:
        return own_use(self._library.vault, self._library.province, application)

    def _open(self, own: OwnApplication) -> Application:
        """The application, opened once while it is in use: applications never change."""
        application = self._opened.get(own.apply_id)
        if application is None:
            application = self._opened[own.apply_id] = open_application(self._library.vault, own)
            if len(self._opened) > OPENED_KEPT:
                self._opened.pop(next(iter(self._opened)))
        return application

    def _plan(self, own: OwnApplication, form: SearchForm) -> _Plan:
        """Decide for every member whether it is asked. Pure over the verdicts held."""
        application = self._open(own)
        types = form.type_codes or application.type_codes
        if not set(form.area_codes) <= set(self._provinces()):
            raise RefusedError(Reason.BAD_PARAMETER, "areaCodes: not all of them are members")
        if not set(types) <= set(application.type_codes):
            raise RefusedError(Reason.MATTER_MISMATCH, "certificateTypeCode: beyond the application")
        query = Query(
            apply_id=form.apply_id,
            holder=Holder(code=application.holder.code, type_code=application.holder.type_code),
            type_codes=types,
            number=form.number,
            include_invalid=form.include_invalid,
        )
        verdicts = {one.provider: one for one in self._store.read.applications.received(form.apply_id)}
        return self._sort(query, application, verdicts, form.area_codes)

    def _sort(
        self,
        query: Query,
        application: Application,
        verdicts: dict[str, ReceivedVerdict],
        areas: tuple[str, ...],
    ) -> _Plan:
        me = self._library.province
        ask, late, local = [], [], False
        denied: dict[str, Refusal] = {}
        skipped: dict[str, Refusal] = {}
        for code in self._provinces():
            verdict = verdicts.get(code)
            if areas and code not in areas:
                skipped[code] = Refusal(reason=Reason.BAD_PARAMETER, detail="not among areaCodes")
            elif (refusal := self._asking.sought(application, code, verdict)) is not None:
                skipped[code] = refusal
            elif (refusal := self._all_stopped(code, query.type_codes)) is not None:
                denied[code] = refusal
            elif (refusal := self._asking.none_offered(query.type_codes, code)) is not None:
                skipped[code] = refusal
            elif verdict is not None and verdict.result != Result.PASS.value:
                denied[code] = Refusal(reason=Reason(verdict.reason), detail="the application was rejected there")
            elif code == me:
                local = True
            else:
                ask.append(code)
                if verdict is None:
                    late.append(code)
        return _Plan(
            query=query,
            exchange_id=self._new_id(),
            ask=tuple(ask),
            late=tuple(late),
            local=local,
            denied=denied,
            skipped=skipped,
        )

    def _all_stopped(self, province: str, type_codes: tuple[str, ...]) -> Refusal | None:
        """Why there is nothing left to ask the province for."""
        types = [self._stops.type(province, code) for code in type_codes] if self._stops else []
        return types[0] if types and all(types) else None

    def _record_asked(self, nouns: Nouns, plan: _Plan, own: OwnApplication) -> tuple[Recorded | None, Recorded | None]:
        """Draft what will be sent and put it on record. The second is the application, for those without a verdict."""
        exchange_id = plan.exchange_id
        submit = self._record_late(nouns, plan, self._open(own)) if plan.late else None
        members = {
            "apply": plan.query.apply_id,
            "app": own.app_id,
            "peers": list(plan.ask),
            "types": list(plan.query.type_codes),
            "holder": person(self._library.vault, exchange_id, "holder", own.holder_digest),
        }
        if not plan.ask:
            nouns.evidence.append(self._recorder.entry(EventType.SEARCH, "asked", exchange_id, **members))
            return None, submit
        draft = self._mail.draft_request(plan.query, recipients=plan.ask, exchange_id=exchange_id)
        return self._recorder.sent(nouns, draft, EventType.SEARCH, "asked", members), submit

    def _record_late(self, nouns: Nouns, plan: _Plan, application: Application) -> Recorded:
        """The application once more, in an entry of its own: those who have given their verdict are no recipients of it."""
        draft = self._mail.draft_request(application, recipients=plan.late, exchange_id=plan.exchange_id)
        return self._recorder.sent(
            nouns, draft, EventType.APPLY, "asked", {"apply": application.apply_id, "peers": list(plan.late)}
        )

    async def _ask(
        self, plan: _Plan, request: Recorded | None, submit: Recorded | None, deadline_s: float
    ) -> dict[str, Part[_Asked]]:
        if request is None:
            return {}
        end = time.monotonic() + deadline_s
        envelope = await self._mail.prove(request)
        application = await self._mail.prove(submit) if submit else b""

        async def ask(code: str) -> _Asked:
            verdict = None
            if submit is not None and code in plan.late:
                verdict = await self._peers.ask(code, SUBMIT, submit.draft, application, end - time.monotonic())
                if verdict.message.result is not Result.PASS:
                    return _Asked(answer=None, verdict=verdict)
            answer = await self._peers.ask(code, SEARCH, request.draft, envelope, end - time.monotonic())
            return _Asked(answer=answer, verdict=verdict)

        calls = {code: (lambda _timeout_s, code=code: ask(code)) for code in plan.ask}
        return await fan_out(calls, deadline_s=deadline_s)

    def _record_answered(
        self, nouns: Nouns, own: OwnApplication, plan: _Plan, parts: dict[str, Part[_Asked]], start: float
    ) -> FusedAnswer:
        """Merge, remember what was found where, and put every province's outcome on record."""
        answers: dict[str, Answer] = {}
        outcomes = [_outcome(code, Outcome.SKIPPED, refusal) for code, refusal in plan.skipped.items()]
        outcomes += [_outcome(code, Outcome.DENIED, refusal) for code, refusal in plan.denied.items()]
        if plan.local:
            me = self._library.province
            answers[me] = self._library.answer(nouns, me, plan.query)
            outcomes.append(_of_answer(me, answers[me], 0, ""))
        for code, part in parts.items():
            outcomes.append(self._take(nouns, plan, code, part, answers))
        items = merge(answers)
        pairs = [(one.item.identifier, province) for one in items for province in one.provinces]
        nouns.applications.put_found(plan.query.apply_id, pairs)
        ordered = tuple(sorted(outcomes, key=lambda one: one.province))
        answer = FusedAnswer(
            exchange_id=plan.exchange_id,
            completeness=completeness(ordered),
            items=items,
            outcomes=ordered,
            elapsed_ms=round((time.monotonic() - start) * 1000),
        )
        nouns.evidence.append(self._answered_entry(plan, answer, parts))
        line_id = self._open(own).use_list_id
        self._library.tally.note(nouns, Side.CONSUMER, self._library.province, line_id, HIT if items else EMPTY)
        return answer

    def _take(
        self, nouns: Nouns, plan: _Plan, code: str, part: Part[_Asked], answers: dict[str, Answer]
    ) -> ProvinceOutcome:
        """One province's part: keep a late verdict, keep its answer, and say what became of it."""
        if part.value is None:
            refusal = part.refusal or Refusal(reason=Reason.PEER_ERROR)
            word = Outcome.TIMEOUT if refusal.reason is Reason.PEER_TIMEOUT else Outcome.ERROR
            return _outcome(code, word, refusal, part.elapsed_ms)
        verdict, answer = part.value.verdict, part.value.answer
        kept = verdict is not None and verdict.message.apply_id == plan.query.apply_id and is_lasting(verdict.message)
        if verdict is not None and kept:
            nouns.applications.put_received(received(replace(verdict.message, provider=code)))
        if answer is None:
            reasons = verdict.message.reasons if verdict else ()
            refusal = reasons[0] if reasons else Refusal(reason=Reason.PEER_ERROR)
            return _outcome(code, Outcome.DENIED, refusal, part.elapsed_ms)
        if not {item.type_code for item in answer.message.items} <= set(plan.query.type_codes):
            refusal = Refusal(reason=Reason.PEER_ERROR, detail="the answer holds types that were not asked for")
            return replace(_outcome(code, Outcome.ERROR, refusal, part.elapsed_ms), answer_digest=answer.digest)
        answers[code] = answer.message
        return _of_answer(code, answer.message, part.elapsed_ms, answer.digest)

    def _answered_entry(self, plan: _Plan, answer: FusedAnswer, parts: dict[str, Part[_Asked]]) -> dict[str, Any]:
        late = {code: part.value.verdict.digest for code, part in parts.items() if part.value and part.value.verdict}
        return self._recorder.entry(
            EventType.SEARCH,
            "answered",
            plan.exchange_id,
            apply=plan.query.apply_id,
            peers=list(plan.ask),
            verdict=answer.completeness.value,
            count=len(answer.items),
            outcomes=[_outcome_member(one, late.get(one.province)) for one in answer.outcomes],
            took_ms={code: part.elapsed_ms for code, part in sorted(parts.items())},
        )


def _outcome(code: str, word: Outcome, refusal: Refusal, elapsed_ms: int = 0) -> ProvinceOutcome:
    return ProvinceOutcome(province=code, outcome=word, refusal=refusal, elapsed_ms=elapsed_ms)


def _of_answer(code: str, answer: Answer, elapsed_ms: int, digest: str) -> ProvinceOutcome:
    return ProvinceOutcome(
        province=code,
        outcome=answer.outcome,
        refusal=answer.refusal,
        elapsed_ms=elapsed_ms,
        answer_digest=digest,
        catalogue_version=answer.catalogue_version,
        truncated=answer.truncated,
    )


def _outcome_member(one: ProvinceOutcome, verdict: str | None) -> dict[str, Any]:
    """One outcome for the entry, with the digests of the signed answers behind it; `verdict` is that of a late verdict."""
    member: dict[str, Any] = {"province": one.province, "outcome": one.outcome.value}
    if one.truncated:
        member["truncated"] = True
    if verdict is not None:
        member["verdict"] = verdict
    if one.answer_digest:
        member["answer"] = one.answer_digest
    if one.refusal is not None:
        member["refusal"] = refusal_member(one.refusal)
    return member
