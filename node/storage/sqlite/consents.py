"""Consents taken here, and handles of holders, in SQLite. See `node.ports.consents`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from node.ports.consents import StoredConsent, StoredHandle
from node.ports.store import StoreError
from node.storage.sqlite.session import Session
from node.storage.sqlite.values import from_ms, to_ms

_COLUMNS = "consent_id, grantor_key, app_id, document, taken_at, ends_at"
_PUT = f"INSERT OR IGNORE INTO consent ({_COLUMNS}, keyed) VALUES (?, ?, ?, ?, ?, ?, 1)"  # noqa: S608 - constants
_GET = f"SELECT {_COLUMNS} FROM consent WHERE consent_id = ?"  # noqa: S608
_OF_GRANTOR = f"SELECT {_COLUMNS} FROM consent WHERE grantor_key = ? ORDER BY taken_at DESC, consent_id LIMIT ?"  # noqa: S608
_PURGE = """
DELETE FROM consent WHERE consent_id IN (SELECT consent_id FROM consent WHERE ends_at < ? AND consent_id NOT IN
  (SELECT consent_id FROM hold JOIN given_verdict ON given_verdict.apply_id = hold.subject) LIMIT ?)
"""

_PUT_HANDLE = "INSERT OR IGNORE INTO handle (handle, app_id, minted_by, sealed, expires_at) VALUES (?, ?, ?, ?, ?)"
_GET_HANDLE = "SELECT app_id, minted_by, sealed, expires_at FROM handle WHERE handle = ?"
_PURGE_HANDLES = "DELETE FROM handle WHERE handle IN (SELECT handle FROM handle WHERE expires_at < ? LIMIT ?)"


class SqliteConsents:
    """Table consent."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, consent: StoredConsent) -> None:
        """Keep a consent."""
        one = consent
        row = (one.consent_id, one.grantor, one.app_id, one.document, to_ms(one.taken_at), to_ms(one.ends_at))
        if not self._session.write(_PUT, row):
            raise StoreError("this consent is held already")

    def get(self, consent_id: str) -> StoredConsent | None:
        """The consent of this id."""
        row = self._session.row(_GET, (consent_id,))
        return None if row is None else _consent(row)

    def of_grantor(self, grantor: str, limit: int) -> Sequence[StoredConsent]:
        """A holder's consents."""
        return [_consent(row) for row in self._session.rows(_OF_GRANTOR, (grantor, limit))]

    def purge(self, before: datetime, limit: int) -> int:
        """Forget what ended."""
        return self._session.write(_PURGE, (to_ms(before), limit))


def _consent(row: Any) -> StoredConsent:
    consent_id, grantor, app_id, document, taken_at, ends_at = row
    return StoredConsent(
        consent_id=consent_id,
        grantor=grantor,
        app_id=app_id,
        document=document,
        taken_at=from_ms(taken_at),
        ends_at=from_ms(ends_at),
    )


class SqliteHandles:
    """Table handle."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, handle: StoredHandle) -> None:
        """Keep a handle."""
        one = handle
        if not self._session.write(
            _PUT_HANDLE, (one.handle, one.app_id, one.minted_by, one.sealed, to_ms(one.expires_at))
        ):
            raise StoreError("this handle is held already")

    def get(self, handle: str) -> StoredHandle | None:
        """What this handle stands for."""
        row = self._session.row(_GET_HANDLE, (handle,))
        if row is None:
            return None
        app_id, minted_by, sealed, expires_at = row
        return StoredHandle(
            handle=handle, app_id=app_id, minted_by=minted_by, sealed=sealed, expires_at=from_ms(expires_at)
        )

    def purge(self, before: datetime, limit: int) -> int:
        """Forget what ended."""
        return self._session.write(_PURGE_HANDLES, (to_ms(before), limit))
