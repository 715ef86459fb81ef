"""What answers the peers: every method of the peer port, with the use-case behind it. The port itself is opened by `node.serve`."""

from collections.abc import Mapping
from typing import Any

from node.assembly.admission import Admission
from node.assembly.core import Core
from node.assembly.governance import Governance
from node.assembly.links import Links
from node.assembly.objecting import Objecting
from node.assembly.provider_side import ProviderSide
from node.assembly.publishing import Publishing
from node.assembly.reconciling import Reconciling
from node.assembly.telling import Telling
from node.assembly.witnessing import Witnessing
from node.moment import utc_now
from node.rpc import services
from node.rpc.edge import Edge
from node.usecases.applying.verification import ApplicationProvider
from node.usecases.evidence import EvidenceProvider
from node.usecases.explain.mishaps import Mishaps
from node.usecases.holder_log.answering import UsesProvider
from node.usecases.holder_mint import HolderProvider, Mint
from node.usecases.presented.info_provider import InfoProvider
from node.usecases.retrieval.provider import RetrievalProvider
from node.usecases.search.local import SearchProvider
from node.usecases.telling.receiving import NoticeReceiver


def make_handlers(
    core: Core,
    links: Links,
    publishing: Publishing,
    governance: Governance,
    admission: Admission,
    provider_side: ProviderSide,
    *,
    witnessing: Witnessing,
    objecting: Objecting,
    reconciling: Reconciling,
    telling: Telling,
    mint: Mint,
    holder_uses: UsesProvider,
    mishaps: Mishaps,
) -> Mapping[str, Any]:
    """By path; `mishaps` is told of calls that are refused before any use-case sees them."""
    store, exchange, library, verifier = core.store, links.exchange, provider_side.library, admission.verifier
    return services.handlers(
        _edge(core, links, mishaps),
        application=ApplicationProvider(exchange=exchange, verifier=verifier),
        holders=HolderProvider(province=core.province, exchange=exchange, mint=mint),
        holder_uses=holder_uses,
        search=SearchProvider(exchange=exchange, library=library, verifier=verifier, recorder=core.recorder),
        delivery=RetrievalProvider(
            store=store, exchange=exchange, provider=provider_side.provider, handout=provider_side.handout
        ),
        info=InfoProvider(exchange=exchange, verifier=provider_side.info_verifier),
        objection=objecting.receiver,
        notice=NoticeReceiver(
            exchange=exchange,
            clock=utc_now,
            teller=telling.teller,
            membership=lambda: core.directory.membership,
            wake=telling.wake,
            index=core.holder_index,
        ),
        evidence=EvidenceProvider(
            store=store, exchange=exchange, witnessed=witnessing.view.witnessed, hurry=witnessing.cosigning.hurry
        ),
        witness=witnessing.cosigner,
        accusations=witnessing.accusations,
        reconcile=reconciling.provider,
        publications=publishing.publications,
        orders=governance.order_exchange,
        memberships=governance.memberships,
    )


def _edge(core: Core, links: Links, mishaps: Mishaps) -> Edge:
    return Edge(
        post=links.post,
        directory=core.directory,
        gate=core.gate,
        peers=core.peers,
        exchange=links.exchange,
        metrics=core.metrics,
        mishaps=mishaps,
        bar=links.bar,
    )
