"""One loop per peer: do a step, wait for the next reason to do one, back off while it fails. Used by the outbox and by publication sync.

One step per peer is in flight at any time, so what the steps send stays in order (one message in flight).
"""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import structlog

from federation.backoff import delay_s
from federation.errors import PeerError
from federation.peers import Peers

_log = structlog.get_logger(__name__)


async def run_peer_loop(
    *,
    name: str,
    peer: str,
    peers: Peers,
    step: Callable[[str], Awaitable[None]],
    interval_s: float,
    random: Random,
) -> None:
    """Repeat `step(peer)` at a wake-up, and every `interval_s` seconds with jitter; runs until cancelled.

    `step` raises `PeerError` where the peer could not be talked to; anything else ends the loop and is the supervisor's matter.
    """
    woken = peers.waker(peer)
    failures = 0
    while True:
        woken.clear()
        try:
            await step(peer)
            failures = 0
        except PeerError as error:
            failures += 1
            _log.info(f"{name}.failed", peer=peer, reason=error.refusal.reason.value, failures=failures)
        pause = delay_s(failures, random) if failures else interval_s * random.uniform(0.8, 1.2)
        await _sleep_unless_woken(woken, pause)


async def _sleep_unless_woken(woken: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        return
