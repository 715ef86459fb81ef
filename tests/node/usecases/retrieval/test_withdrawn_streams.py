"""A list that changes while a file is under way: a withdrawal or suspension ends the stream at whichever end knows. Clause 6.1, 8.3."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from federation.model.refusal import Reason
from node.errors import RefusedError
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.ports.lists import Kind
from tests.node.usecases.mesh import CALLER, ZHEJIANG, Mesh, entry, line
from tests.node.usecases.test_stops import BYTES, tap, wish

Change = Callable[[Mesh], Awaitable[Any]]


async def _withdrawn(mesh: Mesh) -> None:
    await mesh.jiangsu.publications.publish(Kind.USELIST, (line(status="WITHDRAWN"),))


async def _suspended_there(mesh: Mesh) -> None:
    await mesh.zhejiang.decide(line(), status="SUSPENDED")


async def _type_withdrawn(mesh: Mesh) -> None:
    kept = (entry(ZHEJIANG, MINING_TYPE, status="WITHDRAWN"), entry(ZHEJIANG, LAND_TYPE))
    await mesh.zhejiang.publications.publish(Kind.CATALOGUE, kept)


async def _withdrawn_and_told(mesh: Mesh) -> None:
    await _withdrawn(mesh)
    await mesh.zhejiang.hold(mesh.jiangsu, Kind.USELIST)


AT_PROVIDER: dict[str, tuple[Change, Reason]] = {
    "the provider suspends the line": (_suspended_there, Reason.LINE_SUSPENDED_THERE),
    "the provider withdraws the type": (_type_withdrawn, Reason.TYPE_NOT_OFFERED),
}


@pytest.mark.parametrize("what", AT_PROVIDER)
async def test_a_running_stream_ends_at_the_provider_and_that_is_on_record(mesh: Mesh, what: str) -> None:
    change, reason = AT_PROVIDER[what]
    form = await wish(mesh)
    tapped = tap(mesh, lambda: change(mesh))
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.file(CALLER, form)
    (ended,) = mesh.zhejiang.entries(type="RETRIEVE", step="ended")

    assert (caught.value.refusal.reason, tapped.batches) == (reason, 1)
    assert ended["refusal"]["reason"] == reason.value
    assert mesh.jiangsu.spool.part(ended["exchange"]).size == 0


@pytest.mark.parametrize(
    ("change", "batches"),
    [
        pytest.param(_withdrawn, 2, id="only the consumer knows: it takes no further batch"),
        pytest.param(_withdrawn_and_told, 1, id="both know: none is sent"),
    ],
)
async def test_a_line_that_its_consumer_withdraws_ends_the_stream(mesh: Mesh, change: Change, batches: int) -> None:
    form = await wish(mesh)
    tapped = tap(mesh, lambda: change(mesh))
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.file(CALLER, form)

    assert caught.value.refusal.reason is Reason.USE_LIST_NOT_IN_FORCE
    assert tapped.batches == batches
    assert [one for one in mesh.jiangsu.spool._root.rglob("*") if one.is_file()] == []


async def test_handing_on_ends_with_the_line(mesh: Mesh) -> None:
    received = await mesh.jiangsu.retrieval.file(CALLER, await wish(mesh))
    before = received.stopped()
    await _withdrawn(mesh)
    await mesh.jiangsu.retrieval.cut(received)
    (ended,) = mesh.jiangsu.entries(type="RETRIEVE", step="ended")

    assert before is None
    assert ended["refusal"]["reason"] == "USE_LIST_NOT_IN_FORCE"


async def test_a_newer_version_of_the_line_leaves_a_running_stream_alone(mesh: Mesh) -> None:
    """Running cases keep their half hour: `check_still`."""
    form = await wish(mesh)
    tap(mesh, lambda: mesh.jiangsu.publications.publish(Kind.USELIST, (line(version=2, scene_name="新"),)))

    assert (await mesh.jiangsu.retrieval.file(CALLER, form)).path.read_bytes() == BYTES
