"""How often may be asked for a holder's uses: who asks much is looking for something else than their own log. Clause 11.3.

Counted in the unit of work that puts the asking on record, in counters of the day (of Beijing time) and of the minute. 0 is no limit.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from federation.model.refusal import Reason, Refusal
from node.ports.store import Nouns
from node.usecases.admission.case import CHINA, china_day
from node.usecases.admission.waiting import seconds_between

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsesLimits:
    """`per_holder` a day and of one line system `per_app` a minute, where we ask; of one province `per_peer` a minute, where we are asked.

    `per_holder` holds where we are asked, too.
    """

    per_holder: int = 20
    per_app: int = 30
    per_peer: int = 120

    def asked(self, nouns: Nouns, app_id: str, key: str, now: datetime) -> Refusal | None:
        """Count an asking of our own; the refusal, and nothing is counted, where a limit is reached."""
        return _count(nouns, now, (_day("asker", key, self.per_holder), _minute("app", app_id, self.per_app)))

    def full(self, nouns: Nouns, peer: str, key: str, now: datetime) -> Refusal | None:
        """What `answered` would say, without counting."""
        return _full(nouns, now, self._of_peer(peer, key))

    def answered(self, nouns: Nouns, peer: str, key: str, now: datetime) -> Refusal | None:
        """Count a question of a peer; `key` "" where it is one more about what was told already."""
        return _count(nouns, now, self._of_peer(peer, key))

    def _of_peer(self, peer: str, key: str) -> tuple["_Counter", ...]:
        holder = (_day("peer", f"{peer}/{key}", self.per_holder),) if key else ()
        return (*holder, _minute("peer", peer, self.per_peer))


@dataclass(frozen=True, slots=True)
class _Counter:
    scope: str
    subject: str
    limit: int
    window: timedelta


def _day(scope: str, subject: str, limit: int) -> _Counter:
    return _Counter(f"holder uses/{scope}/day", subject, limit, _DAY)


def _minute(scope: str, subject: str, limit: int) -> _Counter:
    return _Counter(f"holder uses/{scope}/minute", subject, limit, _MINUTE)


def _start(one: _Counter, now: datetime) -> datetime:
    if one.window == _MINUTE:
        return now.replace(second=0, microsecond=0)
    return datetime.combine(china_day(now), time(), CHINA).astimezone(now.tzinfo)


def _full(nouns: Nouns, now: datetime, counters: tuple[_Counter, ...]) -> Refusal | None:
    """Which counter is full, and when its window ends; never whose."""
    for one in counters:
        start = _start(one, now)
        if one.limit and nouns.usage.spent(one.scope, one.subject, start) >= one.limit:
            wait = seconds_between(now, start + one.window)
            return Refusal(reason=Reason.LIMIT_REACHED, detail=f"{one.scope}: {one.limit}", retry_after_s=wait)
    return None


def _count(nouns: Nouns, now: datetime, counters: tuple[_Counter, ...]) -> Refusal | None:
    refusal = _full(nouns, now, counters)
    if refusal is None:
        for one in counters:
            start = _start(one, now)
            nouns.usage.add(one.scope, one.subject, start, until=start + one.window)
    return refusal
