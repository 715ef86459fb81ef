"""The part of the store port that keeps lists: publications of every province, drafts of our own, counters of their use. Clauses 6 and 9.

Entries are kept as the exact canonical JSON that was published. Units of work, reading side and times: `node.ports.store`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from federation.model.publication import EntryKey


class Kind(StrEnum):
    """The publications of a province."""

    CATALOGUE = "catalogue"
    USELIST = "uselist"
    DECISIONS = "decisions"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVersion:
    """One version of one publication: the signed head as the exact bytes. `digest`: SM3 (hex) of its payload; `size`: how many entries."""

    kind: Kind
    publisher: str
    version: int
    digest: str
    document: bytes
    size: int
    stored_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """One entry of a publication under its key (id, version): `body` is its canonical JSON."""

    id: str
    version: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryChange:
    """One entry put (with its leaf hash) or, where `body` is None, dropped. `bucket` is `trust.entry_tree.bucket_of(id)`."""

    id: str
    version: int
    bucket: int
    body: bytes | None
    leaf: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReceipt:
    """What a peer says it holds of a publication of ours. `refusal` is "" where it accepted."""

    kind: Kind
    peer: str
    version: int
    digest: str
    received_at: datetime
    refusal: str = ""


class Publications(Protocol):
    """Own and peers' publications, and the receipts for our own. Versions only grow.

    A version is first staged, in as many units as it takes, and nobody sees that; `keep` makes it the newest in one row. Only one version
    of a publication is staged at a time. What was in force before stays readable at its version.
    """

    def latest(self, kind: Kind, publisher: str) -> StoredVersion | None:
        """The newest version held."""

    def at(self, kind: Kind, publisher: str, version: int) -> StoredVersion | None:
        """This version, where it is or was held."""

    def versions(self, kind: Kind, publisher: str, after: int, limit: int) -> Sequence[StoredVersion]:
        """The versions above `after` that are or were held, in order, at most `limit`."""

    def stage(self, kind: Kind, publisher: str, version: int, changes: Iterable[EntryChange]) -> None:
        """Add changes to the version that will follow the newest; a key that was staged before gets the later change.

        Raises:
            StoreError: that version is not above the newest, or another version is staged (`unstage` it first).
        """

    def unstage(self, kind: Kind, publisher: str, limit: int = 2_000) -> int:
        """Forget what is staged, at most so many rows; returns how many (0: nothing is left)."""

    def keep(self, version: StoredVersion, buckets: bytes) -> None:
        """Make the staged version the newest. `buckets` are the 256 bucket roots of its tree, joined.

        Raises:
            StoreError: it is not above the newest, or another version is staged.
        """

    def buckets(self, kind: Kind, publisher: str) -> bytes:
        """The bucket roots of the newest version; b"" before the first."""

    def leaves(self, kind: Kind, publisher: str, bucket: int, *, staged: bool = False) -> Sequence[bytes]:
        """The leaf hashes of one bucket in the order of their keys (id as UTF-8 bytes, version), in the newest or the staged version."""

    def entry(self, kind: Kind, publisher: str, entry_id: str) -> Sequence[StoredEntry]:
        """All versions of one entry that stand in the newest publication, in order."""

    def page(
        self, kind: Kind, publisher: str, version: int, after: EntryKey | None, limit: int
    ) -> Sequence[StoredEntry]:
        """The entries that stood in that version of the publication, in the order of their keys."""

    def changes(
        self, kind: Kind, publisher: str, since: int, until: int, after: EntryKey | None, limit: int
    ) -> Sequence[EntryChange]:
        """What leads from one version held to a later one, each key once, in the order of the keys. From 0: everything."""

    def confirm(self, kind: Kind, publisher: str, at: datetime) -> None:
        """The publisher said at that time that it has nothing newer."""

    def confirmed(self, kind: Kind, publisher: str) -> datetime | None:
        """When the publisher last said so."""

    def put_receipt(self, receipt: StoredReceipt) -> None:
        """Keep a peer's receipt; a receipt for an older version than the one held is ignored."""

    def receipts(self, kind: Kind) -> Sequence[StoredReceipt]:
        """The newest receipt of each peer, ordered by peer."""


class Action(StrEnum):
    """What a draft will do to the published entry."""

    PUT = "PUT"
    SUSPEND = "SUSPEND"
    RESUME = "RESUME"
    WITHDRAW = "WITHDRAW"


class DraftState(StrEnum):
    """Where a draft stands. STAGED: part of an import that has not ended; nobody sees it."""

    STAGED = "STAGED"
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDraft:
    """One change of one entry on its way to publication. `body` is the entry (canonical JSON) of a PUT, b"" otherwise.

    `author` and `reviewer` are managers' accounts; they leave this node only as digests. `reason`: of a suspension, or of a return.
    """

    kind: Kind
    id: str
    action: Action
    state: DraftState
    body: bytes
    author: str
    reviewer: str = ""
    reason: str = ""
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMove:
    """One step in the life of an entry: who took it, and when. Its evidence entry says the same without the account."""

    kind: Kind
    id: str
    version: int
    move: str
    by: str
    at: datetime
    reason: str = ""


class Drafts(Protocol):
    """Changes of the own lists before they are published, at most one for each entry, and every step that was ever taken."""

    def put(self, draft: StoredDraft) -> None:
        """Keep or replace the draft of this entry."""

    def get(self, kind: Kind, entry_id: str) -> StoredDraft | None:
        """The draft of an entry; one that is STAGED is not shown."""

    def remove(self, kind: Kind, entry_id: str) -> None:
        """Forget the draft; none is no error."""

    def page(self, kind: Kind, state: DraftState | None, after: str, limit: int) -> Sequence[StoredDraft]:
        """Drafts in this state (None: all but STAGED) in the order of their ids, beginning after `after` ("" for the first)."""

    def counts(self, kind: Kind) -> Mapping[DraftState, int]:
        """How many drafts there are in each state."""

    def stage(self, drafts: Iterable[StoredDraft]) -> None:
        """Keep drafts of an import aside, beside those that are visible."""

    def unveil(self, kind: Kind) -> int:
        """Make all staged drafts visible in place of those with their ids; returns how many."""

    def drop_staged(self, kind: Kind, limit: int) -> int:
        """Forget what an import staged, at most `limit` of it; returns how many (0: nothing is left)."""

    def record(self, moves: Iterable[StoredMove]) -> None:
        """Keep steps."""

    def moves(self, kind: Kind, entry_id: str, limit: int) -> Sequence[StoredMove]:
        """The steps of an entry, oldest first; the newest `limit` of them."""


class Usage(Protocol):
    """Counters of windows of time, for limits. Exact: units of work are serialised and durable."""

    def spent(self, scope: str, subject: str, window: datetime) -> int:
        """How much was counted in the window that starts at that time."""

    def add(self, scope: str, subject: str, window: datetime, *, until: datetime) -> int:
        """Count one more; returns the new count. The row may be forgotten after `until`."""

    def purge(self, before: datetime, limit: int = 2_000) -> int:
        """Forget counters whose window ended before that time, at most `limit`; returns how many (0: nothing is left)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCount:
    """How often something happened under a line on a day. `side` is "consumer" or "provider", `what` a word such as PASS or HIT."""

    side: str
    consumer: str
    use_list_id: str
    day: date
    what: str
    count: int
    last_at: datetime


class LineStatistics(Protocol):
    """How the lines are used, day by day. C9-6."""

    def note(self, side: str, consumer: str, use_list_id: str, day: date, what: str, at: datetime) -> None:
        """One more of it, the last at that time."""

    def of_line(self, side: str, consumer: str, use_list_id: str) -> Sequence[LineCount]:
        """All counts of a line, ordered by day and word."""

    def page(self, side: str, since: date, after: tuple[str, str] | None, limit: int) -> Sequence[LineCount]:
        """The counts of lines from that day on, summed by (consumer, line, word), `day` the last; in that order.

        Whole lines, about `limit` rows; `after` is the (consumer, line) last seen.
        """

    def purge(self, before: date, limit: int = 2_000) -> int:
        """Forget days before that one, at most `limit` rows; returns how many (0: nothing is left)."""
