"""When a webhook is tried: at once, when there is news, after pauses that grow, and when somebody will not wait. On virtual time."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

import pytest

from node.usecases.telling.hook_loop import CAP_S, GONE_S, RECHECK_S, Bells, run_hook
from node.usecases.telling.hooks import HookLaterError
from tests import virtual_time

DOWN = HookLaterError("HTTP 503")


@dataclass(slots=True)
class Queue:
    """A webhook's queue whose attempts end as written down beforehand; then it is empty. Remembers when each attempt was."""

    ends: deque[Exception | bool] = field(default_factory=deque)
    times: list[float] = field(default_factory=list)

    async def deliver_next(self, name: str) -> bool:
        end = self.ends.popleft() if self.ends else False
        if isinstance(end, bool) and not end:
            return False
        self.times.append(asyncio.get_running_loop().time())
        if isinstance(end, Exception):
            raise end
        return True


def attempts(
    ends: list[Exception | bool], seconds: float, meanwhile: Callable[[Bells, Queue], Awaitable[None]] | None = None
) -> list[float]:
    """When the loop tried within these seconds."""

    async def scenario() -> list[float]:
        queue, bells = Queue(deque(ends)), Bells(["app"])
        task = asyncio.create_task(run_hook("app", queue, bells, Random(7)))
        if meanwhile is not None:
            await meanwhile(bells, queue)
        await asyncio.sleep(max(0.0, seconds - asyncio.get_running_loop().time()))
        task.cancel()
        await asyncio.wait([task])
        return queue.times

    return virtual_time.run(scenario)


def test_all_that_waits_is_passed_on_at_once() -> None:
    assert attempts([True, True, True], 1) == [0, 0, 0]


def test_news_are_passed_on_when_they_come_and_without_a_bell_within_a_minute() -> None:
    async def news(bells: Bells, queue: Queue) -> None:
        await asyncio.sleep(10)
        queue.ends.append(True)
        bells.ring("app")
        await asyncio.sleep(1)
        queue.ends.append(True)

    assert attempts([], 200, news) == [10, 10 + RECHECK_S]


def test_pauses_grow_up_to_a_quarter_of_an_hour_and_a_success_forgets_them() -> None:
    times = attempts([*[DOWN] * 20, True, DOWN, True], 20 * CAP_S)
    pauses = [later - earlier for earlier, later in pairwise(times)]

    assert all(1 / 4 <= pause <= CAP_S for pause in pauses if pause)
    assert pauses[:3] == sorted(pauses[:3])
    assert max(pauses[:20]) > CAP_S / 2
    assert pauses[-1] <= 1 / 2


@pytest.mark.parametrize(
    ("error", "least"),
    [
        pytest.param(HookLaterError("HTTP 503", after_s=120), 120, id="a time to wait"),
        pytest.param(HookLaterError("HTTP 410", gone=True), GONE_S, id="an address that is given up"),
    ],
)
def test_what_the_other_side_asks_for_is_kept_also_where_there_is_news(error: HookLaterError, least: float) -> None:
    async def news(bells: Bells, _: Queue) -> None:
        for _second in range(20):
            await asyncio.sleep(1)
            bells.ring("app")

    first, second = attempts([error, True], least + 2, news)

    assert second - first >= least


def test_an_operator_who_sends_again_ends_the_pause() -> None:
    async def hurry(bells: Bells, _: Queue) -> None:
        await asyncio.sleep(5)
        assert bells.trouble("app") == "HTTP 410"
        bells.hurry("app")

    assert attempts([HookLaterError("HTTP 410", gone=True), True], 10, hurry) == [0, 5]


def test_a_webhook_that_is_not_configured_is_not_rung() -> None:
    bells = Bells(["app"])
    bells.ring("other")
    bells.hurry("other")

    assert bells.trouble("other") == ""
