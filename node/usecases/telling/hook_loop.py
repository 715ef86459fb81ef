"""One loop per webhook: pass on what waits, sleep until there is more, back off while it fails. Clause 8.4.

Unlike a peer's loop (`federation.peer_loop`), a new notice does not end a pause: systems of a province show no other sign of life, and
one that asks for time gets it. Only an operator who sends again does.
"""

import asyncio
from collections.abc import Iterable
from random import Random
from typing import Protocol

import structlog

from federation.backoff import delay_s
from node.usecases.telling.hooks import HookLaterError

RECHECK_S = 60.0
CAP_S = 900.0
"""The longest pause between two attempts: a system that was away for a night is told within a quarter of an hour. Our choice."""
GONE_S = 6 * 3600.0
"""Between two attempts at an address that is given up (410)."""
_log = structlog.get_logger(__name__)


class HookQueue(Protocol):
    """What works a webhook's queue off."""

    async def deliver_next(self, name: str) -> bool:
        """Pass on the oldest; False where there is none. Raises `HookLaterError`."""


class Bells:
    """What the loops wait for. Owned by the event loop."""

    def __init__(self, names: Iterable[str]) -> None:
        """One bell for news and one for impatience per webhook."""
        self._news = {name: asyncio.Event() for name in names}
        self._now = {name: asyncio.Event() for name in self._news}
        self._troubles: dict[str, str] = {}

    def ring(self, name: str) -> None:
        """There is something to pass on."""
        if name in self._news:
            self._news[name].set()

    def hurry(self, name: str) -> None:
        """Somebody wants it tried at once."""
        if name in self._now:
            self._news[name].set()
            self._now[name].set()

    def troubled(self, name: str, reason: str) -> None:
        """Why it is not passed on; "": it is."""
        self._troubles[name] = reason

    def trouble(self, name: str) -> str:
        """Why the last attempt failed; "" where it did not."""
        return self._troubles.get(name, "")

    async def news(self, name: str, within_s: float) -> None:
        """Wait for news, at most so long."""
        await _rung(self._news[name], within_s)

    async def impatience(self, name: str, within_s: float) -> bool:
        """Wait, at most so long; True where somebody would not."""
        return await _rung(self._now[name], within_s)


async def _rung(bell: asyncio.Event, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            await bell.wait()
    except TimeoutError:
        return False
    bell.clear()
    return True


async def run_hook(name: str, queue: HookQueue, bells: Bells, random: Random) -> None:
    """Pass this webhook's notices on until cancelled."""
    failures = 0
    while True:
        try:
            while await queue.deliver_next(name):
                failures = 0
        except HookLaterError as error:
            failures += 1
            pause = GONE_S if error.gone else max(error.after_s, delay_s(failures, random, cap_s=CAP_S))
            bells.troubled(name, error.reason)
            _log.warning("webhook.later", webhook=name, reason=error.reason, failures=failures, pause_s=round(pause))
            if await bells.impatience(name, pause):
                failures = 0
        else:
            bells.troubled(name, "")
            await bells.news(name, RECHECK_S)
