"""Limits over four provinces: who asks nobody, who refuses, and what counts once."""

from pathlib import Path

import pytest

from federation.model.application import Result
from federation.model.refusal import Reason
from federation.model.search import Outcome
from node.errors import RefusedError
from node.ports.lists import Kind
from tests.node.usecases.applying.test_application import ask_again, outcomes, verdict_of
from tests.node.usecases.mesh import JIANGSU, OPERATOR, ZHEJIANG, Mesh, line, outcome


async def test_beyond_the_lines_limit_nobody_is_asked_and_it_is_on_record(tmp_path: Path) -> None:
    mesh = await Mesh(tmp_path).ready([line(rate_per_minute=1)])
    mesh.clock.now = mesh.clock.now.replace(second=20)
    await mesh.jiangsu.submit()
    before = len(mesh.network.calls)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.submit()
    told, record = caught.value.refusal, mesh.jiangsu.entries(type="APPLY", step="refused")[-1]

    assert (told.reason, told.detail, told.retry_after_s) == (Reason.LIMIT_REACHED, "line/minute: 1", 40)
    assert record["refusal"]["reason"] == "LIMIT_REACHED"
    assert OPERATOR.account not in repr((told, record))
    assert len(mesh.network.calls) == before


async def test_the_provider_counts_by_its_own_decision_and_a_repeated_application_once(mesh: Mesh) -> None:
    await mesh.zhejiang.decide(line(), status="LIMITED", daily_limit=2)
    await mesh.jiangsu.hold(mesh.zhejiang, Kind.DECISIONS)
    first = await mesh.jiangsu.submit()
    again = [await ask_again(mesh, first.application, f"e{n}") for n in range(3)]
    second, third = await mesh.jiangsu.submit(), await mesh.jiangsu.submit()
    refusal = verdict_of(third, ZHEJIANG).reasons[0]

    assert [one.result for one in again] == [Result.PASS] * 3
    assert [outcomes(one)[ZHEJIANG] for one in (first, second, third)] == ["OK", "OK", "DENIED"]
    assert outcomes(third)[JIANGSU] == "OK", "the others do not share Zhejiang's limit"
    assert (refusal.reason, refusal.detail) == (Reason.LIMIT_REACHED, "line/day: 2")
    assert refusal.retry_after_s > 0


async def test_an_application_that_a_limit_refused_may_come_again_in_the_next_window(mesh: Mesh) -> None:
    await mesh.zhejiang.decide(line(), status="LIMITED", rate_per_minute=1)
    await mesh.jiangsu.hold(mesh.zhejiang, Kind.DECISIONS)
    await mesh.jiangsu.submit()
    refused = await mesh.jiangsu.submit()
    now = await mesh.jiangsu.find(refused.application.apply_id)
    mesh.clock.move(minutes=1)
    later = await mesh.jiangsu.find(refused.application.apply_id)

    assert outcomes(refused)[ZHEJIANG] == "DENIED"
    assert [outcome(one, ZHEJIANG).outcome for one in (now, later)] == [Outcome.DENIED, Outcome.EMPTY]
