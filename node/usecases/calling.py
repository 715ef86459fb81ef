"""One round of recorded questions to provinces: proofs, calls and waiting share what is left of one overall deadline. Clause 8.2.

Who is asked what is on record before; what comes of it is the caller's matter.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from federation.errors import PeerError
from federation.fanout import Part, fan_out
from federation.methods import Method
from federation.model.refusal import Reason, Refusal
from federation.ports import Mail, Peers, Recorded, Reply

Asked = Sequence[tuple[Recorded, tuple[str, ...]]]
"""The requests of one round, each with its recipients."""
SHORTEST_S = 0.05  # the least deadline of a search, whatever its caller says
_LEAST_S = SHORTEST_S / 2  # who was given less to answer in was not silent
_LATE = Refusal(
    reason=Reason.OVERLOADED, detail="the deadline was all but over before this node could ask", retry_after_s=1
)


async def call_all(mail: Mail, peers: Peers, method: Method, asked: Asked, until: float) -> dict[str, Part[Reply[Any]]]:
    """Ask everybody, and return what came by `until` (on time.monotonic) at the latest.

    A province that could not be asked in time was not silent: that it has no answer is this node's fault, and said to be.
    """
    sent: set[str] = set()
    proofs = [asyncio.create_task(_proven(mail, request), name="prove") for request, _ in asked]

    def call(province: str, request: Recorded, proof: asyncio.Task[bytes]) -> Callable[[float], Awaitable[Reply[Any]]]:
        async def ask(_deadline_s: float) -> Reply[Any]:
            envelope = await asyncio.shield(proof)  # others wait for it, too
            left_s = until - time.monotonic()
            if left_s < _LEAST_S:
                raise PeerError(_LATE)
            sent.add(province)
            return await peers.ask(province, method, request.draft, envelope, left_s)

        return ask

    calls = {
        code: call(code, request, proof)
        for (request, codes), proof in zip(asked, proofs, strict=True)
        for code in codes
    }
    try:
        parts = await fan_out(calls, deadline_s=max(0.0, until - time.monotonic()))
    finally:
        for proof in proofs:
            proof.cancel()
        await asyncio.gather(*proofs, return_exceptions=True)
    return {code: part if code in sent else replace(part, refusal=_LATE) for code, part in parts.items()}


async def _proven(mail: Mail, request: Recorded) -> bytes:
    return await mail.prove(request)
