"""Receipts in memory. See `node.ports.receipts.Receipts`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from node.ports.receipts import MAX_OF_EXCHANGE, KeptProof
from node.storage.memory.contents import MemoryContents
from node.storage.memory.journal import Journal, Table
from trust.envelope import LogProof


class _Kept(NamedTuple):
    row: int
    subject: str
    of_peer: bool
    kept_at: datetime
    proofs: Mapping[str, LogProof]
    stops: Mapping[str, tuple[bytes, ...]]


class MemoryReceipts:
    """Rows in the order in which they were kept."""

    def __init__(self, journal: Journal, contents: MemoryContents) -> None:
        self._contents = contents
        self._kept = Table[int, _Kept](journal)
        self._last = 0

    def put(
        self,
        subject: str,
        proofs: Mapping[str, LogProof],
        stops: Mapping[str, Sequence[bytes]],
        kept_at: datetime,
        *,
        of_peer: bool = False,
    ) -> None:
        """Keep one more row."""
        if proofs or stops:
            self._last += 1
            orders = {code: tuple(documents) for code, documents in stops.items()}
            self._kept.put(self._last, _Kept(self._last, subject, of_peer, kept_at, dict(proofs), orders))

    def of(self, subject: str) -> Mapping[str, LogProof]:
        """The newest by province."""
        found = {code: proof for row in self._rows(subject) for code, proof in row.proofs.items()}
        return dict(sorted(found.items()))

    def every(self, subject: str, *, of_peer: bool = False) -> Sequence[KeptProof]:
        """All proofs of a subject."""
        return list(islice(_proofs(self._rows(subject, of_peer=of_peer)), MAX_OF_EXCHANGE))

    def stops(self, subject: str) -> Mapping[str, tuple[bytes, ...]]:
        """The stop orders of a subject."""
        found = {code: orders for row in self._rows(subject) for code, orders in row.stops.items()}
        return dict(sorted(found.items()))

    def since(self, row: int, limit: int) -> Sequence[KeptProof]:
        """Proofs behind a row."""
        return list(_proofs(islice((one for one in self._kept if one.row > row), limit)))

    def last(self) -> int:
        """The newest row."""
        return max((one.row for one in self._kept), default=0)

    def purge(self, before: datetime, limit: int) -> int:
        """Forget what was kept before."""
        held = self._contents.held()
        return self._kept.drop(lambda row: row.kept_at < before and row.subject not in held, limit)

    def oldest(self, but: datetime) -> datetime:
        """When the oldest row was kept; `but` where there is none."""
        return next((row.kept_at for row in self._kept), but)

    def _rows(self, subject: str, *, of_peer: bool = False) -> Iterator[_Kept]:
        return (one for one in self._kept if (one.subject, one.of_peer) == (subject, of_peer))


def _proofs(rows: Iterator[_Kept]) -> Iterator[KeptProof]:
    for one in rows:
        for code, proof in one.proofs.items():
            yield KeptProof(row=one.row, province=code, proof=proof)
