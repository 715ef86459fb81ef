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

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from node.ports.alarms import Alarms
from node.ports.applications import Applications
from node.ports.certificates import Certificates
from node.ports.consents import Consents, Handles
from node.ports.contents import Contents
from node.ports.cosignatures import Cosignatures
from node.ports.counterparts import Counterparts
from node.ports.deferrals import Deferrals
from node.ports.downloads import Downloads
from node.ports.evidence import Evidence, LogHead
from node.ports.exchanges import Exchanges
from node.ports.head_links import HeadLinks
from node.ports.heads import Heads
from node.ports.holder_log import HolderLog
from node.ports.holds import Holds
from node.ports.lists import Drafts, LineStatistics, Publications, Usage
from node.ports.memberships import Memberships
from node.ports.notices import Notices
from node.ports.objections import Objections
from node.ports.orders import Orders
from node.ports.quality import Quality
from node.ports.receipts import Receipts
from node.ports.reconciliations import Reconciliations
from node.ports.reports import Reports
from node.ports.reviews import Reviews
from node.ports.unsealed import UnsealedRows
from trust import canonical
from trust.envelope import MAX_ENTRY_BYTES, LogProof

T = TypeVar("T")


class StoreError(Exception):
    """The store could not do what was asked; nothing of the unit may be relied on."""


class SigningRefusedError(StoreError):
    """No head of the log may be signed or given away: it lost what was signed before (`node.ports.signing_gate`). All else goes on."""


class SigningWaitsError(SigningRefusedError):
    """The same, for some seconds: the node has just started. Repeat later."""


class StoreBusyError(StoreError):
    """Too many units wait, or another process keeps the store locked. Nothing has happened; repeat later."""


def asked_by_peer(entry: Mapping[str, Any]) -> bool:
    """Whether an entry is of what a peer asked this node."""
    if entry.get("type") == "REFUSE":
        return True
    return entry.get("step") in {"answered", "decided", "ended"} and "peer" in entry and "request" in entry


def entry_bytes(entry: Mapping[str, Any]) -> bytes:
    """The canonical bytes of an evidence entry, as every adapter keeps them. C2SP tlog-tiles writes their length in 16 bits.

    Raises:
        ValueError: it has no canonical form.
        StoreError: it is too long.
    """
    data = canonical.dumps(entry)
    if len(data) > MAX_ENTRY_BYTES:
        where = f"{entry.get('type')} {entry.get('step')}"
        raise StoreError(
            f"the evidence entry {where} has {len(data)} bytes, and the log takes {MAX_ENTRY_BYTES}: nothing was done; ask for less at once"
        )
    return data


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
    def contents(self) -> Contents:
        """What entries bind by commitments."""

    @property
    def holder_log(self) -> HolderLog:
        """Which entries are about uses of one holder's certificates."""

    @property
    def holds(self) -> Holds:
        """Subjects whose contents are not erased by age."""

    @property
    def memberships(self) -> Memberships:
        """The chain of membership documents."""

    @property
    def notices(self) -> Notices:
        """Outbox and received notices."""

    @property
    def objections(self) -> Objections:
        """Objections to certificates."""

    @property
    def deferrals(self) -> Deferrals:
        """Notices held back by law."""

    @property
    def evidence(self) -> Evidence:
        """The evidence log."""

    @property
    def heads(self) -> Heads:
        """Heads of the peers' logs."""

    @property
    def head_links(self) -> HeadLinks:
        """Which heads under kept proofs are part of later ones."""

    @property
    def cosignatures(self) -> Cosignatures:
        """Cosigned heads."""

    @property
    def counterparts(self) -> Counterparts:
        """Answers that must stand in a peer's log as well."""

    @property
    def reconciliations(self) -> Reconciliations:
        """What comparing with the peers came to."""

    @property
    def unsealed(self) -> UnsealedRows:
        """Rows that an older program left in the clear."""


class Store(Protocol):
    """See the module's docstring for the contract."""

    @property
    def read(self) -> Nouns:
        """Look-ups over what is committed, on the event loop."""

    async def transact(self, unit: Callable[[Nouns], T]) -> T:
        """Run one unit of work; returns when it is durable."""

    async def checkpoint(self) -> LogHead:
        """Sign the current head if its newest checkpoint is older, and return it.

        Raises:
            StoreError: it could not be signed.
            SigningRefusedError: no head may be signed or given away, one that was signed before neither.
        """

    async def prove(self, index: int) -> LogProof:
        """The entry at `index` of the log, and the proof that it stands there under a signed checkpoint. See the module's docstring.

        Signs at once where nobody else waits, otherwise within milliseconds.

        Raises:
            StoreError: no such entry is committed, this store has no key, or the signature failed.
            SigningRefusedError: as `checkpoint`.
        """

    async def close(self) -> None:
        """Finish running units, sign the last checkpoint, release everything. Later calls raise StoreError."""
