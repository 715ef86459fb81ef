"""Finding a peer again: asked for its log's head until it answers, once at a time, with a growing pause. Clause 8.2, DESIGN §2.9.

One prober per peer, woken by the first failed call, by doubt, and by a call of a peer that did not answer; while the peer answers it does
nothing. An answer of any kind is a sign of life, and
goes the way of all answers: through TLS, signature and the peer's store, so a peer that only listens is not taken for one that works.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from federation.methods import CHECKPOINT
from federation.model.evidence import CheckpointRequest
from federation.peer_loop import run_peer_loop
from federation.peers import Peers, Work
from federation.ports import Mail
from federation.ports import Peers as Calls

PROBE_TIMEOUT_S = 2.0
PATIENCE_S = 10.0  # between two probes: a peer that is back and says nothing is found within this time. Our choice
LOOK_EVERY_S = 60.0  # without a wake-up; costs nothing while the peer is up


@dataclass(frozen=True, slots=True, kw_only=True)
class Prober:
    """Asks one peer whether it is there."""

    mail: Mail
    calls: Calls
    peers: Peers
    new_id: Callable[[], str]

    async def look(self, peer: str) -> None:
        """Ask, unless nobody doubts that the peer answers.

        Raises:
            PeerError: it could not be talked to.
        """
        if not self.peers.doubtful(peer):
            return
        draft = self.mail.draft_request(CheckpointRequest(), recipients=(peer,), exchange_id=self.new_id())
        await self.calls.ask(peer, CHECKPOINT, draft, self.mail.sign(draft), PROBE_TIMEOUT_S)


async def run_probe(peer: str, prober: Prober, random: Random) -> None:
    """Look for this peer whenever it does not answer, until cancelled."""
    await run_peer_loop(
        work=Work.PROBE,
        peer=peer,
        peers=prober.peers,
        step=prober.look,
        interval_s=LOOK_EVERY_S,
        random=random,
        patience_s=PATIENCE_S,
    )
