"""A sheet becomes drafts as a whole or not at all, and a stop in the middle leaves nothing."""

from datetime import timedelta
from typing import Any, cast

import pytest

from federation.model.uselist import utc_text
from node.lists.sheet import MAX_TOLD
from node.ports.lists import Action, DraftState, Kind
from node.ports.store import Nouns, Store, StoreError
from node.usecases.workshop.desk import SLICE
from node.usecases.workshop.ending import Which
from node.usecases.workshop.refused import ListRefusedError
from tests.node.usecases.workshop.room import CHECKER, WRITER, Found, Room, SheetRow, line

SHEET = "ab" * 32


def _rows(*raws: dict[str, Any]) -> list[SheetRow]:
    return [SheetRow(number=number + 2, raw=raw) for number, raw in enumerate(raws)]


async def _import(room: Room, rows: list[SheetRow]) -> Any:
    return await room.shop.importing.import_rows(Kind.USELIST, rows, WRITER, sheet=SHEET)


async def _drafts(room: Room) -> list[str]:
    return [one.id for one in await room.shop.desk.drafts(Kind.USELIST, None)]


async def test_rows_become_drafts_and_those_that_say_what_is_published_are_skipped() -> None:
    room = Room()
    await room.publish(Kind.USELIST, line("JS-1"))
    await room.publish(Kind.USELIST, line("JS-2"))

    done = await _import(room, _rows(line("JS-1"), line("JS-2", purpose="改"), line("JS-3")))

    assert (done.new, done.changed, done.skipped, done.ids) == (1, 1, 1, ("JS-2", "JS-3"))
    assert await _drafts(room) == ["JS-2", "JS-3"]
    entries = [one for one in room.evidence() if one["step"] == "imported"]
    assert [(one["exchange"], one["rows"]) for one in entries] == [(f"uselist-import-{SHEET}", 2)]


async def test_what_was_exported_imports_as_nothing_new() -> None:
    room = Room()
    for name in ("JS-1", "JS-2"):
        await room.publish(Kind.USELIST, line(name))

    done = await _import(room, _rows(*await room.shop.exported(Kind.USELIST)))

    assert (done.new, done.changed, done.skipped) == (0, 0, 2)


async def test_one_faulty_row_stops_all_and_every_fault_is_told() -> None:
    room = Room()
    await room.shop.editing.draft(Kind.USELIST, line("JS-5"), CHECKER)
    await room.shop.editing.submit(Kind.USELIST, ["JS-5"], CHECKER)
    rows = _rows(line("JS-1"), line("JS-2", effective="soon"), line("JS-1"), line("JS-5"))
    rows.append(
        SheetRow(number=9, raw={"use_list_id": "JS-9"}, problems=[Found(field="valid_to", message="is no day")])
    )
    rows.append(SheetRow(number=10, raw=line("JS-10", effective="2020-01-01T00:00:00Z")))

    with pytest.raises(ListRefusedError) as refused:
        await _import(room, rows)

    told = [(one.row, one.id, one.field, one.message.split(";")[0]) for one in refused.value.faults]
    assert told == [
        (3, "JS-2", "effective", "write a time such as 2026-01-31T16:00:00Z"),
        (4, "JS-1", "", "stands in row 2 already"),
        (5, "JS-5", "", "has a draft that is SUBMITTED"),
        (9, "JS-9", "valid_to", "is no day"),
        (10, "JS-10", "effective", "lies in the past"),
    ]
    assert await _drafts(room) == ["JS-5"]
    assert not [one for one in room.evidence() if one["step"] == "staged"]


async def test_a_version_that_began_meanwhile_is_skipped_with_an_empty_time_too() -> None:
    room = Room()
    began = utc_text(room.clock() + timedelta(hours=1))
    await room.publish(Kind.USELIST, line("JS-1"))
    await room.publish(Kind.USELIST, line("JS-1", purpose="改", effective=began))
    waiting = await _import(room, _rows(line("JS-1", purpose="改", effective=began)))
    room.clock.move(hours=2)

    done = [await _import(room, _rows(line("JS-1", purpose="改", effective=one))) for one in ("", began)]

    assert [(one.changed, one.skipped) for one in (waiting, *done)] == [(0, 1)] * 3


@pytest.mark.parametrize(
    ("name", "status", "will_be"),
    [
        pytest.param("JS-1", "WITHDRAWN", "ACTIVE", id="a published line is withdrawn"),
        pytest.param("JS-2", "ACTIVE", "SUSPENDED", id="a suspended line goes on"),
        pytest.param("JS-9", "WITHDRAWN", "ACTIVE", id="a new line is withdrawn"),
        pytest.param("JS-1", "ACTIVE", "", id="an active line is active"),
        pytest.param("JS-2", "SUSPENDED", "", id="a suspended line is suspended"),
        pytest.param("JS-9", "ACTIVE", "", id="a new line is active"),
        pytest.param("JS-1", "", "", id="nothing is said"),
    ],
)
async def test_a_sheet_changes_no_status_and_says_so(name: str, status: str, will_be: str) -> None:
    room = Room()
    for one in ("JS-1", "JS-2"):
        await room.publish(Kind.USELIST, line(one))
    await room.shop.ending.mark(Kind.USELIST, Action.SUSPEND, Which(ids=("JS-2",)), WRITER, "核查")
    await room.shop.publishing.publish(Kind.USELIST, None, CHECKER, submitted=True)

    told: list[tuple[int, str, str, str]] = []
    try:
        await _import(room, _rows({**line(name), "status": status}))
    except ListRefusedError as refused:
        told = [(one.row, one.id, one.field, one.message.partition(":")[0]) for one in refused.faults]

    assert told == ([(2, name, "status", f"is {will_be}")] if will_be else [])


async def test_of_faults_without_end_so_many_are_kept_and_the_rest_are_counted() -> None:
    room = Room()
    rows = _rows(*(line(f"JS-{number}", effective="soon") for number in range(MAX_TOLD + 7)))

    with pytest.raises(ListRefusedError, match=f"and {MAX_TOLD + 9} more") as refused:
        await room.shop.importing.import_rows(Kind.USELIST, rows, WRITER, sheet=SHEET, more=5)

    assert (len(refused.value.faults), refused.value.more) == (MAX_TOLD, 12)
    with pytest.raises(ListRefusedError):  # all that is told of them may be their number
        await room.shop.importing.import_rows(Kind.USELIST, _rows(line()), WRITER, sheet=SHEET, more=1)


async def test_a_sheet_without_rows_is_refused() -> None:
    with pytest.raises(ListRefusedError, match="no rows"):
        await _import(Room(), [])


async def test_a_large_sheet_is_staged_in_small_units_and_appears_at_once() -> None:
    room = Room()

    done = await _import(room, _rows(*(line(f"JS-{number:04}") for number in range(450))))

    assert (done.new, len(await _drafts(room))) == (450, 450)
    assert room.store.read.drafts.counts(Kind.USELIST) == {DraftState.DRAFT: 450}


class _Stops:
    """A store whose process ends before the unit of this number."""

    def __init__(self, room: Room, unit: int) -> None:
        self._store, self._left = room.store, unit
        self.read = room.store.read

    async def transact(self, unit: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise StoreError("the process ends here")
        return await self._store.transact(unit)


@pytest.mark.parametrize(
    "unit",
    [
        pytest.param(2, id="between two units of staging"),
        pytest.param(1 + 450 // SLICE, id="between staging and showing"),
    ],
)
async def test_a_stop_in_the_middle_leaves_nothing(unit: int) -> None:
    room = Room()
    store = room.store
    room.store = cast("Store", _Stops(room, unit))  # what an import needs of a store
    room.reopen()
    with pytest.raises(StoreError):
        await _import(room, _rows(*(line(f"JS-{number:04}") for number in range(450))))
    room.store = store
    room.reopen()
    assert await _drafts(room) == []

    await room.shop.settling.settle()

    assert room.store.read.drafts.counts(Kind.USELIST) == {}
    assert [one["rows"] for one in room.evidence() if one["step"] == "import forgotten"] == [
        SLICE * (unit - 1) if unit <= 450 // SLICE else 450
    ]
    await _import(room, _rows(line("JS-1")))
    assert await _drafts(room) == ["JS-1"]


async def test_rows_left_by_a_failed_import_do_not_come_with_the_next() -> None:
    room = Room()

    def leave(nouns: Nouns) -> None:
        nouns.drafts.stage([room_draft])

    room_draft = await room.shop.editing.draft(Kind.USELIST, line("JS-7"), WRITER)
    await room.shop.editing.drop(Kind.USELIST, ["JS-7"], WRITER)
    await room.store.transact(leave)

    await _import(room, _rows(line("JS-1")))

    assert await _drafts(room) == ["JS-1"]
