"""The composition root: one node, put together from its configuration. Knows the groups of parts and their order; decides nothing itself.

How a group is made is `node.assembly`'s matter. Running the node, in its written order of start and stop, is `node.serve`.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from federation.channels import Channels
from federation.directory import Directory
from federation.gate import Gate
from federation.peers import Peers
from federation.probing import Prober
from node import membership_chain
from node.assembly.admission import make_admission
from node.assembly.consumer_side import make_consumer_side
from node.assembly.core import make_core
from node.assembly.desks import make_desks
from node.assembly.governance import make_governance
from node.assembly.holder_side import make_holder_side
from node.assembly.links import make_links
from node.assembly.objecting import Objecting, make_objecting
from node.assembly.oversight import caller_of, make_oversight
from node.assembly.peer_port import make_handlers
from node.assembly.provider_side import make_provider_side
from node.assembly.publishing import make_publishing
from node.assembly.reconciling import make_reconciling
from node.assembly.telling import Telling, make_telling
from node.assembly.witnessing import Witnessing, make_witnessing
from node.base import Base, load_base
from node.library.files import FileStore
from node.library.spool import Spool
from node.metrics import Levels, Metrics
from node.moment import utc_now
from node.ports.signing_gate import SigningGate
from node.ports.store import Store
from node.renewal import Renewal
from node.trust_watch import TrustWatch
from node.usecases.admission.explanation import Explainer
from node.usecases.applying.application import ApplicationConsumer
from node.usecases.applying.review import ReviewDesk
from node.usecases.applying.submission import Submissions
from node.usecases.applying.verdicts import Verdicts
from node.usecases.consent.taking import ConsentOffice
from node.usecases.erasure import Erasure
from node.usecases.explain.mishaps import Mishaps
from node.usecases.explain.timeline import TimelineReader
from node.usecases.heads import HeadKeeper
from node.usecases.holder_log.asking import AskingUses
from node.usecases.holders import Holders
from node.usecases.line_report import LineReport
from node.usecases.membership import Memberships
from node.usecases.notice import NoticeOutbox
from node.usecases.order_exchange import OrderExchange
from node.usecases.orders import Orders
from node.usecases.presented.file import FileVerification
from node.usecases.presented.info import InfoVerification
from node.usecases.proof_links import ProofLinks
from node.usecases.proving.making import Proofs
from node.usecases.publication.exchanging import Publications
from node.usecases.quality import QualityReport
from node.usecases.reconcile.desk import Desk as ReconcileDesk
from node.usecases.retrieval.consumer import RetrievalConsumer
from node.usecases.retrieval.downloads import Downloads
from node.usecases.sealed.old_rows import seal_old_rows
from node.usecases.search.fused import SearchConsumer
from node.usecases.search.receipts import Receipts
from node.usecases.shown import ShownExchange
from node.usecases.status import Status
from node.usecases.stops import Stops
from node.usecases.use import Uses
from node.usecases.workshop.assembled import Workshop

__all__ = ["Base", "Node", "build", "caller_of", "load_base"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node put together, not yet running: what it is run by and asked through, in the order in which the groups are made."""

    base: Base
    store: Store
    directory: Directory
    gate: Gate
    peers: Peers
    stops: Stops
    watch: TrustWatch
    metrics: Metrics
    channels: Channels
    outbox: NoticeOutbox
    witness: HeadKeeper
    proof_links: ProofLinks
    prober: Prober
    witnessing: Witnessing
    objecting: Objecting
    telling: Telling
    publications: Publications
    workshop: Workshop
    orders: Orders
    order_exchange: OrderExchange
    renewal: Renewal
    memberships: Memberships
    applications: ApplicationConsumer
    verdicts: Verdicts
    submissions: Submissions
    consents: ConsentOffice
    holders: Holders
    holder_uses: AskingUses
    reviews: ReviewDesk
    copies: FileStore
    search: SearchConsumer
    uses: Uses
    spool: Spool
    retrieval: RetrievalConsumer
    downloads: Downloads
    verification: FileVerification
    info_verification: InfoVerification
    status: Status
    explainer: Explainer
    mishaps: Mishaps
    timelines: TimelineReader
    receipts: Receipts
    shown: ShownExchange
    quality: QualityReport
    line_report: LineReport
    proofs: Proofs
    erasure: Erasure
    reconciliation: ReconcileDesk
    handlers: Mapping[str, Any]

    @property
    def province(self) -> str:
        """This node's province."""
        return self.base.config.node.province

    async def close(self) -> None:
        """Close channels, then the store."""
        await self.channels.close()
        await self.store.close()


async def build(base: Base) -> Node:
    """Open the store and put all parts together. No head of the log is signed before `Witnessing.greet`.

    Raises:
        StoreError: the store cannot be opened.
    """
    base = replace(base, gate=SigningGate())  # it waits until `serve` has asked the peers
    store = await base.open_store()
    try:
        latest = store.read.memberships.latest()
        if latest is not None and latest.digest != base.chain.newest.head.digest:  # adopted since `base` was loaded
            base = replace(await asyncio.to_thread(load_base, base.config), gate=base.gate)
        await seal_old_rows(store, base.vault)
        await store.transact(partial(membership_chain.keep, base.chain, base.recorder(), utc_now(), "configuration"))
        return _assemble(base, store)
    except BaseException:
        await store.close()
        raise


def _assemble(base: Base, store: Store) -> Node:
    def levels() -> Levels:  # the status is made last; the page of figures is asked for when all is there
        return oversight.status.levels()

    core = make_core(base, store, levels=levels)
    links = make_links(core)
    witnessing = make_witnessing(core, links)
    telling = make_telling(core)
    publishing = make_publishing(core, links)
    governance = make_governance(core, links)
    admission = make_admission(core)
    objecting = make_objecting(core, links, telling)
    desks = make_desks(core, links, admission, governance.orders)
    provider_side = make_provider_side(core, admission, telling)
    holder_side = make_holder_side(core, links)
    consumer_side = make_consumer_side(core, links, admission, desks, provider_side)
    reconciling = make_reconciling(core, links)
    sweep = partial(consumer_side.downloads.sweep, expired=False)
    oversight = make_oversight(core, links, publishing, governance, admission, witnessing, telling, sweep=sweep)
    handlers = make_handlers(
        core,
        links,
        publishing,
        governance,
        admission,
        provider_side,
        witnessing=witnessing,
        objecting=objecting,
        telling=telling,
        reconciling=reconciling,
        mint=desks.mint,
        holder_uses=holder_side.provider,
        mishaps=oversight.mishaps,
    )
    return Node(
        base=base,
        store=core.store,
        directory=core.directory,
        gate=core.gate,
        peers=core.peers,
        stops=core.stops,
        watch=core.watch,
        metrics=core.metrics,
        channels=links.channels,
        outbox=links.outbox,
        witness=links.witness,
        proof_links=links.proof_links,
        prober=links.prober,
        witnessing=witnessing,
        objecting=objecting,
        telling=telling,
        publications=publishing.publications,
        workshop=publishing.workshop,
        orders=governance.orders,
        order_exchange=governance.order_exchange,
        renewal=governance.renewal,
        memberships=governance.memberships,
        applications=desks.applications,
        verdicts=desks.verdicts,
        submissions=desks.submissions,
        consents=desks.consents,
        holders=desks.holders,
        holder_uses=holder_side.asking,
        reviews=desks.reviews,
        copies=provider_side.copies,
        search=consumer_side.search,
        uses=consumer_side.uses,
        spool=consumer_side.spool,
        retrieval=consumer_side.retrieval,
        downloads=consumer_side.downloads,
        verification=consumer_side.verification,
        info_verification=consumer_side.info_verification,
        status=oversight.status,
        explainer=oversight.explainer,
        mishaps=oversight.mishaps,
        timelines=oversight.timelines,
        receipts=oversight.receipts,
        shown=oversight.shown,
        quality=oversight.quality,
        line_report=oversight.line_report,
        proofs=oversight.proofs,
        erasure=oversight.erasure,
        reconciliation=reconciling.desk,
        handlers=handlers,
    )
