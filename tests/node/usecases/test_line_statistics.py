"""How lines are used: noted in the units that decide, on both sides, and told line by line. C9-6."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from node.library.invented import LAND_TYPE
from node.ports.lists import Kind
from node.ports.store import Store
from node.storage.memory import MemoryStore
from node.usecases.admission.limits import Side
from node.usecases.line_report import LineReport, LineUse, line_state, months_before
from node.usecases.line_statistics import CALL, EMPTY, HIT, PASS, Tally
from tests.node.usecases.listed import JIANGSU, LINE, NOW, ZHEJIANG, decision, line, lists_of
from tests.node.usecases.mesh import Mesh, record
from tests.node.usecases.mesh import line as mesh_line


def words(mesh: Mesh, code: str, side: Side) -> dict[str, int]:
    counts = mesh[code].store.read.line_statistics.of_line(side.value, JIANGSU, LINE)
    return {one.what: one.count for one in counts}


async def test_a_use_is_noted_on_both_sides(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG))
    await mesh.found()

    assert words(mesh, JIANGSU, Side.CONSUMER) == {CALL: 1, PASS: 1, HIT: 1}
    assert words(mesh, ZHEJIANG, Side.PROVIDER) == {CALL: 1, PASS: 1, HIT: 1}
    assert words(mesh, "340000", Side.PROVIDER) == {CALL: 1, PASS: 1, EMPTY: 1}


async def test_refusals_are_noted_by_reason(mesh: Mesh) -> None:
    await mesh.zhejiang.decide(mesh_line(), status="SUSPENDED")
    await mesh.jiangsu.submit(type_codes=(LAND_TYPE,))

    assert words(mesh, JIANGSU, Side.CONSUMER) == {CALL: 1, PASS: 1, "LINE_SUSPENDED_THERE": 1}
    assert words(mesh, ZHEJIANG, Side.PROVIDER) == {CALL: 1, "LINE_SUSPENDED_THERE": 1}


async def test_a_line_that_nobody_published_has_no_statistics() -> None:
    store = MemoryStore()
    lists = await lists_of(store, (Kind.USELIST, JIANGSU, (line(),)))
    counted: list[tuple[str, str]] = []
    tally = Tally(lists=lists, clock=lambda: NOW, counted=lambda side, word: counted.append((side, word)))
    for one in (LINE, "whatever"):
        await noted(store, tally, Side.CONSUMER, one, CALL)

    assert store.read.line_statistics.of_line("consumer", JIANGSU, "whatever") == []
    assert counted == [("consumer", CALL)]


def _same(moment: datetime) -> datetime:
    return moment


async def noted(store: Store, tally: Tally, side: Side, line_id: str, word: str) -> None:
    await store.transact(lambda nouns: tally.note(nouns, side, JIANGSU, line_id, word))


async def report(
    listed: Sequence[dict[str, Any]], used: Sequence[tuple[str, int, str]], side: Side = Side.CONSUMER
) -> LineReport:
    """Lines of Jiangsu, and words noted of them so many days ago."""
    store = MemoryStore()
    province = JIANGSU if side is Side.CONSUMER else ZHEJIANG
    lists = await lists_of(
        store, (Kind.USELIST, JIANGSU, listed), (Kind.DECISIONS, ZHEJIANG, [decision(one) for one in listed])
    )
    for line_id, days, word in used:
        moment = NOW - timedelta(days=days)
        await noted(store, Tally(lists=lists, clock=partial(_same, moment)), side, line_id, word)
    return LineReport(province=province, store=store, clock=lambda: NOW)


async def told(one: LineReport, side: Side = Side.CONSUMER, **options: Any) -> list[LineUse]:
    return [row async for row in one.lines(side, **options)]


async def test_a_line_tells_calls_hits_and_refusals() -> None:
    used = [
        (LINE, 40, CALL),
        (LINE, 3, CALL),
        (LINE, 3, PASS),
        (LINE, 2, HIT),
        (LINE, 2, EMPTY),
        (LINE, 1, "PEER_TIMEOUT"),
    ]
    one = await report([line(), line(use_list_id="JS-2")], used)
    first, second = [row.to_dict() for row in await told(one)]

    assert {name: first[name] for name in ("line", "state", "calls", "passed", "hit_rate", "refusals")} == {
        "line": LINE, "state": "ACTIVE", "calls": 2, "passed": 1, "hit_rate": 0.5, "refusals": {"PEER_TIMEOUT": 1},
    }  # fmt: skip
    assert first["last_use"] == (NOW - timedelta(days=1)).isoformat()
    assert (second["line"], second["calls"], second["hit_rate"], second["last_use"]) == ("JS-2", 0, None, None)
    assert [row.calls for row in await told(one, since=NOW.date() - timedelta(days=5))] == [1, 0]


@pytest.mark.parametrize(
    ("changes", "days", "months", "unused"),
    [
        pytest.param({}, None, 3, True, id="never used"),
        pytest.param({}, 30, 3, False, id="used a month ago"),
        pytest.param({}, 100, 3, True, id="used more than three months ago"),
        pytest.param({}, 100, 6, False, id="but less than six"),
        pytest.param(
            {"valid_from": "2026-06-01"}, None, 3, False, id="a line of this month cannot be unused for three"
        ),
        pytest.param({"status": "SUSPENDED"}, None, 3, False, id="a suspended line is not expected to be used"),
    ],
)
async def test_which_lines_are_unused_for_months(
    changes: dict[str, Any], days: int | None, months: int, *, unused: bool
) -> None:
    used = [] if days is None else [(LINE, days, CALL)]
    one = await report([line(**changes)], used)

    assert [row.use_list_id for row in await told(one, unused_months=months)] == ([LINE] if unused else [])
    assert (await one.levels()).unused[months] == int(unused)


@pytest.mark.parametrize(
    ("changes", "unused"),
    [
        pytest.param({}, True, id="decided long ago and never asked for"),
        pytest.param({"valid_from": "2026-06-01"}, False, id="nobody could have used it for three months yet"),
    ],
)
async def test_at_the_provider_a_line_is_unused_since_it_could_be_used(
    changes: dict[str, Any], *, unused: bool
) -> None:
    one = await report([line(**changes)], [], Side.PROVIDER)

    assert [row.use_list_id for row in await told(one, Side.PROVIDER, unused_months=3)] == ([LINE] if unused else [])


async def test_the_provider_tells_the_lines_it_decided() -> None:
    one = await report([line(), line(use_list_id="JS-2")], [(LINE, 1, CALL)], Side.PROVIDER)

    assert [(row.use_list_id, row.state, row.calls) for row in await told(one, Side.PROVIDER)] == [
        (LINE, "ACCEPTED", 1),
        ("JS-2", "ACCEPTED", 0),
    ]


async def test_levels_count_our_lines_by_state() -> None:
    listed = [
        line(),
        line(use_list_id="B", status="SUSPENDED"),
        line(use_list_id="C", valid_to="2026-06-29"),
        line(use_list_id="D", valid_from="2026-07-01"),
        line(use_list_id="E"),
        line(use_list_id="E", version=2, effective="2026-07-01T00:00:00Z"),
    ]

    assert (await (await report(listed, [])).levels()).states == {
        "ACTIVE": 2, "SUSPENDED": 1, "EXPIRED": 1, "WAITING": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        pytest.param(date(2026, 6, 30), 3, date(2026, 3, 30), id="three months"),
        pytest.param(date(2026, 3, 31), 1, date(2026, 2, 28), id="the last day of a shorter month"),
        pytest.param(date(2024, 3, 31), 1, date(2024, 2, 29), id="of a leap year"),
        pytest.param(date(2026, 1, 15), 1, date(2025, 12, 15), id="over New Year"),
        pytest.param(date(2026, 1, 15), 24, date(2024, 1, 15), id="two years"),
    ],
)
def test_months_are_calendar_months(day: date, months: int, before: date) -> None:
    assert months_before(day, months) == before


def test_a_lines_state_is_that_of_the_day_in_beijing() -> None:
    assert line_state(line(valid_to="2026-06-30"), NOW) == "ACTIVE"
    assert line_state(line(valid_to="2026-06-30"), NOW + timedelta(hours=12)) == "EXPIRED"
