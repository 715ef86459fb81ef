"""Which heads under kept proofs were shown to be part of a later head of the same log. Clause 8.5, DESIGN §2.7. Part of `node.ports.store`.

A proof is good by itself at the head it came under. A log that shows this head to one peer and goes on from another is found only where
both are compared: this noun keeps, for each head under a proof in `node.ports.receipts`, the consistency proof that joins it to a later
one. With it a receipt leads from the entry to that later head without asking the log's owner again. Which heads are known at all: `heads`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadLink:
    """A head (size, root) of a province's log, and the larger one it was compared with (size, note).

    `path` is the consistency proof between the two (RFC 9162 §2.1.4), empty where they are of one size. `holds`: whether it shows that the
    one is part of the other; where it does not, the log is caught, and the exhibit is kept elsewhere.
    """

    province: str
    size: int
    root: bytes
    to_size: int
    to_note: bytes
    path: tuple[bytes, ...]
    holds: bool = True


class HeadLinks(Protocol):
    """Links by province and size: of each head the one that leads furthest."""

    def put(self, link: HeadLink, kept_at: datetime) -> None:
        """Keep a link in place of one of this size that leads no further. One that does not hold takes the place of any, and keeps it."""

    def of(self, province: str, size: int) -> HeadLink | None:
        """The link of the head of this size."""

    def ends(self, province: str, above: int, limit: int) -> list[bytes]:
        """The notes of the heads larger than `above` that links which hold lead to, by size, at most `limit`; each once."""

    def mark(self, province: str) -> int:
        """Up to which row of the kept proofs (`KeptProof.row`) those of this log have been gone through; 0 where never."""

    def advance(self, province: str, row: int) -> None:
        """Set the mark."""

    def broken(self, limit: int) -> list[HeadLink]:
        """The links that do not hold, by province and size, at most `limit`."""

    def purge(self, before: datetime, limit: int) -> int:
        """Forget links kept before that time, and before any proof that is still kept, oldest first, at most `limit`; returns how many."""
