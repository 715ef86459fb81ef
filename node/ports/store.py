"""The store port: units of work that commit together with their evidence, and look-ups of microseconds. DESIGN §2.1, §8.

Contract, kept by every adapter (tests/node/storage runs one suite over all of them):

* `Store.transact(unit)` calls `unit(nouns)` exactly once, on the event loop, inside one transaction, and returns its result after that
  transaction is durable. If `unit` raises, nothing it wrote remains, no other unit is touched, and the error reaches the caller.
  A unit is a plain function: it may read and write through `nouns`, and must neither block nor await.
* If the commit itself fails, every unit of the group gets `StoreError`. Nothing of them may be relied on: on a failing disk the group
  may yet turn out to be stored, as it may when a caller is cancelled while it waits. Who repeats must be able to find out (exchange ids).
* `StoreBusyError` says that the store is overloaded or another process holds it too long: nothing happened, repeat later.
* Units are serialised: each sees what all earlier ones wrote. Units that gather while a commit runs form the next group and share one
  fsync and one head (DESIGN §7).
* Evidence appended by a unit stands in the log in the order of the units, in the same transaction as their other writes.
* `Store.prove(index)` shows that a committed entry stands in the log, under a signed checkpoint. One signature serves every entry that was
  committed when it was made. It covers committed entries only: the head of a running group, which may yet fail, is never signed for a
  proof. The checkpoint itself need not be durable before it leaves: every entry under it is, so whatever becomes of this process, the log
  that is found again extends the head that was sent, and later checkpoints are made over more of the same entries.
* `Store.read` sees what is committed. Its `put`-like verbs raise.
* Times are aware datetimes in UTC with millisecond resolution.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from node.ports.alarms import Alarms
from node.ports.consents import Consents, Handles
from node.ports.downloads import Downloads
from node.ports.lists import Drafts, LineStatistics, Publications, Usage
from node.ports.quality import Quality
from node.ports.receipts import Receipts
from node.ports.reviews import Reviews
from trust.envelope import LogProof

T = TypeVar("T")


class StoreError(Exception):
    """The store could not do what was asked; nothing of the unit may be relied on."""


class StoreBusyError(StoreError):
    """Too many units wait, or another process keeps the store locked. Nothing has happened; repeat later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnApplication:
    """An application this node's counter made. `sealed` is the application under the node's storage key."""

    apply_id: str
    app_id: str
    holder_digest: str
    sealed: bytes
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenVerdict:
    """A verdict PASS this node gave a consumer. Lists are as in the verdict; `use_code_digest` is the SM3 (hex) of the use code.

    `operator` is the operator as stop orders name them: a digest of the account. `consent_province` took the holder's consent that the
    verdict rests on, `consent_id` names it, `consent_key` (a key id) signed it, `consent_home` is its holder's home province; all "" where
    it rests on none. `period` counts the verdicts of a standing application from 0.
    """

    consumer: str
    apply_id: str
    holder_digest: str
    type_codes: tuple[str, ...]
    outputs: tuple[str, ...]
    fields: tuple[str, ...]
    use_code_digest: str
    use_org_code: str
    use_org_name: str
    item_code: str
    item_name: str
    use_cause: str
    expires_at: datetime
    use_list_id: str = ""
    line_version: int = 0
    operator: str = ""
    consent_province: str = ""
    consent_id: str = ""
    consent_key: str = ""
    consent_home: str = ""
    period: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedVerdict:
    """The verdict a provider gave this node. `reason` is "" on PASS, and `detail` what was said with it. Lists are as in the verdict."""

    apply_id: str
    provider: str
    result: str
    reason: str
    detail: str
    type_codes: tuple[str, ...]
    use_code: str = field(repr=False)
    expires_at: datetime
    outputs: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What an exchange of ours began with: the province, its use code, and until when that code holds."""

    provider: str
    use_code: str = field(repr=False)
    until: datetime


class Applications(Protocol):
    """Applications of this consumer, verdicts in both directions, and what was spent."""

    def put_own(self, application: OwnApplication) -> None:
        """Keep an application; apply ids are unique (StoreError otherwise)."""

    def own(self, apply_id: str) -> OwnApplication | None:
        """An application of ours."""

    def prolong(self, apply_id: str, until: datetime) -> None:
        """Let an application of ours hold until then; one that holds longer is left alone."""

    def put_given(self, verdict: GivenVerdict) -> None:
        """Keep the verdict for (consumer, apply_id); replaces that of the period before, and no other (StoreError)."""

    def given(self, consumer: str, apply_id: str) -> GivenVerdict | None:
        """The verdict we gave."""

    def put_received(self, verdict: ReceivedVerdict) -> None:
        """Keep or replace the verdict of (apply_id, provider)."""

    def received(self, apply_id: str) -> Sequence[ReceivedVerdict]:
        """The verdicts we were given, ordered by provider."""

    def redeem(
        self, *, consumer: str, apply_id: str, period: int, identifier: str, output: str, exchange_id: str
    ) -> str:
        """Spend one use, once: returns the exchange id that holds it, which is `exchange_id` where the use was free or is already ours.

        An exchange makes a use in one period: "", and nothing is spent, where it made this one in another.
        """

    def begin(self, exchange_id: str, begun: Begun) -> None:
        """Remember for good what an exchange of ours began with; one that has begun is left alone."""

    def begun(self, exchange_id: str) -> Begun | None:
        """What an exchange of ours began with."""

    def put_found(self, apply_id: str, found: Iterable[tuple[str, str]]) -> None:
        """Remember (identifier, province) pairs that a search under this application named."""

    def found(self, apply_id: str, identifier: str) -> Sequence[str]:
        """The provinces that named this identifier, ordered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """The answer given to one exchange.

    `intent` is the SM3 of what was asked, `body` the answer before sealing and signing (sealed at rest).
    """

    sender: str
    exchange_id: str
    method: str
    intent: bytes
    body: bytes
    expires_at: datetime


class Exchanges(Protocol):
    """Which messages were seen, and what they were answered: replay and repetition. DESIGN §4."""

    def use_nonce(self, sender: str, nonce: bytes, expires_at: datetime) -> bool:
        """True the first time this nonce of this sender is used; False ever after, until it is purged after `expires_at`."""

    def put_answer(self, answer: StoredAnswer) -> None:
        """Keep the answer of (sender, exchange_id, method); unique (StoreError otherwise)."""

    def answer(self, sender: str, exchange_id: str, method: str) -> StoredAnswer | None:
        """The answer given before."""

    def purge(self, before: datetime, limit: int = 2_000) -> int:
        """Forget nonces and answers that expired before that time, at most `limit` of each; returns how many rows (0: nothing is left).

        Bounded, because a unit runs on the event loop: who purges much calls it in many units.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCertificate:
    """One certificate of the province's own library.

    The clear columns are list metadata, none of it personal; `sealed` holds the whole record (holders, face data) under the node's
    storage key, and `holder_digests` are keyed digests of (holder type, holder code). `disputed`: somebody objects to it; an import does
    not change that.
    """

    identifier: str
    holder_digests: tuple[str, ...]
    name: str
    type_name: str
    type_code: str
    number: str
    area_code: str
    issuer_name: str
    issuer_code: str
    issued: str
    valid_from: str
    valid_until: str
    status: str
    superseded_by: str
    file_sm3: str
    file_size: int
    file_format: str
    sealed: bytes
    disputed: bool = False


class Certificates(Protocol):
    """The province's own certificates."""

    def stage(self, import_id: str, certificates: Iterable[StoredCertificate]) -> None:
        """Put rows of a running import aside; they are not visible to look-ups."""

    def publish(self, import_id: str) -> tuple[int, int]:
        """Make all staged rows of that import visible at once; returns (new, replaced). Same identifier: the new row replaces."""

    def drop_staged(self, import_id: str | None = None) -> int:
        """Forget the staged rows of one import, or of all (left over from a crash); returns how many."""

    def by_holder(
        self, holder_digest: str, type_codes: Sequence[str], limit: int, number: str = "", valid_on: str = ""
    ) -> Sequence[StoredCertificate]:
        """Certificates of a holder with one of these types, and this number ("" for any), newest issue date first.

        `valid_on`: only those that are VALID on this ISO day; "": whatever their status. `limit` bounds the rows that come, not those
        that are looked through.
        """

    def get(self, identifier: str) -> StoredCertificate | None:
        """One certificate. Not for who may not know whether there is one: see `of_holder`."""

    def of_holder(self, holder_digest: str, type_codes: Sequence[str], identifier: str) -> StoredCertificate | None:
        """The certificate of this holder, and of one of these types, that has this identifier.

        An adapter that holds more than tests do looks through the holder's own certificates, so that the time it takes says nothing about
        certificates of others.
        """

    def dispute(self, identifier: str, *, disputed: bool) -> bool:
        """Mark a certificate as one that somebody objects to, or take the mark away; False where there is no such certificate."""

    def count(self) -> int:
        """How many certificates the library holds."""


class ReportOf(StrEnum):
    """Which file a verification report is about, and what its key is."""

    ISSUED = "ISSUED"
    """A file of the own library; the key is its SM3 (hex)."""
    RECEIVED = "RECEIVED"
    """A file that another province handed out; the key is the exchange id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """What the verification of a file found. `sealed` is the report under the node's storage key: it can name who signed."""

    about: ReportOf
    key: str
    file_sm3: str
    verdict: str
    sealed: bytes
    verified_at: datetime


class Reports(Protocol):
    """The verification reports of issued and of received files. REQUIREMENTS 8.3."""

    def put(self, report: StoredReport) -> None:
        """Keep or replace the report."""

    def get(self, about: ReportOf, key: str) -> StoredReport | None:
        """The report, where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOrder:
    """A stop order as the exact signed document, with the signatures gathered so far. `stored_at` is when the order came first.

    `signed_here`: this node signed it at its operator's command; such a signature is made again after a rotation of keys.
    """

    digest: str
    document: bytes
    stored_at: datetime
    signed_here: bool = False


class Orders(Protocol):
    """Stop orders that were found valid. Which are kept is `trust.orders.Book`'s matter. DESIGN §4."""

    def put(self, order: StoredOrder) -> None:
        """Keep an order; one held under this digest gets the new document and keeps its time; signed here once is signed here."""

    def remove(self, digest: str) -> None:
        """Forget an order that another made superfluous; none of that digest is no error."""

    def all(self) -> Sequence[StoredOrder]:
        """Every order, in the order in which they came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMembership:
    """One version of the membership document, as the exact signed bytes. `digest` is the SM3 (hex) of its payload."""

    version: int
    digest: str
    document: bytes
    stored_at: datetime


class Memberships(Protocol):
    """The chain of membership documents this node believed, from the one it began with. No version is missing, none is ever replaced."""

    def put(self, membership: StoredMembership) -> None:
        """Keep the first document, whatever its version, or the version that follows the newest held.

        Raises:
            StoreError: any other version.
        """

    def latest(self) -> StoredMembership | None:
        """The newest version held."""

    def after(self, version: int, limit: int) -> Sequence[StoredMembership]:
        """The versions above this one, in order, at most `limit`; from 0 on: from the one this node began with."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One entry of the evidence log: its index from 0 and its canonical JSON bytes."""

    index: int
    entry: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead:
    """The log's size and SM3 Merkle root, and its newest signed checkpoint (a note; b"" before the first) which may be older."""

    size: int
    root: bytes
    checkpoint: bytes


def asked_by_peer(entry: Mapping[str, Any]) -> bool:
    """Whether an entry is of what a peer asked this node."""
    if entry.get("type") == "REFUSE":
        return True
    return entry.get("step") in {"answered", "decided", "ended"} and "peer" in entry and "request" in entry


class Evidence(Protocol):
    """The append-only log. Entries are canonical JSON; the adapter keeps leaves, tree and head together."""

    def append(self, entry: Mapping[str, Any]) -> int:
        """Append one entry (made canonical here) and return its index."""

    def head(self) -> LogHead:
        """Size, root and newest checkpoint. Inside a unit: as of the last committed group."""

    def entries(self, start: int, limit: int) -> Sequence[LogEntry]:
        """Entries from index `start` on, at most `limit`."""

    def of_exchange(self, exchange_id: str, *, of_peer: bool = False, limit: int | None = None) -> Sequence[LogEntry]:
        """Entries whose `exchange` is this id, in order, at most `limit`: this node's own, or those of what peers asked (`asked_by_peer`).

        A peer chooses the id that it asks under: no number of its questions may stand before our own entries, nor cost their reader time.
        """

    def node_hash(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree: level 0 are leaves (for proofs; RFC 9162 §2.1).

        Raises:
            StoreError: that subtree is not complete.
        """

    def checkpoints(self, start_size: int, limit: int) -> Sequence[bytes]:
        """Signed checkpoints with size > start_size, in order of size."""


class HeadRole(StrEnum):
    """What a remembered head of another node's log stands for."""

    NEWEST = "NEWEST"
    """The largest that was seen."""
    LINKED = "LINKED"
    """The largest that was shown to extend every one linked before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHead:
    """A signed head of a peer's evidence log: its size and root, and the note that says so."""

    province: str
    role: HeadRole
    size: int
    root: bytes
    note: bytes


class Heads(Protocol):
    """The heads of the peers' logs that this node has seen. They only grow. DESIGN §2.7."""

    def advance(self, head: StoredHead, *, above: int) -> None:
        """Keep a head in place of the one of size `above` (0: in place of none).

        Raises:
            StoreError: another size than `above` is held for this province and role, or the head is not larger.
        """

    def all(self) -> Sequence[StoredHead]:
        """Every head held, by province and role."""


class Nouns(Protocol):
    """The repositories, one per noun."""

    @property
    def publications(self) -> Publications:
        """Own and peers' publications."""

    @property
    def drafts(self) -> Drafts:
        """Changes of the lists on their way to publication."""

    @property
    def usage(self) -> Usage:
        """What was counted against limits."""

    @property
    def line_statistics(self) -> LineStatistics:
        """How the lines are used."""

    @property
    def applications(self) -> Applications:
        """Applications, verdicts, spent uses."""

    @property
    def alarms(self) -> Alarms:
        """Operators who were paused."""

    @property
    def reviews(self) -> Reviews:
        """Applications that a person decides."""

    @property
    def exchanges(self) -> Exchanges:
        """Nonces and answers."""

    @property
    def certificates(self) -> Certificates:
        """The province's own certificates."""

    @property
    def reports(self) -> Reports:
        """Verification reports."""

    @property
    def quality(self) -> Quality:
        """What is amiss with the data of certificates."""

    @property
    def receipts(self) -> Receipts:
        """Proofs of the peers' answers."""

    @property
    def downloads(self) -> Downloads:
        """One-time addresses of files."""

    @property
    def orders(self) -> Orders:
        """Stop orders."""

    @property
    def consents(self) -> Consents:
        """Consents of holders that this province took."""

    @property
    def handles(self) -> Handles:
        """Handles that stand for holders."""

    @property
    def memberships(self) -> Memberships:
        """The chain of membership documents."""

    @property
    def notices(self) -> Notices:
        """Outbox and received notices."""

    @property
    def evidence(self) -> Evidence:
        """The evidence log."""

    @property
    def heads(self) -> Heads:
        """Heads of the peers' logs."""


class Store(Protocol):
    """See the module's docstring for the contract."""

    @property
    def read(self) -> Nouns:
        """Look-ups over what is committed, on the event loop."""

    async def transact(self, unit: Callable[[Nouns], T]) -> T:
        """Run one unit of work; returns when it is durable."""

    async def checkpoint(self) -> LogHead:
        """Sign the current head if its newest checkpoint is older, and return it."""

    async def prove(self, index: int) -> LogProof:
        """The entry at `index` of the log, and the proof that it stands there under a signed checkpoint. See the module's docstring.

        Signs at once where nobody else waits, otherwise within milliseconds.

        Raises:
            StoreError: no such entry is committed, this store has no key, or the signature failed.
        """

    async def close(self) -> None:
        """Finish running units, sign the last checkpoint, release everything. Later calls raise StoreError."""
