"""Before a node signs: it asks its peers which heads of its own log they hold, so that a log that went back signs no fork. DESIGN §2.7.

A head that the witness quorum k cosigned is held by k of the others; so the answers of all but k - 1 of them leave none out. Until so many
answered, no head is signed or given away (`ports.signing_gate`); peers that are not there yet are asked again and again. Beyond that number
everybody is asked once: a head that nobody cosigned went with some message, and its receiver holds it. The wait is bounded: who finds
nobody goes on after it, says so loudly, and greets each missed peer before it offers that peer a head.

What remains possible: a log that went back signs a fork where too few peers who hold the lost end answer within the bound; where nobody
who answers holds it, as it was never cosigned by a quorum (membership asks for none, or it was too young) and its only receivers are down;
and a message to a missed peer may carry such a head before the loop that greets that peer comes to it. The first peer that answers with the
lost end stops it (`usecases.own_log`).
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet

import structlog

from federation.errors import PeerError
from federation.methods import ADD_CHECKPOINT
from federation.model.witness import AddCheckpointAnswer, AddCheckpointRequest
from federation.ports import Mail, Peers, Reply
from node.ports.signing_gate import SigningGate
from node.usecases.own_log import OwnLog

TRY_S = 2.0  # for one answer at the start
PAUSE_S = 0.25  # before a peer that did not answer is asked again
NEXT_STEP = "start the other provinces' nodes; each is asked before it is offered a head"
_log = structlog.get_logger(__name__)


class Greeting:
    """Asks, and knows who has not answered since the start. One per node, owned by its event loop."""

    def __init__(
        self,
        *,
        mail: Mail,
        own: OwnLog,
        gate: SigningGate,
        others: Callable[[], Iterable[str]],
        quorum: Callable[[], int],
        new_id: Callable[[], str],
    ) -> None:
        """`others` are all other members, `quorum` is the witness quorum of the membership in force."""
        self._mail = mail
        self._own = own
        self._gate = gate
        self._others = others
        self._quorum = quorum
        self._new_id = new_id
        self._missed = set(others())

    @property
    def missed(self) -> tuple[str, ...]:
        """The members of the start that have not said yet what they hold; a member that joined later holds nothing of before."""
        return tuple(sorted(self._missed & set(self._others())))

    @property
    def needed(self) -> int:
        """How many have to answer."""
        others = len(tuple(self._others()))
        return min(others, max(1, others - self._quorum() + 1))

    @property
    def enough(self) -> bool:
        """Whether so many answered that no head which a quorum cosigned can be unknown."""
        return len(tuple(self._others())) - len(self.missed) >= self.needed

    async def start(self, calls: Peers, limit_s: float) -> None:
        """Ask until enough answered, at most `limit_s` seconds; then the gate is released. A log that lost its end stays closed.

        Raises:
            StoreError: that something was lost could not be put on record.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + limit_s
        asked = {asyncio.create_task(self._tried(peer, calls)) for peer in self.missed}
        once = set[str]()  # answered, or found not to be there
        try:
            while asked and not self._told_enough(once) and loop.time() < end:
                done, asked = await asyncio.wait(asked, timeout=end - loop.time(), return_when=asyncio.FIRST_COMPLETED)
                for one in done:
                    peer, notes = one.result()
                    once.add(peer)
                    if notes is None:
                        asked.add(asyncio.create_task(self._tried(peer, calls, PAUSE_S)))
                    else:
                        await self._compared(peer, notes)
        finally:
            for one in asked:
                one.cancel()
        self._over()

    def _told_enough(self, once: AbstractSet[str]) -> bool:
        """Whether waiting is over: a loss is known, or enough answered and of the rest each was asked once, for it may know as much."""
        return self._own.lost is not None or (self.enough and set(self.missed) <= once)

    async def greet(self, peer: str, calls: Peers, timeout_s: float) -> tuple[int, ...]:
        """Ask one peer; returns the sizes of the heads that it holds and that are the log's.

        Raises:
            PeerError: the peer could not be talked to now.
        """
        return await self._compared(peer, await self._held(peer, calls, timeout_s))

    async def _tried(self, peer: str, calls: Peers, pause_s: float = 0.0) -> tuple[str, Sequence[str] | None]:
        """What a peer holds; None where it is not there."""
        await asyncio.sleep(pause_s)
        try:
            return peer, await self._held(peer, calls, TRY_S)
        except PeerError as error:
            _log.debug("evidence.not_greeted", peer=peer, reason=error.refusal.reason.value)
            return peer, None

    async def _held(self, peer: str, calls: Peers, timeout_s: float) -> Sequence[str]:
        """The heads that a peer holds: it is shown none."""
        draft = self._mail.draft_request(AddCheckpointRequest(note=""), recipients=(peer,), exchange_id=self._new_id())
        envelope = self._mail.sign(draft)
        reply: Reply[AddCheckpointAnswer] = await calls.ask(peer, ADD_CHECKPOINT, draft, envelope, timeout_s)
        return reply.message.held

    async def _compared(self, peer: str, notes: Sequence[str]) -> tuple[int, ...]:
        sizes = await self._own.compared(peer, notes)
        self._missed.discard(peer)
        return sizes

    def _over(self) -> None:
        """Sign from here on, and say where that is on the word of too few."""
        if self._own.lost is None and not self.enough:
            _log.warning("evidence.signs_without_greeting", missed=self.missed, needed=self.needed, next_step=NEXT_STEP)
        self._gate.release()
