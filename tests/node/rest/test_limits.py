"""Backpressure answers early. DESIGN §9, §10."""

import asyncio
from typing import Any

import pytest

from node.rest.limits import Limits
from tests.node.rest.edge import BEARER, SEARCH, SEARCH_DATA, Client, FakeServices, edge, message


async def _search(client: Client) -> tuple[int, dict[str, Any], str | None]:
    response = await client.post(SEARCH, json=message(SEARCH_DATA), headers=BEARER)
    return response.status, (await response.json())["head"], response.headers.get("Retry-After")


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        pytest.param(Limits(concurrent=1, waiting=0), "too many", id="nobody may wait"),
        pytest.param(Limits(concurrent=1, waiting=1, wait_s=0.02), "no turn", id="the wait is too long"),
    ],
)
async def test_a_full_house_sends_callers_away_with_a_time_to_return(
    services: FakeServices, limits: Limits, said: str
) -> None:
    services.hold = asyncio.Event()
    async with edge(services, limits=limits) as client:
        first = asyncio.create_task(_search(client))
        await services.entered.wait()
        status, head, retry_after = await _search(client)
        services.hold.set()

        assert (status, head["status"], head["reason"], retry_after) == (503, "16", "OVERLOADED", "1")
        assert said in head["detail"]
        assert (await first)[0] == 200
        assert (await _search(client))[0] == 200


async def test_one_who_waits_gets_a_turn(services: FakeServices) -> None:
    services.hold = asyncio.Event()
    async with edge(services, limits=Limits(concurrent=1, waiting=1)) as client:
        tasks = [asyncio.create_task(_search(client)) for _ in range(2)]
        await services.entered.wait()
        services.hold.set()

        assert [status for status, _, _ in await asyncio.gather(*tasks)] == [200, 200]


async def test_a_use_case_that_does_not_end_is_given_up(services: FakeServices) -> None:
    services.hold = asyncio.Event()
    async with edge(services, limits=Limits(answer_s=0.02)) as client:
        status, head, retry_after = await _search(client)

    assert (status, head["reason"], retry_after) == (503, "OVERLOADED", "1")
    assert "0.02 s" in head["detail"]


async def test_a_timeout_of_the_use_case_itself_is_a_fault_of_ours(services: FakeServices) -> None:
    services.refuse = TimeoutError()
    async with edge(services) as client:
        status, head, _ = await _search(client)

    assert (status, head["status"]) == (500, "900")
