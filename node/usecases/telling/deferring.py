"""Holding notices to a holder back where the law says so, and telling them afterwards. Clause 8.4; PIPL articles 18 and 35.

A manager gives a deferral with its ground and its end; it is on record, and it holds what this node has yet to tell: as provider towards
the holder's province, and in that province towards the channel. Whatever was told stays told. When it ends, by its time or by a manager's
word, the notices go in their old order; none is ever dropped. Issuers are not deferred.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from federation.model.evidence import EventType
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.deferrals import Deferral, Subject
from node.ports.notices import OutboxItem, OutboxState
from node.ports.store import Nouns, Store
from node.usecases.record import Recorder
from node.usecases.workshop.managers import Manager, Role

LONGEST = timedelta(days=366)  # another one can follow, on record: our choice, the law names no time
MAX_GROUND = 100  # characters of a law, and of an article
SLICE = 200  # letters in one unit of work
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:-]{0,63}")
_LONG_NUMBER = re.compile(r"[0-9]{9,}")  # a person's, most likely: a ground needs none


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A deferral as a manager asks for it."""

    kind: Subject
    subject: str
    law: str
    article: str
    until: datetime


class DeferralDesk:
    """Gives and ends deferrals."""

    def __init__(
        self,
        *,
        store: Store,
        recorder: Recorder,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        digest: Callable[[str], str],
        wake: Callable[[str], None],
    ) -> None:
        """`digest` makes the keyed digest of a manager's account; `wake` is told a target whose letters may go."""
        self._store = store
        self._recorder = recorder
        self._clock = clock
        self._new_id = new_id
        self._digest = digest
        self._wake = wake

    async def defer(self, manager: Manager, wanted: Wanted) -> tuple[Deferral, int]:
        """Give a deferral; it, and how many letters it holds back that were waiting.

        Raises:
            RefusedError: NOT_AUTHORISED: he does not review; BAD_PARAMETER: no ground, or an end that is past or too far.
        """
        manager.require(Role.REVIEW)
        now = self._clock()
        _check(wanted, now)
        given = Deferral(
            deferral_id=self._new_id(),
            kind=wanted.kind,
            subject=wanted.subject,
            law=wanted.law,
            article=wanted.article,
            until=wanted.until,
            manager=self._digest(manager.account),
            given_at=now,
        )
        await self._store.transact(lambda nouns: self._give(nouns, given))
        held = 0
        while more := await self._store.transact(lambda nouns: self._hold(nouns, given)):
            held += more
        return given, held

    def _give(self, nouns: Nouns, given: Deferral) -> None:
        nouns.deferrals.give(given)
        self._record(nouns, given, "deferred", given.manager)

    def _hold(self, nouns: Nouns, given: Deferral) -> int:
        waiting = _about(nouns, OutboxState.PENDING, given)
        for item in waiting:
            nouns.notices.settle(item.seq, OutboxState.DEFERRED)
        return len(waiting)

    async def release(self, manager: Manager, deferral_id: str) -> tuple[Deferral, int]:
        """End a deferral before its time; it, and how many letters go now. One that is over already stays as it is.

        Raises:
            RefusedError: NOT_AUTHORISED, or NO_RECORD: there is none of this id.
        """
        manager.require(Role.REVIEW)
        given = self._store.read.deferrals.get(deferral_id)
        if given is None:
            raise RefusedError(Reason.NO_RECORD, "no deferral has this id")
        if given.ended_at is not None:
            return given, 0
        freed = await self._end(given, self._digest(manager.account))
        return self._store.read.deferrals.get(deferral_id) or given, freed

    async def end_due(self) -> None:
        """End those whose time is over. Again and again: a crash in between leaves the rest for the next time.

        Raises:
            StoreError: the store refused; nothing of the last slice was done.
        """
        for given in self._store.read.deferrals.due(self._clock(), SLICE):
            await self._end(given, "")

    async def _end(self, given: Deferral, by: str) -> int:
        """Free its letters slice by slice; it counts as ended with the last slice."""
        freed, targets, after = 0, set[str](), 0
        while after >= 0:
            items, after = await self._store.transact(partial(self._free, given, by, after))
            freed += len(items)
            targets |= {item.target for item in items}
        for target in targets:
            self._wake(target)
        return freed

    def _free(self, given: Deferral, by: str, after: int, nouns: Nouns) -> tuple[list[OutboxItem], int]:
        """One slice behind that seq: what may go, and the seq to go on behind, -1 where it was the last."""
        held = _about(nouns, OutboxState.DEFERRED, given, after)
        free = [one for one in held if not _held_by_another(nouns, one, given, self._clock())]
        for item in free:
            nouns.notices.settle(item.seq, OutboxState.PENDING)
        if len(held) == SLICE:
            return free, held[-1].seq
        nouns.deferrals.end(given.deferral_id, self._clock(), by)
        self._record(nouns, given, "released", by)
        return free, -1

    def _record(self, nouns: Nouns, given: Deferral, step: str, by: str) -> None:
        members = {
            "deferral": given.deferral_id,
            "use" if given.kind is Subject.EXCHANGE else "apply": given.subject,
            "law": given.law,
            "article": given.article,
            "until": given.until.isoformat(timespec="seconds"),
            "manager": by,
        }
        nouns.evidence.append(self._recorder.entry(EventType.NOTICE, step, given.deferral_id, **members))


def hidden(nouns: Nouns, exchange_id: str, apply_id: str, now: datetime) -> bool:
    """Whether a use must not be shown to its holder yet. Whoever shows uses to holders asks this."""
    return any(one.until > now for one in nouns.deferrals.in_force(exchange_id, apply_id))


def _about(nouns: Nouns, state: OutboxState, given: Deferral, after: int = 0) -> list[OutboxItem]:
    exchange = given.subject if given.kind is Subject.EXCHANGE else ""
    application = given.subject if given.kind is Subject.APPLICATION else ""
    return list(nouns.notices.about(state, exchange, application, SLICE, after=after))


def _held_by_another(nouns: Nouns, item: OutboxItem, given: Deferral, now: datetime) -> bool:
    in_force = nouns.deferrals.in_force(item.exchange, item.application)
    return any(one.deferral_id != given.deferral_id and one.until > now for one in in_force)


def _check(wanted: Wanted, now: datetime) -> None:
    """The rules of the form.

    Raises:
        RefusedError: BAD_PARAMETER, naming the member.
    """
    if not _ID.fullmatch(wanted.subject):
        raise RefusedError(Reason.BAD_PARAMETER, "the application or exchange: its id, and nothing else")
    for name, text in (("law", wanted.law), ("article", wanted.article)):
        if not 0 < len(text.strip()) <= MAX_GROUND or not text.isprintable() or _LONG_NUMBER.search(text):
            raise RefusedError(Reason.BAD_PARAMETER, f"{name}: 1 to {MAX_GROUND} characters, no person's number")
    if not now < wanted.until <= now + LONGEST:
        raise RefusedError(Reason.BAD_PARAMETER, f"until: a time to come, within {LONGEST.days} days")
