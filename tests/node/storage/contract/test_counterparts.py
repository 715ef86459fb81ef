"""The index of answers that stand in two logs: derived from every entry, in the entry's own unit, and undone with it."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from federation.model.reconcile import Bound, Element
from node.ports.counterparts import Counterpart, Indexed, counterparts
from node.ports.store import Nouns, Store

PEER, OTHER = "310000", "330000"
EVERYTHING = Bound(0), Bound(4_102_444_800_000)
TIME = "2026-03-01T12:00:00.123+00:00"
TIME_MS = 1_772_366_400_123


def received(digest: int, issued: int = TIME_MS, peer: str = PEER) -> dict[str, Any]:
    return {"type": "RETRIEVE", "step": "received", "peer": peer, "answer": f"{digest:064x}", "issued": issued}


def element(digest: int, issued: int = TIME_MS) -> Element:
    return Element(issued, digest.to_bytes(32))


def appended(*entries: Mapping[str, Any]) -> Callable[[Nouns], list[int]]:
    return lambda nouns: [nouns.evidence.append(one) for one in entries]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param(received(5), [Counterpart(PEER, element(5))], id="an answer received is of the time it names"),
        pytest.param(
            {"step": "answered", "peer": PEER, "answer": f"{7:064x}", "sent": {"SearchAnswer": "answer"}, "time": TIME},
            [Counterpart(PEER, element(7))],
            id="an answer given is of the entry's own time",
        ),
        pytest.param(
            {
                "outcomes": [
                    {"province": PEER, "answer": f"{1:064x}", "issued": 9},
                    {"province": OTHER, "outcome": "TIMEOUT"},
                ]
            },
            [Counterpart(PEER, element(1, 9))],
            id="each outcome with an answer, and no other",
        ),
        pytest.param(
            {"peer": PEER, "begun": f"{4:064x}", "issued": 3},
            [Counterpart(PEER, element(4, 3))],
            id="a stream that broke off",
        ),
        pytest.param(
            {"peer": PEER, "learned": [{"answer": f"{2:064x}", "issued": 8}]},
            [Counterpart(PEER, element(2, 8))],
            id="what was learned later",
        ),
        pytest.param({"peer": PEER, "answer": f"{2:064x}"}, [], id="an answer without a time"),
        pytest.param({"peer": PEER, "answer": "cd" * 31, "issued": 1}, [], id="a digest of another length"),
        pytest.param({"peer": PEER, "answer": "zz" * 32, "issued": 1}, [], id="a digest that is no hex"),
        pytest.param({"peer": PEER, "answer": f"{2:064x}", "issued": True}, [], id="a time that is a truth value"),
        pytest.param({"peer": PEER, "answer": f"{2:064x}", "issued": -1}, [], id="a time before 1970"),
        pytest.param({"peer": 7, "answer": ["x"], "issued": {}}, [], id="other types"),
        pytest.param({"outcomes": "x", "learned": [3]}, [], id="lists that are none"),
        pytest.param(
            {"peer": PEER, "answer": f"{2:064x}", "sent": {"A": "answer"}, "time": "noon"}, [], id="a time that is none"
        ),
    ],
)
def test_what_an_entry_says_of_answers(entry: Mapping[str, Any], expected: list[Counterpart]) -> None:
    assert counterparts(entry) == expected


async def test_the_index_holds_what_the_entries_say_in_order_by_peer(store: Store) -> None:
    await store.transact(appended(received(9, 30), received(1, 10), {"type": "IMPORT"}, received(5, 20, OTHER)))
    await store.transact(appended(received(4, 10)))
    index = store.read.counterparts

    page = index.page(PEER, *EVERYTHING, 10)
    assert [(one.element, one.entry) for one in page] == [(element(1, 10), 1), (element(4, 10), 4), (element(9, 30), 0)]
    assert (index.count(PEER, *EVERYTHING), index.count(OTHER, *EVERYTHING), index.count("340000", *EVERYTHING)) == (
        3,
        1,
        0,
    )
    assert index.page(PEER, *EVERYTHING, 1) == page[:1]
    assert [index.nth(PEER, *EVERYTHING, place) for place in range(4)] == [*(one.element for one in page), None]


async def test_a_range_begins_at_its_start_and_ends_before_its_end(store: Store) -> None:
    await store.transact(appended(received(1, 10), received(2 << 248, 10), received(3, 11)))
    index = store.read.counterparts

    assert index.count(PEER, Bound(10), Bound(11)) == 2
    assert index.count(PEER, Bound(10, b"\x02"), Bound(11)) == 1
    assert index.count(PEER, Bound(10), Bound(10, b"\x02")) == 1
    assert index.count(PEER, Bound(11), Bound(11)) == 0


async def test_an_answer_of_two_entries_is_one_element_of_the_first(store: Store) -> None:
    await store.transact(appended(received(1), received(1)))
    await store.transact(appended(received(1)))
    index = store.read.counterparts

    assert index.page(PEER, *EVERYTHING, 5) == [Indexed(element=element(1), entry=0)]
    assert index.find(PEER, element(1)) == 0
    assert index.find(PEER, element(2)) is None
    assert index.find(OTHER, element(1)) is None


async def test_the_total_counts_what_the_first_entries_brought(store: Store) -> None:
    await store.transact(appended(received(1), received(2), received(3)))

    assert [store.read.counterparts.total(size) for size in (0, 2, 3, 9)] == [0, 2, 3, 3]


async def test_a_unit_that_fails_leaves_nothing_in_the_index_and_an_earlier_one_keeps_its_own(store: Store) -> None:
    def failing(nouns: Nouns) -> None:
        appended(received(2))(nouns)
        nouns.evidence.of_exchange("x")  # an adapter may have to write what it holds back
        raise ValueError("fails")

    await store.transact(appended(received(1)))
    with pytest.raises(ValueError, match="fails"):
        await store.transact(failing)
    await store.transact(appended(received(3)))

    assert [one.element for one in store.read.counterparts.page(PEER, *EVERYTHING, 9)] == [element(1), element(3)]
