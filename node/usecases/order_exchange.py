"""How stop orders get to every node: pushed on at once by whoever did not have them, and compared with each peer again and again.

Flooding ends by itself: an order that is known with all its signatures is not passed on. The comparison is for what flooding misses:
nodes that were down, and paths that were cut. It first compares one digest; only where that differs, the tags of all orders. DESIGN §4.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

from federation.methods import PULL_ORDERS, PUSH_ORDERS, Method
from federation.model.orders import (
    MAX_DOCUMENTS,
    TAG_BYTES,
    OrdersPull,
    OrdersPullAnswer,
    OrdersPush,
    OrdersPushAnswer,
)
from federation.model.refusal import Reason
from federation.ports import Incoming, Mail, Peers
from node.errors import RefusedError
from node.usecases.exchange import Answered, Exchange
from node.usecases.orders import Orders
from trust import gm
from trust.errors import OrderError
from trust.orders import SignedOrder, reopen

CALL_TIMEOUT_S = 10.0
MAX_WAITING = 1_024  # orders that wait to be pushed to one peer; what is beyond is left to the comparison
MAX_PUSHES = 4  # of one peer, taken or waiting
MAX_ROUNDS = 256  # of one comparison
_NONE = gm.sm3(b"")


class OrderExchange:
    """Spreads this node's orders and takes those of the peers."""

    def __init__(
        self,
        *,
        orders: Orders,
        exchange: Exchange,
        mail: Mail,
        peers: Peers,
        others: Callable[[], Iterable[str]],
        new_id: Callable[[], str],
        wake: Callable[[str], None],
    ) -> None:
        """`others` are all other members, `wake` asks for `carry` with a peer soon."""
        self._orders = orders
        self._exchange = exchange
        self._mail = mail
        self._peers = peers
        self._others = others
        self._new_id = new_id
        self._wake = wake
        self._waiting: dict[str, dict[str, None]] = {}  # by peer: digests to push, oldest first
        self._held: dict[
            str, set[bytes]
        ] = {}  # by peer: tags it is known to hold; forgotten at a restart, learned again in seconds
        self._turns: dict[str, asyncio.Lock] = {}
        self._queued: Counter[str] = Counter()
        self._tagged: tuple[SignedOrder, ...] = ()
        self._sorted: list[bytes] = []
        self._digest = _NONE
        orders.tell(self._pass_on)

    def spread(self, order: SignedOrder) -> tuple[str, ...]:
        """The peers that are known to hold an order with these signatures."""
        return tuple(sorted(peer for peer in self._others() if order.tag in self._held.get(peer, ())))

    def _pass_on(self, order: SignedOrder) -> None:
        """An order that was new here goes to all others but those that have it with all these signatures."""
        for peer in self._others():
            if order.tag in self._held.get(peer, ()):
                continue
            queue = self._waiting.setdefault(peer, {})
            if len(queue) < MAX_WAITING:
                queue[order.digest] = None
            self._wake(peer)

    async def carry(self, peer: str) -> None:
        """Push what waits for this peer, and take what it has and this node lacks.

        Raises:
            PeerError: the peer could not be talked to now.
        """
        await self._orders.renew()
        await self._push(peer)
        await self._pull(peer)

    async def _push(self, peer: str) -> None:
        queue = self._waiting.setdefault(peer, {})
        while queue:
            digests = list(queue)[:MAX_DOCUMENTS]
            orders = [one for digest in digests if (one := self._orders.book.get(digest)) is not None]
            if orders:
                message = OrdersPush(documents=tuple(one.to_json() for one in orders))
                answer: OrdersPushAnswer = await self._ask(peer, PUSH_ORDERS, message)
                taken = zip(orders, answer.reasons, strict=False)
                self._hold(peer, (one.tag for one, reason in taken if not reason))
            for digest in digests:
                queue.pop(digest, None)

    async def _pull(self, peer: str) -> None:
        answer: OrdersPullAnswer = await self._ask(peer, PULL_ORDERS, OrdersPull(state=self._state(), known=b""))
        refused: set[bytes] = set()
        for _ in range(MAX_ROUNDS):
            if answer.state == self._state():
                self._held[peer] = set(self._tags())
                return
            progress = await self._take(peer, answer.documents, refused)
            if answer.documents and not progress:
                return
            known = b"".join(sorted({*self._tags(), *refused}))
            answer = await self._ask(peer, PULL_ORDERS, OrdersPull(state=self._state(), known=known))
            if not answer.documents:
                return

    async def _take(self, peer: str, documents: Iterable[bytes], refused: set[bytes]) -> bool:
        """Take what a peer has more; says whether anything was learned, be it that it is refused here."""
        before = (self._state(), len(refused))
        for document in documents:
            tag, reason = await self._received(document, peer)
            if tag is not None and reason:
                refused.add(tag)
            await asyncio.sleep(0)  # a signature takes half a millisecond: let others run in between
        return before != (self._state(), len(refused))

    async def pushed(self, incoming: Incoming[OrdersPush]) -> Answered:
        """Take the orders of a peer, each on its own, and say what became of them.

        Raises:
            RefusedError: OVERLOADED; or replayed: what the orders say holds all the same, for they prove themselves.
        """
        reasons = []
        async with self._turn(incoming.sender):
            for document in incoming.message.documents:
                _, reason = await self._received(document, incoming.sender)
                reasons.append(reason)
                await asyncio.sleep(0)
        answer = OrdersPushAnswer(reasons=tuple(reasons))
        return await self._exchange.poll(incoming, PUSH_ORDERS.path, lambda _: answer)

    @asynccontextmanager
    async def _turn(self, sender: str) -> AsyncIterator[None]:
        """One push of a peer at a time, so that a peer which pushes without end delays its own orders and not those of others.

        Raises:
            RefusedError: OVERLOADED: too many of its pushes wait.
        """
        if self._queued[sender] >= MAX_PUSHES:
            raise RefusedError(Reason.OVERLOADED, "pushes of this province wait", retry_after_s=1)
        self._queued[sender] += 1
        try:
            async with self._turns.setdefault(sender, asyncio.Lock()):
                yield
        finally:
            self._queued[sender] -= 1

    async def _received(self, document: bytes, sender: str) -> tuple[bytes | None, str]:
        """Take a document of a peer; returns its tag as the peer holds it (None where it cannot be read) and why it is refused.

        While it is taken the sender counts as holding it, so that it is not sent back; after that only where this node holds it, too:
        what is noted of a peer stays within what is kept.
        """
        try:
            sent = reopen(document)
        except OrderError:
            return None, await self._orders.take(document, sender)
        held = self._held.setdefault(sender, set())
        held.add(sent.tag)
        reason = await self._orders.take(document, sender)
        kept = self._orders.book.get(sent.digest)
        if kept is None or kept.tag != sent.tag:
            held.discard(sent.tag)
        return sent.tag, reason

    async def pulled(self, incoming: Incoming[OrdersPull]) -> Answered:
        """Compare states, and hand out what the peer lacks where it said what it has."""
        message, documents = incoming.message, []
        state = self._state()
        if message.state == state:
            self._held[incoming.sender] = set(self._tags())
        elif message.known or message.state == _NONE:
            known = _split(message.known)
            self._held[incoming.sender] = known & set(self._tags())
            lacking = (one for one in self._orders.shared() if one.tag not in known)
            documents = [one.to_json() for one in islice(lacking, MAX_DOCUMENTS)]
        answer = OrdersPullAnswer(state=state, documents=tuple(documents))
        return await self._exchange.poll(incoming, PULL_ORDERS.path, lambda _: answer)

    async def _ask(self, peer: str, method: Method, message: Any) -> Any:
        """A signed call without an evidence entry: what is taken is on record by itself (DESIGN §4)."""
        draft = self._mail.draft_request(message, recipients=(peer,), exchange_id=self._new_id())
        reply = await self._peers.ask(peer, method, draft, self._mail.sign(draft), CALL_TIMEOUT_S)
        return reply.message

    def _tags(self) -> list[bytes]:
        """The tags of what is handed on, sorted; worked out anew only where that has changed."""
        shared = self._orders.shared()
        if shared is not self._tagged:
            self._sorted = sorted(one.tag for one in shared)
            self._digest = gm.sm3(b"".join(self._sorted))
            self._tagged = shared
        return self._sorted

    def _state(self) -> bytes:
        self._tags()
        return self._digest

    def _hold(self, peer: str, tags: Iterable[bytes]) -> None:
        self._held.setdefault(peer, set()).update(tags)

    def waiting(self) -> Mapping[str, int]:
        """How many orders wait to be pushed, by peer."""
        return {peer: len(queue) for peer, queue in sorted(self._waiting.items())}


def _split(known: bytes) -> set[bytes]:
    return {known[start : start + TAG_BYTES] for start in range(0, len(known), TAG_BYTES)}
