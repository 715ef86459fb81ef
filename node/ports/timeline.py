"""What became of an exchange, step by step: the records that explaining gives, and the port that edges call. DESIGN §9, clause 8.5.

No personal data: steps hold words, provinces, digests and times. Explaining a request before it is made is `services.Explaining`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from federation.model.fault import Hop
from federation.model.refusal import Owner, Reason, Refusal
from node.ports.services import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What stopped something, where, and whose matter it is; `province` is the owner's, and both nodes name the same one."""

    reason: Reason
    owner: Owner
    province: str
    hop: Hop
    at: str

    @property
    def refusal(self) -> Refusal:
        """The words for it: sentence and next step."""
        return Refusal(reason=self.reason)


class Result(StrEnum):
    """How a step went. The first six are the outcomes of a province."""

    OK = "OK"
    EMPTY = "EMPTY"
    DENIED = "DENIED"
    TIMEOUT = "TIMEOUT"
    ERROR = "ERROR"
    SKIPPED = "SKIPPED"
    REFUSED = "REFUSED"
    ENDED = "ENDED"
    PENDING = "PENDING"
    INCOMPLETE = "INCOMPLETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `at` is the node where it happened, `peer` the other one it concerns, `words` says it in Chinese.

    `entry` is the index of the evidence entry behind it; None where it stands in no log, but in this process's memory.
    """

    time: str
    event: str
    hop: Hop
    at: str
    result: Result
    words: str
    peer: str = ""
    fault: Fault | None = None
    took_ms: int | None = None
    entry: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


class State(StrEnum):
    """What became of the exchange."""

    DONE = "DONE"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    OPEN = "OPEN"
    """It is under way."""
    BROKEN_OFF = "BROKEN_OFF"
    """It was asked long ago, and what came of it never was recorded: this node stopped in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One exchange as one node saw it. `faults` are those that still stand: what a repetition made good is not among them."""

    exchange_id: str
    node: str
    state: State
    steps: tuple[Step, ...]
    faults: tuple[Fault, ...]


class Timelines(Protocol):
    """Explains what happened."""

    async def of(self, wanted: str) -> Timeline | None:
        """The exchange of this id; or what is known of the request of this id, or of the message of this digest. None: nothing is."""

    def of_caller(self, caller: Caller, wanted: str) -> Timeline:
        """As `of`, but only what this line system itself asked.

        Raises:
            RefusedError: NO_RECORD; the same for what is unknown and for what others asked.
        """

    async def recent(self, minutes: int) -> Sequence[Timeline]:
        """What was refused or failed in the last minutes without an exchange that could be named, the newest first."""
