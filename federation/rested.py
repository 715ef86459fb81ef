"""Calls that somebody waits for are not made to a peer that is known to be down: it is refused at once. Clause 8.2.

What the loops send (publications, membership, orders, notices, probes) goes through: they have their own patience, and one of them finds
the peer again. A caller who asks several peers gives all of them up at one deadline, which is the call's own: a call that is cancelled then
is silence, too.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any

from federation.errors import PeerError
from federation.methods import FILE, NOTICE, Method
from federation.model.refusal import Reason, Refusal
from federation.model.retrieval import Chunk, FileHead
from federation.peers import Peers as Health
from federation.ports import Draft, Peers, Reply

ROUNDING_S = 0.02  # between the timers of one deadline


def _ignore(_peer: str, _method: str, _outcome: str) -> None:
    """Observe nothing."""


class RestedPeers:
    """The peers, but for those known to be down. Implements `ports.Peers`."""

    def __init__(self, peers: Peers, health: Health, observe: Callable[[str, str, str], None] = _ignore) -> None:
        """Ask `health` before every call of `peers`; `observe` is told (peer, method path, outcome word) of a call that is not made."""
        self._peers = peers
        self._health = health
        self._observe = observe

    async def ask(self, province: str, method: Method, draft: Draft, envelope: bytes, timeout_s: float) -> Reply[Any]:
        """As `Peers.ask`.

        Raises:
            PeerError: as there; or PEER_DOWN, and no call was made.
        """
        if method.recorded and method is not NOTICE:
            self._check(province, method)
        loop = asyncio.get_running_loop()
        start = loop.time()
        try:
            return await self._peers.ask(province, method, draft, envelope, timeout_s)
        except asyncio.CancelledError:
            waited_s = loop.time() - start
            if waited_s >= timeout_s - ROUNDING_S:
                self._health.silent(province, waited_s)
            raise

    async def fetch(
        self, province: str, draft: Draft, envelope: bytes, timeout_s: float
    ) -> AsyncGenerator[Reply[FileHead] | Sequence[Chunk], None]:
        """As `Peers.fetch`; a stream that runs is left alone.

        Raises:
            PeerError: as there; or PEER_DOWN, and no call was made.
        """
        self._check(province, FILE)
        async with aclosing(self._peers.fetch(province, draft, envelope, timeout_s)) as items:
            async for item in items:
                yield item

    def _check(self, province: str, method: Method) -> None:
        if self._health.down(province):
            self._observe(province, method.path, Reason.PEER_DOWN.value)
            raise PeerError(Refusal(reason=Reason.PEER_DOWN))
