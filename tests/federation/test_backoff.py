"""federation.backoff: bounds and growth of the pause."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from federation.backoff import BASE_S, CAP_S, delay_s
from tests.federation.samples import Highest, Lowest


@settings(deadline=None, max_examples=50)
@given(st.integers(-5, 10**9), st.randoms(use_true_random=False))
def test_a_pause_is_none_without_failures_and_else_between_half_a_base_and_the_cap(
    failures: int, random: Random
) -> None:
    pause = delay_s(failures, random)

    assert (pause == 0) == (failures <= 0)
    assert failures <= 0 or BASE_S / 2 <= pause <= CAP_S


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 1000))
def test_the_bounds_grow_until_the_cap(failures: int) -> None:
    low, high = delay_s(failures, Lowest()), delay_s(failures, Highest())

    assert low == high / 2
    assert delay_s(failures + 1, Highest()) == min(CAP_S, 2 * high)


def test_the_first_pauses_are_half_a_second_one_and_two_at_most() -> None:
    assert [delay_s(failures, Highest()) for failures in range(9)] == [0, 0.5, 1, 2, 4, 8, 16, 30, 30]
