"""Ask several provinces at once, within one overall deadline, and keep an outcome for each. DESIGN §2.3.

No wire, no evidence: it only runs calls side by side. What is still running at the deadline is cancelled and counts as a timeout.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from federation.errors import PeerError
from federation.model.refusal import Reason, Refusal

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Generic[T]):
    """What became of one call: a value or a refusal, after this many milliseconds."""

    elapsed_ms: int
    value: T | None = None
    refusal: Refusal | None = None


async def fan_out(calls: Mapping[str, Callable[[float], Awaitable[T]]], *, deadline_s: float) -> dict[str, Part[T]]:
    """Run every call, giving each the whole of `deadline_s` seconds, and return all outcomes at the deadline at the latest.

    A call raises `PeerError` to fail. Any other exception is an error of ours: it stops the other calls and is raised.
    """
    start = time.monotonic()
    parts: dict[str, Part[T]] = {}

    async def run(province: str, call: Callable[[float], Awaitable[T]]) -> None:
        try:
            value = await call(deadline_s)
            parts[province] = Part(elapsed_ms=_since(start), value=value)
        except PeerError as error:
            parts[province] = Part(elapsed_ms=_since(start), refusal=error.refusal)

    tasks = [asyncio.create_task(run(province, call), name=f"ask {province}") for province, call in calls.items()]
    try:
        if tasks:
            await asyncio.wait(tasks, timeout=deadline_s, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        await _stop(tasks)
    for province in calls:
        parts.setdefault(province, Part(elapsed_ms=_since(start), refusal=Refusal(reason=Reason.PEER_TIMEOUT)))
    return parts


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel what still runs, and raise the first error that is ours."""
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


def _since(start: float) -> int:
    """Whole milliseconds since a monotonic time."""
    return round((time.monotonic() - start) * 1000)
