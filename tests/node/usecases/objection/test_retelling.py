"""Cases of which two provinces hold different documents, as after a restored backup: seen, kept apart, told again by hand. P5."""

from datetime import timedelta

import pytest

from node.errors import RefusedError
from node.usecases.objection.shown import summary
from node.usecases.workshop.managers import Manager, Role
from tests.node.usecases.mesh import ANHUI, JIANGSU, ZHEJIANG
from tests.node.usecases.objection.cases import MANAGER, Bureaus
from tests.node.usecases.objection.test_refused import held, tell, verdict
from tests.node.usecases.objection.test_story import use_at
from trust.objection import State


async def checked_before_the_backup(mesh: Bureaus) -> str:
    """Jiangsu has a move of Zhejiang's that Zhejiang has not any more."""
    raised = await mesh.raised()
    documents = held(mesh.zhejiang, raised.objection_id)
    lost = verdict(documents, mesh.zhejiang, State.CHECKING, reason="")
    await tell(mesh.zhejiang, JIANGSU, *documents, lost)
    mesh.mesh.clock.move(hours=1)
    return raised.objection_id


async def test_a_case_that_forked_is_kept_in_sight_and_not_told_over_and_over(mesh: Bureaus) -> None:
    one = await checked_before_the_backup(mesh)
    await mesh.zhejiang.desk.take(MANAGER, one)
    assert await mesh.zhejiang.tell(JIANGSU) == 1
    assert await mesh.zhejiang.tell(JIANGSU) == 0

    nouns = mesh.zhejiang.province.store.read
    assert nouns.objections.untold(one) == {JIANGSU: 0}
    told = summary(nouns, mesh.mesh.clock().date())
    assert (told["parked"], told["untold"]) == ({JIANGSU: 1}, {JIANGSU: 1})
    assert mesh.jiangsu.province.exhibits.count(f"objection-{ZHEJIANG}-") == 1

    second = await mesh.raised("another")
    await mesh.zhejiang.desk.take(MANAGER, second.objection_id)
    await mesh.zhejiang.tell(JIANGSU)
    assert mesh.jiangsu.state(second.objection_id) == "CHECKING", "others are told all the same"


async def test_an_owner_gets_a_move_back_that_it_lost(mesh: Bureaus) -> None:
    one = await checked_before_the_backup(mesh)
    assert mesh.zhejiang.state(one) == "OPEN"
    answer = await mesh.jiangsu.desk.retell(MANAGER, one)
    await mesh.jiangsu.tell(ZHEJIANG)

    assert (answer["peers"], mesh.jiangsu.woken[-1]) == ([ZHEJIANG], ZHEJIANG)
    assert mesh.zhejiang.state(one) == "CHECKING"
    assert [entry["peers"] for entry in mesh.jiangsu.entries("retold")] == [[ZHEJIANG]]


async def test_a_case_that_was_over_when_it_was_lost_comes_back_and_marks_nothing(mesh: Bureaus) -> None:
    raised = await mesh.raised()
    await mesh.zhejiang.desk.reject(MANAGER, raised.objection_id, "登记无误")
    await mesh.zhejiang.tell(JIANGSU)
    mesh.mesh.clock.move(hours=1)
    now = mesh.mesh.clock() + timedelta(hours=1)
    await mesh.zhejiang.province.store.transact(lambda nouns: nouns.objections.purge(now, 9))
    await mesh.zhejiang.province.store.transact(lambda nouns: nouns.exchanges.purge(now))
    await mesh.jiangsu.desk.retell(MANAGER, raised.objection_id)
    await mesh.jiangsu.tell(ZHEJIANG)

    assert (mesh.zhejiang.state(raised.objection_id), mesh.zhejiang.disputed()) == ("REJECTED", False)


async def test_the_owner_tells_whoever_it_told(mesh: Bureaus) -> None:
    await use_at(mesh, ANHUI)
    raised = await mesh.raised()

    assert (await mesh.zhejiang.desk.retell(MANAGER, raised.objection_id))["peers"] == [JIANGSU, ANHUI]


async def test_telling_again_takes_the_role_and_a_case_of_ones_own(mesh: Bureaus) -> None:
    await use_at(mesh, ANHUI)
    raised = await mesh.raised()
    await mesh.zhejiang.tell(ANHUI)
    for attempt in (
        mesh.zhejiang.desk.retell(Manager(account="e", roles=frozenset({Role.EDIT})), raised.objection_id),
        mesh.anhui.desk.retell(MANAGER, raised.objection_id),
        mesh.zhejiang.desk.retell(MANAGER, "none"),
    ):
        with pytest.raises(RefusedError, match=r"NOT_AUTHORISED|NO_RECORD"):
            await attempt
