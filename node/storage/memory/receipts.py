"""Completeness receipts in memory. See `node.ports.receipts.Receipts`."""

from collections.abc import Mapping
from datetime import datetime

from node.storage.memory.journal import Journal, Table
from trust.envelope import LogProof


class MemoryReceipts:
    """Keyed by subject, with the time at which the first proof was kept."""

    def __init__(self, journal: Journal) -> None:
        self._kept = Table[str, tuple[datetime, Mapping[str, LogProof]]](journal)

    def put(self, subject: str, proofs: Mapping[str, LogProof], kept_at: datetime) -> None:
        """Keep or replace."""
        since, before = self._kept.get(subject) or (kept_at, {})
        if proofs:
            self._kept.put(subject, (since, {**before, **proofs}))

    def of(self, subject: str) -> Mapping[str, LogProof]:
        """The proofs of a subject."""
        kept = self._kept.get(subject)
        return {} if kept is None else dict(sorted(kept[1].items()))

    def purge(self, before: datetime, limit: int) -> int:
        """Forget what was kept before."""
        return self._kept.drop(lambda row: row[0] < before, limit)
