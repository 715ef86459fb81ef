"""One overall deadline: it runs from the call on, whatever takes the time, and what this node was late for is no silence of others."""

import asyncio
import time

import pytest

from federation.model.refusal import Reason
from federation.model.search import Completeness, FusedAnswer, Outcome
from federation.peers import PATIENCE_S
from node.library.invented import LAND_TYPE
from node.ports.services import SearchForm
from tests.node.usecases.mesh import ANHUI, CALLER, HOLDER, JIANGSU, ZHEJIANG, Mesh, outcome, record
from tests.node.usecases.receipts import checked, receipt_of
from tests.node.usecases.watching import DEADLINE_S
from trust.envelope import LogProof

LONG_S = 60.0


async def never(_index: int) -> LogProof:
    """A signature that does not come."""
    await asyncio.Event().wait()
    raise AssertionError


def late(answer: FusedAnswer, province: str) -> None:
    one = outcome(answer, province)
    assert one.refusal is not None
    assert (one.outcome, one.refusal.reason) == (Outcome.ERROR, Reason.OVERLOADED)


async def test_a_search_ends_in_time_although_its_questions_are_not_proven(mesh: Mesh) -> None:
    await mesh.jiangsu.keep(record(JIANGSU, LAND_TYPE))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    prove, before = mesh.jiangsu.post._prove_entry, len(mesh.network.calls)
    mesh.jiangsu.post._prove_entry = never
    async with asyncio.timeout(LONG_S):
        answer = await mesh.jiangsu.find(apply_id, deadline_ms=50)
    mesh.jiangsu.post._prove_entry = prove

    late(answer, ZHEJIANG)
    assert (answer.completeness, len(answer.items)) == (Completeness.INCOMPLETE, 1)
    assert mesh.network.calls[before:] == []
    assert checked(mesh, await receipt_of(mesh, answer)).ok


@pytest.mark.parametrize(
    "gone_s", [pytest.param(LONG_S, id="all of it is gone"), pytest.param(DEADLINE_S - 0.02, id="20 ms are left")]
)
async def test_the_time_that_came_before_the_questions_counts(mesh: Mesh, gone_s: float) -> None:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    before = len(mesh.network.calls)
    form = SearchForm(apply_id=apply_id, holder=HOLDER)
    mesh.network.silent(ANHUI)
    answer = await mesh.jiangsu.search.fused(CALLER, form, start=time.monotonic() - gone_s)

    late(answer, ANHUI)
    assert mesh.network.calls[before:] == []
    grounds = {one.province: one.ground for one in checked(mesh, await receipt_of(mesh, answer)).findings}
    assert grounds[ANHUI].endswith("claimed, not shown: OVERLOADED")


async def test_a_province_that_could_not_be_asked_in_time_is_not_held_to_be_silent(mesh: Mesh) -> None:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    mesh.network.silent(ZHEJIANG)
    form = SearchForm(apply_id=apply_id, holder=HOLDER)
    for _ in range(round(PATIENCE_S) + 1):
        await mesh.jiangsu.search.fused(CALLER, form, start=time.monotonic() - LONG_S)

    assert not mesh.jiangsu.health.down(ZHEJIANG)


async def test_an_application_ends_in_time_although_it_is_not_proven(mesh: Mesh) -> None:
    mesh.jiangsu.post._prove_entry = never
    async with asyncio.timeout(LONG_S):
        submitted = await mesh.jiangsu.submit()
    outcomes = {one.province: one.outcome for one in submitted.verdicts}

    assert (outcomes[ZHEJIANG], outcomes[JIANGSU]) == (Outcome.ERROR, Outcome.OK)


async def test_an_error_of_the_log_is_not_taken_for_silence(mesh: Mesh) -> None:
    async def broken(_index: int) -> LogProof:
        raise ZeroDivisionError

    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    mesh.jiangsu.post._prove_entry = broken
    with pytest.raises(ZeroDivisionError):
        await mesh.jiangsu.find(apply_id)
