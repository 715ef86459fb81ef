"""A reviewer approves what he has read and nothing that took its place, and publishes unreviewed only what he means to."""

from collections.abc import Awaitable, Callable

import pytest

from node.ports.lists import Action, DraftState, Kind
from node.usecases.workshop.ending import Which
from node.usecases.workshop.refused import ListRefusedError
from node.usecases.workshop.seen import digest_of
from tests.node.usecases.workshop.room import CHECKER, WRITER, Room, line

LINE = "JS-0001"
Step = Callable[[Room, dict[str, str]], Awaitable[object]]


async def _handed_in(room: Room, purpose: str) -> str:
    """The digest of a draft that waits for review."""
    await room.shop.editing.draft(Kind.USELIST, line(purpose=purpose), WRITER)
    await room.shop.editing.submit(Kind.USELIST, [LINE], WRITER)
    return _digest(room)


def _digest(room: Room) -> str:
    draft = room.store.read.drafts.get(Kind.USELIST, LINE)
    assert draft is not None
    return digest_of(draft)


def _review(room: Room, seen: dict[str, str]) -> Awaitable[object]:
    return room.shop.editing.review(Kind.USELIST, [LINE], CHECKER, approve=True, seen=seen)


def _publish(room: Room, seen: dict[str, str]) -> Awaitable[object]:
    return room.shop.publishing.publish(Kind.USELIST, [LINE], CHECKER, submitted=True, seen=seen)


@pytest.mark.parametrize("step", [pytest.param(_review, id="reviewed"), pytest.param(_publish, id="published")])
async def test_a_draft_that_took_the_place_of_the_one_that_was_read_is_refused(step: Step) -> None:
    room = Room()
    read = await _handed_in(room, "核验")
    await room.shop.editing.drop(Kind.USELIST, [LINE], WRITER)
    other = await _handed_in(room, "别的用途")

    for seen in ({LINE: read}, {LINE: other, "JS-9": read}):
        with pytest.raises(ListRefusedError, match="was changed since"):
            await step(room, seen)
    await step(room, {LINE: other})


async def test_an_approved_draft_that_was_dropped_and_drafted_anew_is_not_published_by_name() -> None:
    room = Room()
    await _handed_in(room, "核验")
    await _review(room, {})
    await room.shop.editing.drop(Kind.USELIST, [LINE], WRITER)
    await _handed_in(room, "别的用途")

    with pytest.raises(ListRefusedError, match="review it first"):
        await room.shop.publishing.publish(Kind.USELIST, [LINE], CHECKER)

    draft = room.store.read.drafts.get(Kind.USELIST, LINE)
    assert draft is not None
    assert draft.state is DraftState.SUBMITTED
    assert room.standing(Kind.USELIST, LINE) == []


async def test_a_suspension_that_became_a_withdrawal_is_refused() -> None:
    room = Room()
    await room.publish(Kind.USELIST, line())
    await room.shop.ending.mark(Kind.USELIST, Action.SUSPEND, Which(ids=(LINE,)), WRITER, "核查")
    read = _digest(room)
    await room.shop.editing.drop(Kind.USELIST, [LINE], WRITER)
    await room.shop.ending.mark(Kind.USELIST, Action.WITHDRAW, Which(ids=(LINE,)), WRITER, "核查")

    with pytest.raises(ListRefusedError, match="was changed since"):
        await _publish(room, {LINE: read})
