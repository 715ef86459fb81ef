"""Anomaly stop (异常用证): who asks for many holders, for matters that do not fit, or much at night is paused. Clause 7.3, check 7.

REQUIREMENTS 11.3: what scripts that walk lists of numbers look like. Counted in the unit of work that decides, by the consumer and again by
each provider, each with its own bounds; windows are the calendar minute and hour. A pause ends by itself, and is no stop order: that one is
for good until somebody lifts it. The alarm is a row, an entry of evidence, a metric and a line in the log; none of them names a person.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from node.ports.alarms import StoredAlarm
from node.ports.store import Nouns
from node.usecases.admission.case import CHINA, Case
from node.usecases.admission.checks import normal_holder
from node.usecases.admission.limits import Side
from node.usecases.admission.waiting import seconds_between
from node.usecases.record import Recorder, person
from node.vault import Vault

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_NEVER = datetime.min.replace(tzinfo=UTC)


class Pattern(StrEnum):
    """What stands out: distinct holders in a minute, matters that do not fit in an hour, distinct holders in an hour of the night."""

    HOLDERS = "holders"
    MISMATCHES = "mismatches"
    NIGHT = "night"


MISFITS = frozenset({Reason.MATTER_MISMATCH, Reason.OUT_OF_SCOPE})
"""Refusals that say: this matter, type, unit or operator does not belong here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalyRules:
    """The bounds of one province; 0 is none. The night begins and ends at these times in Beijing; equal times are no night."""

    holders_per_minute: int = 0
    mismatches_per_hour: int = 0
    night_holders_per_hour: int = 0
    night: tuple[time, time] = (time(22), time(6))
    pause: timedelta = timedelta(minutes=15)

    def is_night(self, now: datetime) -> bool:
        """Whether it is night in Beijing."""
        first, last = self.night
        clock = now.astimezone(CHINA).time()
        return first <= clock < last if first <= last else clock >= first or clock < last


class Pauses:
    """Whether an operator is paused now. That nobody is, as nearly always, is known without the store. Owned by the event loop."""

    def __init__(self) -> None:
        """Nobody is; `load` looks into the store."""
        self._last_end = _NEVER

    def load(self, nouns: Nouns) -> None:
        """Take up what the store holds."""
        self._last_end = nouns.alarms.last_end() or _NEVER

    def note(self, until: datetime) -> None:
        """There may be a pause until then: the store knows, also where the unit that said so failed."""
        self._last_end = max(self._last_end, until)

    def any(self, now: datetime) -> bool:
        """Whether somebody may be paused: where nobody is, no digest need be made."""
        return now < self._last_end

    def refusal(self, nouns: Nouns, consumer: str, operator: str, now: datetime) -> Refusal | None:
        """Why this operator (the digest that stop orders use) has to wait."""
        if not self.any(now):
            return None
        alarm = nouns.alarms.pausing(consumer, operator, now)
        return None if alarm is None else _paused(alarm, now)


class _Who(NamedTuple):
    """Whom a count is of: what tells it from others, which is kept nowhere, and the digest that alarms and pauses name it by."""

    name: str
    digest: str


def _unseen(_: StoredAlarm) -> None:
    """No metrics and no log are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Counts one side's cases, raises alarms, and refuses who is paused. `raised` is told each alarm."""

    side: Side
    rules: AnomalyRules
    vault: Vault
    recorder: Recorder
    new_id: Callable[[], str]
    pauses: Pauses = field(default_factory=Pauses)
    raised: Callable[[StoredAlarm], None] = _unseen

    def count(self, nouns: Nouns, case: Case) -> Refusal | None:
        """Count the holder of a case that nothing else stops; why its operator is paused, from this case on."""
        refusal = self.look(nouns, case)
        if refusal is not None:
            return refusal
        rules, now, who = self.rules, case.now, self._operator(case)
        if self._is_new_beyond(nouns, case, who, Pattern.HOLDERS, rules.holders_per_minute, _MINUTE):
            return self._raise(nouns, case, who, Pattern.HOLDERS, rules.holders_per_minute)
        night = rules.night_holders_per_hour if rules.is_night(now) else 0
        if self._is_new_beyond(nouns, case, who, Pattern.NIGHT, night, _HOUR):
            return self._raise(nouns, case, who, Pattern.NIGHT, night)
        return None

    def misfit(self, nouns: Nouns, case: Case, refusal: Refusal, *, foreign: bool = False) -> Refusal:
        """Count a refusal that another check gave; it stays the answer unless it is one too many, or who is counted is paused.

        `foreign`: the line system is not registered for what it named (check 8). Then it is the line system that is counted: whose
        operator it named has nothing to do with it.
        """
        if refusal.reason not in MISFITS:
            return refusal
        paused, limit = self.look(nouns, case), self.rules.mismatches_per_hour
        if paused is not None or not limit:
            return paused or refusal
        who = self._source(case) if foreign else self._operator(case)
        start = _start(case.now, _HOUR)
        counted = self._add(nouns, Pattern.MISMATCHES.value, self._subject(case, who), start, _HOUR)
        return self._raise(nouns, case, who, Pattern.MISMATCHES, limit) if counted > limit else refusal

    def look(self, nouns: Nouns, case: Case) -> Refusal | None:
        """Why the operator of this case, or its line system, is paused; nothing is counted."""
        if not self.pauses.any(case.now):
            return None
        both = (self.pauses.refusal(nouns, case.consumer, who.digest, case.now) for who in self._whose(case))
        return next((one for one in both if one is not None), None)

    def _is_new_beyond(
        self, nouns: Nouns, case: Case, who: _Who, pattern: Pattern, limit: int, window: timedelta
    ) -> bool:
        """Whether this holder is new in the window, and one more than who asks may ask for; the holder is counted."""
        if not limit:
            return False
        holder, start = normal_holder(case.application.holder), _start(case.now, window)
        seen = self._subject(case, who, self.vault.holder_digest(holder.type_code, holder.code))
        if nouns.usage.spent(self._name(f"{pattern.value}/seen"), seen, start):
            return False
        self._add(nouns, f"{pattern.value}/seen", seen, start, window)
        return self._add(nouns, pattern.value, self._subject(case, who), start, window) > limit

    def _add(self, nouns: Nouns, name: str, subject: str, start: datetime, window: timedelta) -> int:
        return nouns.usage.add(self._name(name), subject, start, until=start + window)

    def _name(self, name: str) -> str:
        return f"{self.side}/anomaly/{name}"

    def _subject(self, case: Case, who: _Who, *more: str) -> str:
        return self.vault.digest("anomaly", case.consumer, who.name, *more)

    def _whose(self, case: Case) -> tuple[_Who, _Who]:
        return self._operator(case), self._source(case)

    def _operator(self, case: Case) -> _Who:
        account = case.application.operator.account
        return _Who(account, self.vault.operator(case.consumer, account))

    def _source(self, case: Case) -> _Who:
        """The line system; to a provider, which knows no other province's line systems, the using unit."""
        application = case.application
        name = application.app_id if self.side is Side.CONSUMER else application.use_org_code
        name = f"{self.side}/source/{name}"
        return _Who(name, self.vault.digest("anomaly source", case.consumer, name))

    def _raise(self, nouns: Nouns, case: Case, who: _Who, pattern: Pattern, limit: int) -> Refusal:
        """Pause who is counted, and put that on record."""
        application, until = case.application, case.now + self.rules.pause
        alarm = StoredAlarm(
            alarm_id=self.new_id(),
            side=self.side.value,
            consumer=case.consumer,
            operator=who.digest,
            kind=pattern.value,
            limit=limit,
            apply_id=application.apply_id,
            app_id=application.app_id,
            use_list_id=case.use_list_id if case.versions else "",
            raised_at=case.now,
            until=until,
        )
        nouns.alarms.put(alarm)
        nouns.evidence.append(self._entry(alarm, who.name))
        self.pauses.note(until)
        self.raised(alarm)
        return _paused(alarm, case.now)

    def _entry(self, alarm: StoredAlarm, name: str) -> dict[str, object]:
        return self.recorder.entry(
            EventType.ALARM,
            "paused",
            "",
            alarm=alarm.alarm_id,
            side=alarm.side,
            consumer=alarm.consumer,
            kind=alarm.kind,
            limit=alarm.limit,
            apply=alarm.apply_id,
            line=alarm.use_list_id,
            operator=person(self.vault, alarm.alarm_id, "operator", name),
            until=alarm.until.isoformat(timespec="seconds"),
        )


def _paused(alarm: StoredAlarm, now: datetime) -> Refusal:
    """Which pattern and bound, and when the pause ends; never whose account."""
    return Refusal(
        reason=Reason.ANOMALY_STOPPED,
        detail=f"{alarm.kind}: {alarm.limit}",
        retry_after_s=seconds_between(now, alarm.until),
    )


def _start(now: datetime, window: timedelta) -> datetime:
    """When the calendar minute or hour began; the hours of Beijing are those of UTC."""
    start = now.replace(second=0, microsecond=0)
    return start if window == _MINUTE else start.replace(minute=0)
