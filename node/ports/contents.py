"""The port of contents: what entries of the evidence log bind by a commitment, kept outside of it. Clause 8.5, DESIGN §2.8.

A row holds salt and content (`trust.commitment`) sealed by the vault, so that the database alone tells nothing. Both can be erased, and
the log verifies as before: that is what commitments are for. Whoever erases puts that on record. The row stays, empty: which entries bind
something that is gone can still be told. A row is found by its commitment, or by its subject: the application (apply id) that it belongs
to, else the exchange. `exchange_id` names the entries that bind it. Which exchanges belong to a subject is kept too, also of those that
bind nothing: what else a node keeps of them goes, or stays, with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredContent:
    """One content: `commitment` is 64 hex digits, `label` says what it is, `sealed` is salt ‖ content sealed, b"" once erased.

    `usecases.contents` seals and opens.
    """

    commitment: str
    label: str
    subject: str
    exchange_id: str
    sealed: bytes = field(repr=False)
    kept_at: datetime


class Contents(Protocol):
    """Contents behind commitments."""

    def put(self, content: StoredContent) -> None:
        """Keep it; one that is held under the same commitment stays as it is."""

    def get(self, commitment: str) -> StoredContent | None:
        """The content; None where it was never here."""

    def of(self, subject: str, limit: int, *, label: str = "", exchange_id: str = "") -> Sequence[StoredContent]:
        """Those of a subject, with this label and of this exchange ("": of any), the newest first, at most `limit`."""

    def left(self, subject: str, limit: int) -> Sequence[StoredContent]:
        """Those of a subject that are not erased, the oldest first, at most `limit`: for who erases them."""

    def older(self, before: datetime, limit: int) -> Sequence[StoredContent]:
        """Those kept before that time, oldest first, at most `limit`: for who erases by age.

        Not those that are erased, on hold, or of an objection that waits for its answer.
        """

    def belong(self, subject: str, exchange_id: str) -> None:
        """Remember that an exchange belongs to this subject."""

    def exchanges(self, subject: str) -> Sequence[str]:
        """The exchanges that belong to a subject, ordered."""

    def erase(self, commitment: str) -> bool:
        """Forget salt and content for good; whether they were here. The caller puts it on record in the same unit."""
