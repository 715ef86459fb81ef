"""What the verification of files found, as the store keeps it. Clause 8.3. Part of the store port: `node.ports.store`."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ReportOf(StrEnum):
    """Which file a verification report is about, and what its key is."""

    ISSUED = "ISSUED"
    """A file of the own library; the key is its SM3 (hex)."""
    RECEIVED = "RECEIVED"
    """A file that another province handed out; the key is the exchange id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """What the verification of a file found. `sealed` is the report under the node's storage key: it can name who signed."""

    about: ReportOf
    key: str
    file_sm3: str
    verdict: str
    sealed: bytes
    verified_at: datetime


class Reports(Protocol):
    """The verification reports of issued and of received files. REQUIREMENTS 8.3."""

    def put(self, report: StoredReport) -> None:
        """Keep or replace the report."""

    def get(self, about: ReportOf, key: str) -> StoredReport | None:
        """The report, where there is one."""

    def erase(self, about: ReportOf, key: str) -> int:
        """Forget the report; returns how many there were."""
