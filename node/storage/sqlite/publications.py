"""Publications and receipts in SQLite. See `node.ports.store.Publications`."""

from collections.abc import Sequence

from node.ports.lists import Kind, StoredReceipt, StoredVersion
from node.ports.store import StoreError
from node.storage.sqlite.session import Session
from node.storage.sqlite.values import from_ms, to_ms

# Nothing is inserted where the version is not above all that are held.
_PUT = """
INSERT INTO publication (kind, publisher, version, digest, document, stored_at)
SELECT :kind, :publisher, :version, :digest, :document, :stored_at
WHERE :version > (SELECT coalesce(max(version), :version - 1) FROM publication WHERE kind = :kind AND publisher = :publisher)
"""
_LATEST = """
SELECT version, digest, document, stored_at FROM publication
WHERE kind = ? AND publisher = ? ORDER BY version DESC LIMIT 1
"""
_PUT_RECEIPT = """
INSERT INTO receipt (kind, peer, version, digest, received_at, refusal) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, peer) DO UPDATE
SET version = excluded.version, digest = excluded.digest, received_at = excluded.received_at, refusal = excluded.refusal
WHERE excluded.version >= version
"""
_RECEIPTS = "SELECT peer, version, digest, received_at, refusal FROM receipt WHERE kind = ? ORDER BY peer"


class SqlitePublications:
    """Tables publication and receipt."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, publication: StoredVersion) -> None:
        """Keep a version that is above the one held."""
        p = publication
        row = {"kind": p.kind, "publisher": p.publisher, "version": p.version, "digest": p.digest}
        if not self._session.write(_PUT, {**row, "document": p.document, "stored_at": to_ms(p.stored_at)}):
            raise StoreError(f"version {p.version} is not above the one that is held")

    def latest(self, kind: Kind, publisher: str) -> StoredVersion | None:
        """The newest version held."""
        row = self._session.row(_LATEST, (kind, publisher))
        if row is None:
            return None
        version, digest, document, stored_at = row
        return StoredVersion(
            kind=kind,
            publisher=publisher,
            version=version,
            digest=digest,
            document=document,
            stored_at=from_ms(stored_at),
        )

    def put_receipt(self, receipt: StoredReceipt) -> None:
        """Keep the receipt unless it is for an older version."""
        r = receipt
        self._session.write(_PUT_RECEIPT, (r.kind, r.peer, r.version, r.digest, to_ms(r.received_at), r.refusal))

    def receipts(self, kind: Kind) -> Sequence[StoredReceipt]:
        """The newest receipt of each peer."""
        return [
            StoredReceipt(
                kind=kind, peer=peer, version=version, digest=digest, received_at=from_ms(received_at), refusal=refusal
            )
            for peer, version, digest, received_at, refusal in self._session.rows(_RECEIPTS, (kind,))
        ]
