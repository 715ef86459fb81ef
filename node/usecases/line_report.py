"""What the statistics of lines say, line by line: calls, admissions, hits, refusals by reason, last use, and which lines nobody uses. C9-6.

Read in slices, so that a list of 50,000 lines holds nothing up. Noting is `line_statistics`.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from federation.model.decision import Ruling
from federation.model.uselist import LineStatus, utc_text
from node.ports.lists import Kind, LineCount
from node.ports.store import Store
from node.usecases.admission.case import china_day
from node.usecases.admission.limits import Side
from node.usecases.forgetting import statistics_from
from node.usecases.line_statistics import CALL, EMPTY, HIT, PASS, RETRIEVE

MAX_MONTHS = 24  # statistics are kept a little longer
UNUSED_MONTHS = (3, 6, 12)
_SLICE = 200  # rows between two turns of the event loop
_GONE = "GONE"
_IN_USE = frozenset({LineStatus.ACTIVE.value, Ruling.ACCEPTED.value, Ruling.LIMITED.value})


_COUNTERS = {CALL: "calls", PASS: "passed", HIT: "hits", EMPTY: "empty", RETRIEVE: "retrievals"}


@dataclass(slots=True, kw_only=True)
class LineUse:
    """How one line was used on one side. `state` is what the list says of it today; `since` the first day it could be used (ISO)."""

    consumer: str
    use_list_id: str
    state: str = _GONE
    since: str = ""
    calls: int = 0
    passed: int = 0
    hits: int = 0
    empty: int = 0
    retrievals: int = 0
    refusals: dict[str, int] = field(default_factory=dict)
    last_use: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON values; `hit_rate` of the searches, None where there was none."""
        searches = self.hits + self.empty
        return {
            "consumer": self.consumer,
            "line": self.use_list_id,
            "state": self.state,
            "calls": self.calls,
            "passed": self.passed,
            "hits": self.hits,
            "empty": self.empty,
            "hit_rate": round(self.hits / searches, 4) if searches else None,
            "retrievals": self.retrievals,
            "refusals": dict(sorted(self.refusals.items())),
            "last_use": self.last_use.isoformat(timespec="seconds") if self.last_use else None,
        }

    def unused_since(self, day: date) -> bool:
        """Whether the line is in use by its list, could be used before that day, and was not used from it on."""
        last = china_day(self.last_use).isoformat() if self.last_use else ""
        return self.state in _IN_USE and max(last, self.since) < day.isoformat()

    def add(self, one: LineCount) -> None:
        """Take a count in."""
        if one.what in _COUNTERS:
            name = _COUNTERS[one.what]
            setattr(self, name, getattr(self, name) + one.count)
        else:
            self.refusals[one.what] = self.refusals.get(one.what, 0) + one.count
        self.last_use = max(self.last_use, one.last_at) if self.last_use else one.last_at


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLevels:
    """How many lines of our own list there are by state, and how many are unused for so many months."""

    states: Mapping[str, int]
    unused: Mapping[int, int]


class LineReport:
    """Reads for `province`."""

    def __init__(self, *, province: str, store: Store, clock: Callable[[], datetime]) -> None:
        """`clock` is UTC."""
        self._province = province
        self._store = store
        self._clock = clock

    async def lines(self, side: Side, *, since: date | None = None, unused_months: int = 0) -> AsyncIterator[LineUse]:
        """Every line of that side, in the order of its list, then those that stand in no list any more.

        At the consumer these are the own lines; at the provider the lines this province decided. Counts are from the day `since` on; all
        there are with `unused_months`, which leaves only lines that nobody used for so long.
        """
        today = china_day(self._clock())
        used = await self._used(side, statistics_from(today) if unused_months or since is None else since)
        until = months_before(today, unused_months) if unused_months else None
        async for line in self._listed(side):
            one = used.pop((line.consumer, line.use_list_id), line)
            one.state, one.since = line.state, line.since
            if until is None or one.unused_since(until):
                yield one
        if until is None:
            for one in used.values():
                yield one

    async def levels(self) -> LineLevels:
        """Of our own list, for the metrics."""
        today = china_day(self._clock())
        states: dict[str, int] = {}
        unused = dict.fromkeys(UNUSED_MONTHS, 0)
        async for one in self.lines(Side.CONSUMER):
            states[one.state] = states.get(one.state, 0) + 1
            for months in UNUSED_MONTHS:
                unused[months] += one.unused_since(months_before(today, months))
        states.pop(_GONE, None)
        return LineLevels(states=states, unused=unused)

    async def _used(self, side: Side, since: date) -> dict[tuple[str, str], LineUse]:
        used: dict[tuple[str, str], LineUse] = {}
        after = None
        while page := self._store.read.line_statistics.page(side.value, since, after, _SLICE):
            for one in page:
                after = (one.consumer, one.use_list_id)
                used.setdefault(after, LineUse(consumer=one.consumer, use_list_id=one.use_list_id)).add(one)
            await asyncio.sleep(0)
        return used

    async def _listed(self, side: Side) -> AsyncIterator[LineUse]:
        """One row a line, of its version in force or else its newest, with state and first day."""
        kind = Kind.USELIST if side is Side.CONSUMER else Kind.DECISIONS
        publications = self._store.read.publications
        latest = publications.latest(kind, self._province)
        now, held, after = self._clock(), None, None
        while latest and (page := publications.page(kind, self._province, latest.version, after, _SLICE)):
            after = (page[-1].id, page[-1].version)
            for one in page:
                row = _own_line(one.body, now) if side is Side.CONSUMER else self._decided_line(one.body)
                if row is None:
                    continue
                if held is not None and (held.consumer, held.use_list_id) != (row.consumer, row.use_list_id):
                    yield held
                held = row if held is None or not _is_later(row, held) else held
            await asyncio.sleep(0)
        if held is not None:
            yield held

    def _decided_line(self, body: bytes) -> LineUse | None:
        """A line by our decision on it; since when it could be used, its consumer's list says, where it still stands there."""
        try:
            raw = json.loads(body)
            row = LineUse(consumer=raw["consumer"], use_list_id=raw["use_list_id"], state=str(raw["status"]))
            row.since = max(
                (
                    max(json.loads(one.body)["valid_from"], json.loads(one.body).get("effective", "")[:10])
                    for one in self._store.read.publications.entry(Kind.USELIST, row.consumer, row.use_list_id)
                    if one.version == raw["line_version"]
                ),
                default="",
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        return row


def _is_later(row: LineUse, held: LineUse) -> bool:
    """A version that is still to come does not hide the one of the same line in force."""
    same = (held.consumer, held.use_list_id) == (row.consumer, row.use_list_id)
    return same and row.state == "WAITING" and held.state != "WAITING"


def _own_line(body: bytes, now: datetime) -> LineUse | None:
    try:
        raw = json.loads(body)
        row = LineUse(consumer=raw["consumer_province"], use_list_id=raw["use_list_id"], since=raw["valid_from"])
        row.state = line_state(raw, now)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return row


def line_state(raw: Mapping[str, Any], now: datetime) -> str:
    """What a published line is today: its status, or EXPIRED after its last day, or WAITING before it is in force."""
    today = china_day(now).isoformat()
    if raw.get("status", LineStatus.ACTIVE.value) != LineStatus.ACTIVE.value:
        return str(raw["status"])
    if raw["valid_to"] < today:
        return "EXPIRED"
    waits = raw.get("effective", "") > utc_text(now) or raw["valid_from"] > today
    return "WAITING" if waits else LineStatus.ACTIVE.value


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last of that month.

    Raises:
        ValueError: before the year 1.
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            if last == 28:  # noqa: PLR2004 - every month has it
                raise
    raise AssertionError
