"""The store itself: units run at once, one after the other, and are undone where they fail. See `node.ports.store.Store`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from node.ports.evidence import LogHead
from node.ports.store import Nouns, SigningRefusedError, StoreError
from node.storage.memory.alarms import MemoryAlarms
from node.storage.memory.applications import MemoryApplications
from node.storage.memory.certificates import MemoryCertificates
from node.storage.memory.consents import MemoryConsents, MemoryHandles
from node.storage.memory.contents import MemoryContents
from node.storage.memory.cosignatures import MemoryCosignatures
from node.storage.memory.counterparts import MemoryCounterparts
from node.storage.memory.deferrals import MemoryDeferrals
from node.storage.memory.downloads import MemoryDownloads
from node.storage.memory.drafts import MemoryDrafts
from node.storage.memory.evidence import MemoryEvidence
from node.storage.memory.exchanges import MemoryExchanges
from node.storage.memory.head_links import MemoryHeadLinks
from node.storage.memory.heads import MemoryHeads
from node.storage.memory.holder_log import MemoryHolderLog
from node.storage.memory.holds import MemoryHolds
from node.storage.memory.journal import Journal
from node.storage.memory.line_statistics import MemoryLineStatistics
from node.storage.memory.memberships import MemoryMemberships
from node.storage.memory.notices import MemoryNotices
from node.storage.memory.objections import MemoryObjections
from node.storage.memory.orders import MemoryOrders
from node.storage.memory.publications import MemoryPublications
from node.storage.memory.quality import MemoryQuality
from node.storage.memory.receipts import MemoryReceipts
from node.storage.memory.reconciliations import MemoryReconciliations
from node.storage.memory.reports import MemoryReports
from node.storage.memory.reviews import MemoryReviews
from node.storage.memory.unsealed import MemoryUnsealed
from node.storage.memory.usage import MemoryUsage
from trust.envelope import LogProof
from trust.merkle import inclusion_proof

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryNouns:
    """The repositories. They refuse to be changed while no unit runs, so that reader and writer can be one."""

    publications: MemoryPublications
    drafts: MemoryDrafts
    usage: MemoryUsage
    line_statistics: MemoryLineStatistics
    applications: MemoryApplications
    alarms: MemoryAlarms
    reviews: MemoryReviews
    exchanges: MemoryExchanges
    certificates: MemoryCertificates
    reports: MemoryReports
    receipts: MemoryReceipts
    quality: MemoryQuality
    downloads: MemoryDownloads
    orders: MemoryOrders
    consents: MemoryConsents
    handles: MemoryHandles
    contents: MemoryContents
    holder_log: MemoryHolderLog
    holds: MemoryHolds
    memberships: MemoryMemberships
    notices: MemoryNotices
    objections: MemoryObjections
    deferrals: MemoryDeferrals
    evidence: MemoryEvidence
    heads: MemoryHeads
    head_links: MemoryHeadLinks
    cosignatures: MemoryCosignatures
    counterparts: MemoryCounterparts
    reconciliations: MemoryReconciliations
    unsealed: MemoryUnsealed


class MemoryStore:
    """A store that lives as long as the object. Every unit signs its own head."""

    def __init__(
        self,
        *,
        sign_checkpoint: Callable[[int, bytes], bytes] | None = None,
        may_sign: Callable[[], None] = lambda: None,
    ) -> None:
        self._may_sign = may_sign
        self._journal = journal = Journal()
        counterparts = MemoryCounterparts(journal)
        self._closed = False
        holds = MemoryHolds(journal)
        objections = MemoryObjections(journal, holds)
        contents = MemoryContents(journal, holds, objections)
        applications = MemoryApplications(journal, holds)
        receipts = MemoryReceipts(journal, contents)
        self._nouns = MemoryNouns(
            publications=MemoryPublications(journal),
            drafts=MemoryDrafts(journal),
            usage=MemoryUsage(journal),
            line_statistics=MemoryLineStatistics(journal),
            applications=applications,
            alarms=MemoryAlarms(journal),
            reviews=MemoryReviews(journal),
            exchanges=MemoryExchanges(journal),
            certificates=MemoryCertificates(journal),
            reports=MemoryReports(journal),
            receipts=receipts,
            quality=MemoryQuality(journal),
            downloads=MemoryDownloads(journal),
            orders=MemoryOrders(journal),
            consents=MemoryConsents(journal, applications),
            handles=MemoryHandles(journal),
            contents=contents,
            holder_log=MemoryHolderLog(journal),
            holds=holds,
            memberships=MemoryMemberships(journal),
            notices=MemoryNotices(journal),
            objections=objections,
            evidence=MemoryEvidence(journal, sign_checkpoint, counterparts),
            deferrals=MemoryDeferrals(journal),
            heads=MemoryHeads(journal),
            head_links=MemoryHeadLinks(journal, receipts),
            cosignatures=MemoryCosignatures(journal),
            counterparts=counterparts,
            reconciliations=MemoryReconciliations(journal),
            unsealed=MemoryUnsealed(),
        )

    @property
    def read(self) -> Nouns:
        """Look-ups."""
        return self._nouns

    async def transact(self, unit: Callable[[Nouns], T]) -> T:
        """Run one unit; it is undone if it raises.

        Raises:
            StoreError: the store is closed.
        """
        if self._closed:
            raise StoreError("the store is closed")
        self._journal.begin()
        done = False
        try:
            result = unit(self._nouns)
            self._nouns.evidence.settle()
            done = True
        finally:
            self._journal.end(keep=done)
        return result

    async def checkpoint(self) -> LogHead:
        """The head; its checkpoint is not older. Signs one that was refused its signature before.

        Raises:
            SigningRefusedError: the log lost what was signed before.
        """
        self._may_sign()
        if not self._closed:
            await self.transact(lambda _: self._nouns.evidence.sign())
        head = self._nouns.evidence.head()
        if head.checkpoint and self._nouns.evidence.signed_size < head.size:
            raise SigningRefusedError("the head of the evidence log may not be signed: it lost what was signed before")
        return head

    async def prove(self, index: int) -> LogProof:
        """The entry, under the newest signed head.

        Raises:
            StoreError: there is no such entry, or no key.
            SigningRefusedError: no head may be signed, or none above the entry.
        """
        self._may_sign()
        log = self._nouns.evidence
        if log.signed_size <= index < log.head().size:
            await self.checkpoint()
        head = log.head()
        if self._closed or not 0 <= index < head.size or not head.checkpoint:
            raise StoreError(f"no entry {index} can be proven here")
        if index >= log.signed_size:
            raise SigningRefusedError("the head of the evidence log may not be signed: it lost what was signed before")
        (one,) = log.entries(index, 1)
        path = inclusion_proof(index, log.signed_size, log.node_hash)
        return LogProof(entry=one.entry, index=index, path=tuple(path), checkpoint=head.checkpoint)

    async def close(self) -> None:
        """Refuse further units."""
        self._closed = True
