"""What the verification of files found, in SQLite. See `node.ports.reports.Reports`."""

from node.ports.reports import ReportOf, StoredReport
from node.storage.sqlite.session import Session
from node.storage.sqlite.values import from_ms, to_ms

_PUT = "INSERT OR REPLACE INTO report (about, key, file_sm3, verdict, sealed, verified_at) VALUES (?, ?, ?, ?, ?, ?)"
_GET = "SELECT file_sm3, verdict, sealed, verified_at FROM report WHERE about = ? AND key = ?"
_ERASE = "DELETE FROM report WHERE about = ? AND key = ?"


class SqliteReports:
    """Table report."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, report: StoredReport) -> None:
        """Keep or replace a report."""
        r = report
        self._session.write(_PUT, (r.about.value, r.key, r.file_sm3, r.verdict, r.sealed, to_ms(r.verified_at)))

    def get(self, about: ReportOf, key: str) -> StoredReport | None:
        """The report."""
        row = self._session.row(_GET, (about.value, key))
        if row is None:
            return None
        file_sm3, verdict, sealed, verified_at = row
        return StoredReport(
            about=about, key=key, file_sm3=file_sm3, verdict=verdict, sealed=sealed, verified_at=from_ms(verified_at)
        )

    def erase(self, about: ReportOf, key: str) -> int:
        """Forget it."""
        return self._session.write(_ERASE, (about.value, key))
