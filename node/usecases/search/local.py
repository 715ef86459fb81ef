"""The provider's side of search: list metadata from this province's own library, permission first. Clause 8.2, DESIGN §2.4.

A question may carry the application that it rests on: then it is decided first, as one that came alone would be.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from federation.methods import SEARCH
from federation.model.application import Application, Result, Verdict
from federation.model.bound import openings, salted
from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from federation.model.search import MAX_ITEMS, Answer, Item, Outcome, Query, newest
from federation.ports import Incoming
from node.errors import RefusedError
from node.ports.certificates import StoredCertificate
from node.ports.lists import Kind
from node.ports.store import Nouns
from node.usecases.admission.anomaly import Pauses
from node.usecases.admission.case import china_day
from node.usecases.admission.checks import normal_holder
from node.usecases.admission.limits import Side
from node.usecases.applying.verification import Verifier, verdict_members
from node.usecases.exchange import Answered, Decision, Exchange
from node.usecases.line_statistics import EMPTY, HIT, Tally
from node.usecases.lists import Lists
from node.usecases.record import Recorder, refusal_member
from node.usecases.retrieval import entitlement
from node.usecases.retrieval.entitlement import Standing
from node.usecases.stops import Stops
from node.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Answers a query from this province's own certificates, for peers and for its own units alike."""

    province: str
    lists: Lists
    vault: Vault
    clock: Callable[[], datetime]
    stops: Stops
    pauses: Pauses
    tally: Tally

    @property
    def standing(self) -> Standing:
        """What verdicts rest on."""
        return Standing(province=self.province, lists=self.lists, stops=self.stops, pauses=self.pauses)

    def answer(self, nouns: Nouns, consumer: str, query: Query) -> Answer:
        """Permission first, then existence. DESIGN §2.4."""
        version = self.lists.version(Kind.CATALOGUE, self.province)
        try:
            holder = normal_holder(query.holder)
        except RefusedError as error:
            return Answer(outcome=Outcome.DENIED, refusal=error.refusal, catalogue_version=version)
        digest = self.vault.holder_digest(holder.type_code, holder.code)
        now, standing = self.clock(), self.standing
        entitled = entitlement.for_search(
            nouns,
            standing,
            consumer=consumer,
            apply_id=query.apply_id,
            holder_digest=digest,
            type_codes=query.type_codes,
            now=now,
        )
        if entitled.verdict is None:
            return Answer(outcome=Outcome.DENIED, refusal=entitled.refusal, catalogue_version=version)
        ends = {code: standing.ended(code, now) for code in query.type_codes if code in entitled.verdict.type_codes}
        types = tuple(code for code, refusal in ends.items() if refusal is None)
        ended = next((refusal for refusal in ends.values() if refusal is not None), None)
        if not types:
            return Answer(outcome=Outcome.DENIED, refusal=ended, catalogue_version=version)
        found = self._found(nouns, digest, replace(query, type_codes=types), version)
        word = HIT if found.items else EMPTY
        self.tally.note(nouns, Side.PROVIDER, consumer, entitled.verdict.use_list_id, word)
        return found if ended is None else replace(found, refusal=ended)

    def stopped(self, nouns: Nouns, consumer: str, query: Query) -> Refusal | None:
        """Why an answer given before may not be given again."""
        verdict = nouns.applications.given(consumer, query.apply_id) if self.stops else None
        if verdict is None:
            return None
        return self.stops.verdict(verdict) or self.stops.types(self.province, query.type_codes)

    def _found(self, nouns: Nouns, holder_digest: str, query: Query, version: int) -> Answer:
        """What there is; number and validity are the store's to look for: only then is nothing cut that was asked for."""
        today, by_holder = china_day(self.clock()), nouns.certificates.by_holder
        valid_on = "" if query.include_invalid else today.isoformat()
        rows = by_holder(holder_digest, query.type_codes, MAX_ITEMS + 1, query.number, valid_on)
        narrowed = bool(query.number or valid_on) and any(row.superseded_by for row in rows)
        every = by_holder(holder_digest, query.type_codes, MAX_ITEMS) if narrowed else rows
        last = newest({row.identifier: row.superseded_by for row in [*every, *rows]})
        items = tuple(item_of(row, today, last[row.identifier]) for row in rows[:MAX_ITEMS])
        return Answer(
            outcome=Outcome.OK if items else Outcome.EMPTY,
            items=items,
            catalogue_version=version,
            truncated=len(rows) > MAX_ITEMS,
        )


def status_on(row: StoredCertificate, today: date) -> str:
    """The status in force on a day: a valid certificate is EXPIRED after its last day, and NOT_ACTIVE before its first."""
    day = today.isoformat()
    if row.status != "VALID":
        return row.status
    if row.valid_until and row.valid_until < day:
        return "EXPIRED"
    return "NOT_ACTIVE" if row.valid_from > day else "VALID"


def item_of(row: StoredCertificate, today: date, superseded_by: str) -> Item:
    """List metadata of a row; `superseded_by` is the newest version that this province knows."""
    return Item(
        identifier=row.identifier,
        name=row.name,
        type_name=row.type_name,
        type_code=row.type_code,
        number=row.number,
        area_code=row.area_code,
        issuer_name=row.issuer_name,
        issuer_code=row.issuer_code,
        issued=row.issued,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        status=status_on(row, today),
        superseded_by=superseded_by,
        disputed=row.disputed,
    )


class SearchProvider:
    """The provider's side: answers SearchRequest."""

    def __init__(self, *, exchange: Exchange, library: Library, verifier: Verifier, recorder: Recorder) -> None:
        """Answer from `library`; decide with `verifier` on an application that comes with the question."""
        self._exchange = exchange
        self._library = library
        self._verifier = verifier
        self._recorder = recorder

    async def local(self, incoming: Incoming[Query]) -> Answered:
        """Answer a peer's query; where it carries the application, verdict, answer and both entries are one unit of work.

        Raises:
            RefusedError: replayed.
        """

        def decide(nouns: Nouns) -> Decision[Answer]:
            answer = self._answer(nouns, incoming)
            return Decision(answer=answer, event=EventType.SEARCH, members=self._members(incoming.message, answer))

        return await self._exchange.answer(
            incoming, SEARCH.path, decide, barred=lambda nouns: self._stopped(nouns, incoming)
        )

    def _answer(self, nouns: Nouns, incoming: Incoming[Query]) -> Answer:
        query = incoming.message
        if query.application is None:
            return self._library.answer(nouns, incoming.sender, query)
        if query.application.apply_id != query.apply_id:
            refusal = Refusal(
                reason=Reason.BAD_PARAMETER, detail="the question names another application than it carries"
            )
            return Answer(outcome=Outcome.DENIED, refusal=refusal)
        verdict = self._decided(nouns, incoming, query.application)
        if verdict.result is Result.PASS:
            return replace(self._library.answer(nouns, incoming.sender, query), verdict=verdict)
        return Answer(outcome=Outcome.DENIED, refusal=next(iter(verdict.reasons), None), verdict=verdict)

    def _decided(self, nouns: Nouns, incoming: Incoming[Query], application: Application) -> Verdict:
        """The verdict, with the entry that a verdict has wherever it is given."""
        verdict = salted(self._verifier.decide(nouns, incoming.sender, application))
        contents = self._verifier.contents.keep(
            nouns,
            (*openings(application), *openings(verdict)),
            subject=application.apply_id,
            exchange_id=incoming.exchange_id,
        )
        entry = self._recorder.entry(
            EventType.VERIFY,
            "decided",
            incoming.exchange_id,
            peer=incoming.sender,
            request=incoming.digest,
            binds=contents,
            **verdict_members(self._verifier, incoming.sender, application, verdict),
        )
        nouns.evidence.append(entry)
        return verdict

    def _members(self, query: Query, answer: Answer) -> dict[str, Any]:
        return {
            "apply": query.apply_id,
            "types": list(query.type_codes),
            **query.scope,
            "outcome": answer.outcome.value,
            "refusal": refusal_member(answer.refusal),
            "items": [self._library.vault.reference(item.identifier) for item in answer.items],
            "catalogue_version": answer.catalogue_version,
            "truncated": answer.truncated or None,
            "result": answer.verdict.result.value if answer.verdict else None,
        }

    def _stopped(self, nouns: Nouns, incoming: Incoming[Query]) -> Refusal | None:
        query = incoming.message
        here = self._library.stopped(nouns, incoming.sender, query)
        if query.application is None:
            return here
        return here or self._verifier.stopped(incoming.sender, query.application)
