"""What changes in the lists while a case runs: withdrawals and suspensions act at once, on both sides. Clauses 6.1 and 9."""

import pytest

from federation.model.refusal import Reason
from federation.model.search import Outcome
from node.errors import RefusedError
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.ports.lists import Kind
from tests.node.usecases.mesh import ANHUI, ZHEJIANG, Mesh, entry, line, outcome, record
from tests.node.usecases.test_search import ask, query


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        pytest.param("SUSPENDED", Reason.USE_LIST_SUSPENDED, id="suspended"),
        pytest.param("WITHDRAWN", Reason.USE_LIST_NOT_IN_FORCE, id="withdrawn"),
    ],
)
async def test_a_line_that_its_consumer_ends_ends_the_running_case_at_both_sides(
    mesh: Mesh, status: str, reason: Reason
) -> None:
    """Clause 6.1: withdrawals act at once."""
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    await mesh.jiangsu.publications.publish(Kind.USELIST, (line(status=status),))
    await mesh.zhejiang.hold(mesh.jiangsu, Kind.USELIST)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.find(apply_id)
    there = await ask(mesh, query(apply_id))

    assert (caught.value.refusal.reason, there.refusal and there.refusal.reason) == (reason, reason)


async def test_a_line_that_the_provider_suspends_ends_the_running_case_there_alone(mesh: Mesh) -> None:
    await mesh.anhui.keep(record(ANHUI, LAND_TYPE))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    await mesh.zhejiang.decide(line(), status="SUSPENDED")
    unknown = outcome(await mesh.jiangsu.find(apply_id), ZHEJIANG)
    await mesh.jiangsu.hold(mesh.zhejiang, Kind.DECISIONS)
    answer = await mesh.jiangsu.find(apply_id)
    known = outcome(answer, ZHEJIANG)

    assert (unknown.outcome, known.outcome) == (Outcome.DENIED, Outcome.SKIPPED)
    assert {one.refusal and one.refusal.reason for one in (unknown, known)} == {Reason.LINE_SUSPENDED_THERE}
    assert outcome(answer, ANHUI).outcome is Outcome.OK


async def test_a_type_that_leaves_the_catalogue_is_handed_out_no_more(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG), record(ZHEJIANG, LAND_TYPE, serial="2"))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    await mesh.zhejiang.publications.publish(
        Kind.CATALOGUE, (entry(ZHEJIANG, MINING_TYPE, status="WITHDRAWN"), entry(ZHEJIANG, LAND_TYPE))
    )
    answer = await mesh.jiangsu.find(apply_id)
    told = outcome(answer, ZHEJIANG)

    assert [one.item.type_code for one in answer.items] == [LAND_TYPE]
    assert (told.outcome, told.refusal and told.refusal.reason) == (Outcome.OK, Reason.TYPE_NOT_OFFERED)


async def test_a_province_that_accepts_the_line_after_the_application_is_asked_at_the_search(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG))
    await mesh.zhejiang.decide()
    await mesh.jiangsu.hold(mesh.zhejiang, Kind.DECISIONS)
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    before = outcome(await mesh.jiangsu.find(apply_id), ZHEJIANG)
    await mesh.zhejiang.decide(line())
    await mesh.jiangsu.hold(mesh.zhejiang, Kind.DECISIONS)
    after = outcome(await mesh.jiangsu.find(apply_id), ZHEJIANG)

    assert (before.outcome, after.outcome) == (Outcome.SKIPPED, Outcome.OK)
    assert before.refusal is not None
    assert before.refusal.reason is Reason.USE_LIST_UNDECIDED
