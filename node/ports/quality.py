"""What is amiss with the data of issued certificates, as it was found at import and in files that other provinces handed out. P13.

For the issuers to mend. No personal data: a certificate is named by `vault.reference`, a finding by a word. What the words mean is in
`node.library.quality`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Source(StrEnum):
    """Where something was found."""

    IMPORTED = "IMPORTED"
    """A row that an import took in; the key is the certificate."""
    REFUSED = "REFUSED"
    """A row that the last import did not take; the key is what the row calls its certificate, or the row."""
    RECEIVED = "RECEIVED"
    """A file that another province handed out; the key is the certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFinding:
    """One thing amiss with one certificate. `province` is the one whose library holds it; codes are "" where they cannot be read."""

    source: Source
    key: str
    word: str
    province: str
    type_code: str
    issuer_code: str
    found_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingCount:
    """How many certificates have a finding."""

    source: Source
    province: str
    type_code: str
    issuer_code: str
    word: str
    count: int


FindingKey = tuple[str, str, str]
"""(source, key, word) of a finding: the order of pages."""


class Quality(Protocol):
    """Findings by certificate."""

    def replace(self, source: Source, key: str, findings: Iterable[StoredFinding]) -> None:
        """Keep these in place of all that was found of this certificate; they have this source and key."""

    def clear(self, source: Source, limit: int) -> int:
        """Forget what was found there, at most `limit`; returns how many (0: nothing is left)."""

    def counts(self, *, type_code: str, issuer_code: str) -> Sequence[FindingCount]:
        """How many certificates have which finding, by province, type, issuer, word and source; "" is any type or issuer."""

    def page(
        self, *, type_code: str, issuer_code: str, after: FindingKey | None, limit: int
    ) -> Sequence[StoredFinding]:
        """The findings themselves, in the order of their keys."""
