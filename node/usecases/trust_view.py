"""What the operator sees of keys, revocation lists and clocks, for status, console and metrics. Judges nothing and waits for nothing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from federation.clocks import Clocks
from trust.identity import ListState, expiry_warnings

KINDS = ("ca", "signing", "encryption", "tls", "membership")
"""What ends, in the words of the status."""


class Jumps(Protocol):
    """What is known of this machine's clock; `node.clock_watch.ClockWatch`."""

    @property
    def jumps(self) -> int:
        """How many since the start."""

    @property
    def last(self) -> Any:
        """The last one, with `at` and `by_s`, or None."""


class Lists(Protocol):
    """The revocation lists; `node.revocation.Revocations`."""

    def statuses(self) -> tuple[Any, ...]:
        """One for each member."""


def _no_ends() -> Mapping[tuple[str, str], datetime]:
    return {}


class TrustView:
    """Puts the parts together; each may be missing."""

    def __init__(
        self,
        *,
        ends: Callable[[], Mapping[tuple[str, str], datetime]] = _no_ends,
        lists: Lists | None = None,
        clocks: Clocks | None = None,
        jumps: Jumps | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        """`ends`: what ends when, by (province, kind); `clock` is needed for the others."""
        self._ends = ends
        self._lists = lists
        self._clocks = clocks
        self._jumps = jumps
        self._clock = clock

    def read(self) -> dict[str, Any]:
        """The members of the status."""
        return {"certificates": self._certificates(), "revocation": self._revocation(), "clock": self._own_clock()}

    def of_peer(self, province: str) -> dict[str, Any]:
        """The members of one peer."""
        offset = None
        if self._clocks is not None and self._clock is not None:
            offset = self._clocks.offset(province, self._clock())
        return {
            "clock": None
            if offset is None
            else {
                "offset_s": round(offset.offset_s, 3),
                "bound_s": round(offset.bound_s, 3),
                "measured_at": offset.at.isoformat(timespec="seconds"),
            },
        }

    def _certificates(self) -> list[dict[str, Any]]:
        """What ends, soonest first, with the level of its warning ("" beyond 60 days)."""
        if self._clock is None:
            return []
        now, ends = self._clock(), self._ends()
        levels = {
            one.what: one.level.value for one in expiry_warnings({" ".join(key): end for key, end in ends.items()}, now)
        }
        return [
            {
                "province": province,
                "kind": kind,
                "not_after": end.isoformat(timespec="seconds"),
                "days_left": (end - now).days,
                "level": levels.get(f"{province} {kind}", ""),
            }
            for (province, kind), end in sorted(ends.items(), key=lambda item: (item[1], item[0]))
        ]

    def _revocation(self) -> list[dict[str, Any]]:
        return [
            {
                "province": one.province,
                "state": one.state.value,
                "number": one.number,
                "age_s": None if one.freshness is None else round(one.freshness.age.total_seconds()),
                "due_in_s": None if one.freshness is None else round(one.freshness.due_in.total_seconds()),
                "source": one.source,
                "problem": one.problem,
            }
            for one in (() if self._lists is None else self._lists.statuses())
        ]

    def _own_clock(self) -> dict[str, Any]:
        last = None if self._jumps is None else self._jumps.last
        return {
            "jumps": 0 if self._jumps is None else self._jumps.jumps,
            "last_jump": None
            if last is None
            else {"at": last.at.isoformat(timespec="seconds"), "by_s": round(last.by_s, 3)},
        }

    def levels(self) -> dict[str, Any]:
        """The same as gauges: members of `node.metrics.Levels`."""
        statuses = () if self._lists is None else self._lists.statuses()
        found: dict[str, Any] = {
            "certificate_days": {},
            "crl_age_s": {
                one.province: one.freshness.age.total_seconds() for one in statuses if one.freshness is not None
            },
            "crl_fresh": {one.province: one.state is ListState.FRESH for one in statuses},
        }
        if self._clock is not None:
            now = self._clock()
            found["certificate_days"] = {key: (end - now).days for key, end in self._ends().items()}
            offsets = {} if self._clocks is None else self._clocks.offsets(now)
            found["clock_offset_s"] = {province: one.offset_s for province, one in offsets.items()}
        if self._jumps is not None:
            found["clock_jumps"] = self._jumps.jumps
            found["clock_last_jump_s"] = 0.0 if self._jumps.last is None else self._jumps.last.by_s
        return found
