"""One-time addresses in SQLite. See `node.ports.downloads.Downloads`."""

from datetime import datetime

from node.ports.downloads import StoredDownload
from node.ports.store import StoreError
from node.storage.sqlite.session import Session
from node.storage.sqlite.values import from_ms, to_ms

_PUT = """
INSERT OR IGNORE INTO download (token_digest, app_id, exchange_id, sealed, size, expires_at, taken_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_GET = "SELECT app_id, exchange_id, sealed, size, expires_at, taken_at FROM download WHERE token_digest = ?"
_TAKE = """
UPDATE download SET taken_at = ? WHERE token_digest = ? AND app_id = ? AND taken_at IS NULL AND expires_at > ?
"""
_WAITING = """
SELECT count(*), coalesce(sum(size), 0) FROM download
WHERE app_id = ? AND taken_at IS NULL AND expires_at > ? AND exchange_id <> ?
"""
_UNUSED = "SELECT token_digest FROM download WHERE exchange_id = ? AND taken_at IS NULL"
_END = "DELETE FROM download WHERE exchange_id = ? AND taken_at IS NULL"
_PURGE = "DELETE FROM download WHERE rowid IN (SELECT rowid FROM download WHERE expires_at < ? LIMIT ?)"


class SqliteDownloads:
    """Table download."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, download: StoredDownload) -> None:
        """Keep an address."""
        d = download
        taken = None if d.taken_at is None else to_ms(d.taken_at)
        row = (d.token_digest, d.app_id, d.exchange_id, d.sealed, d.size, to_ms(d.expires_at), taken)
        if not self._session.write(_PUT, row):
            raise StoreError("this address is held already")

    def get(self, token_digest: str) -> StoredDownload | None:
        """The address."""
        row = self._session.row(_GET, (token_digest,))
        if row is None:
            return None
        app_id, exchange_id, sealed, size, expires_at, taken_at = row
        return StoredDownload(
            token_digest=token_digest,
            app_id=app_id,
            exchange_id=exchange_id,
            sealed=sealed,
            size=size,
            expires_at=from_ms(expires_at),
            taken_at=None if taken_at is None else from_ms(taken_at),
        )

    def take(self, token_digest: str, app_id: str, now: datetime) -> bool:
        """Use the address, once."""
        at = to_ms(now)
        return self._session.write(_TAKE, (at, token_digest, app_id, at)) == 1

    def waiting(self, app_id: str, now: datetime, besides: str = "") -> tuple[int, int]:
        """How many can still be used, and their bytes."""
        row = self._session.row(_WAITING, (app_id, to_ms(now), besides))
        assert row is not None, "count gives a row"
        return int(row[0]), int(row[1])

    def end(self, exchange_id: str) -> list[str]:
        """Forget the unused ones of an exchange."""
        names = [str(digest) for (digest,) in self._session.rows(_UNUSED, (exchange_id,))]
        self._session.write(_END, (exchange_id,))
        return names

    def purge(self, before: datetime, limit: int) -> int:
        """Forget what expired."""
        return self._session.write(_PURGE, (to_ms(before), limit))
