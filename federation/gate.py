"""Whether this node exchanges anything with its peers at this moment: not while its membership document has expired, or leaves it out.

What stays possible is `methods.ALWAYS`: the talk about membership, which is how either state ends. Local functions do not pass here.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any

from federation.directory import Directory
from federation.errors import PeerError
from federation.methods import ALWAYS, FILE, Method
from federation.model.refusal import Reason, Refusal
from federation.model.retrieval import Chunk, FileHead
from federation.ports import Draft, Peers, Reply


class Gate:
    """Judges by the newest membership; `clock` is UTC."""

    def __init__(self, directory: Directory, me: str, clock: Callable[[], datetime]) -> None:
        """`me` is our own province."""
        self._directory = directory
        self._me = me
        self._clock = clock

    @property
    def expired(self) -> bool:
        """Whether the version in force here has run out: the grace state."""
        return self._directory.expired(self._clock())

    def closed(self, method: Method, peer: str) -> Refusal | None:
        """Why this call is not made to, or not answered for, this peer."""
        members = self._directory.peers
        if peer not in members:
            return Refusal(reason=Reason.NOT_A_MEMBER, detail=f"{peer} is not in membership version {self._version}")
        if method in ALWAYS:
            return None
        if self._me not in members:
            return Refusal(
                reason=Reason.NOT_A_MEMBER, detail=f"membership version {self._version} leaves {self._me} out"
            )
        if self.expired:
            ended = f"version {self._version} ended at {self._directory.membership.expires} at {self._me}"
            return Refusal(reason=Reason.MEMBERSHIP_EXPIRED, detail=ended)
        return None

    @property
    def _version(self) -> int:
        return self._directory.version


class GatedPeers:
    """Implements `ports.Peers` over another: what the gate closes is refused before anything is sent."""

    def __init__(self, peers: Peers, gate: Gate) -> None:
        """Call through `peers`."""
        self._peers = peers
        self._gate = gate

    async def ask(self, province: str, method: Method, draft: Draft, envelope: bytes, timeout_s: float) -> Reply[Any]:
        """See `ports.Peers`.

        Raises:
            PeerError: also NOT_A_MEMBER and MEMBERSHIP_EXPIRED.
        """
        self._check(method, province)
        return await self._peers.ask(province, method, draft, envelope, timeout_s)

    async def fetch(
        self, province: str, draft: Draft, envelope: bytes, timeout_s: float
    ) -> AsyncGenerator[Reply[FileHead] | Sequence[Chunk], None]:
        """See `ports.Peers`; a stream that runs when the gate closes ends.

        Raises:
            PeerError: also NOT_A_MEMBER and MEMBERSHIP_EXPIRED.
        """
        self._check(FILE, province)
        async with aclosing(self._peers.fetch(province, draft, envelope, timeout_s)) as parts:
            async for part in parts:
                yield part
                self._check(FILE, province)

    def _check(self, method: Method, province: str) -> None:
        refusal = self._gate.closed(method, province)
        if refusal is not None:
            raise PeerError(refusal)
