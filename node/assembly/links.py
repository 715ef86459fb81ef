"""The way to the peers: sealed mail, channels, calls that are barred, gated and rested, and the loops beside them.

What is said over it is not here.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from federation import ports
from federation.barred import BarredPeers
from federation.channels import Channels, open_channels
from federation.client import Client
from federation.directory import Directory
from federation.gate import GatedPeers
from federation.peers import Peers as Health
from federation.post import Post
from federation.probing import Prober
from federation.rested import RestedPeers
from node.assembly.core import Core
from node.exhibits import Exhibits
from node.moment import new_id, utc_now
from node.revocation import standing_words
from node.usecases.exchange import Exchange
from node.usecases.heads import HeadKeeper
from node.usecases.notice import NoticeOutbox
from node.usecases.proof_links import ProofLinks
from node.usecases.stops import StopBar
from trust.gm import PublicKey
from trust.heads import Heads
from trust.orders import tls_key_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The parts. `client` is how use-cases call peers; `exchange`, how they answer them."""

    bar: StopBar
    heads: Heads
    exhibits: Exhibits
    post: Post
    channels: Channels
    client: ports.Peers
    exchange: Exchange
    outbox: NoticeOutbox
    witness: HeadKeeper
    proof_links: ProofLinks
    prober: Prober


def make_links(core: Core) -> Links:
    """Put the parts together."""
    heads, exhibits = Heads(), Exhibits(folder=core.config.node.data / "exhibits")
    bar = StopBar(core.stops, partial(_relied_on, core.directory))
    post = _post(core, bar, heads)
    channels = open_channels(core.base.identity, core.directory)
    client = _client(core, channels, post, bar)
    witness = _witness(core, post, client, heads, exhibits)
    return Links(
        bar=bar,
        heads=heads,
        exhibits=exhibits,
        post=post,
        channels=channels,
        client=client,
        exchange=Exchange(store=core.store, mail=post, vault=core.vault, recorder=core.recorder, clock=utc_now),
        outbox=NoticeOutbox(store=core.store, mail=post, peers=client, recorder=core.recorder, signing=core.signing),
        witness=witness,
        proof_links=ProofLinks(
            heads=heads,
            keeper=witness,
            store=core.store,
            mail=post,
            peers=client,
            recorder=core.recorder,
            new_id=new_id,
            keys=partial(listed_keys, core.directory),
            members=lambda: core.directory.provinces,
        ),
        prober=Prober(mail=post, calls=client, peers=core.peers, new_id=new_id),
    )


def _witness(core: Core, post: Post, client: ports.Peers, heads: Heads, exhibits: Exhibits) -> HeadKeeper:
    return HeadKeeper(
        heads=heads,
        store=core.store,
        mail=post,
        peers=client,
        exhibits=exhibits,
        recorder=core.recorder,
        new_id=new_id,
        forked=core.metrics.forked,
    )


def _post(core: Core, bar: StopBar, heads: Heads) -> Post:
    return Post(
        core.base.identity,
        core.directory,
        clock=utc_now,
        monotonic=time.monotonic,
        bar=bar,
        standing=standing_words(core.watch.revocations),
        prove_entry=core.store.prove if core.base.by_log else None,
        heads=heads,
    )


def _client(core: Core, channels: Channels, post: Post, bar: StopBar) -> BarredPeers:
    calls = _calls(core, channels, post, core.peers)
    return BarredPeers(GatedPeers(RestedPeers(calls, core.peers, core.metrics.peer_call), core.gate), bar)


@asynccontextmanager
async def first_calls(core: Core, links: Links) -> AsyncIterator[ports.Peers]:
    """Calls of the start, over connections of their own: what they find out about the peers is forgotten, and nobody waits for its end."""
    channels = open_channels(core.base.identity, core.directory)
    try:
        yield BarredPeers(GatedPeers(_calls(core, channels, links.post, Health(core.others())), core.gate), links.bar)
    finally:
        await channels.close()


def _calls(core: Core, channels: Channels, post: Post, health: Health) -> Client:
    return Client(
        channels,
        post,
        health,
        observe=core.metrics.peer_call,
        weigh=core.metrics.peer_bytes,
        clocks=core.watch.clocks,
        clock=utc_now,
    )


def listed_keys(directory: Directory, province: str) -> tuple[PublicKey, ...]:
    """The signing keys that the membership lists of a province; none of one that is no member."""
    peer = directory.peers.get(province)
    return () if peer is None else tuple(peer.signing_keys.values())


def _relied_on(directory: Directory, province: str) -> tuple[str, str]:
    """The keys in use that a call to a province relies on, by id."""
    peer = directory.peers[province]
    return peer.recipient.key_id, tls_key_id(peer.tls_certificates.decode())
