"""Nobody keeps the event loop with a long list: how often it goes on while one is judged. Counted in turns of the loop, not in time."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

import pytest

from federation.model.publication import MAX_CHAIN, MAX_ENTRY_BYTES, Delta, Head
from node.usecases.publication.staging import puts
from tests.node.usecases.publication.provinces import CATALOGUE, JIANGSU, SHANGHAI, Provinces, entry
from trust import canonical, gm


async def turns(work: Awaitable[object]) -> int:
    """How often the loop goes on while the work is done."""
    task, count = asyncio.ensure_future(work), 0
    while not task.done():
        await asyncio.sleep(0)
        count += 1
    await task
    return count


def numbers(number: int) -> bytes:
    """An entry as large as they may be that is made of small numbers."""
    head = canonical.dumps({"type_code": f"T{number:05}", "x": []})[:-2]
    return head + b",".join([b"1"] * ((MAX_ENTRY_BYTES - len(head) - 3) // 2)) + b"]}"


@pytest.mark.parametrize(
    ("bodies", "least"),
    [
        pytest.param([numbers(number) for number in range(16)], 15, id="a page of large entries"),
        pytest.param([canonical.dumps(entry(number)) for number in range(500)], 9, id="a page of small entries"),
        pytest.param([numbers(1)], 0, id="one large entry"),
    ],
)
async def test_a_page_is_read_in_slices(bodies: list[bytes], least: int) -> None:
    assert await turns(puts(CATALOGUE, bodies, lambda _key, _raw: None)) >= least


async def test_a_long_chain_is_checked_in_slices(mesh: Provinces) -> None:
    await mesh[SHANGHAI].publish([entry(1)])
    await mesh[JIANGSU].pull(SHANGHAI)
    first = mesh[SHANGHAI].mark()
    head = Head(
        kind=CATALOGUE.value,
        publisher=SHANGHAI,
        version=first.version + 1,
        issued=mesh.clock(),
        previous=first.digest,
        size=1,
        root="ab" * 32,
    )
    chain: list[bytes] = []
    for version in range(3, MAX_CHAIN + 3):
        chain.append(head.payload())
        head = replace(head, version=version, previous=gm.sm3(chain[-1]).hex())
    intake = mesh[JIANGSU].publications._intake

    assert (
        await turns(intake.follows(CATALOGUE, SHANGHAI, head, Delta(after=first.version, chain=tuple(chain))))
        >= MAX_CHAIN // 50
    )
