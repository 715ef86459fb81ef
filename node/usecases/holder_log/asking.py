"""Asking all provinces, for a holder, who used their certificates; who leaves something out is asked once more, and named. Clause 8.4, 8.5.

Whose app may ask for whom is configured per line system: in the app of the holder's home, or at a counter, where the holder stands and has
signed. What a province lists is believed by its own log alone (`judging`). Where provinces contradict one another, the one that lists less
is asked again, by name of the exchange: what another has on record happened before, so a clock or a list that was cut short is no excuse.
What it then still leaves out is on record, with a file that shows it, and an alarm.

Nothing is kept of what was found: the receipt would say which entries are about one person. It goes to whoever asked; a few answers stay
in memory for a while, to leaf through.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import structlog

from federation.fanout import Part as Outcoming
from federation.holder_uses import (
    Contradiction,
    Kind,
    Listing,
    UsesReceipt,
    contradictions,
    covers,
    found_members,
    verdict_of,
)
from federation.methods import HOLDER_USES
from federation.model.evidence import EventType
from federation.model.holder_uses import MAX_EXCHANGES, Asked, UsesAnswer, UsesQuery
from federation.model.refusal import Reason, Refusal
from federation.model.search import Outcome, ProvinceOutcome
from federation.ports import Mail, Peers, Recorded, Reply
from node.errors import refused
from node.ports.holder_uses import UsesForm, UsesTold
from node.ports.services import Caller
from node.ports.store import Nouns, Store
from node.usecases.applying.taking import MAX_FLAW
from node.usecases.calling import call_all
from node.usecases.holder_log.answering import members_of
from node.usecases.holder_log.index import HolderIndex
from node.usecases.holder_log.judging import Judge
from node.usecases.holder_log.merging import merged
from node.usecases.holder_log.omissions import OmissionBook
from node.usecases.holder_log.pages import UsesPages
from node.usecases.holder_log.questions import Questions
from node.usecases.holder_log.rounds import UsesRound
from node.usecases.holder_log.telling import Teller
from node.usecases.on_record import on_record
from node.usecases.record import Recorder
from node.usecases.search.taking import outcome_member, unasked
from trust.errors import EvidenceError

_log = structlog.get_logger(__name__)
_LISTED = frozenset({Outcome.OK, Outcome.EMPTY})


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingUses:
    """Implements `node.ports.holder_uses.HolderUses`."""

    province: str
    store: Store
    mail: Mail
    questions: Questions
    peers: Peers
    teller: Teller
    index: HolderIndex
    judge: Judge
    book: OmissionBook
    recorder: Recorder
    members: Callable[[], Sequence[str]]
    new_id: Callable[[], str]
    deadline_s: float
    pages: UsesPages = field(default_factory=UsesPages)

    async def ask(self, caller: Caller, form: UsesForm) -> UsesTold:
        """Ask all provinces for a holder; or leaf on in the answer of an earlier asking.

        Raises:
            RefusedError: OUT_OF_SCOPE, HOLDER_CODE_INVALID, BAD_PARAMETER, LIMIT_REACHED or NO_RECORD; on record.
        """
        start, exchange_id = time.monotonic(), self.new_id()
        async with on_record(self.store, self.recorder, EventType.DISCLOSE, exchange_id, app=caller.app_id):
            query = self.questions.query(caller, form, exchange_id)
            key = self.questions.key(query)
            if form.exchange_id:
                return await self._leafed(caller, form.exchange_id, key)
        asking = UsesRound(caller=caller, query=query, exchange_id=exchange_id, start=start)
        peers = tuple(code for code in self.members() if code != self.province)
        request = await self.store.transact(partial(self.questions.first, asking, peers, key))
        if isinstance(request, Refusal):
            raise refused(request, exchange_id)
        await self._ask(asking, query, request, peers, start + self.deadline_s)
        await self._tell_own(asking, query)
        await self._confront(asking, contradictions(asking.claims))
        told = await self._ended(asking)
        self.pages.keep(caller.app_id, key, told, self.recorder.now())
        return told

    async def _leafed(self, caller: Caller, exchange_id: str, key: str) -> UsesTold:
        """The answer given before; that it was looked at again is on record."""
        told = self.pages.of(exchange_id, caller.app_id, key)
        entry = self.recorder.entry(EventType.DISCLOSE, "leafed", exchange_id, app=caller.app_id)
        await self.store.transact(lambda nouns: nouns.evidence.append(entry))
        return told

    async def _ask(
        self, asking: UsesRound, query: UsesQuery, request: Recorded | None, peers: tuple[str, ...], until: float
    ) -> None:
        """One round of questions; what is believed of the answers goes to the lists."""
        if request is None:
            return
        parts = await call_all(self.mail, self.peers, HOLDER_USES, [(request, peers)], until)
        for code, part in sorted(parts.items()):
            await self._take(asking, query.asked, code, part, request.draft.digest)

    async def _take(
        self, asking: UsesRound, asked: Asked, code: str, part: Outcoming[Reply[UsesAnswer]], digest: str
    ) -> None:
        asking.took_ms[code] = asking.took_ms.get(code, 0) + part.elapsed_ms
        if part.value is None:
            refusal = part.refusal or Refusal(reason=Reason.PEER_ERROR)
            word = Outcome.TIMEOUT if refusal.reason is Reason.PEER_TIMEOUT else Outcome.ERROR
            asking.note(unasked(code, word, refusal, part.elapsed_ms))
            return
        claims = await self.judge.claims(code, part.value, asking.exchange_id, digest, asked)
        if isinstance(claims, str):
            flawed = unasked(code, Outcome.ERROR, Refusal(reason=Reason.PEER_ERROR, detail=claims[:MAX_FLAW]))
            asking.note(
                replace(
                    flawed,
                    elapsed_ms=part.elapsed_ms,
                    answer_digest=part.value.digest,
                    answer_issued=part.value.issued_at,
                )
            )
            return
        answer = part.value.message
        outcome = _outcome(code, answer, part.elapsed_ms, part.value.digest)
        asking.note(replace(outcome, answer_issued=part.value.issued_at))
        if answer.outcome in _LISTED and part.value.proof is not None:
            asking.keep(code, claims, Listing(answer=part.value.proof, said=answer, asked=asked))

    async def _tell_own(self, asking: UsesRound, query: UsesQuery) -> None:
        """Our own part, by the same list; its entry stands beside the others'."""
        answer = await self.teller.listed(query, asking.exchange_id)
        members = members_of(self.index.vault, asking.exchange_id, query, query.holder, answer)
        entry = self.recorder.entry(EventType.DISCLOSE, "own", asking.exchange_id, **members)
        index = await self.store.transact(lambda nouns: nouns.evidence.append(entry))
        try:
            claims = await self.judge.own(answer, query.asked, entry)
        except (
            EvidenceError
        ) as error:  # the index points to what the log does not say: nothing of it is shown as if it did
            _log.error("holder_log.own_list_broken", error=str(error), exchange_id=asking.exchange_id)
            asking.note(unasked(self.province, Outcome.ERROR, Refusal(reason=Reason.INTERNAL)))
            return
        asking.note(_outcome(self.province, answer, 0, ""))
        asking.keep(
            self.province, claims, Listing(answer=await self.store.prove(index), said=answer, asked=query.asked)
        )

    async def _confront(self, asking: UsesRound, found: Sequence[Contradiction]) -> None:
        """Ask each province once more for what it left out, by name."""
        missing: dict[str, list[str]] = defaultdict(list)
        for one in found:
            if one.kind is Kind.OMITTED:
                missing[one.province].append(one.exchange_id)
        async with asyncio.TaskGroup() as group:
            for code, exchanges in sorted(missing.items()):
                query = replace(asking.query, exchanges=tuple(dict.fromkeys(exchanges))[:MAX_EXCHANGES])
                group.create_task(self._again(asking, code, query), name=f"confront {code}")

    async def _again(self, asking: UsesRound, code: str, query: UsesQuery) -> None:
        """The second question to one province, with a deadline of its own."""
        if code == self.province:
            await self._tell_own(asking, query)
            return
        request = await self.store.transact(partial(self.questions.record, asking, query, (code,)))
        await self._ask(asking, query, request, (code,), time.monotonic() + self.deadline_s)

    async def _ended(self, asking: UsesRound) -> UsesTold:
        """Put on record what came of it, and who leaves what out."""
        lists = {code: claims for code, claims in asking.claims.items() if asking.outcomes[code].outcome in _LISTED}
        listings = {code: asking.listings[code] for code in lists}
        found = contradictions(lists, covers(listings))
        outcomes = tuple(asking.outcomes[code] for code in sorted(asking.outcomes))
        verdict = verdict_of(((one.outcome, one.truncated) for one in outcomes), lists)
        uses = merged(one for one in asking.shown() if one.claim.province in lists)
        kept = await self.book.exhibited(asking.exchange_id, found, listings)

        def unit(nouns: Nouns) -> int:
            self.book.put(nouns, kept)
            entry = self.recorder.entry(
                EventType.DISCLOSE,
                "answered",
                asking.exchange_id,
                app=asking.caller.app_id,
                verdict=verdict.value,
                count=len(uses),
                outcomes=[outcome_member(one) for one in outcomes],
                found=found_members(found),
                took_ms=asking.took_ms,
            )
            return nouns.evidence.append(entry)

        answered = await self.store.transact(unit)
        self.book.tell(kept)
        receipt = UsesReceipt(
            asker=self.province,
            exchange_id=asking.exchange_id,
            requests=tuple([await self.store.prove(index) for index in asking.requests]),
            answered=await self.store.prove(answered),
            listings=listings,
        )
        return UsesTold(
            exchange_id=asking.exchange_id,
            completeness=verdict,
            outcomes=outcomes,
            uses=uses,
            found=found,
            receipt=receipt,
            elapsed_ms=round((time.monotonic() - asking.start) * 1000),
        )


def _outcome(code: str, answer: UsesAnswer, elapsed_ms: int, digest: str) -> ProvinceOutcome:
    return ProvinceOutcome(
        province=code,
        outcome=answer.outcome,
        refusal=answer.refusal,
        elapsed_ms=elapsed_ms,
        answer_digest=digest,
        truncated=answer.truncated,
    )
