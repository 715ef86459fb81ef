"""Completeness receipts in memory. See `node.ports.receipts.Receipts`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from node.storage.memory.journal import Journal, Table
from trust.envelope import LogProof


class _Kept(NamedTuple):
    since: datetime
    proofs: Mapping[str, LogProof]
    stops: Mapping[str, tuple[bytes, ...]]


class MemoryReceipts:
    """Keyed by subject, with the time at which the first was kept."""

    def __init__(self, journal: Journal) -> None:
        self._kept = Table[str, _Kept](journal)

    def put(
        self, subject: str, proofs: Mapping[str, LogProof], stops: Mapping[str, Sequence[bytes]], kept_at: datetime
    ) -> None:
        """Keep or replace."""
        before = self._kept.get(subject) or _Kept(kept_at, {}, {})
        orders = {code: tuple(documents) for code, documents in stops.items()}
        if proofs or orders:
            self._kept.put(subject, _Kept(before.since, {**before.proofs, **proofs}, {**before.stops, **orders}))

    def of(self, subject: str) -> Mapping[str, LogProof]:
        """The proofs of a subject."""
        kept = self._kept.get(subject)
        return {} if kept is None else dict(sorted(kept.proofs.items()))

    def stops(self, subject: str) -> Mapping[str, tuple[bytes, ...]]:
        """The stop orders of a subject."""
        kept = self._kept.get(subject)
        return {} if kept is None else dict(sorted(kept.stops.items()))

    def purge(self, before: datetime, limit: int) -> int:
        """Forget what was kept before."""
        return self._kept.drop(lambda row: row.since < before, limit)
