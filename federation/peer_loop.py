"""One loop per peer: do a step, wait for the next reason to do one, back off while it fails. Used by whatever keeps up with peers.

One step per peer is in flight at any time, so what the steps send stays in order (one message in flight).
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from random import Random

import structlog

from federation.backoff import CAP_S, delay_s
from federation.errors import PeerError
from federation.peers import Peers, Work

_log = structlog.get_logger(__name__)


async def run_peer_loop(
    *,
    work: Work,
    peer: str,
    peers: Peers,
    step: Callable[[str], Awaitable[None]],
    interval_s: float,
    random: Random,
    patience_s: float = CAP_S,
) -> None:
    """Repeat `step(peer)` at a wake-up, and every `interval_s` seconds with jitter; runs until cancelled.

    A peer that fails is left alone for at most `patience_s` seconds. One that is known to be down is the prober's alone until it
    answers, however much there is to send; only where nobody finds it for `patience_s` does the loop try by itself.

    `step` raises `PeerError` where the peer could not be talked to; anything else ends the loop and is the supervisor's matter.
    """
    woken = peers.waker(peer, work)
    failures = 0
    while True:
        if work is not Work.PROBE:
            await _not_down(peers, peer, woken, patience_s)
        woken.clear()
        try:
            await step(peer)
            failures = 0
        except PeerError as error:
            failures += 1
            _log.info(f"{work}.failed", peer=peer, reason=error.refusal.reason.value, failures=failures)
        pause = min(patience_s, delay_s(failures, random)) if failures else interval_s * random.uniform(0.8, 1.2)
        if await _woken_within(woken, pause):
            failures = 0  # an answer, or something new to send: no reason to be patient


async def _not_down(peers: Peers, peer: str, woken: asyncio.Event, seconds: float) -> None:
    """Wait for a peer that is known to be down, at most so long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while peers.down(peer):
                woken.clear()
                await woken.wait()


async def _woken_within(woken: asyncio.Event, seconds: float) -> bool:
    """Wait for a wake-up, at most so long; says whether it came."""
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        return False
    return True
