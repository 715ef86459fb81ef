"""After a stop: what was published is settled before anything else, and nothing is taken for published that is not."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from node.ports.lists import Action, Kind
from node.ports.store import StoreError
from node.usecases.workshop.desk import FORGOTTEN, SLICE
from node.usecases.workshop.ending import Which
from node.usecases.workshop.refused import ListRefusedError
from tests.node.usecases.workshop.room import CHECKER, WRITER, Room, SheetRow, digest_of, line

LINE = "JS-0001"


async def _approved(room: Room, purpose: str) -> None:
    await room.shop.editing.draft(Kind.USELIST, line(purpose=purpose), WRITER)
    await room.shop.editing.submit(Kind.USELIST, [LINE], WRITER)
    await room.shop.editing.review(Kind.USELIST, [LINE], CHECKER, approve=True)


async def _changed(room: Room) -> None:
    await _approved(room, "改了用途")


async def _suspended(room: Room) -> None:
    await room.shop.ending.mark(Kind.USELIST, Action.SUSPEND, Which(ids=(LINE,)), WRITER, "核查")
    await room.shop.editing.review(Kind.USELIST, [LINE], CHECKER, approve=True)


@pytest.mark.parametrize(
    "step", [pytest.param(_changed, id="other content"), pytest.param(_suspended, id="a suspension")]
)
async def test_a_draft_that_was_approved_in_the_second_of_the_last_one_is_not_taken_for_published(
    step: Callable[[Room], Awaitable[None]],
) -> None:
    room = Room()
    await room.publish(Kind.USELIST, line())
    await step(room)

    room.reopen()
    await room.shop.settling.settle()

    assert room.store.read.drafts.get(Kind.USELIST, LINE) is not None


async def test_what_was_published_before_a_stop_is_neither_dropped_nor_published_again_before_all_is_settled() -> None:
    room = Room()
    names = [f"JS-{number:04}" for number in range(SLICE + 2)]  # the last two outlive the unit that keeps the version
    for name in names:
        await room.shop.editing.draft(Kind.USELIST, line(name), WRITER)
    await room.shop.editing.submit(Kind.USELIST, None, WRITER)
    room.publisher.fails_after = True
    with pytest.raises(StoreError):
        await room.shop.publishing.publish(Kind.USELIST, None, CHECKER, submitted=True)
    assert [one.id for one in await room.shop.desk.drafts(Kind.USELIST, None)] == names[-2:]

    room.reopen()  # the admin port answers before `settle` has run
    with pytest.raises(ListRefusedError, match="has no draft"):
        await room.shop.editing.drop(Kind.USELIST, [names[-1]], WRITER)
    with pytest.raises(ListRefusedError, match="nothing that this manager may publish"):
        await room.shop.publishing.publish(Kind.USELIST, None, CHECKER)

    last = [room.store.read.drafts.moves(Kind.USELIST, name, 9)[-1].move for name in names]
    assert last == ["PUBLISHED"] * len(names)
    assert room.publisher.sizes == []


async def test_rows_of_a_failed_import_are_forgotten_in_small_units_and_on_record() -> None:
    room = Room()
    drafted = await room.shop.editing.draft(Kind.USELIST, line(), WRITER)
    await room.shop.editing.drop(Kind.USELIST, [LINE], WRITER)
    staged = [replace(drafted, id=f"JS-{number:04}") for number in range(FORGOTTEN + 1)]
    await room.store.transact(lambda nouns: nouns.drafts.stage(staged))

    await room.shop.importing.import_rows(Kind.USELIST, [SheetRow(number=2, raw=line())], WRITER, sheet="ab" * 32)

    told = [one["rows"] for one in room.evidence() if one["step"] == "import forgotten"]
    assert told == [FORGOTTEN, 1]
    assert [one.id for one in await room.shop.desk.drafts(Kind.USELIST, None)] == [LINE]


@pytest.mark.parametrize("stored", [pytest.param(False, id="not stored"), pytest.param(True, id="stored after all")])
async def test_a_failed_publishing_is_repeated_or_found_done(*, stored: bool) -> None:
    room = Room()
    names = [
        f"JS-{number:04}" for number in range(450)
    ]  # more than a slice: the last ones are settled in units of their own
    for name in names:
        await room.shop.editing.draft(Kind.USELIST, line(name), WRITER)
    await room.shop.editing.submit(Kind.USELIST, None, WRITER)
    await room.shop.editing.review(Kind.USELIST, None, CHECKER, approve=True)
    room.publisher.fails_after, room.publisher.fails_before = stored, not stored
    with pytest.raises(StoreError):
        await room.shop.publishing.publish(Kind.USELIST, None, CHECKER)

    room.reopen()
    await room.shop.settling.settle()

    if not stored:
        await room.shop.publishing.publish(Kind.USELIST, None, CHECKER)
    assert await room.shop.desk.drafts(Kind.USELIST, None) == []
    assert room.publisher.sizes == ([] if stored else [450])
    last = [room.store.read.drafts.moves(Kind.USELIST, name, 9)[-1].move for name in names]
    assert last == ["PUBLISHED"] * 450
    done = [one for one in room.evidence() if one["step"] == "published"]
    assert {one["by"] for one in done} == {digest_of(CHECKER.account)}
    assert len(done) == 450
