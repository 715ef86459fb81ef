"""Range-based comparison: the difference of any two sets is found exactly, in bytes of the difference and not of the sets."""

import asyncio
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.model.reconcile import Bound, Element, Part, Range
from node.usecases.reconcile.comparing import MAX_NAMED, SAMPLE, Comparison, Difference, EndlessError
from node.usecases.reconcile.ranges import Sum, between, cut
from tests.node.usecases.reconcile.sets import FarSide, elements, walker

END_MS = 100_000_000
DIGESTS = st.integers(0, 3).map(lambda n: bytes([n] * 31)) | st.binary(min_size=31, max_size=31)
ELEMENTS = st.builds(
    lambda at, head, last: Element(at, head + bytes([last])), st.integers(0, 5), DIGESTS, st.integers(0, 255)
)


def compared(mine: Sequence[Element], theirs: Sequence[Element]) -> tuple[Difference, FarSide]:
    far = FarSide(theirs)
    return asyncio.run(Comparison(walker(mine), far.ask, END_MS, Random(0)).run()), far


@given(st.sets(ELEMENTS, max_size=200), st.sets(ELEMENTS, max_size=60), st.sets(ELEMENTS, max_size=60))
@settings(max_examples=150, deadline=None)
def test_the_difference_of_any_two_sets_is_found_exactly(
    both: set[Element], mine: set[Element], theirs: set[Element]
) -> None:
    one, other = both | mine, both | theirs
    found, _ = compared(list(one), list(other))

    assert set(found.here) == other - one
    assert {row.element for row in found.there} == one - other
    assert (found.more, found.whole) == (0, Sum().plus(one))


@given(st.lists(ELEMENTS, min_size=2, unique=True))
def test_a_place_between_two_elements_parts_them_and_is_no_longer_than_it_must_be(some: list[Element]) -> None:
    before, after, *_ = sorted(some)
    place = between(before, after)

    assert tuple(before) < tuple(place) <= tuple(after)
    assert not place.prefix or (place.issued_ms, place.prefix[:-1]) <= tuple(before)


@given(st.lists(ELEMENTS, unique=True), st.integers(0, 20))
def test_sums_of_parts_add_up(some: list[Element], at: int) -> None:
    assert Sum().plus(some[:at]).and_(Sum().plus(some[at:])) == Sum().plus(some)


@pytest.mark.parametrize("missing", [0, 1, 10, 100])
def test_bytes_grow_with_the_difference_and_not_with_the_sets(missing: int) -> None:
    small, large = elements(2_000, seed=1), elements(40_000, seed=2)
    few, many = compared(small, small[missing:])[1], compared(large, large[missing:])[1]

    assert many.bytes < 3 * few.bytes
    assert many.bytes < 3_000 * (missing + 1)
    assert many.messages <= 8


def test_equal_sets_of_any_size_cost_one_question() -> None:
    every = elements(30_000)
    found, far = compared(every, every)

    assert (found.here, found.there, found.rounds) == ([], [], 1)
    assert far.bytes < 1_000


def test_a_peer_that_lost_everything_is_told_of_a_bounded_number_and_the_rest_is_counted() -> None:
    found, far = compared(elements(5_000), [])

    assert (len(found.there), found.more, far.messages) == (MAX_NAMED, 5_000 - MAX_NAMED, 1)


def test_this_node_that_lost_everything_asks_for_a_bounded_number() -> None:
    found, far = compared([], elements(20_000))

    assert len(found.here) == MAX_NAMED
    assert found.more > 0
    assert far.messages < 30


def test_the_sample_is_of_all_where_they_are_few_and_of_every_part_of_many() -> None:
    few, many = elements(10), sorted(elements(20_000))

    assert sorted(compared(few, few)[0].sample) == sorted(few)
    drawn = compared(many, many)[0].sample
    assert len(set(drawn)) == SAMPLE
    assert {many.index(one) * 2 // len(many) for one in drawn} == {0, 1}


WHOLE = Range(Bound(0), Bound(10))


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param((), id="no part"),
        pytest.param((Part(end=Bound(9), count=0),), id="that end too early"),
        pytest.param((Part(end=Bound(11), count=0),), id="that end too late"),
        pytest.param(
            (Part(end=Bound(5), count=0), Part(end=Bound(5), count=0), Part(end=Bound(10), count=0)), id="an empty one"
        ),
        pytest.param(
            (Part(end=Bound(5), count=0), Part(end=Bound(4), count=0), Part(end=Bound(10), count=0)), id="out of order"
        ),
        pytest.param((Part(end=Bound(10), count=1, elements=(Element(10, b"\x01" * 32),)),), id="an element outside"),
    ],
)
def test_parts_that_do_not_make_their_range_are_refused(parts: tuple[Part, ...]) -> None:
    with pytest.raises(ValueError, match="range"):
        cut(WHOLE, parts)


async def _same_again(ranges: Sequence[Range]) -> Sequence[Sequence[Part]]:
    return [[Part(end=one.end, count=99, fingerprint=b"\x00" * 16)] for one in ranges]


async def _too_few(ranges: Sequence[Range]) -> Sequence[Sequence[Part]]:
    return []


@pytest.mark.parametrize(
    "ask", [pytest.param(_same_again, id="never cuts a range finer"), pytest.param(_too_few, id="leaves a range out")]
)
async def test_a_peer_that_makes_no_sense_is_asked_a_bounded_number_of_times(ask: object) -> None:
    with pytest.raises(EndlessError):
        await Comparison(walker(elements(10)), ask, END_MS, Random(0)).run()  # type: ignore[arg-type]
