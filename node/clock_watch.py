"""Sees when this machine's clock jumps, by holding it against the monotonic clock; and says what may be forgotten by time meanwhile.

What a jump means for what the node keeps until a moment (DESIGN §4, "Replay"):

* Nonces are kept until their message can no longer be in time. A clock that runs ahead would have them forgotten early, and one put
  back afterwards would let the messages in again. So after every jump, and after every start (nobody knows what the clock did before it),
  nothing is forgotten for `HOLD_S` of the monotonic clock: longer than any message can be in time. Keeping longer costs rows, no safety.
* Whatever ends (verdicts, use codes, use-list lines, certificates) ends by the wall clock. After a jump backwards it may be in force
  again, for as long as the jump. That is said loudly (log, metric, status, `doctor`) and not guessed at: the node cannot know which of
  the two times is right. What is spent stays spent, because it is recorded, not timed.
* Messages signed by a wrong clock are refused by everybody (CLOCK_SKEW), which is how a node that runs ahead finds out.

CLOCK_MONOTONIC stands still while a machine sleeps, so waking up looks like a jump forward, and is one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from trust.envelope import MAX_LIFETIME, MAX_SKEW

TOLERANCE_S = 1.0  # slewing moves a clock by 0.0005 s a second (adjtime(3)); a step is more
HOLD_S = (MAX_LIFETIME + 2 * MAX_SKEW).total_seconds()

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """The clock moved by `by_s` more than time did (negative: backwards); seen at `at` by the clock after it."""

    at: datetime
    by_s: float


class ClockWatch:
    """Compares the two clocks whenever it is asked to look."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        *,
        jumped: Callable[[], None] = lambda: None,
    ) -> None:
        """`clock` is UTC, `monotonic` in seconds; `jumped` is called after each jump: what was measured with the clock is of no use."""
        self._jumped = jumped
        self._clock, self._monotonic = clock, monotonic
        self._wall, self._steady = clock(), monotonic()
        self._held_until = self._steady + HOLD_S
        self.jumps = 0
        self.last: Jump | None = None

    def look(self) -> Jump | None:
        """What the clock did since the last look beyond going on."""
        wall, steady = self._clock(), self._monotonic()
        by_s = (wall - self._wall).total_seconds() - (steady - self._steady)
        self._wall, self._steady = wall, steady
        if abs(by_s) <= TOLERANCE_S:
            return None
        self._held_until = steady + HOLD_S
        self.jumps += 1
        self.last = Jump(at=wall, by_s=by_s)
        _log.warning("clock.jumped", by_s=round(by_s, 3), jumps=self.jumps)
        self._jumped()
        return self.last

    def may_forget(self) -> bool:
        """Whether what has ended by the clock may be deleted: it has been steady for longer than any message can be in time."""
        return self.look() is None and self._monotonic() >= self._held_until
