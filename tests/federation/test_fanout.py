"""federation.fanout: every outcome is kept, the deadline holds, and nothing goes on running."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from federation.errors import PeerError
from federation.fanout import fan_out
from federation.model.refusal import Reason, Refusal
from tests.federation.samples import ANHUI, JIANGSU, SHANGHAI, ZHEJIANG

Call = Callable[[float], Awaitable[str]]
SOON_S, NEVER_S = 0.02, 1000.0


class Silent:
    """A call that ends only when it is cancelled."""

    def __init__(self) -> None:
        self.started, self.stopped = asyncio.Event(), False

    async def __call__(self, _timeout_s: float) -> str:
        self.started.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped = True
        raise AssertionError


async def answer(_timeout_s: float) -> str:
    return "answer"


async def refuse(_timeout_s: float) -> str:
    raise PeerError(Refusal(reason=Reason.OVERLOADED, detail="d"))


async def blunder(_timeout_s: float) -> str:
    raise ZeroDivisionError


async def test_every_province_has_an_outcome() -> None:
    silent = Silent()
    calls: dict[str, Call] = {SHANGHAI: answer, JIANGSU: refuse, ZHEJIANG: silent}

    parts = await fan_out(calls, deadline_s=SOON_S)

    assert {code: (part.value, part.refusal) for code, part in parts.items()} == {
        SHANGHAI: ("answer", None),
        JIANGSU: (None, Refusal(reason=Reason.OVERLOADED, detail="d")),
        ZHEJIANG: (None, Refusal(reason=Reason.PEER_TIMEOUT)),
    }
    assert silent.stopped
    assert parts[ZHEJIANG].elapsed_ms >= SOON_S * 1000 - 1
    assert parts[SHANGHAI].elapsed_ms <= parts[ZHEJIANG].elapsed_ms


async def test_calls_run_side_by_side_and_nobody_waits_for_the_deadline() -> None:
    together = asyncio.Barrier(3)

    async def meet(timeout_s: float) -> float:
        await together.wait()
        return timeout_s

    parts = await fan_out(dict.fromkeys((SHANGHAI, JIANGSU, ZHEJIANG), meet), deadline_s=NEVER_S)

    assert [part.value for part in parts.values()] == [NEVER_S] * 3


async def test_nobody_to_ask_is_an_empty_answer() -> None:
    assert await fan_out({}, deadline_s=NEVER_S) == {}


async def test_an_error_of_ours_is_raised_and_stops_the_other_calls() -> None:
    silent = Silent()
    calls: dict[str, Call] = {SHANGHAI: silent, JIANGSU: blunder, ANHUI: answer}

    with pytest.raises(ZeroDivisionError):
        await fan_out(calls, deadline_s=NEVER_S)

    assert silent.stopped


async def test_a_caller_that_goes_away_stops_all_calls() -> None:
    one, two = Silent(), Silent()
    task = asyncio.create_task(fan_out({SHANGHAI: one, JIANGSU: two}, deadline_s=NEVER_S))
    await one.started.wait()
    await two.started.wait()

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (one.stopped, two.stopped) == (True, True)
