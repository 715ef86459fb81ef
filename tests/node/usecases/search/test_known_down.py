"""A province known to be down is named at once, by application, search and retrieval, and is not called. Clause 8.2."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from federation.model.decision import Ruling
from federation.model.refusal import Reason
from federation.model.search import Completeness, Outcome
from federation.peers import PATIENCE_S
from node.errors import RefusedError
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.ports.lists import Kind
from node.ports.retrieving import RetrieveForm
from tests.node.usecases.mesh import CALLER, JIANGSU, SHANGHAI, ZHEJIANG, Mesh, entry, line, outcome, record


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


async def _unoffered(mesh: Mesh) -> None:
    """Zhejiang's catalogue, as Jiangsu holds it, has no certificate of the type asked for."""
    await mesh.zhejiang.publications.publish(Kind.CATALOGUE, [entry(ZHEJIANG, LAND_TYPE)])
    await mesh.jiangsu.hold(mesh.zhejiang, Kind.CATALOGUE)


async def _suspended(mesh: Mesh) -> None:
    """Zhejiang's decisions, as Jiangsu holds them, suspend the line."""
    await mesh.zhejiang.decide(line(), status=Ruling.SUSPENDED)
    await mesh.jiangsu.hold(mesh.zhejiang, Kind.DECISIONS)


@pytest.mark.parametrize("applied_before", [True, False], ids=["admitted before", "applied with the question"])
@pytest.mark.parametrize(
    ("unwilling", "reason"),
    [
        pytest.param(_unoffered, Reason.TYPE_NOT_OFFERED, id="its catalogue lacks the type"),
        pytest.param(_suspended, Reason.LINE_SUSPENDED_THERE, id="its decisions suspend the line"),
    ],
)
@pytest.mark.parametrize(
    ("away", "word"),
    [
        pytest.param(lambda _: None, Outcome.SKIPPED, id="while it is up its list counts"),
        pytest.param(known_down, Outcome.ERROR, id="known to be down"),
        pytest.param(lambda mesh: mesh.clock.move(hours=25), Outcome.DENIED, id="not confirmed for a day: it is asked"),
    ],
)
async def test_a_list_that_may_have_changed_is_no_reason_to_leave_it_out(
    mesh: Mesh,
    away: Callable[[Mesh], Any],
    word: Outcome,
    unwilling: Callable[[Mesh], Awaitable[None]],
    reason: Reason,
    *,
    applied_before: bool,
) -> None:
    apply_id = (await mesh.jiangsu.submit(type_codes=(MINING_TYPE,))).application.apply_id
    await unwilling(mesh)
    away(mesh)
    if not applied_before or word is Outcome.DENIED:  # an application of yesterday is in force no more
        apply_id = (await mesh.jiangsu.submit(type_codes=(MINING_TYPE,))).application.apply_id
    answer = await mesh.jiangsu.find(apply_id)
    one = outcome(answer, ZHEJIANG)

    assert one.refusal is not None
    assert (one.outcome, one.refusal.reason) == (word, Reason.PEER_DOWN if word is Outcome.ERROR else reason)
    assert answer.completeness is (Completeness.INCOMPLETE if word is Outcome.ERROR else Completeness.COMPLETE)


async def test_a_province_that_the_line_does_not_name_is_left_out_although_it_is_down(mesh: Mesh) -> None:
    mesh.jiangsu.health.silent(SHANGHAI, PATIENCE_S)
    one = outcome((await mesh.found())[1], SHANGHAI)

    assert one.refusal is not None
    assert (one.outcome, one.refusal.reason) == (Outcome.SKIPPED, Reason.USE_LIST_MISSING)


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


async def test_its_own_call_does_not_bring_it_back_and_its_answer_does(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    known_down(mesh)
    mesh.network.up(ZHEJIANG)
    await mesh.zhejiang.publications.exchange_with(JIANGSU)
    assert outcome(await mesh.jiangsu.find(apply_id), ZHEJIANG).outcome is Outcome.ERROR
    await mesh.jiangsu.publications.exchange_with(ZHEJIANG)

    assert outcome(await mesh.jiangsu.find(apply_id), ZHEJIANG).outcome is Outcome.OK
