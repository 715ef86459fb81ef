"""How far each peer's clock is from ours, estimated from the answers it signs: bounded as NTP does it (RFC 5905 §8), without a protocol.

A peer stamps its answer at some moment between our sending and our receiving. So its clock minus ours lies between (stamp - received) and
(stamp - sent): the middle is the estimate, half of the round trip the bound. Of the last few answers the one with the shortest round trip
is the best (RFC 5905 §10). In memory only, owned by the event loop. It refuses nothing: `trust.envelope` does.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from trust.envelope import MAX_SKEW

KEPT = 8  # answers for each peer
MAX_AGE_S = 3600.0  # an older measurement says little of now
MAX_PEERS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """The peer's clock minus ours, at most `bound_s` off either way; measured at `at` by our clock."""

    offset_s: float
    bound_s: float
    at: datetime


class Clocks:
    """The measured offsets of all peers."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._samples: dict[str, deque[Offset]] = {}

    def note(self, province: str, *, sent: datetime, stamped: datetime, received: datetime) -> None:
        """One answer: sent and received by our clock, stamped by the peer's. A clock that went back meanwhile measures nothing."""
        trip = (received - sent).total_seconds()
        if trip < 0 or (province not in self._samples and len(self._samples) >= MAX_PEERS):
            return
        middle = sent + (received - sent) / 2
        sample = Offset(offset_s=(stamped - middle).total_seconds(), bound_s=trip / 2, at=received)
        self._samples.setdefault(province, deque(maxlen=KEPT)).append(sample)

    def forget(self) -> None:
        """Our clock jumped: what was measured with it is of no use."""
        self._samples.clear()

    def offset(self, province: str, now: datetime) -> Offset | None:
        """The best measurement of a peer that is not too old; None where there is none."""
        return min(self._fresh(province, now), key=lambda one: one.bound_s, default=None)

    def latest(self, province: str, now: datetime) -> datetime:
        """The latest that a peer's clock may show now, and no earlier than ours does.

        It may have been set since the best measurement, so all count; where there is none, it may be as far ahead as it is believed.
        """
        ahead = [timedelta(seconds=one.offset_s + one.bound_s) for one in self._fresh(province, now)]
        return now + min(max(max(ahead, default=MAX_SKEW), timedelta(0)), MAX_SKEW)

    def _fresh(self, province: str, now: datetime) -> list[Offset]:
        """The measurements of a peer that are not too old."""
        return [one for one in self._samples.get(province, ()) if abs((now - one.at).total_seconds()) <= MAX_AGE_S]

    def offsets(self, now: datetime) -> Mapping[str, Offset]:
        """The best measurement of every peer that has one."""
        found = {province: self.offset(province, now) for province in self._samples}
        return {province: one for province, one in sorted(found.items()) if one is not None}
