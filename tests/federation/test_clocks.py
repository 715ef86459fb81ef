"""Offsets of peers' clocks: the truth lies within the bound whatever the network does; old and impossible measurements do not count."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from federation.clocks import KEPT, MAX_AGE_S, MAX_PEERS, Clocks
from trust.envelope import MAX_SKEW

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PEER = "320000"


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@given(
    offset=st.floats(-5000, 5000),
    there=st.floats(0, 30),
    work=st.floats(0, 30),
    back=st.floats(0, 30),
)
def test_the_true_offset_lies_within_the_bound(offset: float, there: float, work: float, back: float) -> None:
    """The peer stamps at any moment between the request's arrival and the answer's departure."""
    clocks = Clocks()
    clocks.note(PEER, sent=NOW, stamped=after(there + work / 2 + offset), received=after(there + work + back))
    found = clocks.offset(PEER, after(61))

    assert found is not None
    assert abs(found.offset_s - offset) <= found.bound_s + 1e-5  # datetimes have microseconds


@given(
    offset=st.floats(-290, 290),
    answers=st.lists(st.tuples(st.floats(0, 30), st.floats(0, 30)), min_size=1, max_size=KEPT + 2),
)
def test_the_clock_there_never_shows_more_than_the_latest(offset: float, answers: list[tuple[float, float]]) -> None:
    clocks = Clocks()
    for there, back in answers:
        clocks.note(PEER, sent=NOW, stamped=after(there + offset), received=after(there + back))
    latest = clocks.latest(PEER, after(61))

    assert after(61) <= latest
    assert after(61 + offset) <= latest + timedelta(milliseconds=1)  # datetimes have microseconds
    assert latest <= after(61) + MAX_SKEW


def test_a_clock_that_was_set_ahead_counts_from_its_first_answer() -> None:
    clocks = Clocks()
    clocks.note(PEER, sent=NOW, stamped=NOW, received=NOW)
    clocks.note(PEER, sent=NOW, stamped=after(61), received=after(2))

    assert clocks.latest(PEER, after(2)) == after(2 + 61)


def test_a_clock_that_was_never_measured_may_be_as_far_ahead_as_it_is_believed() -> None:
    clocks = Clocks()
    clocks.note(PEER, sent=NOW, stamped=NOW, received=NOW)

    assert clocks.latest("another", NOW) == NOW + MAX_SKEW
    assert clocks.latest(PEER, after(MAX_AGE_S + 1)) == after(MAX_AGE_S + 1) + MAX_SKEW
    assert clocks.latest(PEER, NOW) == NOW


def test_of_several_answers_the_quickest_is_believed() -> None:
    clocks = Clocks()
    for trip, stamped in ((4.0, 12.0), (0.2, 10.1), (6.0, 15.0)):
        clocks.note(PEER, sent=NOW, stamped=after(stamped), received=after(trip))
    found = clocks.offset(PEER, NOW)

    assert found is not None
    assert (round(found.offset_s, 3), round(found.bound_s, 3)) == (10.0, 0.1)


def test_a_quick_answer_of_long_ago_says_nothing_and_only_the_last_few_are_kept() -> None:
    clocks = Clocks()
    clocks.note(PEER, sent=NOW, stamped=NOW, received=after(0.1))
    for _ in range(KEPT):
        clocks.note(PEER, sent=after(10), stamped=after(12), received=after(12))
    pushed_out = clocks.offset(PEER, after(13))

    assert pushed_out is not None
    assert pushed_out.bound_s == 1.0
    assert clocks.offset(PEER, after(13 + MAX_AGE_S)) is None
    assert clocks.offsets(after(13 + MAX_AGE_S)) == {}


def test_an_answer_that_came_before_it_was_asked_for_measures_nothing() -> None:
    clocks = Clocks()
    clocks.note(PEER, sent=NOW, stamped=NOW, received=after(-1))

    assert clocks.offset(PEER, NOW) is None


def test_after_a_jump_of_our_own_clock_nothing_is_known_any_more() -> None:
    clocks = Clocks()
    clocks.note(PEER, sent=NOW, stamped=NOW, received=NOW)
    clocks.forget()

    assert clocks.offsets(NOW) == {}


def test_peers_without_end_are_not_remembered() -> None:
    clocks = Clocks()
    for number in range(MAX_PEERS + 10):
        clocks.note(str(number), sent=NOW, stamped=NOW, received=NOW)

    assert len(clocks.offsets(NOW)) == MAX_PEERS
