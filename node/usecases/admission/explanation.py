"""The dry run: would this request be allowed, by which version of which line, and if not, which check stops it and who can change that.

Walks the very checks that decide (`checks`, `asking`, `verification`), never a copy of them. Counts nothing, keeps nothing, sends nothing.
What a peer would say is what is known here of its lists: its stop orders and its counters are its own.
"""

import asyncio
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from federation.model.publication import EntryKey
from federation.model.refusal import Refusal
from node.ports.explaining import CheckResult, Explained, Explanation, Question
from node.ports.lists import Kind
from node.ports.services import Caller
from node.ports.store import Store
from node.usecases.admission.asking import Asking
from node.usecases.admission.case import Case
from node.usecases.admission.catalogue import offered_fields, offered_types
from node.usecases.admission.checks import Check, Step
from node.usecases.admission.questions import Asked, as_application
from node.usecases.admission.words import TITLES, who_can
from node.usecases.applying.verification import Verifier

MAX_CANDIDATES = 20
_SLICE = 500  # rows between two turns of the event loop


class Explainer:
    """Explains requests of this province's units, and of other provinces to this one. Implements `services.Explaining`."""

    def __init__(
        self,
        *,
        store: Store,
        verifier: Verifier,
        asking: Asking,
        provinces: Callable[[], Sequence[str]],
        callers: Mapping[str, Caller],
    ) -> None:
        """`provinces` gives all members of this moment; `callers` are the line systems registered here, by id."""
        self._store = store
        self._verifier = verifier
        self._asking = asking
        self._provinces = provinces
        self._callers = callers
        self._here = verifier.province
        self._lists = verifier.lists

    async def own(self, caller: Caller, question: Question) -> Sequence[Explanation]:
        """Would a request of this line system be allowed; by line, or by every line that fits where the question names none."""
        lines = await self._lines(self._here, question, caller.use_org_code)
        return [self.at_consumer(caller, question, line_id) for line_id in lines]

    async def explain(self, consumer: str, question: Question) -> Sequence[Explanation]:
        """The same for a list manager: of this province as consumer, or of another one to this province as provider."""
        lines = await self._lines(consumer, question, question.use_org_code)
        if consumer != self._here:
            return [self.at_provider(consumer, question, line_id) for line_id in lines]
        registered = self._callers.get(question.app_id or "")
        return [self.at_consumer(registered, question, line_id) for line_id in lines]

    def at_consumer(self, caller: Caller | None, question: Question, line_id: str) -> Explanation:
        """The consumer's own checks, and of each province that the line names those that decide whether it is asked."""
        asked = self._asked(self._here, question, line_id, caller)
        caller = caller or Caller(app_id=asked.application.app_id, use_org_code="", use_org_name="")
        case = self._asking.case(asked.application)
        named = case.line.provider_provinces if case.line else ()
        theirs = case.line is not None and caller.use_org_code in ("", case.line.use_org_code)
        provinces = [self._province(asked, code) for code in self._provinces() if theirs and code in named]
        anybody = any(one.allowed for one in provinces)
        paused = partial(self._asking.watch.look, self._store.read)
        count = partial(self._asking.limiter.look, self._store.read) if anybody else _uncounted
        steps: tuple[Step, ...] = (*self._asking.own_steps(caller), (Check.ANOMALY, paused), (Check.LIMITS, count))
        own = self._walked(case, steps, asked.unasked)
        return self._explanation(case, asked, own, provinces, allowed=own.allowed and anybody)

    def at_provider(self, consumer: str, question: Question, line_id: str) -> Explanation:
        """The checks that this province would make on a peer's application."""
        asked = self._asked(consumer, question, line_id, None)
        case = self._verifier.case(consumer, asked.application)
        here = self._walked(case, self._deciding(), asked.unasked)
        return self._explanation(case, asked, None, [here], allowed=here.allowed)

    def _province(self, asked: Asked, code: str) -> Explained:
        """What is known here of a province's part; our own province's part is known whole."""
        case = self._asking.case(asked.application, code)
        steps = self._deciding() if code == self._here else self._asking.province_steps()
        return self._walked(case, steps, asked.unasked)

    def _deciding(self) -> tuple[Step, ...]:
        paused = partial(self._verifier.watch.look, self._store.read)
        look = partial(self._verifier.limiter.look, self._store.read)
        return (*self._verifier.form_steps(), *self._verifier.list_steps(paused, look))

    def _asked(self, consumer: str, question: Question, line_id: str, caller: Caller | None) -> Asked:
        now = self._verifier.clock()
        versions = self._lists.line_versions(consumer, line_id)
        effective = self._lists.line(consumer, line_id, now) if versions else None
        line = effective.line if effective else versions[0].line if versions else None
        return as_application(question, line_id, line, caller, now, self._verifier.vault)

    def _walked(self, case: Case, steps: Sequence[Step], unasked: Collection[Check]) -> Explained:
        results = walk(case, steps, unasked, self._here)
        allowed = all(one.refusal is None for one in results)
        known = case.provider and (case.catalogue_known or case.decides_here)
        types = (offered_types(case) if known else case.type_codes) if allowed else ()
        return Explained(
            province=case.provider,
            allowed=allowed,
            checks=results,
            decision=case.decision.status if case.decision else "",
            catalogue_version=self._lists.version(Kind.CATALOGUE, case.provider) if case.provider else 0,
            decisions_version=self._lists.version(Kind.DECISIONS, case.provider) if case.provider else 0,
            type_codes=types,
            outputs=tuple(one.value for one in case.outputs) if allowed else (),
            fields=(offered_fields(case, types) if known else case.fields) if allowed else (),
            review=bool(case.provider) and self._verifier.queue.wanted(case),
        )

    def _explanation(
        self, case: Case, asked: Asked, own: Explained | None, provinces: Sequence[Explained], *, allowed: bool
    ) -> Explanation:
        return Explanation(
            allowed=allowed,
            consumer=case.consumer,
            use_list_id=case.use_list_id,
            line_version=case.line.version if case.line else 0,
            uselist_version=self._lists.version(Kind.USELIST, case.consumer),
            own=own,
            provinces=tuple(provinces),
            assumed=asked.assumed,
        )

    async def _lines(self, consumer: str, question: Question, unit: str | None) -> Sequence[str]:
        """The line that is named, or those that fit unit, matter and types; at least one, so that there is an answer."""
        if question.use_list_id is not None:
            return [question.use_list_id]
        wanted = {"item_code": question.item_code, "use_org_code": unit}
        return await self._candidates(consumer, wanted, question.type_codes or ()) or ["-"]

    async def _candidates(self, consumer: str, wanted: Mapping[str, str | None], types: Sequence[str]) -> Sequence[str]:
        """Ids of lines with these members and types, at most `MAX_CANDIDATES`; the whole list is read in slices."""
        members = {name: value for name, value in wanted.items() if value is not None}
        needles = [json.dumps(value, ensure_ascii=False)[1:-1].encode() for value in (*members.values(), *types)]
        found: dict[str, None] = {}
        publications = self._store.read.publications
        version, after = self._lists.version(Kind.USELIST, consumer), None
        while page := publications.page(Kind.USELIST, consumer, version, after, _SLICE):
            for one in page:
                if all(needle in one.body for needle in needles) and _fits(one.body, members, types):
                    found.setdefault(one.id)
            if len(found) >= MAX_CANDIDATES:
                break
            after = _key(page[-1])
            await asyncio.sleep(0)
        return list(found)[:MAX_CANDIDATES]


def walk(case: Case, steps: Sequence[Step], unasked: Collection[Check], here: str) -> tuple[CheckResult, ...]:
    """Every check in its order: passed, stopping, not reached behind the one that stops, or not asked."""
    results: list[CheckResult] = []
    stopped = False
    for check, test in steps:
        refusal: Refusal | None = None
        if stopped:
            state = "NOT_REACHED"
        elif check in unasked:
            state = "NOT_ASKED"
        else:
            refusal = test(case)
            state = "PASS" if refusal is None else "STOP"
            stopped = refusal is not None
        who = who_can(check, refusal, consumer=case.consumer, provider=case.provider, here=here) if refusal else ""
        results.append(CheckResult(check=check.value, title=TITLES[check], state=state, refusal=refusal, who=who))
    return tuple(results)


def _uncounted(_: Case) -> Refusal | None:
    """Where nobody is asked, nothing is counted."""
    return None


def _key(entry: Any) -> EntryKey:
    return entry.id, entry.version


def _fits(body: bytes, members: Mapping[str, str], types: Sequence[str]) -> bool:
    """Whether a line has these members, and is for all these types. A line that nobody can read fits nothing."""
    try:
        raw = json.loads(body)
        return all(raw.get(name) == value for name, value in members.items()) and set(types) <= set(raw["type_codes"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False
