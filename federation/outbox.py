"""The notice outbox: durable queues, one per peer, each worked off in order with one notice in flight. Clause 8.4, DESIGN §6.5.

The queue itself (what is pending, delivered, dead) belongs to the node; this is only the going. The first answer of a peer ends its
back-off (`peers.Peers.alive`).
"""

from random import Random

from federation.peer_loop import run_peer_loop
from federation.peers import Peers, Work
from federation.ports import NoticeQueue

RECHECK_S = 60.0


async def run_outbox(peer: str, queue: NoticeQueue, peers: Peers, random: Random) -> None:
    """Deliver this peer's notices until cancelled."""

    async def drain(province: str) -> None:
        while await queue.deliver_next(province):
            pass

    await run_peer_loop(work=Work.OUTBOX, peer=peer, peers=peers, step=drain, interval_s=RECHECK_S, random=random)
