"""Notices on their way to peers, and those that came for holders. Clause 8.4. Part of `node.ports.store`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class OutboxState(StrEnum):
    """Where a notice stands."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """One notice on its way to one peer. `seq` orders the peer's queue."""

    seq: int
    peer: str
    notice_id: str
    event: bytes
    attempts: int
    state: OutboxState


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderUse:
    """One use told to a holder of this province (or to this province as issuer)."""

    notice_id: str
    addressee: str
    holder_handle: str
    provider: str
    event: bytes
    received_at: datetime


class Notices(Protocol):
    """The outbox towards peers, and the notices received."""

    def enqueue(self, peer: str, notice_id: str, event: bytes) -> None:
        """Append to the peer's queue; a notice id already queued for that peer is ignored."""

    def head(self, peer: str) -> OutboxItem | None:
        """The oldest pending item of the peer's queue."""

    def count_attempt(self, seq: int) -> None:
        """One more failed attempt."""

    def settle(self, seq: int, state: OutboxState) -> None:
        """DELIVERED or DEAD; a dead one may be set back to PENDING."""

    def outbox_counts(self) -> Mapping[tuple[str, OutboxState], int]:
        """How many items per (peer, state)."""

    def receive(self, use: HolderUse) -> bool:
        """Keep a received notice; False where its id was received before (nothing is changed)."""

    def uses_of(self, holder_handle: str, limit: int) -> Sequence[HolderUse]:
        """Notices about one holder, newest first."""

    def received_count(self) -> int:
        """How many notices were received."""
