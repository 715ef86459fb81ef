"""Rounds of reconciliation and what is missing, in memory. See `node.ports.reconciliations.Reconciliations`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from federation.model.reconcile import Element, Finding
from node.ports.reconciliations import MissingRecord, Round
from node.storage.memory.journal import Journal, Table


class MemoryReconciliations:
    """Rounds by peer; what is missing by peer and element."""

    def __init__(self, journal: Journal) -> None:
        self._rounds = Table[str, Round](journal)
        self._missing = Table[tuple[str, Element], MissingRecord](journal)

    def put_round(self, one: Round) -> None:
        """Keep a round."""
        self._rounds.put(one.peer, one)

    def rounds(self) -> Sequence[Round]:
        """The newest round with each peer."""
        return sorted(self._rounds, key=lambda one: one.peer)

    def note(self, one: MissingRecord) -> bool:
        """Keep it, or that it still is so."""
        place = one.peer, one.element
        before = self._missing.get(place)
        self._missing.put(place, one if before is None else replace(one, found_at=before.found_at))
        return before is None

    def settle(self, peer: str, elements: Sequence[Element]) -> int:
        """Forget what is not missing any more."""
        shown = set(elements)
        return self._missing.drop(lambda one: one.peer == peer and one.element in shown)

    def missing(self, after: tuple[str, Element] | None, limit: int) -> Sequence[MissingRecord]:
        """What is missing, in order."""
        every = sorted(self._missing, key=_place)
        return [one for one in every if after is None or _place(one) > after][:limit]

    def counts(self) -> Mapping[tuple[str, Finding, str], int]:
        """How many there are."""
        return Counter((one.peer, one.finding, one.lacks) for one in self._missing)


def _place(one: MissingRecord) -> tuple[str, Element]:
    return one.peer, one.element
