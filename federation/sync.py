"""Sync: announce to each peer what it has not acknowledged, pull what it has newer. Publications and membership. DESIGN §4, §5.

Pushed by a wake-up (a new version here, an announcement or an answer from there), repeated at an interval with jitter. What is
announced, stored and believed belongs to the node.
"""

from random import Random

from federation.peer_loop import run_peer_loop
from federation.peers import Peers, Work
from federation.ports import MembershipExchange, PublicationExchange


async def run_sync(
    peer: str, exchange: PublicationExchange, peers: Peers, *, interval_s: float, random: Random
) -> None:
    """Keep publications equal with this peer until cancelled."""
    await run_peer_loop(
        work=Work.SYNC, peer=peer, peers=peers, step=exchange.exchange_with, interval_s=interval_s, random=random
    )


async def run_membership(
    peer: str, exchange: MembershipExchange, peers: Peers, *, interval_s: float, random: Random
) -> None:
    """Keep the membership document equal with this peer until cancelled."""
    await run_peer_loop(
        work=Work.MEMBERSHIP, peer=peer, peers=peers, step=exchange.exchange_with, interval_s=interval_s, random=random
    )
