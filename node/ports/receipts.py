"""The port of completeness receipts: the proofs under which provinces answered a search, or turned an application down. Clause 8.2.

And the stop orders by which a search did not ask: one that was lifted since may be held nowhere else. A proof is the sender's evidence
entry with its place in the sender's log (DESIGN §4); it is all that is kept of a signed answer, and it holds no personal data. The subject
it is kept under is the exchange of a search, or the id of an application that the province rejected.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from trust.envelope import LogProof


class Receipts(Protocol):
    """Proofs of the peers' answers and their stop orders (signed documents), by subject and province."""

    def put(
        self, subject: str, proofs: Mapping[str, LogProof], stops: Mapping[str, Sequence[bytes]], kept_at: datetime
    ) -> None:
        """Keep them; what is held for the same subject and province is replaced. Where there are none, nothing is kept."""

    def of(self, subject: str) -> Mapping[str, LogProof]:
        """The proofs of a subject by province, ordered."""

    def stops(self, subject: str) -> Mapping[str, tuple[bytes, ...]]:
        """The stop orders of a subject by province, ordered."""

    def purge(self, before: datetime, limit: int) -> int:
        """Forget subjects first kept before that time, oldest first, at most `limit`; returns how many."""
