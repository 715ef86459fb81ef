"""The provider's side of an application: the verdict, on this province's own copy of the consumer's use list. Clause 7.3, DESIGN §2.4."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from federation.methods import SUBMIT
from federation.model.application import Application, Output, Result, Verdict
from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from federation.ports import Incoming
from node.ports.store import GivenVerdict, Nouns
from node.usecases.checks import check_form, check_line, china_day, normal_holder, offered_types
from node.usecases.exchange import Answered, Decision, Exchange
from node.usecases.lists import Lists
from node.usecases.record import refusal_member
from node.usecases.stops import Stops, Use
from node.vault import Vault
from trust import gm

APPLICATION_LIFETIME = timedelta(minutes=30)  # one case at a counter


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """The provider's decision on an application, for peers and for this province's own units alike."""

    province: str
    lists: Lists
    vault: Vault
    clock: Callable[[], datetime]
    stops: Stops

    def decide(self, nouns: Nouns, consumer: str, application: Application) -> Verdict:
        """Decide, and keep a verdict that passes; an application that passed before gets the same verdict and use code again."""
        refusal = check_form(application, china_day(self.clock()))
        if refusal is not None:
            return self._reject(application, refusal)
        refusal = self.stopped(consumer, application)
        if refusal is not None:
            return self._reject(application, refusal)
        holder = normal_holder(application.holder)
        digest = self.vault.holder_digest(holder.type_code, holder.code)
        before = nouns.applications.given(consumer, application.apply_id)
        if before is not None:
            return self._again(before, application, digest)
        verdict = self._verdict(consumer, application)
        if verdict.result is Result.PASS:
            nouns.applications.put_given(self._given(consumer, application, verdict, digest))
        return verdict

    def stopped(self, consumer: str, application: Application) -> Refusal | None:
        """Why this application may not go on: what its province stopped of its own, or all its types are stopped here."""
        if not self.stops:
            return None
        types = [self.stops.type(self.province, code) for code in application.type_codes]
        return self.stops.use(self.use(consumer, application)) or (types[0] if types and all(types) else None)

    def use(self, consumer: str, application: Application) -> Use:
        """What of an application its own province can stop."""
        return own_use(self.vault, consumer, application)

    def _again(self, before: GivenVerdict, application: Application, holder_digest: str) -> Verdict:
        if before.holder_digest != holder_digest:
            return self._reject(application, Refusal(reason=Reason.REPLAYED, detail="this apply id stands for another"))
        return Verdict(
            apply_id=before.apply_id,
            provider=self.province,
            result=Result.PASS,
            reasons=(),
            type_codes=before.type_codes,
            outputs=tuple(Output(output) for output in before.outputs),
            fields=before.fields,
            use_code=self.use_code(before.consumer, before.apply_id),
            expires_at=before.expires_at,
        )

    def use_code(self, consumer: str, apply_id: str) -> str:
        """The use code of an application: derived, so that a repeated question gets the same one, and unguessable to others."""
        return self.vault.digest("use code", consumer, apply_id)

    def _verdict(self, consumer: str, application: Application) -> Verdict:
        today = china_day(self.clock())
        line = self.lists.uselist(consumer).lines.get(application.use_list_id)
        refusal = check_line(application, line, self.province, today)
        if refusal is not None or line is None:
            return self._reject(application, refusal or Refusal(reason=Reason.USE_LIST_MISSING))
        offered = offered_types(application, self.lists.catalogue(self.province))
        types = tuple(code for code in offered if self.stops.type(self.province, code) is None)
        if not types:
            stopped = self.stops.types(self.province, offered)
            return self._reject(application, stopped or Refusal(reason=Reason.TYPE_NOT_OFFERED))
        return Verdict(
            apply_id=application.apply_id,
            provider=self.province,
            result=Result.PASS,
            reasons=(),
            type_codes=types,
            outputs=application.outputs,
            fields=application.fields or line.allowed_fields,
            use_code=self.use_code(consumer, application.apply_id),
            expires_at=self.clock() + APPLICATION_LIFETIME,
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

    def _given(self, consumer: str, application: Application, verdict: Verdict, holder_digest: str) -> GivenVerdict:
        use = self.use(consumer, application)
        return GivenVerdict(
            consumer=consumer,
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
            operator=use.operator,
        )


def own_use(vault: Vault, consumer: str, application: Application) -> Use:
    """What of an application its own province can stop."""
    return Use(
        consumer=consumer,
        line=application.use_list_id,
        unit=application.use_org_code,
        apply_id=application.apply_id,
        operator=vault.operator(consumer, application.operator.account),
    )


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
            application = incoming.message
            verdict = self._verifier.decide(nouns, incoming.sender, application)
            members = {
                "apply": application.apply_id,
                "line": application.use_list_id,
                "line_version": application.use_list_version,
                "org": application.use_org_code,
                "item": application.item_code,
                "types": list(verdict.type_codes),
                "result": verdict.result.value,
                "reasons": [refusal_member(reason) for reason in verdict.reasons],
            }
            return Decision(answer=verdict, event=EventType.VERIFY, members=members)

        return await self._exchange.answer(
            incoming,
            SUBMIT.path,
            decide,
            barred=lambda _: self._verifier.stopped(incoming.sender, incoming.message),
        )
