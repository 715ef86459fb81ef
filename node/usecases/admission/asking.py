"""The consumer's checks on an application: its own, and for each province whether it is worth asking. Clause 7.1, DESIGN §6.1.

A province is left out, with the reason, where what is known here of its decisions and its catalogue says that it would refuse; one of which
nothing is known is asked: it decides. So is one that is known to be down, or has not confirmed the list for long: it may say otherwise
by now (DESIGN §2.3). Pure over the lists held.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from federation.clocks import Clocks
from federation.model.application import Application
from federation.model.application import Kind as ApplicationKind
from federation.model.refusal import Reason, Refusal
from federation.model.uselist import UseListLine
from node.ports.applications import ReceivedVerdict
from node.ports.lists import Kind
from node.ports.services import Caller
from node.ports.store import Nouns
from node.usecases.admission.anomaly import Watch
from node.usecases.admission.case import Case, case_of, china_day, ground_of
from node.usecases.admission.catalogue import ended
from node.usecases.admission.checks import FORM, LINE, Check, Step, check_still, first_refusal
from node.usecases.admission.limits import Limiter
from node.usecases.applying.verification import MAX_STANDING, own_use
from node.usecases.consent.checking import Authority
from node.usecases.lists import Lists
from node.usecases.stops import Stops
from node.vault import Vault

LISTS_COUNT = timedelta(days=1)
"""A list that its province has not confirmed for longer is no reason to leave it out. Our choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who is asked for a verdict, and who is left out and why, by province."""

    ask: tuple[str, ...]
    local: bool
    skipped: dict[str, Refusal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Decides for the units of `province` what is applied for, and where; `down` says which peers are known to be."""

    province: str
    lists: Lists
    stops: Stops
    vault: Vault
    clock: Callable[[], datetime]
    limiter: Limiter
    watch: Watch
    authority: Authority
    down: Callable[[str], bool]
    clocks: Clocks
    standing: timedelta = MAX_STANDING

    def runs_out(self, verdict: ReceivedVerdict, application: Application) -> bool:
        """Whether a province is to be asked again: by its clock, as far as that is known here, or by ours its verdict has run out.

        Of a standing application only. A province whose period runs on gives the same verdict again.
        """
        now = self.clock()
        there = now if verdict.provider == self.province else self.clocks.latest(verdict.provider, now)
        return application.kind is ApplicationKind.STANDING and verdict.expires_at < there

    def case(self, application: Application, provider: str = "") -> Case:
        """What is known here; `provider` "" for the checks that no province has a part in."""
        return case_of(
            self.lists,
            application,
            consumer=self.province,
            provider=provider,
            here=self.province,
            now=self.clock(),
        )

    def version(self, use_list_id: str) -> int:
        """The version of the line that an application quotes: the one that is effective; 0 where there is none."""
        line = self.line(use_list_id)
        return line.version if line else 0

    def line(self, use_list_id: str) -> UseListLine | None:
        """The version of the line that is effective."""
        published = self.lists.line(self.province, use_list_id, self.clock())
        return published.line if published else None

    def own_steps(self, caller: Caller) -> tuple[Step, ...]:
        """The consumer's own checks, but for the limits."""
        return (
            (Check.CALLER, lambda case: _check_caller(caller, case)),
            *FORM,
            *LINE,
            (Check.STANDING_BOUND, self._standing_here),
            (Check.AUTHORISATION, self.authority.check),
            (Check.STOPS, self._stopped),
        )

    def province_steps(self) -> tuple[Step, ...]:
        """What is checked for each province before it is asked."""
        return ((Check.PEER, lambda case: self.stops.peer(case.provider)), *LINE)

    def refusal(self, caller: Caller, application: Application) -> Refusal | None:
        """Why the application goes nowhere."""
        return first_refusal(self.own_steps(caller), self.case(application))

    def sort(self, application: Application, provinces: Sequence[str]) -> Asked:
        """Of the members that the line names, who is asked."""
        published = self.lists.line(self.province, application.use_list_id, self.clock())
        named = published.line.provider_provinces if published else ()
        skipped: dict[str, Refusal] = {}
        ask = []
        for code in provinces:
            if code not in named:
                continue
            refusal = self._worthless(application, code)
            if refusal is None:
                ask.append(code)
            else:
                skipped[code] = refusal
        peers = tuple(code for code in ask if code != self.province)
        return Asked(ask=peers, local=self.province in ask, skipped=skipped)

    def may_hold(self, use_list_id: str, type_code: str, provinces: Sequence[str]) -> tuple[str, ...]:
        """The members where a certificate of this type may be: the line names them, and their catalogue does not say no."""
        line = self.line(use_list_id)
        named = line.provider_provinces if line else ()
        return tuple(code for code in provinces if code in named and self.none_offered((type_code,), code) is None)

    def still(self, use_list_id: str, provider: str = "") -> Refusal | None:
        """Why a running application may not go on (at this province): its line does not stand any more."""
        ground = ground_of(
            self.lists,
            use_list_id,
            consumer=self.province,
            provider=provider,
            here=self.province,
            now=self.clock(),
        )
        return check_still(ground)

    def sought(self, application: Application, provider: str, verdict: ReceivedVerdict | None) -> Refusal | None:
        """Why nothing is sought at this province under a running application; one that has not decided yet has to be worth asking."""
        if verdict is None:
            return self._worthless(application, provider)
        refusal = self.stops.peer(provider) or self.still(application.use_list_id, provider)
        if refusal is None or not self._may_have_changed(provider, refusal):
            return refusal
        return self._unnamed(application.use_list_id, provider) or self.still(application.use_list_id)

    def _worthless(self, application: Application, provider: str) -> Refusal | None:
        """Why the province is not worth asking; where its own lists may have changed, our line alone says so."""
        refusal = first_refusal(self.province_steps(), self.case(application, provider))
        if refusal is None or not self._may_have_changed(provider, refusal):
            return refusal
        return self._unnamed(application.use_list_id, provider) or first_refusal(LINE, self.case(application))

    def _unnamed(self, use_list_id: str, provider: str) -> Refusal | None:
        """The province is stopped, or our line does not name it."""
        line = self.line(use_list_id)
        unnamed = line is None or provider not in line.provider_provinces
        return self.stops.peer(provider) or (
            Refusal(reason=Reason.USE_LIST_MISSING, detail=use_list_id) if unnamed else None
        )

    def _may_have_changed(self, provider: str, refusal: Refusal) -> bool:
        """Whether a province may say otherwise by now than its list as held here: it is down, or has not confirmed it for long."""
        if provider == self.province:
            return False
        kind = Kind.CATALOGUE if refusal.reason is Reason.TYPE_NOT_OFFERED else Kind.DECISIONS
        confirmed = self.lists.confirmed(kind, provider)
        fresh = confirmed is not None and timedelta() <= self.clock() - confirmed <= LISTS_COUNT
        return self.down(provider) or not fresh

    def none_offered(self, type_codes: Sequence[str], provider: str) -> Refusal | None:
        """The province's catalogue, as far as it is known here and can be relied on, has none of these types any more."""
        if provider != self.province and not self.lists.version(Kind.CATALOGUE, provider):
            return None
        now = self.clock()
        today = china_day(now).isoformat()
        if any(not ended(self.lists.entry(provider, code, now), today) for code in type_codes):
            return None
        refusal = Refusal(reason=Reason.TYPE_NOT_OFFERED)
        return None if self._may_have_changed(provider, refusal) else refusal

    def _standing_here(self, case: Case) -> Refusal | None:
        """A standing application of ours ends within this node's bound."""
        until = case.application.valid_until
        if until is None or until <= case.application.requested_at + self.standing:
            return None
        detail = f"validUntil: this node lets an application stand for {self.standing.days} days"
        return Refusal(reason=Reason.MATTER_MISMATCH, detail=detail)

    def count(self, nouns: Nouns, application: Application) -> Refusal | None:
        """Check 7 on an application that somebody is going to be asked about; it is counted."""
        case = self.case(application)
        return self.watch.count(nouns, case) or self.limiter.count(nouns, case)

    def paused(self, nouns: Nouns, application: Application) -> Refusal | None:
        """Why the operator of a running application may not go on."""
        pauses, now = self.watch.pauses, self.clock()
        if not pauses.any(now):
            return None
        return pauses.refusal(
            nouns, self.province, self.vault.operator(self.province, application.operator.account), now
        )

    def stopped(self, application: Application) -> Refusal | None:
        """What this province stopped of its own."""
        return self.stops.use(own_use(self.vault, self.province, application)) if self.stops else None

    def _stopped(self, case: Case) -> Refusal | None:
        return self.stopped(case.application)


def outgrown(caller: Caller, application: Application) -> Refusal | None:
    """Check 8 on an application that runs: the line system that made it is still registered for its unit, matter and operator."""
    if application.use_org_code != caller.use_org_code:
        return Refusal(reason=Reason.OUT_OF_SCOPE, detail="useOrgCode")
    return _beyond(caller, application)


def _check_caller(caller: Caller, case: Case) -> Refusal | None:
    """Check 8: the matter and the operator belong to the authenticated line system, not to the request. The unit is the caller's own."""
    return _beyond(caller, case.application)


def _beyond(caller: Caller, application: Application) -> Refusal | None:
    if caller.item_codes and application.item_code not in caller.item_codes:
        return Refusal(reason=Reason.OUT_OF_SCOPE, detail="itemCode")
    if caller.operators and application.operator.account not in caller.operators:
        return Refusal(reason=Reason.OUT_OF_SCOPE, detail="operator.account")
    return None
