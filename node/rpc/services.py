"""Which use-case answers which method of the peer port. One line per RPC, files apart (`retrieval`)."""

from federation.methods import (
    ACCUSE,
    ACKNOWLEDGE,
    ADD_CHECKPOINT,
    ANNOUNCE,
    CHAIN,
    CHECKPOINT,
    CONSISTENCY,
    HOLDER_CHECK,
    HOLDER_USES,
    NOTICE,
    OBJECTION,
    POKE,
    PROVE,
    PULL,
    PULL_ORDERS,
    PUSH_ORDERS,
    RECONCILE,
    SEARCH,
    SUBMIT,
    TILE,
    VERIFY,
)
from node.ports.lists import Kind
from node.rpc import retrieval
from node.rpc.edge import Edge, RpcHandler
from node.usecases.accusations import Accusations
from node.usecases.applying.verification import ApplicationProvider
from node.usecases.evidence import EvidenceProvider
from node.usecases.holder_log.answering import UsesProvider
from node.usecases.holder_mint import HolderProvider
from node.usecases.membership import Memberships
from node.usecases.objection.receiving import CaseReceiver
from node.usecases.order_exchange import OrderExchange
from node.usecases.presented.info_provider import InfoProvider
from node.usecases.publication.exchanging import Publications
from node.usecases.reconcile.answering import ReconcileProvider
from node.usecases.retrieval.provider import RetrievalProvider
from node.usecases.search.local import SearchProvider
from node.usecases.telling.receiving import NoticeReceiver
from node.usecases.witness import Witness


def handlers(
    edge: Edge,
    *,
    application: ApplicationProvider,
    search: SearchProvider,
    holders: HolderProvider,
    holder_uses: UsesProvider,
    delivery: RetrievalProvider,
    info: InfoProvider,
    notice: NoticeReceiver,
    objection: CaseReceiver,
    evidence: EvidenceProvider,
    witness: Witness,
    accusations: Accusations,
    reconcile: ReconcileProvider,
    publications: Publications,
    orders: OrderExchange,
    memberships: Memberships,
) -> dict[str, RpcHandler]:
    """Every method of every service, by path."""
    table = {
        SUBMIT.path: edge.unary(SUBMIT, application.submit),
        SEARCH.path: edge.unary(SEARCH, search.local),
        HOLDER_CHECK.path: edge.unary(HOLDER_CHECK, holders.check),
        HOLDER_USES.path: edge.unary(HOLDER_USES, holder_uses.uses),
        VERIFY.path: edge.unary(VERIFY, info.verify),
        NOTICE.path: edge.unary(NOTICE, notice.receive),
        OBJECTION.path: edge.unary(OBJECTION, objection.tell),
        CHECKPOINT.path: edge.unary(CHECKPOINT, evidence.checkpoint),
        PROVE.path: edge.unary(PROVE, evidence.prove),
        PUSH_ORDERS.path: edge.unary(PUSH_ORDERS, orders.pushed),
        PULL_ORDERS.path: edge.unary(PULL_ORDERS, orders.pulled),
        POKE.path: edge.unary(POKE, memberships.poked),
        CHAIN.path: edge.unary(CHAIN, memberships.chain),
        CONSISTENCY.path: edge.unary(CONSISTENCY, evidence.consistency),
        TILE.path: edge.unary(TILE, evidence.tiles),
        ADD_CHECKPOINT.path: edge.unary(ADD_CHECKPOINT, witness.add),
        ACCUSE.path: edge.unary(ACCUSE, accusations.accused),
        RECONCILE.path: edge.unary(RECONCILE, reconcile.reconcile),
        **retrieval.handlers(edge, delivery),
    }
    for kind in Kind:
        table |= _publication(edge, kind, publications)
    return table


def _publication(edge: Edge, kind: Kind, publications: Publications) -> dict[str, RpcHandler]:
    """The three methods of one publication's service."""
    announce, pull, acknowledge = ANNOUNCE[kind.value], PULL[kind.value], ACKNOWLEDGE[kind.value]
    return {
        announce.path: edge.unary(announce, lambda incoming: publications.announced(kind, incoming)),
        pull.path: edge.unary(pull, lambda incoming: publications.pulled(kind, incoming)),
        acknowledge.path: edge.unary(acknowledge, lambda incoming: publications.acknowledged(kind, incoming)),
    }
