"""The chain of membership documents in SQLite. See `node.ports.memberships.Memberships`."""

from collections.abc import Sequence

from node.ports.memberships import StoredMembership
from node.ports.store import StoreError
from node.storage.sqlite.session import Row, Session
from node.storage.sqlite.values import from_ms, to_ms

# Nothing is inserted where the version is not the first, or the one after the newest held.
_PUT = """
INSERT INTO membership (version, digest, document, stored_at)
SELECT :version, :digest, :document, :stored_at
WHERE :version = (SELECT coalesce(max(version), :version - 1) FROM membership) + 1
"""
_AFTER = "SELECT version, digest, document, stored_at FROM membership WHERE version > ? ORDER BY version LIMIT ?"
_LATEST = "SELECT version, digest, document, stored_at FROM membership ORDER BY version DESC LIMIT 1"


class SqliteMemberships:
    """Table membership."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, membership: StoredMembership) -> None:
        """Keep the first document, or the next version."""
        m = membership
        row = {"version": m.version, "digest": m.digest, "document": m.document, "stored_at": to_ms(m.stored_at)}
        if not self._session.write(_PUT, row):
            raise StoreError(f"membership version {m.version} does not follow the one that is held")

    def latest(self) -> StoredMembership | None:
        """The newest version held."""
        row = self._session.row(_LATEST)
        return None if row is None else _membership(row)

    def after(self, version: int, limit: int) -> Sequence[StoredMembership]:
        """The versions above this one."""
        return [_membership(row) for row in self._session.rows(_AFTER, (version, limit))]


def _membership(row: Row) -> StoredMembership:
    version, digest, document, stored_at = row
    return StoredMembership(version=version, digest=digest, document=document, stored_at=from_ms(stored_at))
