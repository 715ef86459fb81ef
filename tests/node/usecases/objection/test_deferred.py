"""A deferral of an application hides from the holder what the use led to, too: an objection under it. Clause 8.4, P5."""

from datetime import timedelta

import pytest

from node.ports.deferrals import Subject
from node.ports.notices import OutboxState
from node.usecases.telling.deferring import Wanted
from tests.node.usecases.mesh import JIANGSU, ZHEJIANG, Province
from tests.node.usecases.objection.cases import Bureaus
from tests.node.usecases.objection.test_notices import drained
from tests.node.usecases.telling.systems import UNITS, Systems, hooks_of
from tests.node.usecases.telling.test_deferring import REVIEWER


@pytest.mark.parametrize(
    "gives", [pytest.param("owner", id="by the owner"), pytest.param("raiser", id="by the province that raised it")]
)
async def test_a_holder_who_must_not_know_of_a_use_yet_is_not_told_of_an_objection_under_it(
    mesh: Bureaus, gives: str
) -> None:
    systems = Systems()
    hooks = hooks_of(mesh.mesh.zhejiang, systems, UNITS)
    form = mesh.form()
    giver = mesh.mesh.zhejiang if gives == "owner" else mesh.mesh.jiangsu
    until = mesh.mesh.clock() + timedelta(days=30)
    wanted = Wanted(
        kind=Subject.APPLICATION, subject=form.apply_id, law="刑事诉讼法", article="第五十四条", until=until
    )
    given, _ = await giver.deferrals.defer(REVIEWER, wanted)
    await told_of(giver, ZHEJIANG)
    await mesh.raised()
    await drained(mesh)
    held = letters(mesh)
    await giver.deferrals.release(REVIEWER, given.deferral_id)
    await told_of(giver, ZHEJIANG)

    assert await hooks.deliver_next(UNITS.name)
    assert (held, letters(mesh)) == ({"DEFERRED": 1}, {"PENDING": 1})


async def told_of(giver: Province, peer: str) -> None:
    """What a province has to tell of its deferral goes."""
    while giver.code != peer and await giver.outbox.deliver_next(peer):
        pass


def letters(mesh: Bureaus) -> dict[str, int]:
    """How Zhejiang's notices of objections to the holder's province stand."""
    notices = mesh.mesh.zhejiang.store.read.notices
    found = {state: notices.letters(JIANGSU, state, None, 9) for state in OutboxState}
    return {
        state.value: len(items)
        for state, every in found.items()
        if (items := [one for one in every if one.notice_id.startswith("objection-")])
    }
