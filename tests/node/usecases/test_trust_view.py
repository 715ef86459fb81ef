"""What status and metrics say of keys, lists and clocks; and that each part may be missing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from federation.clocks import Clocks
from node.clock_watch import Jump
from node.metrics import Levels
from node.revocation import ListStatus
from node.usecases.trust_view import TrustView
from trust.identity import Freshness, ListState

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ME, PEER = "310000", "320000"
DAY = timedelta(days=1)


@dataclass
class Jumps:
    jumps: int
    last: Jump | None


class Lists:
    def statuses(self) -> tuple[ListStatus, ...]:
        fresh = Freshness(state=ListState.FRESH, age=timedelta(hours=2), due_in=5 * DAY)
        return (
            ListStatus(province=ME, state=ListState.FRESH, number=7, freshness=fresh, source="/ca.crl", problem=""),
            ListStatus(
                province=PEER, state=ListState.MISSING, number=None, freshness=None, source="http://x/", problem="404"
            ),
        )


def view() -> TrustView:
    clocks = Clocks()
    clocks.note(PEER, sent=NOW, stamped=NOW + timedelta(seconds=2.5), received=NOW + timedelta(seconds=1))
    ends = {(ME, "signing"): NOW + 29 * DAY + timedelta(hours=1), (PEER, "tls"): NOW + 300 * DAY, (ME, "ca"): NOW - DAY}
    return TrustView(
        ends=lambda: ends,
        lists=Lists(),
        clocks=clocks,
        jumps=Jumps(jumps=1, last=Jump(at=NOW, by_s=-90.0)),
        clock=lambda: NOW,
    )


def test_the_status_shows_what_ends_soonest_first_the_lists_and_the_clocks() -> None:
    told = view().read()

    assert [(one["province"], one["kind"], one["days_left"], one["level"]) for one in told["certificates"]] == [
        (ME, "ca", -1, "critical"),
        (ME, "signing", 29, "warning"),
        (PEER, "tls", 300, ""),
    ]
    assert [(one["state"], one["number"], one["age_s"], one["problem"]) for one in told["revocation"]] == [
        ("fresh", 7, 7200, ""),
        ("missing", None, None, "404"),
    ]
    assert told["clock"] == {"jumps": 1, "last_jump": {"at": "2026-03-01T12:00:00+00:00", "by_s": -90.0}}
    assert view().of_peer(PEER) == {
        "clock": {"offset_s": 2.0, "bound_s": 0.5, "measured_at": "2026-03-01T12:00:01+00:00"},
    }
    assert view().of_peer("330000") == {"clock": None}


def test_the_same_as_gauges() -> None:
    levels = Levels(**view().levels())

    assert levels.certificate_days == {(ME, "signing"): 29, (PEER, "tls"): 300, (ME, "ca"): -1}
    assert (levels.crl_age_s, levels.crl_fresh) == ({ME: 7200.0}, {ME: True, PEER: False})
    assert (levels.clock_offset_s, levels.clock_jumps, levels.clock_last_jump_s) == ({PEER: 2.0}, 1, -90.0)


def test_a_node_without_any_of_it_says_so_in_the_same_shape() -> None:
    nothing = TrustView()
    expected: dict[str, Any] = {"certificates": [], "revocation": [], "clock": {"jumps": 0, "last_jump": None}}

    assert nothing.read() == expected
    assert nothing.of_peer(PEER) == {"clock": None}
    assert Levels(**nothing.levels()) == Levels()
