"""The province's certificates in memory. See `node.ports.certificates.Certificates`."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from node.ports.certificates import StoredCertificate
from node.storage.memory.journal import Journal, Table


class MemoryCertificates:
    """Staged rows are keyed by import and identifier, published ones by identifier; a look-up by holder walks them all."""

    def __init__(self, journal: Journal) -> None:
        self._staged = Table[tuple[str, str], tuple[str, StoredCertificate]](journal)
        self._published = Table[str, StoredCertificate](journal)

    def stage(self, import_id: str, certificates: Iterable[StoredCertificate]) -> None:
        """Put rows aside."""
        for certificate in certificates:
            self._staged.put((import_id, certificate.identifier), (import_id, certificate))

    def publish(self, import_id: str) -> tuple[int, int]:
        """Show the staged rows."""
        rows = [certificate for owner, certificate in self._staged if owner == import_id]
        new = sum(row.identifier not in self._published for row in rows)
        for row in rows:
            before = self._published.get(row.identifier)
            self._published.put(row.identifier, replace(row, disputed=before is not None and before.disputed))
        self.drop_staged(import_id)
        return new, len(rows) - new

    def drop_staged(self, import_id: str | None = None) -> int:
        """Forget staged rows."""
        return self._staged.drop(lambda row: import_id in {None, row[0]})

    def by_holder(
        self, holder_digest: str, type_codes: Sequence[str], limit: int, number: str = "", valid_on: str = ""
    ) -> Sequence[StoredCertificate]:
        """Certificates of a holder, newest first."""
        rows = [row for row in self._published if holder_digest in row.holder_digests and row.type_code in type_codes]
        rows = [row for row in rows if number in {"", row.number} and (not valid_on or _is_valid(row, valid_on))]
        rows.sort(key=lambda row: row.identifier)
        return sorted(rows, key=lambda row: row.issued, reverse=True)[:limit]

    def get(self, identifier: str) -> StoredCertificate | None:
        """One certificate."""
        return self._published.get(identifier)

    def of_holder(self, holder_digest: str, type_codes: Sequence[str], identifier: str) -> StoredCertificate | None:
        """One certificate of a holder."""
        row = self._published.get(identifier)
        is_theirs = row is not None and holder_digest in row.holder_digests and row.type_code in type_codes
        return row if is_theirs else None

    def dispute(self, identifier: str, *, disputed: bool) -> bool:
        """Mark a certificate, or take the mark away."""
        row = self._published.get(identifier)
        if row is not None:
            self._published.put(identifier, replace(row, disputed=disputed))
        return row is not None

    def supersede(self, identifier: str, by: str) -> bool:
        """Point to the one that counts instead."""
        row = self._published.get(identifier)
        if row is not None:
            self._published.put(identifier, replace(row, superseded_by=by))
        return row is not None

    def count(self) -> int:
        """How many."""
        return len(self._published)


def _is_valid(row: StoredCertificate, day: str) -> bool:
    """Both days of the period are in it; one without an end does not end."""
    return row.status == "VALID" and row.valid_from <= day and (not row.valid_until or day <= row.valid_until)
