"""The repositories over one connection. See `node.ports.store.Nouns`."""

from dataclasses import dataclass
from typing import Self

from node.storage.sqlite.alarms import SqliteAlarms
from node.storage.sqlite.applications import SqliteApplications
from node.storage.sqlite.certificates import SqliteCertificates
from node.storage.sqlite.consents import SqliteConsents, SqliteHandles
from node.storage.sqlite.contents import SqliteContents
from node.storage.sqlite.cosignatures import SqliteCosignatures
from node.storage.sqlite.counterparts import SqliteCounterparts
from node.storage.sqlite.deferrals import SqliteDeferrals
from node.storage.sqlite.downloads import SqliteDownloads
from node.storage.sqlite.drafts import SqliteDrafts
from node.storage.sqlite.evidence import SqliteEvidence
from node.storage.sqlite.exchanges import SqliteExchanges
from node.storage.sqlite.head_links import SqliteHeadLinks
from node.storage.sqlite.heads import SqliteHeads
from node.storage.sqlite.holder_log import SqliteHolderLog
from node.storage.sqlite.holds import SqliteHolds
from node.storage.sqlite.line_statistics import SqliteLineStatistics
from node.storage.sqlite.memberships import SqliteMemberships
from node.storage.sqlite.notices import SqliteNotices
from node.storage.sqlite.objections import SqliteObjections
from node.storage.sqlite.orders import SqliteOrders
from node.storage.sqlite.publications import SqlitePublications
from node.storage.sqlite.quality import SqliteQuality
from node.storage.sqlite.receipts import SqliteReceipts
from node.storage.sqlite.reconciliations import SqliteReconciliations
from node.storage.sqlite.reports import SqliteReports
from node.storage.sqlite.reviews import SqliteReviews
from node.storage.sqlite.session import Session
from node.storage.sqlite.tail import Tail
from node.storage.sqlite.unsealed import SqliteUnsealed
from node.storage.sqlite.usage import SqliteUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteNouns:
    """One repository per noun."""

    publications: SqlitePublications
    drafts: SqliteDrafts
    usage: SqliteUsage
    line_statistics: SqliteLineStatistics
    applications: SqliteApplications
    alarms: SqliteAlarms
    reviews: SqliteReviews
    exchanges: SqliteExchanges
    certificates: SqliteCertificates
    reports: SqliteReports
    receipts: SqliteReceipts
    quality: SqliteQuality
    downloads: SqliteDownloads
    orders: SqliteOrders
    consents: SqliteConsents
    handles: SqliteHandles
    contents: SqliteContents
    holder_log: SqliteHolderLog
    holds: SqliteHolds
    memberships: SqliteMemberships
    notices: SqliteNotices
    objections: SqliteObjections
    deferrals: SqliteDeferrals
    evidence: SqliteEvidence
    heads: SqliteHeads
    head_links: SqliteHeadLinks
    cosignatures: SqliteCosignatures
    counterparts: SqliteCounterparts
    reconciliations: SqliteReconciliations
    unsealed: SqliteUnsealed

    @classmethod
    def over(cls, session: Session, tail: Tail | None = None) -> Self:
        """All repositories over one session; with a tail, its writing side."""
        return cls(
            publications=SqlitePublications(session),
            drafts=SqliteDrafts(session),
            usage=SqliteUsage(session),
            line_statistics=SqliteLineStatistics(session),
            applications=SqliteApplications(session),
            alarms=SqliteAlarms(session),
            reviews=SqliteReviews(session),
            exchanges=SqliteExchanges(session),
            certificates=SqliteCertificates(session),
            reports=SqliteReports(session),
            receipts=SqliteReceipts(session),
            quality=SqliteQuality(session),
            downloads=SqliteDownloads(session),
            orders=SqliteOrders(session),
            consents=SqliteConsents(session),
            handles=SqliteHandles(session),
            contents=SqliteContents(session),
            holder_log=SqliteHolderLog(session),
            holds=SqliteHolds(session),
            memberships=SqliteMemberships(session),
            notices=SqliteNotices(session),
            objections=SqliteObjections(session),
            deferrals=SqliteDeferrals(session),
            evidence=SqliteEvidence(session, tail),
            heads=SqliteHeads(session),
            head_links=SqliteHeadLinks(session),
            cosignatures=SqliteCosignatures(session),
            counterparts=SqliteCounterparts(session),
            reconciliations=SqliteReconciliations(session),
            unsealed=SqliteUnsealed(session),
        )
