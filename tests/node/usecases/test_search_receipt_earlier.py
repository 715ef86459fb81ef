"""Completeness receipts that rest on a province's earlier word: an order that was lifted since, a rejection that passed. DESIGN §2.3."""

from dataclasses import replace

import pytest

from node.library.invented import LAND_TYPE, MINING_TYPE
from tests.node.usecases.mesh import ANHUI, JIANGSU, ZHEJIANG, Mesh
from tests.node.usecases.receipts import checked, receipt_of, rewritten
from tests.node.usecases.test_search_receipt import claims, problem
from trust.errors import EvidenceError
from trust.orders import Action, Kind

STOPPED = {"outcome": "DENIED", "refusal": {"code": 206, "reason": "TYPE_STOPPED"}}


async def give(mesh: Mesh, action: Action) -> None:
    for code in (LAND_TYPE, MINING_TYPE):
        await mesh.zhejiang.orders.give(Kind.TYPE, code, action, "样例")
    await mesh.zhejiang.order_exchange.carry(JIANGSU)


async def test_a_search_made_while_a_type_was_stopped_is_still_shown_after_the_lift(mesh: Mesh) -> None:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    await give(mesh, Action.STOP)
    answer = await mesh.jiangsu.find(apply_id)
    mesh.clock.move(seconds=5)
    await give(mesh, Action.LIFT)
    report = checked(mesh, await receipt_of(mesh, answer))
    (ground,) = (one.ground for one in report.findings if one.province == ZHEJIANG)

    assert report.ok
    assert "lifted before the search cannot be seen" in ground


async def test_an_order_that_came_after_the_search_is_no_ground(mesh: Mesh) -> None:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    before = await receipt_of(mesh, await mesh.jiangsu.find(apply_id, area_codes=(ANHUI, JIANGSU)))
    mesh.clock.move(minutes=6)
    await give(mesh, Action.STOP)
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    after = await receipt_of(mesh, await mesh.jiangsu.find(apply_id))
    lie = await rewritten(mesh.jiangsu, before.answered, claims(ZHEJIANG, **STOPPED))

    assert after.stops[ZHEJIANG]
    assert "without a word" in problem(mesh, replace(before, answered=lie, stops=after.stops))


@pytest.mark.parametrize("time", ["x", "2026-01-01", 5])
async def test_outcomes_without_a_time_claim_nothing(mesh: Mesh, time: object) -> None:
    receipt = await receipt_of(mesh, (await mesh.found())[1])
    lie = await rewritten(mesh.jiangsu, receipt.answered, lambda entry: entry.update(time=time))
    with pytest.raises(EvidenceError, match="no time"):
        checked(mesh, replace(receipt, answered=lie))
