"""Completeness receipts in memory. See `node.ports.receipts.Receipts`."""

from collections.abc import Mapping
from datetime import datetime

from node.storage.memory.journal import Journal, Table
from trust.envelope import LogProof


class MemoryReceipts:
    """Keyed by subject and province."""

    def __init__(self, journal: Journal) -> None:
        self._proofs = Table[tuple[str, str], tuple[str, str, LogProof, datetime]](journal)

    def put(self, subject: str, proofs: Mapping[str, LogProof], kept_at: datetime) -> None:
        """Keep or replace."""
        for province, proof in proofs.items():
            self._proofs.put((subject, province), (subject, province, proof, kept_at))

    def of(self, subject: str) -> Mapping[str, LogProof]:
        """The proofs of a subject."""
        return dict(sorted((province, proof) for about, province, proof, _ in self._proofs if about == subject))

    def purge(self, before: datetime, limit: int) -> int:
        """Forget what was kept before."""
        return self._proofs.drop(lambda row: row[3] < before, limit)
