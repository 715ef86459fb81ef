"""Witnesses: each peer shows, again and again, that its newest head extends those before, and cosigns the heads of ours. DESIGN §2.7, §7.

What heads are known, when one is offered, and what a log that cannot show it is in for, belongs to the node.
"""

from random import Random

from federation.peer_loop import run_peer_loop
from federation.peers import Peers, Work
from federation.ports import HeadCarrier, LogWitness, ProofCheck


async def run_witness(peer: str, witness: LogWitness, peers: Peers, *, interval_s: float, random: Random) -> None:
    """Keep the heads of this peer's log linked until cancelled."""
    await run_peer_loop(
        work=Work.WITNESS, peer=peer, peers=peers, step=witness.link, interval_s=interval_s, random=random
    )


async def run_cosigning(peer: str, carrier: HeadCarrier, peers: Peers, *, interval_s: float, random: Random) -> None:
    """Have this peer cosign the heads of our log until cancelled; a step with nothing new costs a look-up."""
    await run_peer_loop(
        work=Work.COSIGN, peer=peer, peers=peers, step=carrier.push, interval_s=interval_s, random=random
    )


async def run_proof_check(peer: str, proofs: ProofCheck, peers: Peers, *, interval_s: float, random: Random) -> None:
    """Keep the proofs of this peer's log compared with its linked head until cancelled."""
    await run_peer_loop(
        work=Work.PROOFS, peer=peer, peers=peers, step=proofs.check, interval_s=interval_s, random=random
    )
