"""What provinces exchange about their evidence logs. Clause 8.5, DESIGN §7."""

from dataclasses import dataclass
from enum import StrEnum

MAX_TILES = 16  # in one request
MAX_OTHERS = 16
"""Further sizes in one question for consistency: what is proven and verified on the event loop in a few milliseconds."""


class EventType(StrEnum):
    """What an entry records. REQUIREMENTS 8.5."""

    APPLY = "APPLY"
    VERIFY = "VERIFY"
    CONSENT = "CONSENT"
    HOLDER = "HOLDER"
    SEARCH = "SEARCH"
    RETRIEVE = "RETRIEVE"
    NOTICE = "NOTICE"
    CATALOG_CHANGE = "CATALOG_CHANGE"
    LIST_CHANGE = "LIST_CHANGE"
    MEMBERSHIP = "MEMBERSHIP"
    IMPORT = "IMPORT"
    REFUSE = "REFUSE"
    ORDER = "ORDER"
    ALARM = "ALARM"
    REVIEW = "REVIEW"
    WITNESS = "WITNESS"
    RECONCILE = "RECONCILE"
    DISCLOSE = "DISCLOSE"
    OBJECTION = "OBJECTION"
    ERASE = "ERASE"
    PROOF = "PROOF"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRequest:
    """Which head has your log?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointAnswer:
    """A signed note; `witnessed`: the newest cosigned checkpoint that keeps membership's policy ("": none)."""

    note: str
    witnessed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveRequest:
    """Show me your entries of this exchange, with proof."""

    exchange_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenEntry:
    """One entry (canonical JSON), its index, and its inclusion proof up to the note's root."""

    index: int
    entry: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveAnswer:
    """The entries of the exchange, and the signed note they are proven against."""

    entries: tuple[ProvenEntry, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TileRequest:
    """Show me the hash tiles at these paths (`trust.tiles`), at most `MAX_TILES`."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TileAnswer:
    """The tiles, in order; b"" for one that the log is not long enough for."""

    tiles: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsistencyRequest:
    """Show me that your log of size `old`, and of each of `others`, is the beginning of your log of size `new`.

    `whole`: each with its root at that size.
    """

    old: int
    new: int
    whole: bool = False
    others: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsistencyAnswer:
    """The hashes that show it, and those for each of the others; none where the asked node does not know them."""

    proof: tuple[bytes, ...]
    others: tuple[tuple[bytes, ...], ...] = ()
