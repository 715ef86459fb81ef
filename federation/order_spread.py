"""The loop that keeps stop orders equal with one peer: pushed at a wake-up, compared at least every 20 seconds. DESIGN §4.

An order has to be in force on every reachable node within 60 seconds, also through a third peer: two comparisons and the calls fit in.
A peer that is down is tried as often as one that is up, for its first answer is when it learns what happened meanwhile.
"""

from random import Random

from federation.peer_loop import run_peer_loop
from federation.peers import Peers, Work
from federation.ports import OrderCarrier

COMPARE_EVERY_S = 15.0  # with the loop's jitter of a fifth at most 18
PATIENCE_S = 15.0


async def run_orders(peer: str, carrier: OrderCarrier, peers: Peers, random: Random) -> None:
    """Keep orders equal with this peer until cancelled."""
    await run_peer_loop(
        work=Work.ORDERS,
        peer=peer,
        peers=peers,
        step=carrier.carry,
        interval_s=COMPARE_EVERY_S,
        random=random,
        patience_s=PATIENCE_S,
    )
