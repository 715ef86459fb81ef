"""What one node of the REST edge takes on at a time, and how long it works at one request. DESIGN §9 and §10: backpressure answers early.

Not quotas per application or operator: those are rules (REQUIREMENTS 7.3, check 7).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from federation.model.refusal import Reason
from node.rest.errors import EdgeError

_UNAVAILABLE = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of the edge; times in seconds, sizes in bytes."""

    concurrent: int = 64  # requests worked on at once
    concurrent_large: int = 4  # of them with large bodies, which are held whole
    waiting: int = 256  # requests that may wait for their turn
    wait_s: float = 5.0
    body_bytes: int = 1 << 20
    body_s: float = 10.0
    answer_s: float = 60.0  # the use-case; above the longest search deadline a caller may ask for
    file_s: float = 600.0  # a whole file from its province, verified
    send_s: float = 600.0  # one file to one caller
    inline_bytes: int = 8 << 20


def overloaded(detail: str) -> EdgeError:
    """The refusal of load: 503, with a time after which to try again."""
    return EdgeError(_UNAVAILABLE, Reason.OVERLOADED, detail, retry_after_s=1)


@asynccontextmanager
async def bounded(seconds: float) -> AsyncIterator[None]:
    """Let the body of the `async with` run for `seconds` at most.

    Raises:
        EdgeError: 503; it took longer. An error of the body itself passes unchanged.
    """
    timer = asyncio.timeout(seconds)
    try:
        async with timer:
            yield
    except TimeoutError:
        if timer.expired():
            raise overloaded(f"the request was not answered within {seconds:g} s") from None
        raise


class Gate:
    """Lets a bounded number of requests in, and a bounded number wait. Owned by the event loop; no lock needed."""

    def __init__(self, limits: Limits, places: int) -> None:
        self._limits = limits
        self._free = asyncio.Semaphore(places)
        self._waiting = 0

    async def _enter(self) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        if self._waiting >= self._limits.waiting:
            raise overloaded("too many requests are waiting")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._limits.wait_s):
                await self._free.acquire()
        except TimeoutError:
            raise overloaded(f"no turn came within {self._limits.wait_s:g} s") from None
        finally:
            self._waiting -= 1

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold one of the places.

        Raises:
            EdgeError: 503; every place is taken, and too many wait or the wait was too long.
        """
        await self._enter()
        try:
            yield
        finally:
            self._free.release()
