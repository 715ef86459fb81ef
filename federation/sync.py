"""Publication sync: announce to each peer what it has not acknowledged, pull what it has newer. DESIGN §5.

Pushed by a wake-up (a new version here, an announcement or a sign of life from there), repeated at an interval with jitter. What is
announced, stored and believed belongs to the node.
"""

from random import Random

from federation.peer_loop import run_peer_loop
from federation.peers import Peers, Work
from federation.ports import PublicationExchange


async def run_sync(
    peer: str, exchange: PublicationExchange, peers: Peers, *, interval_s: float, random: Random
) -> None:
    """Keep publications equal with this peer until cancelled."""
    await run_peer_loop(
        work=Work.SYNC, peer=peer, peers=peers, step=exchange.exchange_with, interval_s=interval_s, random=random
    )
