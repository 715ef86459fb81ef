"""Space: no more bytes at once than there are, in the order of asking, and none that stays taken."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from node.usecases.retrieval.space import Space


async def granted(task: "asyncio.Task[Any]") -> bool:
    """Whether it has its space, once everybody who can go on has gone on."""
    for _ in range(10):
        await asyncio.sleep(0)
    return task.done()


@pytest.mark.parametrize(
    ("held", "wanted", "at_once"),
    [
        pytest.param((), 10, True, id="all of it"),
        pytest.param((), 11, True, id="more than all: all of it"),
        pytest.param((4, 5), 1, True, id="the last of it"),
        pytest.param((4, 5), 2, False, id="more than is left"),
        pytest.param((1,), 11, False, id="more than all, while another has some"),
        pytest.param((10,), 0, True, id="nothing"),
    ],
)
async def test_what_fits_goes_on_and_what_does_not_waits(held: tuple[int, ...], wanted: int, at_once: bool) -> None:
    space, others = Space(10), AsyncExitStack()
    for size in held:
        await others.enter_async_context(space.of(size))
    async with AsyncExitStack() as mine:
        task = asyncio.create_task(mine.enter_async_context(space.of(wanted)))
        before = await granted(task)
        await others.aclose()

        assert (before, await granted(task)) == (at_once, True)


async def test_who_asks_first_is_served_first_though_another_would_fit() -> None:
    space = Space(10)
    async with AsyncExitStack() as first, AsyncExitStack() as stack:
        await first.enter_async_context(space.of(6))
        large = asyncio.create_task(stack.enter_async_context(space.of(8)))
        small = asyncio.create_task(stack.enter_async_context(space.of(2)))
        before = (await granted(large), await granted(small))
        await first.aclose()

        assert (before, await granted(large), await granted(small)) == ((False, False), True, True)


async def test_who_gives_up_waiting_holds_nobody_up() -> None:
    space = Space(10)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(space.of(6))
        large = asyncio.create_task(stack.enter_async_context(space.of(8)))
        assert not await granted(large)
        large.cancel()
        small = asyncio.create_task(stack.enter_async_context(space.of(4)))

        assert await granted(small)
