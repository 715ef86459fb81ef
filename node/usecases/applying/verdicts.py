"""S4: how an application of ours stands now. Provinces that have not decided are asked again. Clause 7.3.

Where a person has to decide, not before the time that the province gave (`pending`).
The others' verdicts are told as they were given. The same application goes out again, so nobody queues or counts it twice.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from federation.fanout import Part
from federation.model.application import Application, Output, Result, Verdict
from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from federation.model.search import Outcome
from federation.ports import Mail, Recorded, Reply
from node.errors import RefusedError, refused
from node.ports.applications import OwnApplication, ReceivedVerdict
from node.ports.services import Caller, ProvinceVerdict, Submitted
from node.ports.store import Nouns, Store
from node.usecases.admission.asking import Asked, Asking, outgrown
from node.usecases.applying.application import (
    ApplicationConsumer,
    bound,
    decide_own,
    of_verdict,
    province_verdict,
    record_verdicts,
    skipped,
)
from node.usecases.applying.pending import Pending
from node.usecases.applying.seal import open_application
from node.usecases.applying.verification import Verifier
from node.usecases.record import Recorder, refusal_member


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """Asks again for the line systems of this province. Implements `services.Verdicts`. `provinces` are all members of this moment."""

    store: Store
    mail: Mail
    applications: ApplicationConsumer
    verifier: Verifier
    asking: Asking
    recorder: Recorder
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    provinces: Callable[[], Sequence[str]]
    deadline_s: float
    pending: Pending = field(default_factory=Pending)

    async def current(self, caller: Caller, apply_id: str) -> Submitted:
        """The verdicts on an application of this caller, those still open asked for again.

        Raises:
            RefusedError: no such application in force, or it may not go on; on record.
        """
        until, exchange_id = time.monotonic() + self.deadline_s, self.new_id()
        own = self._own(caller, apply_id)
        if isinstance(own, Refusal):
            raise await self.refusal(caller, own, exchange_id)
        application = open_application(self.asking.vault, own)
        held = self._held(application)
        waiting = self._waiting(apply_id, held)
        left = [code for code in self.provinces() if code not in held and code not in waiting]
        asked = self.asking.sort(application, left)
        request, mine = await self.store.transact(
            lambda nouns: self._record_asked(nouns, application, asked, exchange_id)
        )
        parts = await self.applications.ask(request, asked.ask, apply_id, until)
        await self.store.transact(
            lambda nouns: record_verdicts(nouns, self.recorder, self.verifier.contents, apply_id, exchange_id, parts)
        )
        fresh = self._verdicts(asked, parts, mine)
        for one in fresh:
            if one.province != self.verifier.province:  # to ask ourselves costs nobody anything
                self.pending.note(apply_id, one, self.clock())
        verdicts = [*(_told(one, self.clock()) for one in held.values()), *waiting.values(), *fresh]
        return self._submitted(application, exchange_id, verdicts)

    def _held(self, application: Application) -> dict[str, ReceivedVerdict]:
        """The verdicts that are a last word: nobody has yet to decide, and none of a standing application has ended."""
        return {
            one.provider: one
            for one in self.store.read.applications.received(application.apply_id)
            if one.result != Result.PENDING.value and not self.asking.runs_out(one, application)
        }

    def _waiting(self, apply_id: str, held: Collection[str]) -> dict[str, ProvinceVerdict]:
        """The provinces where a person has to decide, and which said how long to wait before they are asked again."""
        left = [code for code in self.provinces() if code not in held]
        told = {code: self.pending.told(apply_id, code, self.clock()) for code in left}
        return {code: one for code, one in told.items() if one is not None}

    def _own(self, caller: Caller, apply_id: str) -> OwnApplication | Refusal:
        """The caller's application, or why it may not go on."""
        nouns = self.store.read
        own = nouns.applications.own(apply_id)
        if own is None or own.app_id != caller.app_id or not own.sealed or own.expires_at < self.clock():
            return Refusal(reason=Reason.USE_CODE_SPENT, detail="applyId: no application of yours in force")
        application = open_application(self.asking.vault, own)
        stopped = self.asking.stopped(application) or outgrown(caller, application)
        stopped = stopped or self.asking.still(application.use_list_id)
        return stopped or self.asking.paused(nouns, application) or own

    async def refusal(self, caller: Caller, refusal: Refusal, exchange_id: str = "") -> RefusedError:
        """Nothing was asked; that is put on record, without what the caller wrote. Returns the error to raise."""
        exchange_id = exchange_id or self.new_id()
        entry = self.recorder.entry(
            EventType.APPLY, "refused", exchange_id, app=caller.app_id, refusal=refusal_member(refusal)
        )
        await self.store.transact(lambda nouns: nouns.evidence.append(entry))
        return refused(refusal, exchange_id)

    def _record_asked(
        self, nouns: Nouns, application: Application, asked: Asked, exchange_id: str
    ) -> tuple[Recorded | None, Verdict | None]:
        """Put on record who is asked again, and decide our own part."""
        members = {
            "apply": application.apply_id,
            "peers": list(asked.ask),
            "binds": bound(nouns, self.verifier, application, exchange_id),
        }
        request = None
        if asked.ask:
            draft = self.mail.draft_request(application, recipients=asked.ask, exchange_id=exchange_id)
            request = self.recorder.sent(nouns, draft, EventType.APPLY, "asked", members)
        else:
            nouns.evidence.append(self.recorder.entry(EventType.APPLY, "asked", exchange_id, **members))
        mine = decide_own(nouns, self.verifier, self.recorder, application, exchange_id) if asked.local else None
        return request, mine

    def _verdicts(
        self, asked: Asked, parts: Mapping[str, Part[Reply[Verdict]]], mine: Verdict | None
    ) -> list[ProvinceVerdict]:
        """What is said now: by those asked, of those left out, and by our own province."""
        verdicts = [province_verdict(code, part) for code, part in parts.items()]
        verdicts += [skipped(code, refusal) for code, refusal in asked.skipped.items()]
        return verdicts if mine is None else [*verdicts, of_verdict(self.verifier.province, mine)]

    def _submitted(self, application: Application, exchange_id: str, verdicts: Sequence[ProvinceVerdict]) -> Submitted:
        own = self.store.read.applications.own(application.apply_id)
        assert own is not None, "applications are never forgotten"
        return Submitted(
            application=application,
            exchange_id=exchange_id,
            expires_at=own.expires_at.isoformat(),
            verdicts=tuple(sorted(verdicts, key=lambda one: one.province)),
        )


def _told(one: ReceivedVerdict, now: datetime) -> ProvinceVerdict:
    """A verdict given before; of one that has ended nothing is left but that."""
    if one.result == Result.PASS.value and one.expires_at < now:
        refusal = Refusal(reason=Reason.USE_CODE_SPENT, detail="the verdict has ended")
        return ProvinceVerdict(province=one.provider, outcome=Outcome.DENIED.value, refusal=refusal)
    reasons = (Refusal(reason=Reason(one.reason), detail=one.detail),) if one.reason else ()
    verdict = Verdict(
        apply_id=one.apply_id,
        provider=one.provider,
        result=Result(one.result),
        reasons=reasons,
        type_codes=one.type_codes,
        outputs=tuple(Output(output) for output in one.outputs),
        fields=one.fields,
        use_code=one.use_code,
        expires_at=one.expires_at,
    )
    return of_verdict(one.provider, verdict)
