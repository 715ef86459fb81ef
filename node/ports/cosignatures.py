"""Cosigned heads as the store keeps them: of this node's log those that peers cosigned, of the peers' logs what this node cosigned last.

DESIGN §7, clause 8.5. Part of the store port: `node.ports.store`. Bounded: old heads go when later ones have as many cosignatures.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

KEPT = 8
"""So many of the newest heads stay in any case; of the older ones those that more peers cosigned than any later one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCosignature:
    """One peer's cosignature: when, in POSIX seconds by its clock, and its line of the note with the newline."""

    province: str
    seconds: int
    line: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CosignedHead:
    """A head of this node's own log that is offered to the peers, and who cosigned it, by province.

    `note`: the log's signed note with this province's own cosignature, made at `seconds`.
    """

    size: int
    seconds: int
    note: bytes
    cosignatures: tuple[StoredCosignature, ...] = ()

    @property
    def cosigned(self) -> bytes:
        """The note with every cosignature: a cosigned checkpoint."""
        return self.note + b"".join(one.line for one in self.cosignatures)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenCosignature:
    """The head of a peer's log that this node cosigned last, with the note as it was offered, and when (POSIX seconds)."""

    log: str
    size: int
    seconds: int
    note: bytes


class Cosignatures(Protocol):
    """See the module."""

    def offer(self, head: CosignedHead) -> None:
        """Keep a head of the own log, to be cosigned; what it makes superfluous goes (`KEPT`).

        Raises:
            StoreError: it is not larger, or is older, than the one offered last.
        """

    def put(self, size: int, cosignature: StoredCosignature) -> bool:
        """Keep or replace a peer's cosignature under an offered head; False where that head is gone."""

    def newest(self, *, least: int = 0, by: Collection[str] | None = None) -> CosignedHead | None:
        """The largest head offered that has at least so many cosignatures; of these provinces, where `by` names those that count."""

    def by_province(self) -> Sequence[tuple[str, int]]:
        """Each peer that cosigned a head that is kept, and the largest size it did; ordered."""

    def give(self, cosignature: GivenCosignature) -> None:
        """Note what this node cosigns of a peer's log; committed before the peer gets it.

        Raises:
            StoreError: a larger head, or at a later time, was cosigned before.
        """

    def given(self, log: str) -> GivenCosignature | None:
        """What this node cosigned last of a province's log."""

    def take_back(self, given: GivenCosignature) -> None:
        """Forget this, if it is what was cosigned last: the key that signed the head was disowned. The next may be smaller."""
