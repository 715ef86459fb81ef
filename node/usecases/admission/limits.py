"""Limits (限额): how often a line may be used, and a unit, an operator or a peer may apply. Check 7 of clause 7.3, REQUIREMENTS 6.3.

Counted in the unit of work that decides, so they are exact whatever runs side by side and whenever a node is restarted; windows are the
calendar minute and the day of Beijing time. Where one limit refuses, nothing is counted anywhere. The consumer counts its own applications
before it asks anybody, the provider those that it would admit: each in counters of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from federation.model.refusal import Reason, Refusal
from node.ports.store import Nouns
from node.usecases.admission.case import CHINA, Case, china_day
from node.usecases.admission.waiting import seconds_between
from node.vault import Vault

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)


class Side(StrEnum):
    """In which part this province counts."""

    CONSUMER = "consumer"
    PROVIDER = "provider"


class Scope(StrEnum):
    """What is counted, and over which window."""

    LINE_DAY = "line/day"
    LINE_MINUTE = "line/minute"
    UNIT_DAY = "unit/day"
    OPERATOR_MINUTE = "operator/minute"
    PEER_MINUTE = "peer/minute"


_WINDOWS = {one: _DAY if one.value.endswith("/day") else _MINUTE for one in Scope}


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeLimits:
    """The limits this province sets beside those of the lines; 0 is none."""

    unit_per_day: int = 0
    operator_per_minute: int = 0
    peer_per_minute: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counter:
    scope: Scope
    subject: str
    limit: int


def _uncounted(side: str, scope: str) -> None:
    """No metrics are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limiter:
    """Looks at the counters of a case, and counts. `refused` is told (side, scope) of each refusal."""

    side: Side
    limits: NodeLimits
    vault: Vault
    refused: Callable[[str, str], None] = _uncounted

    def count(self, nouns: Nouns, case: Case) -> Refusal | None:
        """Count the application once in every counter it falls under; nowhere, where one of them is full."""
        counters = self._counters(case)
        full = self._full(nouns, case, counters)
        if full is not None:
            self.refused(self.side.value, full.scope.value)
            return _reached(full, case.now)
        for one in counters:
            start = window_start(one.scope, case.now)
            nouns.usage.add(self._name(one), one.subject, start, until=start + _WINDOWS[one.scope])
        return None

    def look(self, nouns: Nouns, case: Case) -> Refusal | None:
        """What `count` would say, without counting."""
        full = self._full(nouns, case, self._counters(case))
        return None if full is None else _reached(full, case.now)

    def _full(self, nouns: Nouns, case: Case, counters: list[_Counter]) -> _Counter | None:
        """The full counter whose window ends last: who waits for that one waits for all."""
        full = [
            one
            for one in counters
            if nouns.usage.spent(self._name(one), one.subject, window_start(one.scope, case.now)) >= one.limit
        ]
        return max(full, key=lambda one: _end(one.scope, case.now), default=None)

    def _name(self, counter: _Counter) -> str:
        return f"{self.side}/{counter.scope}"

    def _counters(self, case: Case) -> list[_Counter]:
        """Those that have a limit. Subjects are the consumer and what of it is counted; an operator is a digest."""
        application, consumer = case.application, case.consumer
        line_id, unit = application.use_list_id, application.use_org_code
        counters = []
        if case.limits is not None and case.limits.daily_limit:
            counters.append(
                _Counter(scope=Scope.LINE_DAY, subject=f"{consumer}/{line_id}", limit=case.limits.daily_limit)
            )
        if case.limits is not None and case.limits.rate_per_minute:
            per_minute = case.limits.rate_per_minute
            counters.append(_Counter(scope=Scope.LINE_MINUTE, subject=f"{consumer}/{line_id}", limit=per_minute))
        if self.limits.unit_per_day:
            counters.append(
                _Counter(scope=Scope.UNIT_DAY, subject=f"{consumer}/{unit}", limit=self.limits.unit_per_day)
            )
        if self.limits.operator_per_minute:
            operator = self.vault.digest("limit operator", consumer, application.operator.account)
            limit = self.limits.operator_per_minute
            counters.append(_Counter(scope=Scope.OPERATOR_MINUTE, subject=operator, limit=limit))
        if self.limits.peer_per_minute and self.side is Side.PROVIDER and consumer != case.provider:
            counters.append(_Counter(scope=Scope.PEER_MINUTE, subject=consumer, limit=self.limits.peer_per_minute))
        return counters


def _reached(counter: _Counter, now: datetime) -> Refusal:
    """Which scope, and when its window ends; never whose account."""
    detail = f"{counter.scope.value}: {counter.limit}"
    return Refusal(
        reason=Reason.LIMIT_REACHED, detail=detail, retry_after_s=seconds_between(now, _end(counter.scope, now))
    )


def window_start(scope: Scope, now: datetime) -> datetime:
    """When the window began that `now` lies in: the calendar minute, or midnight in Beijing; UTC."""
    if _WINDOWS[scope] == _MINUTE:
        return now.replace(second=0, microsecond=0)
    return datetime.combine(china_day(now), time(), CHINA).astimezone(UTC)


def _end(scope: Scope, now: datetime) -> datetime:
    return window_start(scope, now) + _WINDOWS[scope]
