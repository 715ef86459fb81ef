"""Holding notices to a holder back where the law says so, and telling them afterwards. Clause 8.4; PIPL articles 18 and 35.

A manager gives a deferral with its ground and its end; it is on record, and it holds what this node has yet to tell: as provider towards
the holder's province, and in that province towards the channel. The other provinces of the use are told, and hold it too. Whatever was told
stays told. When it ends, by its time or by a manager's word, the notices go in their old order; none is ever dropped. Issuers are not
deferred.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from federation.model.evidence import EventType
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.deferrals import Deferral, Subject
from node.ports.store import Nouns, Store
from node.usecases.on_record import on_record
from node.usecases.record import Recorder
from node.usecases.telling import deferral_events as events
from node.usecases.telling.holding import free, hold
from node.usecases.telling.teller import Teller
from node.usecases.workshop.managers import Manager, Role

DUE = 100  # deferrals that are ended in one round


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A deferral as a manager asks for it."""

    kind: Subject
    subject: str
    law: str
    article: str
    until: datetime


class DeferralDesk:
    """Gives and ends deferrals, and takes those of other provinces."""

    def __init__(
        self,
        *,
        store: Store,
        recorder: Recorder,
        teller: Teller,
        members: Callable[[], Sequence[str]],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        digest: Callable[[str], str],
        wake: Callable[[str], None],
    ) -> None:
        """`digest` makes the keyed digest of a manager's account; `wake` is told a target whose letters may go."""
        self._store = store
        self._recorder = recorder
        self._teller = teller
        self._members = members
        self._clock = clock
        self._new_id = new_id
        self._digest = digest
        self._wake = wake
        teller.takes(
            {events.GIVEN: events.GivenTaker(recorder, clock), events.ENDED: events.EndedTaker(recorder, clock)}
        )

    def _on_record(self, manager: Manager) -> AbstractAsyncContextManager[None]:
        """A refusal is on record, without what the manager wrote."""
        return on_record(self._store, self._recorder, EventType.NOTICE, "", manager=self._digest(manager.account))

    async def defer(self, manager: Manager, wanted: Wanted) -> tuple[Deferral, int]:
        """Give a deferral; it, and how many letters it holds back that were waiting.

        Raises:
            RefusedError: NOT_AUTHORISED: he does not review; BAD_PARAMETER: no ground, or an end that is past or too far. On record.
        """
        async with self._on_record(manager):
            given = self._wanted(manager, wanted)
        held, targets = await self._store.transact(lambda nouns: self._given(nouns, given))
        self._wake_all(targets)
        return given, held

    def _wanted(self, manager: Manager, wanted: Wanted) -> Deferral:
        """The deferral that is asked for.

        Raises:
            RefusedError: it may not be given.
        """
        manager.require(Role.REVIEW)
        now = self._clock()
        wrong = events.flaw(wanted.subject, wanted.law, wanted.article, wanted.until, now)
        if wrong:
            raise RefusedError(Reason.BAD_PARAMETER, wrong)
        return Deferral(
            deferral_id=self._new_id(),
            province=self._recorder.province,
            kind=wanted.kind,
            subject=wanted.subject,
            law=wanted.law,
            article=wanted.article,
            until=wanted.until,
            manager=self._digest(manager.account),
            given_at=now,
        )

    def _given(self, nouns: Nouns, given: Deferral) -> tuple[int, set[str]]:
        nouns.deferrals.give(given)
        events.record(self._recorder, nouns, given, "deferred", given.manager)
        targets: set[str] = set()
        for province in events.told_to(nouns, given, tuple(self._members())):
            targets |= self._teller.tell(nouns, province, events.given_event(given, self._new_id()))
        return hold(nouns, given), targets

    async def release(self, manager: Manager, deferral_id: str) -> tuple[Deferral, int]:
        """End a deferral before its time; it, and how many letters go now. One that is over already stays as it is.

        Another province's ends for this node alone: whoever has to tell decides.

        Raises:
            RefusedError: NOT_AUTHORISED, or NO_RECORD: there is none of this id. On record.
        """
        async with self._on_record(manager):
            manager.require(Role.REVIEW)
            given = self._store.read.deferrals.get(deferral_id)
            if given is None:
                raise RefusedError(Reason.NO_RECORD, "no deferral has this id")
        if given.ended_at is not None:
            return given, 0
        freed = await self._end(given, self._digest(manager.account))
        return self._store.read.deferrals.get(deferral_id) or given, freed

    async def end_due(self) -> None:
        """End those whose time is over.

        Raises:
            StoreError: the store refused; the rest is for the next time.
        """
        for given in self._store.read.deferrals.due(self._clock(), DUE):
            await self._end(given, "")

    async def _end(self, given: Deferral, by: str) -> int:
        freed, targets = await self._store.transact(lambda nouns: self._ended(nouns, given, by))
        self._wake_all(targets)
        return freed

    def _ended(self, nouns: Nouns, given: Deferral, by: str) -> tuple[int, set[str]]:
        own, now = self._recorder.province, self._clock()
        nouns.deferrals.end(given.deferral_id, now, by)
        events.record(self._recorder, nouns, given, "released", by)
        targets: set[str] = set()
        if by and given.province == own:  # where its time is over, every node knows
            for province in events.told_to(nouns, given, tuple(self._members())):
                targets |= self._teller.tell(nouns, province, events.ended_event(given, self._new_id(), now))
        going = free(nouns, given, now)
        return len(going), targets | {item.target for item in going}

    def _wake_all(self, targets: set[str]) -> None:
        for target in targets:
            self._wake(target)
