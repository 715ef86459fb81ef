"""What comparing the log with the peers' came to: the newest round with each, and what is missing on either side. Clause 8.5."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from federation.model.reconcile import Element, Finding


class Result(StrEnum):
    """How a round with a peer ended."""

    AGREED = "AGREED"
    """Both have the same on record; what was unconfirmed is not counted against it."""
    DIFFERENT = "DIFFERENT"
    FAILED = "FAILED"
    """The peer could not be asked, or its answers made no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The newest comparison with a peer.

    `until_ms`: answers before that time were compared; `count`: those this node holds; `fingerprint` (hex) is of them. `agreed_until_ms`
    and `agreed_size` are of the last round that agreed: the time, and the size of this node's log. `reason`: why it failed.
    """

    peer: str
    held_at: datetime
    result: Result
    until_ms: int = 0
    count: int = 0
    fingerprint: str = ""
    findings: Mapping[str, int] = field(default_factory=dict)
    agreed_until_ms: int = 0
    agreed_size: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRecord:
    """An answer that one of two provinces has not on record as the other has.

    `lacks` is the province whose record is wanting, "" where nobody is accused (DISPUTED); `exchange` and `event` are what the other's entry says. `proof` is that other's: the
    tlog-proof-like JSON of `node.usecases.reconcile.claims`, b"" where there is none. `found_at` is of the first round that saw it.
    """

    peer: str
    element: Element
    finding: Finding
    lacks: str
    exchange: str
    event: str
    proof: bytes
    found_at: datetime
    seen_at: datetime


class Reconciliations(Protocol):
    """The newest rounds, and what is missing."""

    def put_round(self, one: Round) -> None:
        """Keep a round in place of the one before it with this peer."""

    def rounds(self) -> Sequence[Round]:
        """The newest round with each peer, in order of peer."""

    def note(self, one: MissingRecord) -> bool:
        """Keep what is missing, or that it still is (with what is known of it now); says whether it is new."""

    def settle(self, peer: str, elements: Sequence[Element]) -> int:
        """Forget what both sides have shown now; returns how many of them were missing."""

    def missing(self, after: tuple[str, Element] | None, limit: int) -> Sequence[MissingRecord]:
        """What is missing, by peer and element, from the one behind `after` on."""

    def counts(self) -> Mapping[tuple[str, Finding, str], int]:
        """How many there are, by peer, finding and the province that lacks them."""
