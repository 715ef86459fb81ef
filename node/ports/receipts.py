"""The port of receipts: the proofs under which messages of other provinces came, for every recorded exchange. Clauses 8.2, 8.5, DESIGN §4.

A proof is the sender's evidence entry with its place in the sender's log; it is all that is kept of a proven message, and it holds no
personal data. Our own half needs no keeping: this node proves its own entries at any time (`Store.prove`). The subject a proof is kept
under is the exchange; of an application that a province rejected, also the application's id. What peers asked under exchange ids of their
choice is apart from what this node asked (`of_peer`), as in `Evidence.of_exchange`.

With the answers to a search come the stop orders by which it did not ask: one that was lifted since may be held nowhere else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from trust.envelope import LogProof

MAX_OF_EXCHANGE = 1_000
"""Proofs handed out of one subject: a retry brings one more, and a peer may repeat itself as often as it likes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptProof:
    """One proof, and the province whose log it is of. `row` is where it is kept: rows grow, and one row may hold several provinces."""

    row: int
    province: str
    proof: LogProof


class Receipts(Protocol):
    """Proofs of the peers' messages and their stop orders (signed documents), by subject and province."""

    def put(
        self,
        subject: str,
        proofs: Mapping[str, LogProof],
        stops: Mapping[str, Sequence[bytes]],
        kept_at: datetime,
        *,
        of_peer: bool = False,
    ) -> None:
        """Keep them beside what is held. Where there are none, nothing is kept. `of_peer`: proofs of what the peer asked."""

    def of(self, subject: str) -> Mapping[str, LogProof]:
        """The newest proof of a subject of our own by province, ordered."""

    def every(self, subject: str, *, of_peer: bool = False) -> Sequence[KeptProof]:
        """The proofs of a subject in the order in which they were kept: the first `MAX_OF_EXCHANGE`."""

    def stops(self, subject: str) -> Mapping[str, tuple[bytes, ...]]:
        """The stop orders of a subject by province, ordered: those kept last."""

    def since(self, row: int, limit: int) -> Sequence[KeptProof]:
        """The proofs of at most `limit` rows behind a row, in order; 0 is before the first."""

    def last(self) -> int:
        """The newest row; 0 where there is none."""

    def purge(self, before: datetime, limit: int) -> int:
        """Forget rows kept before that time and not of what is on hold, oldest first, at most `limit`; returns how many."""
