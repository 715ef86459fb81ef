"""Deferrals, in SQLite. See `node.ports.deferrals.Deferrals`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from node.ports.deferrals import Deferral, Subject
from node.ports.store import StoreError
from node.storage.sqlite.session import Session
from node.storage.sqlite.values import from_ms, to_ms

_COLUMNS = "deferral_id, province, kind, subject, law, article, until, manager, given_at, ended_at, ended_by"
_GIVE = f"INSERT INTO deferral ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, '')"  # noqa: S608 - our own names
_GET = f"SELECT {_COLUMNS} FROM deferral WHERE deferral_id = ?"  # noqa: S608
_END = "UPDATE deferral SET ended_at = ?, ended_by = ? WHERE deferral_id = ?"
_IN_FORCE = f"""
SELECT {_COLUMNS} FROM deferral WHERE ended_at IS NULL AND kind = 'EXCHANGE' AND subject = ? AND subject <> ''
UNION ALL
SELECT {_COLUMNS} FROM deferral WHERE ended_at IS NULL AND kind = 'APPLICATION' AND subject = ? AND subject <> ''
ORDER BY given_at
"""  # noqa: S608
_DUE = f"SELECT {_COLUMNS} FROM deferral WHERE ended_at IS NULL AND until <= ? ORDER BY until LIMIT ?"  # noqa: S608
_PAGE = f"SELECT {_COLUMNS} FROM deferral WHERE given_at < ? ORDER BY given_at DESC LIMIT ?"  # noqa: S608
_COUNT = "SELECT count(*) FROM deferral WHERE ended_at IS NULL"
_COUNT_OF = "SELECT count(*) FROM deferral WHERE ended_at IS NULL AND province = ?"
_PURGE = """
DELETE FROM deferral WHERE deferral_id IN (
  SELECT deferral_id FROM deferral WHERE ended_at < ? AND ended_at IS NOT NULL ORDER BY ended_at LIMIT ?
)
"""
_NEVER_MS = 1 << 62


class SqliteDeferrals:
    """Table deferral."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def give(self, deferral: Deferral) -> None:
        """Keep a new one."""
        until, given_at = to_ms(deferral.until), to_ms(deferral.given_at)
        ground = (deferral.law, deferral.article)
        named = (deferral.deferral_id, deferral.province, deferral.kind.value, deferral.subject)
        self._session.write(_GIVE, (*named, *ground, until, deferral.manager, given_at))

    def get(self, deferral_id: str) -> Deferral | None:
        """One."""
        row = self._session.row(_GET, (deferral_id,))
        return None if row is None else _deferral(row)

    def end(self, deferral_id: str, at: datetime, by: str) -> None:
        """It is over."""
        if not self._session.write(_END, (to_ms(at), by, deferral_id)):
            raise StoreError("there is no such deferral")

    def in_force(self, exchange: str, application: str) -> Sequence[Deferral]:
        """Those not ended of an exchange or an application."""
        return [_deferral(row) for row in self._session.rows(_IN_FORCE, (exchange, application))]

    def due(self, now: datetime, limit: int) -> Sequence[Deferral]:
        """Those whose time is over."""
        return [_deferral(row) for row in self._session.rows(_DUE, (to_ms(now), limit))]

    def page(self, before: datetime | None, limit: int) -> Sequence[Deferral]:
        """All, newest first."""
        below = _NEVER_MS if before is None else to_ms(before)
        return [_deferral(row) for row in self._session.rows(_PAGE, (below, limit))]

    def count(self, province: str = "") -> int:
        """How many are not ended."""
        row = self._session.row(_COUNT_OF, (province,)) if province else self._session.row(_COUNT)
        assert row is not None, "a count is a row"
        return int(row[0])

    def purge(self, before: datetime, limit: int) -> int:
        """Forget those that ended long ago."""
        return self._session.write(_PURGE, (to_ms(before), limit))


def _deferral(row: tuple[Any, ...]) -> Deferral:
    deferral_id, province, kind, subject, law, article, until, manager, given_at, ended_at, ended_by = row
    return Deferral(
        deferral_id=deferral_id,
        province=province,
        kind=Subject(kind),
        subject=subject,
        law=law,
        article=article,
        until=from_ms(until),
        manager=manager,
        given_at=from_ms(given_at),
        ended_at=None if ended_at is None else from_ms(ended_at),
        ended_by=ended_by,
    )
