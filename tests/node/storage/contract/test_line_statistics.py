"""How the lines are used, day by day."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from node.ports.lists import LineCount
from node.ports.store import Nouns, Store

FIRST = date(2026, 3, 1)
CONSUMERS, LINES, DAYS, WORDS = ("310000", "320000"), ("L1", "L2", "中"), (0, 1, 2), ("HIT", "PASS")


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 3, 1, hour, tzinfo=UTC) + timedelta(days=day)


def note(nouns: Nouns, consumer: str, line: str, day: int, what: str, side: str = "provider", hour: int = 9) -> None:
    nouns.line_statistics.note(side, consumer, line, FIRST + timedelta(days=day), what, at(day, hour))


def row(
    consumer: str, line: str, day: int, what: str, count: int = 1, hour: int = 9, side: str = "provider"
) -> LineCount:
    day_of = FIRST + timedelta(days=day)
    return LineCount(
        side=side, consumer=consumer, use_list_id=line, day=day_of, what=what, count=count, last_at=at(day, hour)
    )


async def fill(store: Store) -> None:
    """Every line used in every way on every day, and one line by the other side."""

    def unit(nouns: Nouns) -> None:
        for consumer, line, day, what in product(CONSUMERS, LINES, DAYS, WORDS):
            note(nouns, consumer, line, day, what)
        note(nouns, "310000", "L1", 0, "PASS", side="consumer")

    await store.transact(unit)


async def test_uses_add_up_and_the_last_one_is_dated(store: Store) -> None:
    def unit(nouns: Nouns) -> None:
        for hour in (9, 11, 10):
            note(nouns, "310000", "L1", 1, "PASS", hour=hour)
        note(nouns, "310000", "L1", 1, "HIT")
        note(nouns, "310000", "L1", 0, "PASS")
        note(nouns, "310000", "L10", 0, "PASS")
        note(nouns, "310000", "L1", 0, "PASS", side="consumer")

    await store.transact(unit)

    assert store.read.line_statistics.of_line("provider", "310000", "L1") == [
        row("310000", "L1", 0, "PASS"),
        row("310000", "L1", 1, "HIT"),
        row("310000", "L1", 1, "PASS", 3, hour=11),
    ]
    assert store.read.line_statistics.of_line("provider", "320000", "L1") == []


@pytest.mark.parametrize(
    ("limit", "lines"),
    [
        pytest.param(1, 1, id="a limit within a line gives the whole line"),
        pytest.param(2, 1, id="a limit at the end of a line"),
        pytest.param(3, 2, id="a limit within the second line"),
        pytest.param(99, 6, id="all"),
    ],
)
async def test_lines_are_read_in_pages_of_whole_lines(store: Store, limit: int, lines: int) -> None:
    await fill(store)
    wanted = [row(consumer, line, 2, what, 2) for consumer, line, what in product(CONSUMERS, LINES, WORDS)]
    first = store.read.line_statistics.page("provider", FIRST + timedelta(days=1), None, limit)
    found, page = list(first), first
    while page:
        last = (page[-1].consumer, page[-1].use_list_id)
        page = store.read.line_statistics.page("provider", FIRST + timedelta(days=1), last, limit)
        found += page

    assert wanted == found
    assert len(first) == lines * len(WORDS)


async def test_the_sides_are_counted_apart(store: Store) -> None:
    await fill(store)
    own = row("310000", "L1", 0, "PASS", side="consumer")

    assert [own] == store.read.line_statistics.page("consumer", FIRST, None, 99)
    assert [own] == store.read.line_statistics.of_line("consumer", "310000", "L1")


async def test_old_days_are_purged_at_most_so_many_rows_at_a_time(store: Store) -> None:
    await fill(store)
    before = FIRST + timedelta(days=1)
    purged = [await store.transact(lambda nouns: nouns.line_statistics.purge(before, 8)) for _ in range(3)]

    assert purged == [8, 5, 0]
    assert {one.day for one in store.read.line_statistics.of_line("provider", "310000", "L1")} == {
        before,
        FIRST + timedelta(days=2),
    }
