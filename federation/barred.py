"""Calls to peers that a stop order forbids are not made: a bar in front of any `ports.Peers`. Stop orders themselves go through."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from federation.errors import PeerError
from federation.methods import NEVER_STOPPED, Method
from federation.model.retrieval import Chunk, FileHead
from federation.ports import Bar, Draft, Peers, Reply


class BarredPeers:
    """The peers, but for those that are stopped. Implements `ports.Peers`."""

    def __init__(self, peers: Peers, bar: Bar) -> None:
        """Ask `bar` before every call of `peers`."""
        self._peers = peers
        self._bar = bar

    async def ask(self, province: str, method: Method, draft: Draft, envelope: bytes, timeout_s: float) -> Reply[Any]:
        """As `Peers.ask`.

        Raises:
            PeerError: as there; or PEER_STOPPED or KEY_STOPPED, and no call was made.
        """
        if method.path.partition("/")[0] not in NEVER_STOPPED:
            self._check(province)
        return await self._peers.ask(province, method, draft, envelope, timeout_s)

    async def fetch(
        self, province: str, draft: Draft, envelope: bytes, timeout_s: float
    ) -> AsyncGenerator[Reply[FileHead] | Sequence[Chunk], None]:
        """As `Peers.fetch`; a stream that runs ends when its province is stopped.

        Raises:
            PeerError: as there; or PEER_STOPPED or KEY_STOPPED.
        """
        self._check(province)
        async with aclosing(self._peers.fetch(province, draft, envelope, timeout_s)) as items:
            async for item in items:
                self._check(province)
                yield item

    def _check(self, province: str) -> None:
        refusal = self._bar.call(province)
        if refusal is not None:
            raise PeerError(refusal)
