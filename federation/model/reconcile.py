"""What two provinces say to one another to find what one of them has on record and the other has not. Clause 8.5, DESIGN §6.6.

An element is an answer between the two, whoever gave it. Ranges of elements are described by their number and a fingerprint, and cut
finer where the two sides differ; what then differs is claimed with an entry of the claimant's log. No rules: `node.usecases.reconcile`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from trust.envelope import LogProof

FINGERPRINT_BYTES = 16


class Element(NamedTuple):
    """One answer: when it was issued (ms since 1970, UTC, by the answerer's clock), and the SM3 of its payload. Ordered so."""

    issued_ms: int
    answer: bytes


class Bound(NamedTuple):
    """A place between elements: a time, and as much of a digest as is needed to tell two elements of one time apart."""

    issued_ms: int
    prefix: bytes = b""


class Range(NamedTuple):
    """What is at or beyond `start` and before `end`."""

    start: Bound
    end: Bound


class Finding(StrEnum):
    """What is the matter with an answer that one side has on record and the other has not."""

    MISSING = "MISSING"
    """The one that lacks it has no trace of it: no answer given, or no request for it."""
    GONE = "GONE"
    """It did have it at an earlier comparison."""
    ALTERED = "ALTERED"
    """It has another answer to the same request on record, or another entry about it than the one it once proved."""
    UNPROVEN = "UNPROVEN"
    """It counts the answer among its records and does not show an entry in its log that holds it."""
    DISPUTED = "DISPUTED"
    """One says that it stands in both logs, the other that it does not, and neither holds the other's own proof: nobody is accused."""
    UNCONFIRMED = "UNCONFIRMED"
    """It has the request on record and says that no answer came. Answers are lost on the way: no alarm, and noted on both sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The elements of a range from the end of the part before it up to `end`: how many, and their fingerprint, or all of them."""

    end: Bound
    count: int
    fingerprint: bytes = b""
    elements: tuple[Element, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An answer on record: `own` is the claimant's entry about it in the claimant's log.

    Where that entry also tells of other provinces it is shown to none of them: `own` is then the entry of the request that was answered.
    `kept`: the entry of the other side about it, in the other side's log, as its proof came with the message itself; None where none is.
    """

    element: Element
    own: LogProof
    kept: LogProof | None = None


class Admitted(NamedTuple):
    """What the sender itself lacks, and what it found to be the matter."""

    element: Element
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileRequest:
    """Describe these ranges; show your records of these elements; these you lack, says the sender; and these it lacks itself."""

    describe: tuple[Range, ...] = ()
    show: tuple[Element, ...] = ()
    claims: tuple[Claim, ...] = ()
    admitted: tuple[Admitted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileAnswer:
    """To each range its parts; to each element the record, or None; to each claim what is the matter here ("": it is on record here)."""

    descriptions: tuple[tuple[Part, ...], ...] = ()
    shown: tuple[Claim | None, ...] = ()
    findings: tuple[str, ...] = ()
