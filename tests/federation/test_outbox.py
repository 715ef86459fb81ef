"""federation.outbox: a peer that was away is caught up, in order, with one notice in flight, as soon as it is heard of. On virtual time."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from random import Random

import pytest

from federation.backoff import CAP_S
from federation.errors import PeerError
from federation.model.refusal import Reason, Refusal
from federation.outbox import run_outbox
from federation.peer_loop import run_peer_loop
from federation.peers import Peers, Work
from federation.probing import LOOK_EVERY_S, PATIENCE_S
from tests import virtual_time
from tests.federation.samples import JIANGSU


@dataclass(slots=True)
class Away:
    """A peer that is away, with a queue for it, and a prober that asks whether it is back: as the client notes both. `NoticeQueue`."""

    peers: Peers
    pending: deque[str]
    here: bool = False
    tried: list[float] = field(default_factory=list)
    delivered: list[tuple[str, float]] = field(default_factory=list)
    in_flight: int = 0

    async def deliver_next(self, peer: str) -> bool:
        if not self.pending:
            return False
        self.tried.append(asyncio.get_running_loop().time())
        assert self.in_flight == 0, "one in flight"
        self.in_flight += 1
        try:
            await self._call(peer)
        finally:
            self.in_flight -= 1
        self.delivered.append((self.pending.popleft(), asyncio.get_running_loop().time()))
        return True

    async def look(self, peer: str) -> None:
        if self.peers.doubtful(peer):
            await self._call(peer)

    async def _call(self, peer: str) -> None:
        await asyncio.sleep(0.01)
        if not self.here:
            self.peers.failed(peer)
            raise PeerError(Refusal(reason=Reason.PEER_UNREACHABLE))
        self.peers.alive(peer)


def caught_up(*, calls: bool, back_at_s: float) -> Away:
    """A peer is away with three notices waiting, is back after so long, and says so by a call or not at all."""

    async def scenario() -> Away:
        peers = Peers([JIANGSU])
        away = Away(peers=peers, pending=deque(["a", "b", "c"]))
        probe = run_peer_loop(
            work=Work.PROBE,
            peer=JIANGSU,
            peers=peers,
            step=away.look,
            interval_s=LOOK_EVERY_S,
            random=Random(1),
            patience_s=PATIENCE_S,
        )
        loops = [asyncio.create_task(probe), asyncio.create_task(run_outbox(JIANGSU, away, peers, Random(2)))]
        await asyncio.sleep(back_at_s)
        away.here = True
        if calls:
            peers.heard(JIANGSU)
        await asyncio.sleep(60)
        for loop in loops:
            loop.cancel()
        await asyncio.wait(loops)
        return away

    return virtual_time.run(scenario)


@pytest.mark.parametrize("back_at_s", [3.0, 3600.0, 86_400.0])
def test_the_first_call_of_a_peer_that_is_back_ends_the_back_off_and_all_go_in_order(back_at_s: float) -> None:
    away = caught_up(calls=True, back_at_s=back_at_s)

    assert [name for name, _ in away.delivered] == ["a", "b", "c"]
    assert max(at for _, at in away.delivered) - back_at_s < 0.1


def test_a_peer_that_is_back_and_silent_is_found_by_the_probe_and_caught_up_at_once() -> None:
    away = caught_up(calls=False, back_at_s=3600.0)

    assert [name for name, _ in away.delivered] == ["a", "b", "c"]
    assert max(at for _, at in away.delivered) - 3600.0 <= PATIENCE_S + 0.1


def test_a_peer_that_is_away_is_not_pestered_however_much_waits_for_it() -> None:
    away = caught_up(calls=True, back_at_s=3600.0)
    in_vain = [at for at in away.tried if at < 3600.0]

    assert len(in_vain) <= 3600.0 / (CAP_S / 2) + 5
