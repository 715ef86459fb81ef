"""What the members decide together: orders that stop and lift, versions of membership, and what a new version renews in this node.

What a stop or a membership refuses is found where calls are made and answered (`links`, `admission`), not here.
"""

from dataclasses import dataclass
from functools import partial

from federation.peers import Peers, Work
from node.assembly.core import Core
from node.assembly.links import Links
from node.moment import new_id, utc_now
from node.renewal import Renewal
from node.usecases.membership import Memberships, Version
from node.usecases.membership_refusals import Refusals
from node.usecases.order_exchange import OrderExchange
from node.usecases.orders import Orders, OrderSigner
from trust.local import LocalIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class Governance:
    """The parts."""

    orders: Orders
    order_exchange: OrderExchange
    renewal: Renewal
    memberships: Memberships


def make_governance(core: Core, links: Links) -> Governance:
    """Put the parts together, and take up the orders in the store."""
    orders = _orders(core)
    orders.load()
    renewal = _renewal(core, links, orders)
    return Governance(
        orders=orders,
        order_exchange=OrderExchange(
            orders=orders,
            exchange=links.exchange,
            mail=links.post,
            peers=links.client,
            others=core.others,
            new_id=new_id,
            wake=partial(core.peers.wake, work=Work.ORDERS),
        ),
        renewal=renewal,
        memberships=_memberships(core, links, renewal),
    )


def _orders(core: Core) -> Orders:
    return Orders(
        province=core.province,
        store=core.store,
        stops=core.stops,
        recorder=core.recorder,
        clock=utc_now,
        new_id=new_id,
        membership=lambda: core.directory.membership,
        signer=lambda: _signer(core.base.identity),
        count=core.metrics.order,
    )


def _signer(identity: LocalIdentity) -> OrderSigner:
    return OrderSigner(key_id=identity.signing_certificate.fingerprint, sign=identity.signing_key.sign)


def _renewal(core: Core, links: Links, orders: Orders) -> Renewal:
    """With the first listeners; the peer port and the jobs join them when they are opened."""
    renewal = Renewal(
        own=core.base.own,
        directory=core.directory,
        post=links.post,
        peers=core.peers,
        documents=core.documents,
        ring=core.base.ring,
        load_ring=core.base.load_ring,
    )
    renewal.listeners.append(lambda identity: links.channels.adopt(identity, core.directory))
    renewal.listeners.append(lambda _identity: orders.refresh())
    return renewal


def _memberships(core: Core, links: Links, renewal: Renewal) -> Memberships:
    newest = core.base.chain.newest
    return Memberships(
        store=core.store,
        exchange=links.exchange,
        mail=links.post,
        peers=links.client,
        recorder=core.recorder,
        clock=utc_now,
        new_id=new_id,
        newest=Version(membership=newest.membership, signed=newest.signed),
        refusals=Refusals(
            store=core.store,
            recorder=core.recorder,
            clock=utc_now,
            exhibits=links.exhibits,
            counted=core.metrics.membership_refused,
        ),
        renew=renewal.prepare,
        wake=partial(_wake_all, core.peers),
        poked=partial(core.peers.wake, work=Work.MEMBERSHIP),
    )


def _wake_all(peers: Peers) -> None:
    """A new version is here: tell everybody, and ask those who came with it for their lists."""
    for peer in peers.provinces:
        peers.wake(peer, Work.MEMBERSHIP)
        peers.wake(peer, Work.SYNC)
