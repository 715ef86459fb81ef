"""A clock that jumps is seen, whichever way; slewing is no jump; and nothing is forgotten by a clock one cannot trust."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from node.clock_watch import HOLD_S, TOLERANCE_S, ClockWatch
from trust.envelope import MAX_LIFETIME, MAX_SKEW

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Machine:
    """Two clocks that go together until somebody sets the one on the wall."""

    def __init__(self) -> None:
        self.wall, self.steady, self.told = START, 100.0, 0
        self.watch = ClockWatch(lambda: self.wall, lambda: self.steady, jumped=self._jumped)

    def _jumped(self) -> None:
        self.told += 1

    def run(self, seconds: float, *, drift: float = 0.0) -> None:
        self.steady += seconds
        self.wall += timedelta(seconds=seconds * (1 + drift))

    def set(self, by_s: float) -> None:
        self.wall += timedelta(seconds=by_s)


@pytest.mark.parametrize("by_s", [-3600.0, -1.5, 1.5, 400.0, 86_400.0])
def test_a_jump_is_seen_once_with_its_size_and_the_new_time(by_s: float) -> None:
    machine = Machine()
    machine.run(5)
    machine.set(by_s)
    jump = machine.watch.look()

    assert jump is not None
    assert jump.by_s == pytest.approx(by_s)
    assert jump.at == machine.wall
    assert machine.watch.look() is None, "told once"
    assert (machine.watch.jumps, machine.told, machine.watch.last) == (1, 1, jump)


def test_a_jump_stands_in_the_log_with_its_size() -> None:
    machine = Machine()
    machine.set(-3600)
    with capture_logs() as lines:
        machine.watch.look()
        machine.watch.look()

    assert [(one["event"], one["log_level"], one["by_s"]) for one in lines] == [("clock.jumped", "warning", -3600.0)]


def test_slewing_and_a_long_time_without_a_look_are_no_jumps() -> None:
    machine = Machine()
    for drift, seconds in ((0.0005, 5.0), (-0.0005, 5.0), (0.0, 86_400.0), (0.0005, 0.9 * TOLERANCE_S / 0.0005)):
        machine.run(seconds, drift=drift)
        assert machine.watch.look() is None

    assert machine.watch.jumps == machine.told == 0


def test_a_machine_that_slept_jumped_forward() -> None:
    """CLOCK_MONOTONIC stands still in sleep."""
    machine = Machine()
    machine.set(8 * 3600)
    jump = machine.watch.look()

    assert jump is not None
    assert jump.by_s == pytest.approx(8 * 3600)


def test_nothing_is_forgotten_after_the_start_and_after_each_jump_until_the_clock_has_been_steady() -> None:
    machine, seen = Machine(), []
    for set_by in (0.0, 3600.0, -3600.0):
        machine.set(set_by)
        for seconds in (0.0, HOLD_S / 2, HOLD_S / 2):
            machine.run(seconds)
            seen.append(machine.watch.may_forget())

    assert seen == [False, False, True] * 3


def test_the_hold_outlasts_every_message_that_can_be_in_time() -> None:
    """Issued five minutes ahead of us, living ten, and believed until five after its end."""
    assert timedelta(seconds=HOLD_S) >= MAX_SKEW + MAX_LIFETIME + MAX_SKEW
