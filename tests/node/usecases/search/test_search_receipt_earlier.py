"""Completeness receipts that rest on a province's earlier word: an order that was lifted since, a rejection that passed. DESIGN §2.3."""

from dataclasses import replace
from typing import Any

import pytest

from federation.methods import SUBMIT
from federation.model.application import Result, Verdict
from federation.model.evidence import EventType
from federation.model.refusal import PASSING, Reason, Refusal
from federation.ports import Incoming
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.usecases.exchange import Answered, Decision
from tests.node.usecases.mesh import ANHUI, JIANGSU, ZHEJIANG, Mesh
from tests.node.usecases.receipts import Change, checked, receipt_of, rewritten
from tests.node.usecases.search.test_search_receipt import claims, denied, problem
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


async def test_a_search_made_under_an_order_is_still_shown_when_it_was_lifted_and_given_again(mesh: Mesh) -> None:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    await give(mesh, Action.STOP)
    answer = await mesh.jiangsu.find(apply_id)
    for action in (Action.LIFT, Action.STOP):
        mesh.clock.move(minutes=10)
        await give(mesh, action)

    assert checked(mesh, await receipt_of(mesh, answer)).ok


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


def rejected_for(reason: Reason, *, passing: bool) -> Change:
    """A province's entry of its verdict, for another reason; `passing`: it said when to ask again."""
    said: dict[str, Any] = {"code": 16, "reason": reason.value, **({"passing": True} if passing else {})}
    return lambda entry: entry.update(reasons=[said])


@pytest.mark.parametrize(
    ("reason", "says_when"), [*((one, False) for one in sorted(PASSING)), (Reason.USE_LIST_NOT_IN_FORCE, True)]
)
async def test_a_rejection_that_passes_by_itself_is_no_ground(mesh: Mesh, reason: Reason, *, says_when: bool) -> None:
    receipt = await receipt_of(mesh, await denied(mesh, ZHEJIANG))
    given, change = receipt.rejections[ZHEJIANG], rejected_for(reason, passing=says_when)
    passing = replace(given, answer=await rewritten(mesh.zhejiang, given.answer, change))
    told = claims(ZHEJIANG, outcome="DENIED", refusal={"code": 16, "reason": reason.value})
    lie = await rewritten(mesh.jiangsu, receipt.answered, told)

    assert "passes by itself" in problem(mesh, replace(receipt, answered=lie, rejections={ZHEJIANG: passing}))


async def test_a_rejection_of_a_later_day_is_no_ground(mesh: Mesh) -> None:
    receipt = await receipt_of(mesh, await denied(mesh, ZHEJIANG))
    given, later = receipt.rejections[ZHEJIANG], {"time": "2099-01-01T00:00:00+00:00"}
    late = replace(given, answer=await rewritten(mesh.zhejiang, given.answer, lambda entry: entry.update(later)))

    assert "after the search" in problem(mesh, replace(receipt, rejections={ZHEJIANG: late}))


async def test_the_proof_of_a_rejection_that_passes_by_itself_is_not_kept(mesh: Mesh) -> None:
    zhejiang = mesh.zhejiang

    async def limited(incoming: Incoming[Any]) -> Answered:
        verdict = Verdict(
            apply_id=incoming.message.apply_id,
            provider=ZHEJIANG,
            result=Result.REJECT,
            reasons=(Refusal(reason=Reason.LIMIT_REACHED, retry_after_s=5),),
            type_codes=(),
            outputs=(),
            fields=(),
            use_code="",
            expires_at=mesh.clock(),
        )
        decision = Decision(answer=verdict, event=EventType.VERIFY, members={"result": "REJECT"})
        return await zhejiang.exchange.answer(incoming, SUBMIT.path, lambda _: decision)

    mesh.network.join(zhejiang.post, {**zhejiang.handlers(), SUBMIT.path: limited}, health=zhejiang.health)
    apply_id = (await mesh.jiangsu.submit()).application.apply_id

    assert mesh.jiangsu.store.read.receipts.of(apply_id) == {}
