"""What the verification of files found, in memory. See `node.ports.reports.Reports`."""

from node.ports.reports import ReportOf, StoredReport
from node.storage.memory.journal import Journal, Table


class MemoryReports:
    """Keyed by what the report is about."""

    def __init__(self, journal: Journal) -> None:
        self._reports = Table[tuple[ReportOf, str], StoredReport](journal)

    def put(self, report: StoredReport) -> None:
        """Keep or replace a report."""
        self._reports.put((report.about, report.key), report)

    def get(self, about: ReportOf, key: str) -> StoredReport | None:
        """The report."""
        return self._reports.get((about, key))

    def erase(self, about: ReportOf, key: str) -> int:
        """Forget it."""
        return self._reports.drop(lambda one: (one.about, one.key) == (about, key))
