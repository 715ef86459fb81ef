"""How notices to systems of the province read in the timeline of the use that set them off."""

from collections import deque

import pytest

from federation.model.fault import Hop
from node.ports.timeline import Result
from node.ports.webhooks import HookAnswer
from node.usecases.notice import REFUSALS_UNTIL_DEAD
from node.usecases.telling.hooks import HookLaterError
from tests.faults.case import explained
from tests.node.usecases.mesh import Mesh
from tests.node.usecases.telling.systems import UNITS, Systems, hooks_of
from tests.node.usecases.test_notice import use


@pytest.mark.parametrize(
    ("answers", "results", "words"),
    [
        pytest.param([], [Result.PENDING, Result.OK], "本省系统 units 已收到告知", id="taken"),
        pytest.param(["TIMEOUT"], [Result.PENDING] * 2 + [Result.OK], "已收到", id="taken at the second attempt"),
        pytest.param(
            [HookAnswer(status=400)] * REFUSALS_UNTIL_DEAD,
            [Result.PENDING] * REFUSALS_UNTIL_DEAD + [Result.REFUSED],
            "本省系统 units 多次拒收告知",
            id="refused again and again",
        ),
    ],
)
async def test_what_became_of_a_notice_to_a_system_reads_with_the_use(
    mesh: Mesh, answers: list[HookAnswer | str], results: list[Result], words: str
) -> None:
    hooks = hooks_of(mesh.zhejiang, Systems(answers=deque(answers)), UNITS)
    exchange_id = await use(mesh)
    going = True
    while going:
        try:
            going = await hooks.deliver_next("units")
        except HookLaterError:
            continue
    timeline = await explained(mesh.zhejiang, exchange_id)
    steps = [step for step in timeline.steps if step.hop is Hop.NOTICE]

    assert [step.result for step in steps] == results
    assert words in steps[-1].words
