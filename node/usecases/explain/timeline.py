"""Timelines: the evidence of an exchange, and what memory holds beside it, put in order and judged. Implements `ports.timeline.Timelines`.

Reading an entry is `reading`'s. Only this node's own log is read: the other node explains its side itself, and names the same fault.

A peer chooses the exchange that it asks under, and may choose one of ours. What it asked then stands behind our own steps, and says nothing
of how our exchange ended.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from federation.model.evidence import EventType
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.evidence import LogEntry
from node.ports.services import Caller
from node.ports.store import Nouns, Store
from node.ports.timeline import Step, Timeline
from node.usecases.explain.judging import LoggedEntry, edge_step, standing, state_of, unfinished
from node.usecases.explain.mishaps import Door, Mishap, Mishaps
from node.usecases.explain.reading import Reader

MAX_ID = 128
MAX_ENTRIES = 500  # of one exchange, our own and of what peers asked; a caller that retries for ever makes many
SCANNED = 20_000  # entries looked through for a message that belongs to no exchange, the newest first
_PAGE = 500
MAX_RECENT = 200
_BESIDE = frozenset({EventType.ALARM, EventType.REVIEW})
_REFUSED = b'"type":"REFUSE"'  # canonical JSON has one form


class TimelineReader:
    """Explains exchanges of one node."""

    def __init__(self, *, province: str, store: Store, mishaps: Mishaps, clock: Callable[[], datetime]) -> None:
        """Read `store` and `mishaps`; `clock` is UTC."""
        self._province = province
        self._store = store
        self._mishaps = mishaps
        self._clock = clock
        self._reader = Reader(province)

    async def of(self, wanted: str) -> Timeline | None:
        """What is known under an exchange id, a request id or the digest of a message; None where nothing is."""
        if not 0 < len(wanted) <= MAX_ID:
            return None
        beside = self._mishaps.about(wanted)
        exchange_id = next((one.exchange_id for one in beside if one.exchange_id), wanted)
        mine, theirs = self._entries(exchange_id, of_peer=False), self._entries(exchange_id, of_peer=True)
        if _is_ours(mine):
            return self._timeline(mine, [one for one in beside if one.door is Door.REST], theirs)
        entries = sorted(mine + theirs, key=lambda one: one.index) or await self._of_message(wanted)
        return self._timeline(entries, beside) if entries or beside else None

    def of_caller(self, caller: Caller, wanted: str) -> Timeline:
        """What a line system itself asked; what peers asked under the same id is left out.

        Raises:
            RefusedError: NO_RECORD; the same for what is unknown and for what others asked.
        """
        beside = [one for one in self._mishaps.about(wanted) if one.app_id == caller.app_id and one.door is Door.REST]
        exchange_id = next((one.exchange_id for one in beside if one.exchange_id), wanted)
        entries = self._entries(exchange_id[:MAX_ID], of_peer=False)
        if not any(self._is_of(caller, one.members) for one in entries):
            entries = []
        if not entries and not beside:
            raise RefusedError(Reason.NO_RECORD, "exchangeId: no exchange of yours")
        return self._timeline(entries, beside)

    async def recent(self, minutes: int) -> Sequence[Timeline]:
        """Refusals without an exchange of the last minutes, the newest first."""
        start = self._clock() - timedelta(minutes=minutes)
        since = start.isoformat(timespec="milliseconds")
        found = [
            self._timeline([one], ())
            async for one in self._unplaced(lambda members: not members["exchange"], since=since)
        ]
        found += [self._timeline((), [one]) for one in self._mishaps.since(start)]
        return sorted(found, key=lambda one: one.steps[0].time, reverse=True)[:MAX_RECENT]

    def _entries(self, exchange_id: str, *, of_peer: bool) -> list[LoggedEntry]:
        """The first entries of an exchange, with those of the notices that it set off, which are our own."""
        log = self._store.read.evidence
        entries = [_parsed(one) for one in log.of_exchange(exchange_id, of_peer=of_peer, limit=MAX_ENTRIES)]
        notices = [notice for one in entries for notice in one.members.get("notices", ())]
        for notice in notices:
            entries += [_parsed(one) for one in log.of_exchange(notice, limit=MAX_ENTRIES)]
        return entries

    async def _of_message(self, digest: str) -> list[LoggedEntry]:
        """The refusals of a message that could not be given to an exchange."""
        return [one async for one in self._unplaced(lambda members: members.get("request") == digest)]

    async def _unplaced(self, fits: Callable[[Mapping[str, Any]], bool], since: str = "") -> AsyncIterator[LoggedEntry]:
        """Refused messages that fit, the newest first; bounded, since there is no index of them, and in pages that give the loop up."""
        end = self._store.read.evidence.head().size
        oldest = max(0, end - SCANNED)
        while end > oldest:
            start = max(oldest, end - _PAGE)
            for row in reversed(self._store.read.evidence.entries(start, end - start)):
                if _REFUSED not in row.entry:
                    continue
                one = _parsed(row)
                if one.members["time"] < since:
                    return
                if fits(one.members):
                    yield one
            end = start
            await asyncio.sleep(0)

    def _is_of(self, caller: Caller, members: Mapping[str, Any]) -> bool:
        """An entry names the line system, or an application of it."""
        if "app" in members:
            return bool(members["app"] == caller.app_id)
        return _app_of(self._store.read, members.get("apply", "")) == caller.app_id

    def _timeline(
        self, entries: Sequence[LoggedEntry], beside: Sequence[Mishap], told: Sequence[LoggedEntry] = ()
    ) -> Timeline:
        """`told` is only told: how the exchange ended is judged by the others."""
        steps = self._steps(entries)
        steps += [edge_step(self._province, one) for one in beside if not steps or not one.exchange_id or one.error]
        end = unfinished(self._province, entries, steps, self._clock())
        if end is not None:
            steps.append(end)
        faults = standing(steps)
        named = [one.members["exchange"] for one in entries] + [one.exchange_id for one in beside if one.exchange_id]
        return Timeline(
            exchange_id=named[0] if named else "",
            node=self._province,
            state=state_of(steps, faults, end),
            steps=(*steps, *self._steps(told)),
            faults=tuple(faults),
        )

    def _steps(self, entries: Sequence[LoggedEntry]) -> list[Step]:
        return [step for one in entries for step in self._reader.steps(one.index, one.members)]


def _is_ours(mine: Sequence[LoggedEntry]) -> bool:
    """Whether an exchange is one that this node began, by its own entries: what a peer's question set off beside it does not count."""
    return any(one.members["type"] not in _BESIDE for one in mine)


def _parsed(row: LogEntry) -> LoggedEntry:
    return LoggedEntry(row.index, json.loads(row.entry))


def _app_of(nouns: Nouns, apply_id: str) -> str:
    own = nouns.applications.own(apply_id) if apply_id else None
    return "" if own is None else own.app_id
