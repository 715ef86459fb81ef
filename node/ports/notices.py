"""Letters on their way (notices of use and other events), and notices that came for holders. Clause 8.4. Part of `node.ports.store`.

A letter goes to a target: the code of a peer's province, or `webhook/<name>` for a system of this province. Every target has a queue of its
own, worked off in order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

WEBHOOK = "webhook/"
"""What the targets begin with that are no peers."""


class OutboxState(StrEnum):
    """Where a letter stands."""

    PENDING = "PENDING"
    DEFERRED = "DEFERRED"
    """Held back by law (`node.ports.deferrals`)."""
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"
    """Refused too often; it can be sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An event for one target. `exchange` and `application` are what a deferral names it by: "" where it may not be deferred.

    `certificate` (DER) and `signature` are those of the province that made the event; b"" where this node made it and has yet to sign.
    """

    target: str
    notice_id: str
    event: bytes
    queued_at: datetime
    exchange: str = ""
    application: str = ""
    deferred: bool = False
    certificate: bytes = b""
    signature: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """One letter in its target's queue, which `seq` orders.

    `attempts` counts refusals; `detail` is the word of the last failure; `receipt` the SM3 (hex) of the target's answer where it gave one.
    """

    seq: int
    target: str
    notice_id: str
    event: bytes
    attempts: int
    state: OutboxState
    queued_at: datetime
    exchange: str = ""
    application: str = ""
    certificate: bytes = b""
    signature: bytes = b""
    settled_at: datetime | None = None
    detail: str = ""
    receipt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderUse:
    """One use told to a holder of this province (or to this province as issuer).

    At rest `holder_handle` is a keyed digest, and the event is sealed, as every letter's is: `node.usecases.sealed`.
    """

    notice_id: str
    addressee: str
    holder_handle: str
    provider: str
    event: bytes
    received_at: datetime


class Notices(Protocol):
    """The outbox, and the notices received."""

    def enqueue(self, letter: Letter) -> bool:
        """Append to the target's queue; False for a notice id already queued for that target: nothing is changed."""

    def head(self, target: str) -> OutboxItem | None:
        """The oldest pending item of the target's queue."""

    def sign(self, seq: int, certificate: bytes, signature: bytes) -> None:
        """Keep the signature that was made for an item: every attempt sends the same."""

    def count_attempt(self, seq: int, detail: str) -> None:
        """One more refusal."""

    def settle(
        self, seq: int, state: OutboxState, at: datetime | None = None, *, detail: str = "", receipt: str = ""
    ) -> None:
        """Set where it stands; PENDING begins anew, without attempts, in its old place."""

    def outbox_counts(self) -> Mapping[tuple[str, OutboxState], int]:
        """How many items per (target, state)."""

    def letters(self, target: str, state: OutboxState, before: int | None, limit: int) -> Sequence[OutboxItem]:
        """Items of a target that stand so, newest first, below that seq (None: from the newest)."""

    def copies(self, notice_id: str) -> Sequence[OutboxItem]:
        """What became of one event at every target, in order of target."""

    def about(
        self, state: OutboxState, exchange: str, application: str, limit: int, *, after: int = 0
    ) -> Sequence[OutboxItem]:
        """PENDING or DEFERRED items of this exchange, or of this application ("" is none), oldest first, behind that seq."""

    def purge_outbox(self, before: datetime, limit: int) -> int:
        """Forget DELIVERED items settled before that time, at most `limit`; returns how many."""

    def receive(self, use: HolderUse) -> bool:
        """Keep a received notice; False where its id was received before (nothing is changed)."""

    def uses_of(self, holder_handle: str, limit: int) -> Sequence[HolderUse]:
        """Notices about one holder, newest first."""

    def received_count(self) -> int:
        """How many notices were received."""
