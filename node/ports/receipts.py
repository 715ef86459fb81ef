"""The port of completeness receipts: the proofs under which provinces answered a search, or turned an application down. Clause 8.2.

A proof is the sender's evidence entry with its place in the sender's log (DESIGN §4); it is all that is kept of a signed answer, and it
holds no personal data. The subject it is kept under is the exchange of a search, or the id of an application that the province rejected.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from trust.envelope import LogProof


class Receipts(Protocol):
    """Proofs of the peers' answers, by subject and province."""

    def put(self, subject: str, proofs: Mapping[str, LogProof], kept_at: datetime) -> None:
        """Keep the proofs, by province; one held for the same subject and province is replaced. No proofs are no subject."""

    def of(self, subject: str) -> Mapping[str, LogProof]:
        """The proofs of a subject by province, ordered."""

    def purge(self, before: datetime, limit: int) -> int:
        """Forget subjects whose first proof was kept before that time, oldest first, at most `limit`; returns how many."""
