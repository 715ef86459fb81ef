"""How objections get to the provinces they concern: a durable queue for each peer, worked off one call at a time. P5.

The queue itself belongs to the node; this is only the going. The first sign of life of a peer ends its back-off (`peers.Peers.alive`).
"""

from random import Random

from federation.peer_loop import run_peer_loop
from federation.peers import Peers, Work
from federation.ports import CaseQueue

RECHECK_S = 60.0


async def run_objections(peer: str, queue: CaseQueue, peers: Peers, random: Random) -> None:
    """Tell this peer what waits for it, until cancelled."""

    async def drain(province: str) -> None:
        while await queue.tell_next(province):
            pass

    await run_peer_loop(work=Work.OBJECTIONS, peer=peer, peers=peers, step=drain, interval_s=RECHECK_S, random=random)
