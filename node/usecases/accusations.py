"""Telling all members of a log that forked or went back, and being told. A file convicts by itself: nobody's word is believed. DESIGN §2.7.

What this node convicts goes to every peer; what it is told it judges anew, keeps, raises the alarm and passes on, once: so it reaches
everyone whom anyone reaches, and comes to an end. Bounded: a few files of each log, and a few waiting for each peer; after a restart the
files kept are told again, and who has them says so at once. Membership documents and lists that fork have their own ways.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence

import structlog

from federation.errors import PeerError
from federation.methods import ACCUSE
from federation.model.refusal import Reason
from federation.model.witness import AccuseAnswer, AccuseRequest
from federation.ports import Incoming, Mail, Peers, Reply
from node.errors import RefusedError
from node.exhibits import Exhibits
from node.usecases.exchange import Answered, Exchange
from node.usecases.log_alarms import LogAlarms, exhibit_name, proves
from trust.errors import EvidenceError
from trust.fork import Exhibit, read_exhibit
from trust.gm import PublicKey

CALL_TIMEOUT_S = 10.0
WAITING = 16  # files for one peer
_NOT_TAKEN = frozenset({Reason.BAD_PARAMETER, Reason.PEER_ERROR})
"""Answers to a file itself: it accuses somebody whom the peer does not list, or the peer knows no such call."""
_log = structlog.get_logger(__name__)


class Accusations:
    """Tells and is told. One per node, owned by its event loop."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        mail: Mail,
        peers: Peers,
        alarms: LogAlarms,
        exhibits: Exhibits,
        keys: Callable[[str], Sequence[PublicKey]],
        others: Callable[[], Iterable[str]],
        new_id: Callable[[], str],
        wake: Callable[[str], None],
    ) -> None:
        """`keys` are a member's listed signing keys (none: no member), `others` all other members; `wake` asks for `carry` soon."""
        self._exchange = exchange
        self._mail = mail
        self._peers = peers
        self._alarms = alarms
        self._exhibits = exhibits
        self._keys = keys
        self._others = others
        self._new_id = new_id
        self._wake = wake
        self._waiting: dict[str, deque[bytes]] = {}
        alarms.spread(self.tell)

    def tell(self, exhibit: Exhibit) -> None:
        """Have a file told to all other members, where it convicts with the keys that are listed."""
        if proves(exhibit, self._keys(exhibit.province)):
            for peer in self._others():
                if peer != exhibit.province:
                    self._waiting.setdefault(peer, deque(maxlen=WAITING)).append(exhibit.to_json())
                    self._wake(peer)

    async def load(self) -> None:
        """Have the files kept told again: whoever has them says so at once."""
        for data in await asyncio.to_thread(self._exhibits.recent, exhibit_name(""), WAITING):
            try:
                self.tell(read_exhibit(data))
            except EvidenceError as error:
                _log.warning("evidence.exhibit_unreadable", error=str(error))

    async def carry(self, peer: str) -> None:
        """Tell a peer what waits for it.

        Raises:
            PeerError: the peer could not be talked to now.
        """
        queue = self._waiting.get(peer, deque())
        while queue:
            data = queue[0]
            draft = self._mail.draft_request(
                AccuseRequest(exhibit=data), recipients=(peer,), exchange_id=self._new_id()
            )
            envelope = self._mail.sign(draft)
            try:
                reply: Reply[AccuseAnswer] = await self._peers.ask(peer, ACCUSE, draft, envelope, CALL_TIMEOUT_S)
                believed = reply.message.proven
            except PeerError as error:
                if error.refusal.reason not in _NOT_TAKEN:
                    raise
                believed = False  # it must not keep the next file waiting
            if not believed:
                _log.warning("evidence.exhibit_not_believed", peer=peer)
            if queue and queue[0] is data:
                queue.popleft()

    async def accused(self, incoming: Incoming[AccuseRequest]) -> Answered:
        """Judge a file that a peer shows, and raise the alarm where it convicts.

        Raises:
            RefusedError: BAD_PARAMETER: not an exhibit, or of no member.
        """
        try:
            exhibit = read_exhibit(incoming.message.exhibit)
        except EvidenceError as error:
            raise RefusedError(Reason.BAD_PARAMETER, f"exhibit: {error}") from error
        keys = self._keys(exhibit.province)
        if not keys:
            raise RefusedError(Reason.BAD_PARAMETER, "exhibit: accuses no member")
        proven = self._alarms.convicted(exhibit, keys, by=incoming.sender)
        answer = AccuseAnswer(proven=proven)
        return await self._exchange.poll(incoming, ACCUSE.path, lambda _: answer)
