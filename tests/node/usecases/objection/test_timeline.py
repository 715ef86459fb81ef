"""What `explain` says of objections: what waits in the queue is no break, and what was refused names who said so. P5."""

import pytest

from federation.errors import PeerError
from node.ports.timeline import State, Timeline
from node.usecases.explain.mishaps import Mishaps
from node.usecases.explain.timeline import TimelineReader
from tests.node.usecases.consent.offices import PERSON
from tests.node.usecases.mesh import CALLER, JIANGSU, ZHEJIANG
from tests.node.usecases.objection.cases import COUNTER_APP, MANAGER, Bureau, Bureaus


async def explained(one: Bureau, exchange_id: str) -> Timeline:
    node = one.province
    reader = TimelineReader(province=node.code, store=node.store, mishaps=Mishaps(node.clock), clock=node.clock)
    found = await reader.of(exchange_id)
    assert found is not None
    return found


async def test_a_case_is_followed_from_step_to_step(mesh: Bureaus) -> None:
    raised = await mesh.raised()
    await mesh.zhejiang.desk.reject(MANAGER, raised.objection_id, "登记无误")
    await mesh.zhejiang.tell(JIANGSU)
    name = f"objection-{raised.objection_id}"

    words = [step.words for step in (await explained(mesh.zhejiang, name)).steps]
    assert words == ["发证省（市）认定异议不成立"]
    for one, number in ((mesh.jiangsu, 1), (mesh.zhejiang, 2)):
        timeline = await explained(one, f"{name}.{number}")
        assert timeline.state is State.DONE
        assert timeline.steps[-1].words == "对方省（市）已签收异议及办理情况"


async def test_what_could_not_be_told_yet_is_under_way_however_long_it_takes(mesh: Bureaus) -> None:
    raised = await mesh.jiangsu.office.raise_(CALLER, mesh.form(), "k")
    mesh.mesh.network.cut(JIANGSU, ZHEJIANG)
    with pytest.raises(PeerError):
        await mesh.jiangsu.teller.tell_next(ZHEJIANG)
    mesh.mesh.clock.move(days=3)

    timeline = await explained(mesh.jiangsu, f"objection-{raised.objection_id}.1")
    assert timeline.state is not State.BROKEN_OFF
    assert timeline.faults == ()


async def test_a_refusal_of_the_owner_is_the_owners_word(mesh: Bureaus) -> None:
    raised = await mesh.jiangsu.office.raise_(COUNTER_APP, mesh.of_holder(holder=PERSON), "k")
    await mesh.jiangsu.tell(ZHEJIANG)
    timeline = await explained(mesh.jiangsu, f"objection-{raised.objection_id}.1")

    (fault,) = timeline.faults
    assert (fault.reason.value, fault.province) == ("NO_RECORD", ZHEJIANG)
