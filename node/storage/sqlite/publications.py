"""Publications and receipts in SQLite. See `node.ports.lists.Publications`. Rows of entries: `node.storage.sqlite.entries`."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from federation.model.publication import EntryKey
from node.ports.lists import EntryChange, Kind, StoredEntry, StoredReceipt, StoredVersion
from node.ports.store import StoreError
from node.storage.sqlite.entries import Entries
from node.storage.sqlite.session import Row, Session
from node.storage.sqlite.values import from_ms, to_ms

_FIND = "SELECT number, newest FROM publication WHERE kind = ? AND publisher = ?"
_NAME = "INSERT OR IGNORE INTO publication (kind, publisher) VALUES (?, ?)"
_INSERT = """
INSERT INTO publication_version (kind, publisher, version, digest, document, size, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_VERSIONS = """
SELECT kind, publisher, version, digest, document, size, stored_at FROM publication_version
WHERE kind = ? AND publisher = ?
"""
_LATEST = f"{_VERSIONS} ORDER BY version DESC LIMIT 1"
_AT = f"{_VERSIONS} AND version = ?"
_AFTER = f"{_VERSIONS} AND version > ? ORDER BY version LIMIT ?"
_ADVANCE = "UPDATE publication SET newest = ?, buckets = ? WHERE number = ?"
_CONFIRM = "UPDATE publication SET confirmed_at = ? WHERE number = ?"
_BUCKETS = "SELECT buckets FROM publication WHERE kind = ? AND publisher = ?"
_CONFIRMED = "SELECT confirmed_at FROM publication WHERE kind = ? AND publisher = ? AND confirmed_at > 0"
_PUT_RECEIPT = """
INSERT INTO receipt (kind, peer, version, digest, received_at, refusal) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, peer) DO UPDATE
SET version = excluded.version, digest = excluded.digest, received_at = excluded.received_at, refusal = excluded.refusal
WHERE excluded.version >= version
"""
_RECEIPTS = "SELECT peer, version, digest, received_at, refusal FROM receipt WHERE kind = ? ORDER BY peer"


class SqlitePublications:
    """Tables publication, publication_version, publication_entry and receipt."""

    __slots__ = ("_entries", "_session")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._entries = Entries(session)

    def latest(self, kind: Kind, publisher: str) -> StoredVersion | None:
        """The newest version held."""
        row = self._session.row(_LATEST, (kind, publisher))
        return _version(row) if row else None

    def at(self, kind: Kind, publisher: str, version: int) -> StoredVersion | None:
        """This version."""
        row = self._session.row(_AT, (kind, publisher, version))
        return _version(row) if row else None

    def versions(self, kind: Kind, publisher: str, after: int, limit: int) -> Sequence[StoredVersion]:
        """The versions above `after`, in order."""
        return [_version(row) for row in self._session.rows(_AFTER, (kind, publisher, after, limit))]

    def stage(self, kind: Kind, publisher: str, version: int, changes: Iterable[EntryChange]) -> None:
        """Add changes to the version that will follow the newest."""
        number, newest = self._next(kind, publisher, version)
        self._entries.stage(number, version, newest, changes)

    def unstage(self, kind: Kind, publisher: str, limit: int = 2_000) -> int:
        """Forget what is staged."""
        return self._entries.unstage(*self._find(kind, publisher), limit)

    def keep(self, version: StoredVersion, buckets: bytes) -> None:
        """Make the staged version the newest: its number shows what was staged."""
        v = version
        number, _ = self._next(v.kind, v.publisher, v.version)
        row = (v.kind, v.publisher, v.version, v.digest, v.document, v.size, to_ms(v.stored_at))
        self._session.write(_INSERT, row)
        self._session.write(_ADVANCE, (v.version, buckets, number))

    def buckets(self, kind: Kind, publisher: str) -> bytes:
        """The bucket roots of the newest version."""
        row = self._session.row(_BUCKETS, (kind, publisher))
        return bytes(row[0]) if row else b""

    def leaves(self, kind: Kind, publisher: str, bucket: int, *, staged: bool = False) -> Sequence[bytes]:
        """The leaf hashes of one bucket."""
        number, newest = self._find(kind, publisher)
        return self._entries.leaves(number, bucket, None if staged else newest)

    def entry(self, kind: Kind, publisher: str, entry_id: str) -> Sequence[StoredEntry]:
        """All versions of one entry."""
        number, newest = self._find(kind, publisher)
        return self._entries.entry(number, entry_id, newest)

    def page(
        self, kind: Kind, publisher: str, version: int, after: EntryKey | None, limit: int
    ) -> Sequence[StoredEntry]:
        """The entries that stood in a version."""
        number, _ = self._find(kind, publisher)
        return self._entries.page(number, version, after, limit)

    def changes(
        self, kind: Kind, publisher: str, since: int, until: int, after: EntryKey | None, limit: int
    ) -> Sequence[EntryChange]:
        """What leads from one version to a later one."""
        number, _ = self._find(kind, publisher)
        return self._entries.changes(number, since, until, after, limit)

    def confirm(self, kind: Kind, publisher: str, at: datetime) -> None:
        """The publisher has nothing newer."""
        number, _ = self._named(kind, publisher)
        self._session.write(_CONFIRM, (to_ms(at), number))

    def confirmed(self, kind: Kind, publisher: str) -> datetime | None:
        """When the publisher last said so."""
        row = self._session.row(_CONFIRMED, (kind, publisher))
        return from_ms(row[0]) if row else None

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

    def _find(self, kind: Kind, publisher: str) -> tuple[int, int]:
        """The publication's number and its newest version; 0 and 0 where nothing is known of it."""
        row = self._session.row(_FIND, (kind, publisher))
        return (row[0], row[1]) if row else (0, 0)

    def _named(self, kind: Kind, publisher: str) -> tuple[int, int]:
        """The same, with a number in any case."""
        number, newest = self._find(kind, publisher)
        if not number:
            self._session.write(_NAME, (kind, publisher))
            number, newest = self._find(kind, publisher)
        return number, newest

    def _next(self, kind: Kind, publisher: str, version: int) -> tuple[int, int]:
        """The same, where this version may follow."""
        number, newest = self._named(kind, publisher)
        if version <= newest:
            raise StoreError(f"version {version} is not above {newest}, which is held")
        self._entries.check_only(number, version, newest)
        return number, newest


def _version(row: Row) -> StoredVersion:
    kind, publisher, version, digest, document, size, stored_at = row
    return StoredVersion(
        kind=Kind(kind),
        publisher=publisher,
        version=version,
        digest=digest,
        document=document,
        size=size,
        stored_at=from_ms(stored_at),
    )
