"""Which lines a code ends, wherever the pages of the list end, and the reason that is published of it."""

from datetime import timedelta

import pytest

from federation.model.uselist import utc_text
from node.ports.lists import Action, Kind
from node.usecases.workshop.desk import BREATH
from node.usecases.workshop.ending import Which
from tests.node.usecases.workshop.room import CHECKER, OTHER_TYPE, TYPE, WRITER, Room, line

LINE = "JS-0001"


@pytest.mark.parametrize("before", [pytest.param(BREATH - 2, id="one page"), pytest.param(BREATH - 1, id="two pages")])
async def test_a_line_with_two_versions_is_judged_by_the_newer_wherever_a_page_ends(before: int) -> None:
    room = Room()
    for number in range(before):
        await room.publish(Kind.USELIST, line(f"JS-{number:02}"))
    later = utc_text(room.clock() + timedelta(days=2))
    await room.publish(Kind.USELIST, line("JS-90", item_code="OLD", type_codes=(TYPE, OTHER_TYPE)))
    await room.publish(
        Kind.USELIST, line("JS-90", item_code="NEW", type_codes=(TYPE, OTHER_TYPE), purpose="改", effective=later)
    )
    await room.publish(Kind.USELIST, line("JS-91", item_code="OLD"))

    of_item = await room.shop.ending.mark(Kind.USELIST, Action.SUSPEND, Which(item="OLD"), WRITER, "核查")
    await room.shop.editing.drop(Kind.USELIST, list(of_item.ids), WRITER)
    of_type = await room.shop.ending.mark(Kind.USELIST, Action.SUSPEND, Which(type_code=TYPE), WRITER, "核查")

    assert of_item.ids == ("JS-91",)
    assert (len(of_type.ids), of_type.left) == (before + 1, 1)


async def test_a_suspension_that_was_returned_once_is_published_with_its_own_reason() -> None:
    room = Room()
    await room.publish(Kind.USELIST, line())
    await room.shop.ending.mark(Kind.USELIST, Action.SUSPEND, Which(ids=(LINE,)), WRITER, "疑似超范围使用")
    await room.shop.editing.review(Kind.USELIST, [LINE], CHECKER, approve=False, reason="请附依据")
    await room.shop.editing.submit(Kind.USELIST, [LINE], WRITER)
    await room.shop.publishing.publish(Kind.USELIST, [LINE], CHECKER, submitted=True)

    moves = room.store.read.drafts.moves(Kind.USELIST, LINE, 9)
    told = [(one.move, one.reason) for one in moves if one.reason]
    assert told == [("ASKED", "疑似超范围使用"), ("RETURNED", "请附依据"), ("PUBLISHED", "疑似超范围使用")]
