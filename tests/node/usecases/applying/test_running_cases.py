"""What changes in the lists while a case runs: withdrawals and suspensions act at once, on both sides. Clauses 6.1 and 9."""

import pytest

from federation.model.refusal import Reason
from federation.model.search import Outcome
from node.errors import RefusedError
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.ports.lists import Kind
from tests.node.usecases.mesh import ANHUI, CALLER, JIANGSU, LINE, ZHEJIANG, Mesh, entry, line, outcome, record
from tests.node.usecases.papers import sealed_file
from tests.node.usecases.search.test_search import ask, query


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


@pytest.mark.parametrize("kind", ["data", "file"])
@pytest.mark.parametrize(
    ("ends", "reason"),
    [
        pytest.param("consumer suspends", Reason.USE_LIST_SUSPENDED, id="the consumer suspends the line"),
        pytest.param("consumer withdraws", Reason.USE_LIST_NOT_IN_FORCE, id="the consumer withdraws the line"),
        pytest.param("provider suspends", Reason.LINE_SUSPENDED_THERE, id="the provider suspends the line"),
    ],
)
async def test_retrieval_ends_with_the_line_and_the_use_is_not_spent(
    mesh: Mesh, ends: str, reason: Reason, kind: str
) -> None:
    one = record(ZHEJIANG)
    await mesh.zhejiang.keep(one, file=sealed_file(one.identifier))
    wish = await mesh.wish(one)
    retrieve = getattr(mesh.jiangsu.retrieval, kind)
    status = {"consumer suspends": "SUSPENDED", "consumer withdraws": "WITHDRAWN"}.get(ends)
    if status:
        await mesh.jiangsu.publications.publish(Kind.USELIST, (line(status=status),))
    else:
        await mesh.zhejiang.decide(line(), status="SUSPENDED")
    with pytest.raises(RefusedError) as caught:
        await retrieve(CALLER, wish)
    calls = len(mesh.network.calls)
    await mesh.jiangsu.publications.publish(Kind.USELIST, (line(),))
    await mesh.zhejiang.decide(line())
    received = await retrieve(CALLER, wish)

    assert caught.value.refusal.reason is reason
    assert received.identifier == one.identifier
    assert len(mesh.network.calls) > calls


async def test_a_provider_that_does_not_know_yet_refuses_once_it_does(mesh: Mesh) -> None:
    """The consumer's own word is not enough: the provider looks at its own copy (DESIGN §2.4)."""
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    await mesh.zhejiang.decide(line(), status="SUSPENDED")
    await mesh.jiangsu.publications.publish(Kind.USELIST, (line(version=2, purpose="anders"),))
    await mesh.zhejiang.hold(mesh.jiangsu, Kind.USELIST)
    there = await ask(mesh, query(apply_id))

    assert there.refusal is not None
    assert there.refusal.reason is Reason.LINE_SUSPENDED_THERE, "another version does not undo a suspension"


async def test_a_retrieval_counts_once_at_both_sides_however_often_it_is_repeated(mesh: Mesh) -> None:
    one = record(ZHEJIANG)
    await mesh.zhejiang.keep(one)
    wish = await mesh.wish(one, key="k")
    for _ in range(3):
        await mesh.jiangsu.retrieval.data(CALLER, wish)
    counted = [
        [
            each.count
            for each in province.store.read.line_statistics.of_line(side, JIANGSU, LINE)
            if each.what == "RETRIEVE"
        ]
        for province, side in ((mesh.jiangsu, "consumer"), (mesh.zhejiang, "provider"))
    ]

    assert counted == [[1], [1]]
