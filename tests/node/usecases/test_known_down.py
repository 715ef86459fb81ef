"""A province known to be down is named at once, by application, search and retrieval, and is not called. Clause 8.2."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from federation.model.refusal import Reason
from federation.model.search import Completeness, Outcome
from federation.peers import PATIENCE_S
from node.errors import RefusedError
from node.ports.services import RetrieveForm
from tests.node.usecases.mesh import CALLER, JIANGSU, ZHEJIANG, Mesh, outcome, record


def known_down(mesh: Mesh) -> int:
    """Jiangsu has waited for Zhejiang in vain; returns how many calls there were so far."""
    mesh.network.silent(ZHEJIANG)
    mesh.jiangsu.health.silent(ZHEJIANG, PATIENCE_S)
    return len(mesh.network.calls)


def called(mesh: Mesh, before: int) -> set[str]:
    return {call.receiver for call in mesh.network.calls[before:]}


async def test_an_application_names_it_and_asks_the_others(mesh: Mesh) -> None:
    before = known_down(mesh)
    submitted = await mesh.jiangsu.submit()
    (one,) = (one for one in submitted.verdicts if one.province == ZHEJIANG)

    assert one.refusal is not None
    assert (one.outcome, one.refusal.reason) == (Outcome.ERROR, Reason.PEER_DOWN)
    assert ZHEJIANG not in called(mesh, before)


async def test_a_search_names_it_and_is_incomplete(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    before = known_down(mesh)
    answer = await mesh.jiangsu.find(apply_id)
    one = outcome(answer, ZHEJIANG)

    assert one.refusal is not None
    assert (one.outcome, one.refusal.reason) == (Outcome.ERROR, Reason.PEER_DOWN)
    assert answer.completeness is Completeness.INCOMPLETE
    assert ZHEJIANG not in called(mesh, before)


@pytest.mark.parametrize(
    "fetch",
    [
        pytest.param(lambda mesh, form: mesh.jiangsu.retrieval.data(CALLER, form), id="data"),
        pytest.param(lambda mesh, form: mesh.jiangsu.retrieval.file(CALLER, form), id="a file"),
    ],
)
async def test_a_retrieval_is_refused_at_once_and_on_record(
    mesh: Mesh, fetch: Callable[[Mesh, RetrieveForm], Awaitable[Any]]
) -> None:
    one = record(ZHEJIANG)
    await mesh.zhejiang.keep(one)
    wish = await mesh.wish(one)
    before = known_down(mesh)
    with pytest.raises(RefusedError) as caught:
        await fetch(mesh, wish)
    (entry,) = mesh.jiangsu.entries(type="RETRIEVE", step="refused")

    assert caught.value.refusal.reason is Reason.PEER_DOWN
    assert entry["refusal"]["reason"] == "PEER_DOWN"
    assert called(mesh, before) == set()


async def test_its_own_call_brings_it_back(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    known_down(mesh)
    mesh.network.up(ZHEJIANG)
    await mesh.zhejiang.publications.exchange_with(JIANGSU)

    assert outcome(await mesh.jiangsu.find(apply_id), ZHEJIANG).outcome is Outcome.OK
