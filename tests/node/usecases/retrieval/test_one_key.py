"""One key, two requests at once: they are one exchange, which is with one province and makes one use."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from federation.peers import PATIENCE_S
from node.errors import RefusedError
from node.library.invented import LAND_TYPE
from node.ports.retrieving import RetrieveForm
from node.ports.services import Caller
from tests.node.usecases.consent.offices import LINES
from tests.node.usecases.consent.test_standing import standing
from tests.node.usecases.mesh import ANHUI, CALLER, JIANGSU, ZHEJIANG, Mesh, record
from tests.node.usecases.papers import sealed_file


class Held:
    """Renewals of which the first comes back when it is let go."""

    def __init__(self, renew: Callable[[Caller, str], Awaitable[object]]) -> None:
        self._renew = renew
        self.first = True
        self.came, self.go = asyncio.Event(), asyncio.Event()

    async def __call__(self, caller: Caller, apply_id: str) -> None:
        first, self.first = self.first, False
        await self._renew(caller, apply_id)
        if first:
            self.came.set()
            await self.go.wait()


def uses(mesh: Mesh, province: str) -> int:
    step = "own" if province == JIANGSU else "answered"
    return sum("notices" in one for one in mesh[province].entries(type="RETRIEVE", step=step))


@pytest.mark.parametrize("output", ["data", "file"])
@pytest.mark.parametrize("other", [ANHUI, JIANGSU])
async def test_of_two_requests_with_one_key_the_one_that_would_go_elsewhere_waits(
    tmp_path: Path, other: str, output: str
) -> None:
    mesh = await Mesh(tmp_path).ready(LINES)
    certificate = record(ZHEJIANG, LAND_TYPE, serial="3")
    for code in (ZHEJIANG, other):
        await mesh[code].keep(certificate, file=sealed_file(certificate.identifier))
    form = RetrieveForm(apply_id=(await standing(mesh)).apply_id, identifier=certificate.identifier, key="k")
    await mesh.jiangsu.find(form.apply_id)
    mesh.clock.move(minutes=31)
    here = mesh.jiangsu.retrieval
    held = Held(mesh.jiangsu.wishes.renew)
    here._wishes = replace(mesh.jiangsu.wishes, renew=held)
    retrieve: Callable[[Caller, RetrieveForm], Awaitable[Any]] = here.data if output == "data" else here.file

    slow = asyncio.ensure_future(retrieve(CALLER, form))
    await held.came.wait()
    first = await retrieve(CALLER, form)
    if output == "file":
        here.release(first)
    mesh.jiangsu.health.silent(ZHEJIANG, PATIENCE_S)
    held.go.set()
    with pytest.raises(RefusedError) as caught:
        await slow
    mesh.jiangsu.health.alive(ZHEJIANG)
    again = await retrieve(CALLER, form)

    assert (caught.value.refusal.reason, caught.value.refusal.retry_after_s) == ("OVERLOADED", 1)
    assert caught.value.exchange_id == first.exchange_id == again.exchange_id
    assert (first.province, again.province) == (ZHEJIANG, ZHEJIANG)
    assert [uses(mesh, code) for code in (ZHEJIANG, other)] == [1, 0]
