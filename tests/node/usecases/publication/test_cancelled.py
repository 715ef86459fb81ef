"""Calls and jobs that are cancelled while a version is being kept: the version counts as soon as it is there. DESIGN §2.7."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from node.usecases.publication.exchanging import Change
from tests.node.usecases.publication.plain import FailingStore
from tests.node.usecases.publication.provinces import CATALOGUE, JIANGSU, SHANGHAI, Provinces, entry

SOON = 200  # turns of the loop, after which all that can go on has gone on


async def soon() -> None:
    for _ in range(SOON):
        await asyncio.sleep(0)


def failing(mesh: Provinces, code: str) -> FailingStore:
    """The province over a store that parks on command."""
    mesh[code].store = store = FailingStore()
    mesh[code].start()
    return store


async def announce(mesh: Provinces) -> None:
    await mesh[SHANGHAI].announce(JIANGSU)


async def pull(mesh: Provinces) -> None:
    await mesh[JIANGSU].pull(SHANGHAI)


async def publish(mesh: Provinces) -> None:
    change = Change(entry=entry(1, status="SUSPENDED"), id="T00001")
    await mesh[JIANGSU].publications.change(CATALOGUE, [change])


async def prepared(mesh: Provinces, publisher: str) -> FailingStore:
    """Jiangsu holds the first version of a publisher; Shanghai has a second one."""
    store = failing(mesh, JIANGSU)
    await mesh[publisher].publish([entry(1, province_code=publisher)])
    if publisher == SHANGHAI:
        await pull(mesh)
        await mesh[SHANGHAI].publish([entry(1, status="SUSPENDED")])
    return store


def shown(mesh: Provinces, publisher: str) -> tuple[int, int]:
    return mesh[JIANGSU].lists.version(CATALOGUE, publisher), mesh[JIANGSU].mark(publisher).version


@pytest.mark.parametrize(
    ("work", "publisher"),
    [
        pytest.param(announce, SHANGHAI, id="a peer that announced gives up"),
        pytest.param(pull, SHANGHAI, id="a pull is ended"),
        pytest.param(publish, JIANGSU, id="who publishes gives up"),
    ],
)
@pytest.mark.parametrize("units", [pytest.param(number, id=f"at unit {number} from the first") for number in range(4)])
async def test_a_version_whose_keeping_outlives_its_caller_counts(
    mesh: Provinces, work: Callable[[Provinces], Awaitable[None]], publisher: str, units: int
) -> None:
    store = await prepared(mesh, publisher)
    task = asyncio.ensure_future(work(mesh))
    store.gate.clear()
    for _ in range(units):
        await soon()
        store.step()
    await soon()
    task.cancel()
    await soon()
    mesh[JIANGSU].lists.version(CATALOGUE, publisher)  # a request in between looks it up
    store.gate.set()
    await asyncio.wait([task])
    await soon()

    assert shown(mesh, publisher)[0] == shown(mesh, publisher)[1]
    await work(mesh)
    assert shown(mesh, publisher) == (2, 2)
