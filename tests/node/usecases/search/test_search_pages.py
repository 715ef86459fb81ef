"""Answers kept for leafing: bounded in number, in items and in what provinces write into them, and by the application's end. Clause 8.2."""

from dataclasses import replace
from datetime import timedelta

import pytest

from federation.model.search import Completeness, FusedAnswer, Item, MergedItem, Query
from node.errors import RefusedError
from node.usecases.search.pages import ANSWERS_KEPT, CHARACTERS_KEPT, ITEMS_KEPT, Pages
from node.usecases.search.plan import Plan
from tests.federation.samples import ITEM
from tests.node.usecases.listed import HOLDER, NOW, application

PLAN = Plan(
    query=Query(apply_id="a1", holder=HOLDER, type_codes=()),
    application=application(),
    app_id="line-system",
    holder_digest="",
    expires_at=NOW + timedelta(minutes=30),
    ask=(),
    late=(),
    local=False,
    undecided_here=False,
    denied={},
    stops={},
    skipped={},
    lists={},
)
LONG = replace(ITEM, name="n" * (CHARACTERS_KEPT // 4 + 1))


def answer(exchange_id: str, item: Item = ITEM, count: int = 1) -> FusedAnswer:
    items = (MergedItem(item=item, provinces=("330000",)),) * count
    return FusedAnswer(
        exchange_id=exchange_id, completeness=Completeness.COMPLETE, items=items, outcomes=(), elapsed_ms=1
    )


def held(pages: Pages, *exchanges: str) -> list[str]:
    """Those of them that can be leafed through."""
    found = []
    for one in exchanges:
        try:
            found.append(pages.of(one, PLAN, lambda *_: False).exchange_id)
        except RefusedError:
            continue
    return found


@pytest.mark.parametrize(
    ("each", "kept"),
    [
        pytest.param((ITEM, 1), ANSWERS_KEPT, id="many small ones"),
        pytest.param((ITEM, ITEMS_KEPT // 4), 4, id="many items"),
        pytest.param((LONG, 1), 3, id="long texts"),
        pytest.param((ITEM, 0), 0, id="nothing to leaf through"),
        pytest.param((ITEM, ITEMS_KEPT + 1), 0, id="one with too many items"),
        pytest.param((LONG, 4), 0, id="one with too much text"),
    ],
)
def test_so_many_answers_are_held_and_the_oldest_go_first(each: tuple[Item, int], kept: int) -> None:
    pages, exchanges = Pages(), [str(number) for number in range(kept + 2)]
    for one in exchanges:
        pages.keep(PLAN, answer(one, *each), NOW)

    assert held(pages, *exchanges) == exchanges[len(exchanges) - kept :]


def test_an_answer_is_not_held_beyond_its_application() -> None:
    pages = Pages()
    pages.keep(PLAN, answer("1"), NOW)
    pages.keep(replace(PLAN, expires_at=NOW + timedelta(hours=2)), answer("2"), NOW + timedelta(hours=1))

    assert held(pages, "1", "2") == ["2"]


def test_an_answer_in_the_same_exchange_takes_the_place_of_the_one_before() -> None:
    pages = Pages()
    for _ in range(8):
        pages.keep(PLAN, answer("1", LONG), NOW)
    pages.keep(PLAN, answer("2", LONG), NOW)

    assert held(pages, "1", "2") == ["1", "2"]
