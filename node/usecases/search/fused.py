"""Fused search: the consumer asks every province of an application within one deadline. Clause 8.2; the provider is `local`.

A province that has not decided on the application gets it with the question, and answers with verdict and items in one round trip. Who is
asked is `plan`'s matter.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from federation.fanout import Part
from federation.methods import SEARCH
from federation.model.application import Result, Verdict
from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from federation.model.search import Answer, FusedAnswer, Outcome, Query, completeness, merge
from federation.ports import Mail, Peers, Recorded, Reply
from node.errors import RefusedError, refused
from node.ports.services import Caller, SearchForm
from node.ports.store import Nouns, Store
from node.usecases.admission.asking import Asking
from node.usecases.admission.limits import Side
from node.usecases.applying.application import bound, decide_own, record_verdicts
from node.usecases.applying.verification import Verifier
from node.usecases.calling import SHORTEST_S, Asked, call_all
from node.usecases.line_statistics import EMPTY, HIT, PASS
from node.usecases.objection.marking import marked
from node.usecases.record import Recorder, person, refusal_member
from node.usecases.search.local import Library
from node.usecases.search.pages import Pages
from node.usecases.search.plan import Plan, Planner
from node.usecases.search.taking import Taking, of_answer, outcome_member, unasked


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """One search under way; `own` is the verdict of our own province, where it had to decide first."""

    plan: Plan
    exchange_id: str
    own: Verdict | None
    asked: Asked
    parts: Mapping[str, Part[Reply[Answer]]]
    start: float

    @property
    def digests(self) -> dict[str, str]:
        """The digest of the question that each province was sent."""
        return {code: request.draft.digest for request, peers in self.asked for code in peers}


class SearchConsumer:
    """The consumer's side: what the line systems of this province call. Implements `services.Search`."""

    def __init__(
        self,
        *,
        store: Store,
        mail: Mail,
        peers: Peers,
        library: Library,
        verifier: Verifier,
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
        self._verifier = verifier
        self._recorder = recorder
        self._new_id = new_id
        self._deadline_s = deadline_s
        self._planner = Planner(store=store, library=library, asking=asking, provinces=provinces)
        self._pages = Pages()

    async def fused(
        self, caller: Caller, form: SearchForm, exchange_id: str = "", start: float | None = None
    ) -> FusedAnswer:
        """Search all provinces of an application within one deadline; or leaf on in the answer of an earlier search (`form.exchange_id`).

        `exchange_id`: the exchange in which the application was taken, and which this search is a part of; "": it is one of its own.
        `start`: when the call began that the deadline is for (on time.monotonic); None: now.

        Raises:
            RefusedError: no such application of this caller in force, another holder or type than it names, or no such earlier search.
        """
        start = time.monotonic() if start is None else start
        exchange_id = exchange_id or self._new_id()
        try:
            plan = self._planner.plan(caller, form)
            earlier = self._pages.of(form.exchange_id, plan, self._planner.withdrawn) if form.exchange_id else None
        except RefusedError as error:
            await self._record_refused(caller, error.refusal, exchange_id)
            raise refused(error.refusal, exchange_id) from error
        if earlier is not None:
            return await self._leafed(plan, earlier)
        structlog.contextvars.bind_contextvars(exchange_id=exchange_id)  # for every line that is logged on the way
        asked, own = await self._store.transact(lambda nouns: self._record_asked(nouns, plan, exchange_id))
        parts = await call_all(self._mail, self._peers, SEARCH, asked, start + self._deadline(form))
        ended = _Round(plan=plan, exchange_id=exchange_id, own=own, asked=asked, parts=parts, start=start)
        answer = await self._store.transact(lambda nouns: self._record_answered(nouns, ended))
        self._pages.keep(plan, answer, self._recorder.now())
        return answer

    async def _leafed(self, plan: Plan, answer: FusedAnswer) -> FusedAnswer:
        """The answer given before; that it was looked at again is on record."""
        entry = self._recorder.entry(
            EventType.SEARCH, "leafed", answer.exchange_id, apply=plan.query.apply_id, app=plan.app_id
        )
        await self._store.transact(lambda nouns: nouns.evidence.append(entry))
        return answer

    async def _record_refused(self, caller: Caller, refusal: Refusal, exchange_id: str) -> None:
        """Nothing was asked; that is on record too, without what the caller wrote."""
        entry = self._recorder.entry(
            EventType.SEARCH, "refused", exchange_id, app=caller.app_id, refusal=refusal_member(refusal)
        )
        await self._store.transact(lambda nouns: nouns.evidence.append(entry))

    def _deadline(self, form: SearchForm) -> float:
        wanted = self._deadline_s if form.deadline_ms is None else form.deadline_ms / 1000
        return max(SHORTEST_S, min(self._deadline_s, wanted))

    def _record_asked(self, nouns: Nouns, plan: Plan, exchange_id: str) -> tuple[Asked, Verdict | None]:
        """Draft what will be sent and put it on record: the application goes only to those without a verdict.

        Our own province is one of them: returns what it said where it had to decide.
        """
        members = {
            "apply": plan.query.apply_id,
            "app": plan.app_id,
            "types": list(plan.query.type_codes),
            "holder": person(self._library.vault, exchange_id, "holder", plan.holder_digest),
            **plan.query.scope,
        }
        nouns.contents.belong(plan.query.apply_id, exchange_id)
        own = None
        if plan.undecided_here:
            own = decide_own(nouns, self._verifier, self._recorder, plan.application, exchange_id)
        if not plan.ask:
            nouns.evidence.append(self._recorder.entry(EventType.SEARCH, "asked", exchange_id, **members))
        questions = ((plan.query, plan.admitted), (replace(plan.query, application=plan.application), plan.late))
        asked = [
            (self._record_question(nouns, query, peers, exchange_id, members), peers)
            for query, peers in questions
            if peers
        ]
        return asked, own

    def _record_question(
        self, nouns: Nouns, query: Query, peers: tuple[str, ...], exchange_id: str, members: dict[str, Any]
    ) -> Recorded:
        draft = self._mail.draft_request(query, recipients=peers, exchange_id=exchange_id)
        said = members | {"peers": list(peers), "applied": query.application is not None or None}
        if query.application is not None:
            said["binds"] = bound(nouns, self._verifier, query.application, exchange_id)
        return self._recorder.sent(nouns, draft, EventType.SEARCH, "asked", said)

    def _record_answered(self, nouns: Nouns, ended: _Round) -> FusedAnswer:
        """Merge, keep verdicts and what was found where, and put every province's outcome on record."""
        plan, answers = ended.plan, dict[str, Answer]()
        outcomes = [unasked(code, Outcome.SKIPPED, refusal) for code, refusal in plan.skipped.items()]
        outcomes += [unasked(code, Outcome.DENIED, refusal) for code, refusal in plan.denied.items()]
        if plan.local:
            me = self._library.province
            answers[me] = self._own_answer(nouns, ended)
            outcomes.append(of_answer(me, answers[me], 0, ""))
        digests, taking = ended.digests, Taking(self._library.province, ended.exchange_id, plan.query)
        for code, part in ended.parts.items():
            outcomes.append(taking.taken(code, part, digests[code], answers))
        verdicts = self._keep_verdicts(nouns, ended, answers)
        self._keep_proofs(nouns, ended, answers)
        items = marked(nouns, self._library.vault, merge(answers))
        pairs = [(one.item.identifier, province) for one in items for province in one.provinces]
        nouns.applications.put_found(plan.query.apply_id, pairs)
        ordered = tuple(sorted(outcomes, key=lambda one: one.province))
        answer = FusedAnswer(
            exchange_id=ended.exchange_id,
            completeness=completeness(ordered),
            items=items,
            outcomes=ordered,
            elapsed_ms=round((time.monotonic() - ended.start) * 1000),
            verdicts=verdicts,
        )
        nouns.evidence.append(self._answered_entry(ended, answer))
        self._note(nouns, plan, HIT if items else EMPTY)
        return answer

    def _own_answer(self, nouns: Nouns, ended: _Round) -> Answer:
        """Our own province's part: it may have turned the application down just now, or a person may have to look at it."""
        verdict = ended.own
        if verdict is not None and verdict.result is not Result.PASS:
            return Answer(outcome=Outcome.DENIED, refusal=next(iter(verdict.reasons), None))
        return self._library.answer(nouns, self._library.province, ended.plan.query)

    def _keep_verdicts(self, nouns: Nouns, ended: _Round, answers: Mapping[str, Answer]) -> tuple[Verdict, ...]:
        """The verdicts that came with answers that were believed: kept, on record and counted as if they had come alone."""
        plan = ended.plan
        if not plan.late:
            return ()
        admitted = any(one.result == Result.PASS for one in nouns.applications.received(plan.query.apply_id))
        parts = {code: _verdict_part(ended.parts[code], taken=code in answers) for code in plan.late}
        record_verdicts(nouns, self._recorder, self._verifier.contents, plan.query.apply_id, ended.exchange_id, parts)
        verdicts = tuple(part.value.message for _, part in sorted(parts.items()) if part.value is not None)
        if not admitted and any(one.result is Result.PASS for one in verdicts):
            self._note(nouns, plan, PASS)
        return verdicts

    def _keep_proofs(self, nouns: Nouns, ended: _Round, answers: Mapping[str, Answer]) -> None:
        """Of the answers that were believed, and of the orders by which nobody asked: what the receipt shows for them."""
        late = ended.plan.late  # an answer with a verdict is kept with that
        replies = {code: part.value for code, part in ended.parts.items() if part.value is not None and code in answers}
        proofs = {
            code: one.proof
            for code, one in replies.items()
            if one.proof is not None and not (code in late and one.message.verdict is not None)
        }
        nouns.receipts.put(ended.exchange_id, proofs, ended.plan.stops, self._recorder.now())

    def _note(self, nouns: Nouns, plan: Plan, word: str) -> None:
        line_id = plan.application.use_list_id
        self._library.tally.note(nouns, Side.CONSUMER, self._library.province, line_id, word)

    def _answered_entry(self, ended: _Round, answer: FusedAnswer) -> dict[str, Any]:
        return self._recorder.entry(
            EventType.SEARCH,
            "answered",
            ended.exchange_id,
            apply=ended.plan.query.apply_id,
            peers=list(ended.plan.ask),
            verdict=answer.completeness.value,
            count=len(answer.items),
            outcomes=[outcome_member(one, ended.plan.lists.get(one.province)) for one in answer.outcomes],
            took_ms={code: part.elapsed_ms for code, part in sorted(ended.parts.items())},
        )


def _verdict_part(part: Part[Reply[Answer]], *, taken: bool) -> Part[Reply[Verdict]]:
    """What came of the application that went with a question; `taken`: the answer was believed."""
    verdict = part.value.message.verdict if part.value is not None and taken else None
    if part.value is None or verdict is None:
        refusal = part.refusal or Refusal(reason=Reason.PEER_ERROR, detail="no answer with a verdict to be believed")
        return Part(elapsed_ms=part.elapsed_ms, refusal=refusal)
    reply = Reply(message=verdict, digest=part.value.digest, proof=part.value.proof)
    return Part(elapsed_ms=part.elapsed_ms, value=reply)
