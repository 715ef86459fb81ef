"""Objections in memory. See `node.ports.objections.Objections`."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from node.ports.objections import WAITING, CaseState, Errand, Part, StoredObjection
from node.ports.store import StoreError
from node.storage.memory.holds import MemoryHolds
from node.storage.memory.journal import Journal, Table


class MemoryObjections:
    """Five tables: cases and documents by id; errands, which of them are parked, and who was ever told by (id, peer)."""

    def __init__(self, journal: Journal, holds: MemoryHolds) -> None:
        self._holds = holds
        self._cases = Table[str, StoredObjection](journal)
        self._documents = Table[str, tuple[bytes, ...]](journal)
        self._errands = Table[tuple[str, str], Errand](journal)
        self._parked = Table[tuple[str, str], Errand](journal)
        self._peers = Table[tuple[str, str], tuple[str, str]](journal)

    def put(self, case: StoredObjection, documents: Sequence[bytes]) -> None:
        """Keep a new case."""
        self._cases.insert(case.objection_id, case, "this objection")
        self._documents.put(case.objection_id, tuple(documents))

    def advance(self, case: StoredObjection, documents: Sequence[bytes]) -> None:
        """Replace what is known of a case, and add documents."""
        held = self._cases.get(case.objection_id)
        if held is None:
            raise StoreError("there is no such objection")
        known = replace(
            held,
            state=case.state,
            changed_at=case.changed_at,
            refusal=case.refusal,
            taking_back=case.taking_back,
            escalated=case.escalated,
        )
        self._cases.put(case.objection_id, known)
        self._documents.put(case.objection_id, (*self.documents(case.objection_id), *documents))

    def received(self, objection_id: str, at: datetime, due: str) -> None:
        """The owner has been told."""
        held = self._cases.get(objection_id)
        if held is not None and held.received_at is None:
            self._cases.put(objection_id, replace(held, received_at=at, due=due))

    def get(self, objection_id: str) -> StoredObjection | None:
        """One case."""
        return self._cases.get(objection_id)

    def documents(self, objection_id: str) -> Sequence[bytes]:
        """Its documents."""
        return list(self._documents.get(objection_id) or ())

    def page(
        self, states: Sequence[CaseState], part: Part | None, after: tuple[str, str] | None, limit: int
    ) -> Sequence[StoredObjection]:
        """Cases, the one due first before others."""
        found = [one for one in self._cases if one.state in states and part in (None, one.part)]
        ordered = sorted(found, key=_place)
        return [one for one in ordered if after is None or _place(one) > after][:limit]

    def of_app(self, app_id: str, limit: int) -> Sequence[StoredObjection]:
        """What a line system raised."""
        found = sorted((one for one in self._cases if one.app_id == app_id), key=lambda one: one.objection_id)
        return sorted(found, key=lambda one: one.raised_at, reverse=True)[:limit]

    def raised_since(self, app_id: str, since: datetime) -> int:
        """How many a line system raised."""
        return sum(one.app_id == app_id and one.raised_at >= since for one in self._cases)

    def waiting_of(self, raiser: str) -> int:
        """How many of a province wait."""
        return sum(one.raiser == raiser for one in self._waiting())

    def disputed(self, certificate: str, owners: Collection[str]) -> bool:
        """Whether one of these owners' waits about this certificate."""
        return any(one.certificate == certificate and one.owner in owners for one in self._waiting())

    def any_waiting(self) -> bool:
        """Whether any waits."""
        return bool(self._waiting())

    def taking_back(self, limit: int) -> Sequence[StoredObjection]:
        """Withdrawals that wait for a move."""
        found = [one for one in self._cases if one.taking_back and one.part is Part.OWNER]
        return sorted(found, key=lambda one: one.changed_at)[:limit]

    def overdue(self, today: str, limit: int) -> Sequence[StoredObjection]:
        """What is late and was not escalated."""
        found = [one for one in self._waiting() if one.due < today and not one.escalated]
        return sorted(found, key=_place)[:limit]

    def counts(self) -> Mapping[tuple[Part, CaseState], int]:
        """How many by part and state."""
        return Counter((one.part, one.state) for one in self._cases)

    def late(self, today: str) -> Mapping[Part, int]:
        """How many are late."""
        return Counter(one.part for one in self._waiting() if one.due < today)

    def tell(self, objection_id: str, peer: str) -> None:
        """Queue a peer."""
        held = self._errands.get((objection_id, peer))
        wanted = held.wanted + 1 if held else 1
        errand = Errand(objection_id=objection_id, peer=peer, wanted=wanted, attempts=0)
        self._errands.put((objection_id, peer), errand)
        self._unpark(objection_id, peer)
        self._peers.put((objection_id, peer), (objection_id, peer))

    def errand(self, peer: str) -> Errand | None:
        """What to tell a peer next."""
        free = (one for one in self._errands if one.peer == peer and (one.objection_id, peer) not in self._parked)
        return min(free, key=lambda one: one.attempts, default=None)

    def told(self, errand: Errand) -> None:
        """A peer was told."""
        mine = (errand.objection_id, errand.peer, errand.wanted)
        if self._errands.drop(lambda one: (one.objection_id, one.peer, one.wanted) == mine):
            self._unpark(errand.objection_id, errand.peer)

    def tried(self, errand: Errand) -> None:
        """A call failed."""
        held = self._errands.get((errand.objection_id, errand.peer))
        if held is not None:
            self._errands.put((errand.objection_id, errand.peer), replace(held, attempts=held.attempts + 1))

    def park(self, errand: Errand) -> None:
        """The peer holds other documents."""
        held = self._errands.get((errand.objection_id, errand.peer))
        if held is not None and held.wanted == errand.wanted:
            self._parked.put((errand.objection_id, errand.peer), held)

    def _unpark(self, objection_id: str, peer: str) -> None:
        self._parked.drop(lambda one: (one.objection_id, one.peer) == (objection_id, peer))

    def parked(self) -> Mapping[str, int]:
        """How many are parked."""
        return Counter(one.peer for one in self._parked)

    def errands(self) -> Mapping[str, int]:
        """How many wait to be told."""
        return Counter(one.peer for one in self._errands)

    def peers(self, objection_id: str) -> Sequence[str]:
        """The peers that ever had something to be told."""
        return sorted(peer for held, peer in self._peers if held == objection_id)

    def untold(self, objection_id: str) -> Mapping[str, int]:
        """The peers that wait to be told."""
        return {one.peer: one.attempts for one in self._errands if one.objection_id == objection_id}

    def purge(self, before: datetime, limit: int) -> int:
        """Forget what ended."""
        ended = [one for one in self._cases if one.state not in WAITING and one.changed_at < before]
        ended = [one for one in ended if self._holds.get(one.objection_id) is None]
        doomed = {one.objection_id for one in sorted(ended, key=lambda one: one.changed_at)[:limit]}
        for table in (self._errands, self._parked):
            table.drop(lambda one: one.objection_id in doomed)
        self._peers.drop(lambda one: one[0] in doomed)
        for objection_id in doomed:
            self._documents.put(objection_id, ())
        return self._cases.drop(lambda one: one.objection_id in doomed)

    def _waiting(self) -> list[StoredObjection]:
        return [one for one in self._cases if one.state in WAITING]


def _place(case: StoredObjection) -> tuple[str, str]:
    return (case.due, case.objection_id)
