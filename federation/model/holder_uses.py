"""What provinces ask and tell one another for a holder who wants to know who used their certificates. Clause 8.4, PIPL notice duty.

A province tells what stands in its own log: each use as the entry itself, with the proof that it stands there, and beside it what the entry
does not say in words. No rules: `node.usecases.holder_log`; what the entries prove: `federation.holder_uses`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from federation.model.application import Holder
from federation.model.evidence import ProvenEntry
from federation.model.refusal import Refusal
from federation.model.search import Outcome
from trust.envelope import LogProof

MAX_USES = 100  # of one province's answer; what is more is marked as truncated
MAX_ASKINGS = 20  # of those, askings like this one: whoever asks often pushes no use out
MAX_EXCHANGES = 50  # that one question may name


class Place(StrEnum):
    """Where the holder asks: in the app of the home province, or at a counter, present in person."""

    HOME = "HOME"
    COUNTER = "COUNTER"


class Role(StrEnum):
    """The part a province had in a use. The last two: in an asking like this one, which the holder is shown, too."""

    CONSUMER = "CONSUMER"
    PROVIDER = "PROVIDER"
    OWN = "OWN"
    """Both at once: its own unit used its own certificate."""
    HOME = "HOME"
    """It was told of the use, for the holder."""
    ASKER = "ASKER"
    ANSWERER = "ANSWERER"


ASKINGS = frozenset({Role.ASKER, Role.ANSWERER})
USES = frozenset(Role) - ASKINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a list answers: uses that began from then until then (ms since 1970), or these exchanges. The province's entry commits to it."""

    since_ms: int
    until_ms: int
    exchanges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UsesQuery:
    """Which uses of this holder's certificates do you know of?

    `operator` and `expression` are of a COUNTER: the digest (hex) of who assists, and the SM3 (hex) of what the holder signed there.
    `exchanges`: those of these exchanges alone, whenever they were; else those that began from `since` until `until`.
    """

    holder: Holder
    place: Place
    app_id: str
    since: datetime
    until: datetime
    operator: str = ""
    expression: str = ""
    exchanges: tuple[str, ...] = ()

    @property
    def asked(self) -> Asked:
        """What the list has to answer, as both sides know it from the message."""
        since_ms, until_ms = (round(one.timestamp() * 1000) for one in (self.since, self.until))
        return Asked(since_ms=since_ms, until_ms=until_ms, exchanges=self.exchanges)


@dataclass(frozen=True, slots=True, kw_only=True)
class UseFacts:
    """A use in words. `certificate` is masked. "" where the province does not know it."""

    consumer: str = ""
    provider: str = ""
    use_org_code: str = ""
    use_org_name: str = ""
    item_code: str = ""
    item_name: str = ""
    use_cause: str = field(default="", repr=False)
    certificate: str = ""
    type_code: str = ""
    type_name: str = ""
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedUse:
    """One use as a province lists it: its part, the other province, and the entry, proven under the answer's checkpoint.

    `told`: the provider's entries of notices of this use that arrived. `counterpart`: the other province's own entry of its part, with the
    proof that came with its message, where that was kept.
    """

    role: Role
    exchange_id: str
    peer: str
    at: datetime
    entry: ProvenEntry
    told: tuple[ProvenEntry, ...] = ()
    counterpart: LogProof | None = None
    facts: UseFacts = UseFacts()


@dataclass(frozen=True, slots=True, kw_only=True)
class UsesAnswer:
    """What one province tells. Its entry holds a commitment to the list (`federation.holder_uses.listing`), which `salt` opens."""

    outcome: Outcome
    refusal: Refusal | None = None
    uses: tuple[ListedUse, ...] = ()
    truncated: bool = False
    checkpoint: bytes = b""
    salt: bytes = field(default=b"", repr=False)
