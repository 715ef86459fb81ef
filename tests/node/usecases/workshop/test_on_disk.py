"""The life of a line over the store on disk, which is closed and opened again between every step; and an import cut off in the middle."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from node.ports.lists import Action, Kind
from node.ports.store import Store
from node.storage.sqlite import open_sqlite
from node.usecases.workshop.ending import Which
from tests.node.usecases.workshop.room import CHECKER, THIRD, WRITER, Clock, Room, SheetRow, line

LINE = "JS-0001"


async def _opened(folder: Path) -> Store:
    return await open_sqlite(folder / "node.db", sign_checkpoint=lambda _size, _root: b"note", checkpoint_interval_s=60)


async def test_every_step_survives_that_the_node_stops(tmp_path: Path) -> None:
    clock = Clock()
    withdraw = Which(ids=(LINE,))
    steps: list[Callable[[Room], Awaitable[Any]]] = [
        lambda room: room.shop.editing.draft(Kind.USELIST, line(), WRITER),
        lambda room: room.shop.editing.submit(Kind.USELIST, [LINE], WRITER),
        lambda room: room.shop.editing.review(Kind.USELIST, [LINE], CHECKER, approve=True),
        lambda room: room.shop.publishing.publish(Kind.USELIST, None, CHECKER),
        lambda room: room.shop.ending.mark(Kind.USELIST, Action.WITHDRAW, withdraw, WRITER, "事项已取消"),
        lambda room: room.shop.publishing.publish(Kind.USELIST, [LINE], THIRD, submitted=True),
    ]
    for step in steps:
        store = await _opened(tmp_path)
        room = Room(clock=clock, store=store)
        await room.shop.settling.settle()
        await step(room)
        await store.close()

    store = await _opened(tmp_path)
    room = Room(clock=clock, store=store)
    told = room.shop.views.one(Kind.USELIST, "320000", LINE)
    await store.close()

    assert (told["state"], told["draft"]) == ("WITHDRAWN", None)
    assert [one["move"] for one in told["moves"]] == [
        "DRAFTED",
        "SUBMITTED",
        "APPROVED",
        "PUBLISHED",
        "ASKED",
        "APPROVED",
        "PUBLISHED",
    ]


async def test_rows_staged_by_a_node_that_stopped_are_forgotten(tmp_path: Path) -> None:
    store = await _opened(tmp_path)
    room = Room(store=store)
    rows = [SheetRow(number=number + 2, raw=line(f"JS-{number}")) for number in range(3)]
    await room.shop.importing.import_rows(Kind.USELIST, rows, WRITER, sheet="ab" * 32)
    drafts = await room.shop.desk.drafts(Kind.USELIST, None)
    await room.shop.editing.drop(Kind.USELIST, [one.id for one in drafts], WRITER)
    await store.transact(lambda nouns: nouns.drafts.stage(drafts))
    await store.close()

    store = await _opened(tmp_path)
    room = Room(store=store)
    await room.shop.settling.settle()
    counts = room.store.read.drafts.counts(Kind.USELIST)
    await store.close()

    assert sum(counts.values()) == 0
