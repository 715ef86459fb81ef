"""One owner at a time for each key, and a short wait for the next; not a queue: who waits longest is not served first. DESIGN §2.5.

A caller has the last byte of an answer a moment before its owner here lets go: who repeats in that moment waits, and is not refused.
"""

import asyncio

PATIENCE_S = 1.0
"""Longest wait for the owner before; it covers the letting go, not a whole transfer. Our choice."""


class Turns:
    """Who is at work on which key. Owned by the event loop; holds one entry for each key taken."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._ended: dict[str, asyncio.Event] = {}

    async def take(self, key: str) -> bool:
        """Own `key` until `end`; False if its owner did not end in time."""
        try:
            async with asyncio.timeout(self._patience_s):
                while key in self._ended:
                    await self._ended[key].wait()
        except TimeoutError:
            return False
        self._ended[key] = asyncio.Event()
        return True

    def end(self, key: str) -> None:
        """Let go of `key`, whoever waits for it; a key that nobody owns is none of our business."""
        ended = self._ended.pop(key, None)
        if ended is not None:
            ended.set()
