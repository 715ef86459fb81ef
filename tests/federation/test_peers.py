"""federation.peers: failures in a row, and who is woken when."""

from federation.peers import Peers, Work
from tests.federation.samples import JIANGSU, ZHEJIANG


def test_every_peer_is_thought_well_of_at_first() -> None:
    peers = Peers([ZHEJIANG, JIANGSU])

    assert peers.provinces == (JIANGSU, ZHEJIANG)
    assert (peers.up(JIANGSU), peers.failures(JIANGSU)) == (True, 0)


def test_failures_are_counted_per_peer() -> None:
    peers = Peers([ZHEJIANG, JIANGSU])
    peers.failed(JIANGSU)
    peers.failed(JIANGSU)

    assert (peers.up(JIANGSU), peers.failures(JIANGSU)) == (False, 2)
    assert peers.up(ZHEJIANG)


def test_a_sign_of_life_clears_failures_and_wakes_the_loops_of_that_peer() -> None:
    peers = Peers([ZHEJIANG, JIANGSU])
    first, second = peers.waker(JIANGSU, Work.OUTBOX), peers.waker(JIANGSU, Work.SYNC)
    other = peers.waker(ZHEJIANG, Work.SYNC)
    peers.failed(JIANGSU)

    peers.alive(JIANGSU)

    assert peers.up(JIANGSU)
    assert (first.is_set(), second.is_set(), other.is_set()) == (True, True, False)


def test_a_sign_of_life_of_a_peer_that_was_up_wakes_nobody() -> None:
    peers = Peers([JIANGSU])
    waker = peers.waker(JIANGSU, Work.SYNC)

    peers.alive(JIANGSU)

    assert not waker.is_set()


def test_work_for_a_peer_wakes_the_loop_that_does_it_and_says_nothing_of_its_health() -> None:
    peers = Peers([JIANGSU])
    waker, other = peers.waker(JIANGSU, Work.SYNC), peers.waker(JIANGSU, Work.OUTBOX)
    peers.failed(JIANGSU)

    peers.wake(JIANGSU, Work.SYNC)

    assert (waker.is_set(), other.is_set()) == (True, False)
    assert not peers.up(JIANGSU)
