"""federation.peer_loop, outbox and sync: when a step is done, how failures space them out, what ends the loop. No test waits for time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from federation.errors import PeerError
from federation.model.refusal import Reason, Refusal
from federation.order_spread import COMPARE_EVERY_S, run_orders
from federation.outbox import RECHECK_S, run_outbox
from federation.peer_loop import run_peer_loop
from federation.peers import Peers, Work
from federation.sync import run_sync
from tests import virtual_time
from tests.federation.samples import JIANGSU, Highest, NoWait

SILENCE = PeerError(Refusal(reason=Reason.PEER_TIMEOUT))
NEVER_S = 1000.0


@dataclass(slots=True)
class Steps:
    """Steps that end as the test wrote down beforehand, and then succeed; `done` tells how many there were."""

    ends: deque[Exception | None] = field(default_factory=deque)
    done: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    during: Callable[[], None] = lambda: None
    running: int = 0

    async def __call__(self, peer: str) -> None:
        self.running += 1
        assert self.running == 1, "one step in flight"
        await asyncio.sleep(0)
        self.during()
        self.running -= 1
        self.done.put_nowait(peer)
        end = self.ends.popleft() if self.ends else None
        if end is not None:
            raise end


@asynccontextmanager
async def running(coroutine: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(coroutine)
    yield task
    task.cancel()
    await asyncio.wait([task])


def loop(steps: Steps, peers: Peers, random: Random | None = None, interval_s: float = NEVER_S) -> Any:
    return run_peer_loop(
        work=Work.SYNC, peer=JIANGSU, peers=peers, step=steps, interval_s=interval_s, random=random or Highest()
    )


async def quiet(steps: Steps) -> bool:
    """Whether no further step comes of what is ready to run."""
    for _ in range(10):
        await asyncio.sleep(0)
    return steps.done.empty()


async def test_the_first_step_is_done_at_once_and_the_next_at_a_wake_up() -> None:
    steps, peers = Steps(), Peers([JIANGSU])
    async with running(loop(steps, peers)):
        assert await steps.done.get() == JIANGSU
        assert await quiet(steps)
        peers.wake(JIANGSU, Work.SYNC)
        await steps.done.get()
        assert await quiet(steps)


async def test_a_wake_up_during_a_step_is_not_lost() -> None:
    peers, wakes = Peers([JIANGSU]), deque([True])
    steps = Steps(during=lambda: peers.wake(JIANGSU, Work.SYNC) if wakes and wakes.pop() else None)
    async with running(loop(steps, peers)):
        await steps.done.get()
        await steps.done.get()
        assert await quiet(steps)


async def test_steps_are_repeated_at_the_interval_with_a_fifth_of_jitter() -> None:
    steps, random = Steps(), NoWait()
    async with running(loop(steps, Peers([JIANGSU]), random, interval_s=10)):
        for _ in range(3):
            await steps.done.get()

    assert set(random.bounds) == {(0.8, 1.2)}


async def test_failures_in_a_row_are_backed_off_and_a_success_forgets_them() -> None:
    steps, random = Steps(ends=deque([SILENCE, SILENCE, SILENCE, None, SILENCE])), NoWait()
    async with running(loop(steps, Peers([JIANGSU]), random)):
        for _ in range(6):
            await steps.done.get()

    assert random.bounds[:5] == [(0.25, 0.5), (0.5, 1.0), (1.0, 2.0), (0.8, 1.2), (0.25, 0.5)]


async def test_a_sign_of_life_ends_the_back_off() -> None:
    steps, peers = Steps(ends=deque([SILENCE])), Peers([JIANGSU])
    peers.failed(JIANGSU)
    async with running(loop(steps, peers)):
        await steps.done.get()
        assert await quiet(steps)
        peers.alive(JIANGSU)
        await steps.done.get()


async def test_an_error_of_ours_ends_the_loop() -> None:
    async with running(loop(Steps(ends=deque([ZeroDivisionError()])), Peers([JIANGSU]))) as task:
        with pytest.raises(ZeroDivisionError):
            await task


@dataclass(slots=True)
class Queue:
    """A durable queue of one peer, as `NoticeQueue` has it."""

    pending: deque[str]
    failing: Exception | None = None
    delivered: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    tried: asyncio.Event = field(default_factory=asyncio.Event)

    async def deliver_next(self, peer: str) -> bool:
        self.tried.set()
        if not self.pending:
            return False
        if self.failing is not None:
            raise self.failing
        self.delivered.put_nowait(self.pending.popleft())
        return True


async def test_the_outbox_delivers_everything_in_order_and_then_what_comes() -> None:
    queue, peers = Queue(deque("abc")), Peers([JIANGSU])
    async with running(run_outbox(JIANGSU, queue, peers, Highest())):
        assert [await queue.delivered.get() for _ in range(3)] == ["a", "b", "c"]
        await asyncio.sleep(0)
        queue.pending.append("d")
        peers.wake(JIANGSU, Work.OUTBOX)
        assert await queue.delivered.get() == "d"


async def test_the_outbox_of_a_silent_peer_keeps_its_order_until_the_peer_is_back() -> None:
    queue, peers = Queue(deque("ab"), failing=SILENCE), Peers([JIANGSU])
    peers.failed(JIANGSU)
    async with running(run_outbox(JIANGSU, queue, peers, Highest())):
        await queue.tried.wait()
        queue.failing = None
        peers.alive(JIANGSU)
        assert [await queue.delivered.get() for _ in range(2)] == ["a", "b"]


async def test_the_outbox_looks_again_by_itself() -> None:
    queue, random = Queue(deque()), NoWait()
    async with running(run_outbox(JIANGSU, queue, Peers([JIANGSU]), random)):
        await queue.tried.wait()
        queue.pending.append("a")  # without a wake-up
        assert await queue.delivered.get() == "a"

    assert RECHECK_S == 60
    assert random.bounds[0] == (0.8, 1.2)


@dataclass(slots=True)
class Carrier:
    """`OrderCarrier` to a peer that never answers."""

    tried: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def carry(self, peer: str) -> None:
        self.tried.put_nowait(peer)
        raise SILENCE


def test_orders_are_compared_and_a_silent_peer_is_tried_at_least_every_twenty_seconds() -> None:
    """On virtual time: long after the back-off has reached its ceiling, too."""

    async def scenario() -> list[float]:
        carrier, loop, times = Carrier(), asyncio.get_running_loop(), list[float]()
        async with running(run_orders(JIANGSU, carrier, Peers([JIANGSU]), Random(1))):
            while loop.time() < 600:
                await carrier.tried.get()
                times.append(loop.time())
        return times

    times = virtual_time.run(scenario)
    assert times[0] == 0
    assert max(later - earlier for earlier, later in pairwise(times)) <= 20
    assert COMPARE_EVERY_S * 1.2 <= 20


@dataclass(slots=True)
class Exchange:
    """`PublicationExchange` that remembers whom it spoke to."""

    ends: deque[Exception]
    spoken: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def exchange_with(self, peer: str) -> None:
        self.spoken.put_nowait(peer)
        if self.ends:
            raise self.ends.popleft()


async def test_sync_exchanges_at_start_at_a_wake_up_and_after_failures() -> None:
    exchange, peers, random = Exchange(deque([SILENCE])), Peers([JIANGSU]), NoWait()
    async with running(run_sync(JIANGSU, exchange, peers, interval_s=10, random=random)):
        assert [await exchange.spoken.get() for _ in range(3)] == [JIANGSU] * 3

    assert random.bounds[:2] == [(0.25, 0.5), (0.8, 1.2)]
