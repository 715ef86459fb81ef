"""Deferrals, in memory. See `node.ports.deferrals.Deferrals`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from node.ports.deferrals import Deferral, Subject
from node.ports.store import StoreError
from node.storage.memory.journal import Journal, Table


class MemoryDeferrals:
    """By id, in the order given."""

    def __init__(self, journal: Journal) -> None:
        self._given = Table[str, Deferral](journal)

    def give(self, deferral: Deferral) -> None:
        """Keep a new one."""
        self._given.insert(deferral.deferral_id, deferral, "the deferral")

    def get(self, deferral_id: str) -> Deferral | None:
        """One."""
        return self._given.get(deferral_id)

    def end(self, deferral_id: str, at: datetime, by: str) -> None:
        """It is over."""
        held = self._given.get(deferral_id)
        if held is None:
            raise StoreError("there is no such deferral")
        self._given.put(deferral_id, replace(held, ended_at=at, ended_by=by))

    def in_force(self, exchange: str, application: str) -> Sequence[Deferral]:
        """Those not ended of an exchange or an application."""
        named = {(Subject.EXCHANGE, exchange), (Subject.APPLICATION, application)}
        return [one for one in self._open() if one.subject and (one.kind, one.subject) in named]

    def due(self, now: datetime, limit: int) -> Sequence[Deferral]:
        """Those whose time is over."""
        return sorted((one for one in self._open() if one.until <= now), key=lambda one: one.until)[:limit]

    def page(self, before: datetime | None, limit: int) -> Sequence[Deferral]:
        """All, newest first."""
        found = [one for one in self._given if before is None or one.given_at < before]
        return sorted(found, key=lambda one: one.given_at, reverse=True)[:limit]

    def count(self, province: str = "") -> int:
        """How many are not ended."""
        return sum(province in {"", one.province} for one in self._open())

    def purge(self, before: datetime, limit: int) -> int:
        """Forget those that ended long ago."""
        return self._given.drop(lambda one: one.ended_at is not None and one.ended_at < before, limit)

    def _open(self) -> list[Deferral]:
        return sorted((one for one in self._given if one.ended_at is None), key=lambda one: one.given_at)
