"""The provider's side of verifying certificate data: permission, one use, then the comparison. REQUIREMENTS S8, DESIGN §2.4, §2.5.

One application verifies one certificate number once, whatever is claimed of it: nobody finds values out by trying. A result is a use like
any other, with its entry and its notices; a number that the holder has no certificate of is told to nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from federation.methods import VERIFY
from federation.model.application import Output
from federation.model.evidence import EventType
from federation.model.info_verification import InfoAnswer, InfoQuery, InfoResult
from federation.model.refusal import Reason, Refusal
from federation.model.search import MAX_ITEMS
from federation.ports import Incoming
from node.ports.applications import GivenVerdict
from node.ports.certificates import StoredCertificate
from node.ports.store import Nouns
from node.usecases.admission.case import china_day
from node.usecases.exchange import Answered, Decision, Exchange
from node.usecases.presented.comparison import BASIC, compared
from node.usecases.record import person, refusal_member
from node.usecases.retrieval import entitlement
from node.usecases.retrieval.delivery import Granted, Provider, open_record
from node.usecases.retrieval.entitlement import Standing
from node.usecases.retrieval.versions import current


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoVerifier:
    """Verifies claims on this province's certificates, for peers and for its own units alike."""

    provider: Provider
    standing: Standing
    clock: Callable[[], datetime]

    def decide(
        self, nouns: Nouns, *, consumer: str, query: InfoQuery, exchange_id: str, repeated: bool = False
    ) -> Decision[InfoAnswer]:
        """Decide in a unit of work; `repeated` where this exchange was told before: then nobody is told again."""
        verdict = self._verdict(nouns, consumer, query)
        refusal = verdict if isinstance(verdict, Refusal) else self._spend(nouns, consumer, verdict, query, exchange_id)
        if isinstance(verdict, Refusal) or refusal is not None:
            known = None if isinstance(verdict, Refusal) else verdict
            members = self._members(query, known) | {"refusal": refusal_member(refusal)}
            return Decision(answer=InfoAnswer(refusal=refusal), event=EventType.RETRIEVE, members=members)
        result, row = self._result(nouns, verdict, query)
        disputed = row is not None and row.disputed and result <= InfoResult.NO_LONGER_VALID
        members = self._members(query, verdict) | {
            "result": result.value,
            "fields": sorted(one.name for one in query.surface),
            "org": verdict.use_org_code,
            "item": verdict.item_code,
            "holder": person(self.provider.vault, exchange_id, "holder", verdict.holder_digest),
        }
        decision = Decision(
            answer=InfoAnswer(result=result, disputed=disputed), event=EventType.RETRIEVE, members=members
        )
        if row is not None and not repeated:
            granted = Granted(verdict=verdict, row=row, record=open_record(self.provider.vault, row))
            members["notices"] = self.provider.announce(
                nouns, granted, consumer=consumer, output=Output.VERIFY, exchange_id=exchange_id
            )
            listed = self.provider.listed(granted, consumer=consumer, output=Output.VERIFY, exchange_id=exchange_id)
            return replace(decision, recorded=listed)
        return decision

    def _verdict(self, nouns: Nouns, consumer: str, query: InfoQuery) -> GivenVerdict | Refusal:
        """Permission, before anything is looked at."""
        entitled = entitlement.for_retrieval(
            nouns,
            self.standing,
            consumer=consumer,
            apply_id=query.apply_id,
            use_code=query.use_code,
            output=Output.VERIFY,
            now=self.clock(),
        )
        verdict = entitled.verdict
        if verdict is None:
            return entitled.refusal or Refusal(reason=Reason.NOT_AUTHORISED)
        return _beyond(verdict, query) or self.standing.ended(query.type_code, self.clock()) or verdict

    def _spend(
        self, nouns: Nouns, consumer: str, verdict: GivenVerdict, query: InfoQuery, exchange_id: str
    ) -> Refusal | None:
        """The use of this number under the application; a number can be a person's, so it is kept as a digest."""
        subject = self.provider.vault.digest("verified", query.type_code, query.number)
        holds = nouns.applications.redeem(
            consumer=consumer,
            apply_id=query.apply_id,
            period=verdict.period,
            identifier=subject,
            output=Output.VERIFY.value,
            exchange_id=exchange_id,
        )
        return None if holds == exchange_id else entitlement.spent(holds)

    def _result(
        self, nouns: Nouns, verdict: GivenVerdict, query: InfoQuery
    ) -> tuple[InfoResult, StoredCertificate | None]:
        """The code, and the certificate that it is about."""
        held = nouns.certificates.by_holder(verdict.holder_digest, (query.type_code,), MAX_ITEMS, query.number)
        rows = [one for one in held if one.number == query.number and query.identifier in {"", one.identifier}]
        rows = current(rows)
        if len(rows) != 1:
            return (InfoResult.AMBIGUOUS if rows else InfoResult.NO_SUCH), None
        record, vault = open_record(self.provider.vault, rows[0]), self.provider.vault
        names = (
            one.name for one in record.holders if vault.holder_digest(one.type_code, one.code) == verdict.holder_digest
        )
        return compared(record, next(names, ""), query, china_day(self.clock())), rows[0]

    def _members(self, query: InfoQuery, verdict: GivenVerdict | None) -> dict[str, Any]:
        """What every entry says; a type only where the verdict is on it: a stranger's words could be a person's name or number."""
        members = {"apply": query.apply_id, "output": Output.VERIFY.value}
        if verdict is not None:
            members["certificate_type"] = query.type_code
        if query.identifier:
            members["certificate"] = self.provider.vault.reference(query.identifier)
        return members


def _beyond(verdict: GivenVerdict, query: InfoQuery) -> Refusal | None:
    """What the verdict does not cover: another type, or a field of the face that the consumer may not know about."""
    if query.type_code not in verdict.type_codes:
        return Refusal(reason=Reason.MATTER_MISMATCH, detail="certTypeCode")
    if not {one.name for one in query.basic} <= BASIC:
        return Refusal(reason=Reason.BAD_PARAMETER, detail="certData: a claim that cannot be compared")
    if not {one.name for one in query.surface} <= set(verdict.fields):
        return Refusal(reason=Reason.OUTPUT_NOT_ALLOWED, detail="certData.surface: a field that is not allowed")
    return None


class InfoProvider:
    """Answers VerifyRequest."""

    def __init__(self, *, exchange: Exchange, verifier: InfoVerifier) -> None:
        """Decide with `verifier`, record with `exchange`."""
        self._exchange = exchange
        self._verifier = verifier

    async def verify(self, incoming: Incoming[InfoQuery]) -> Answered:
        """Answer a peer.

        Raises:
            RefusedError: replayed.
        """
        query, provider = incoming.message, self._verifier.provider

        def decide(nouns: Nouns) -> Decision[InfoAnswer]:
            return self._verifier.decide(nouns, consumer=incoming.sender, query=query, exchange_id=incoming.exchange_id)

        def barred(nouns: Nouns) -> Refusal | None:
            return provider.stopped_under(nouns, incoming.sender, incoming.key_id, query.apply_id, query.type_code)

        try:
            return await self._exchange.answer(incoming, VERIFY.path, decide, barred=barred)
        finally:
            provider.wake(incoming.exchange_id)
