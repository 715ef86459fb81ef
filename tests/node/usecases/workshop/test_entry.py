"""What becomes of the versions of one entry when it is marked, imported again or withdrawn."""

from datetime import timedelta

import pytest

from federation.model.uselist import utc_text
from node.ports.lists import Action, Kind
from node.usecases.workshop.ending import Which
from tests.node.usecases.workshop.room import CHECKER, TYPE, WRITER, Room, entry


async def _marked(room: Room, *actions: Action) -> None:
    for action in actions:
        await room.shop.ending.mark(Kind.CATALOGUE, action, Which(ids=(TYPE,)), WRITER, "核查")
        await room.shop.publishing.publish(Kind.CATALOGUE, None, CHECKER, submitted=True)


@pytest.mark.parametrize(
    ("actions", "statuses"),
    [
        pytest.param((Action.SUSPEND,), ["WITHDRAWN", "SUSPENDED"], id="suspended"),
        pytest.param((Action.SUSPEND, Action.RESUME), ["WITHDRAWN", "PUBLISHED"], id="suspended and resumed"),
        pytest.param((Action.WITHDRAW,), ["WITHDRAWN", "WITHDRAWN"], id="withdrawn too"),
    ],
)
async def test_a_withdrawn_version_stays_so_whatever_becomes_of_the_next(
    actions: tuple[Action, ...], statuses: list[str]
) -> None:
    room = Room()
    await room.publish(Kind.CATALOGUE, entry())
    await _marked(room, Action.WITHDRAW)
    await room.publish(Kind.CATALOGUE, entry(effective=utc_text(room.clock() + timedelta(days=2))))

    await _marked(room, *actions)

    assert [one["status"] for one in room.standing(Kind.CATALOGUE, TYPE)] == statuses
