"""Turns: one owner for each key, a bounded wait for the next, and no key that stays behind."""

import asyncio

from node.usecases.turns import Turns


async def test_a_free_key_is_taken_at_once_and_others_are_not_held_by_it() -> None:
    turns = Turns(0.01)

    assert [await turns.take("a"), await turns.take("b")] == [True, True]


async def test_a_key_whose_owner_stays_is_refused_after_the_wait() -> None:
    turns = Turns(0.01)
    await turns.take("a")

    assert not await turns.take("a")


async def test_of_all_who_wait_one_gets_the_key_when_it_is_let_go() -> None:
    turns = Turns(0.05)
    await turns.take("a")
    waiting = [asyncio.create_task(turns.take("a")) for _ in range(5)]
    await asyncio.sleep(0)
    turns.end("a")

    assert sorted(await asyncio.gather(*waiting)) == [False] * 4 + [True]


async def test_a_key_that_nobody_owns_can_be_let_go() -> None:
    turns = Turns(0.01)
    turns.end("a")

    assert await turns.take("a")
