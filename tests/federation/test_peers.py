"""federation.peers: failures in a row, and who is woken when."""

from collections.abc import Callable

import pytest

from federation.peers import PATIENCE_S, Peers, Work
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


def test_a_call_of_a_peer_that_did_not_answer_wakes_the_prober_alone_and_clears_nothing() -> None:
    peers = Peers([JIANGSU])
    peers.silent(JIANGSU, PATIENCE_S)
    for work in Work:
        peers.waker(JIANGSU, work).clear()

    peers.heard(JIANGSU)

    assert [work for work in Work if peers.waker(JIANGSU, work).is_set()] == [Work.PROBE]
    assert (peers.down(JIANGSU), peers.up(JIANGSU)) == (True, False)


def test_a_call_of_a_peer_that_answers_wakes_nobody() -> None:
    peers = Peers([JIANGSU])

    peers.heard(JIANGSU)

    assert not any(peers.waker(JIANGSU, work).is_set() for work in Work)


def test_however_often_callers_in_a_hurry_give_up_the_loops_of_a_peer_that_answers_are_not_woken() -> None:
    peers = Peers([JIANGSU])
    woken = []
    for _ in range(3):
        peers.silent(JIANGSU, PATIENCE_S / 20)
        peers.silent(JIANGSU, PATIENCE_S / 20)
        assert peers.doubtful(JIANGSU)
        peers.alive(JIANGSU)  # the probe is answered
        woken += [work for work in Work if peers.waker(JIANGSU, work).is_set()]
        peers.waker(JIANGSU, Work.PROBE).clear()

    assert woken == [Work.PROBE] * 3
    assert (peers.up(JIANGSU), peers.failures(JIANGSU), peers.doubtful(JIANGSU)) == (True, 0, False)


def test_work_for_a_peer_wakes_the_loop_that_does_it_and_says_nothing_of_its_health() -> None:
    peers = Peers([JIANGSU])
    waker, other = peers.waker(JIANGSU, Work.SYNC), peers.waker(JIANGSU, Work.OUTBOX)
    peers.failed(JIANGSU)

    peers.wake(JIANGSU, Work.SYNC)

    assert (waker.is_set(), other.is_set()) == (True, False)
    assert not peers.up(JIANGSU)


def _after(events: str) -> Peers:
    """A peer after these events: `s` a patient wait in vain, `h` a hurried one, `b` a broken connection, `a` an answer, `c` a call
    of its own, `v` a new membership version, `x` one without it.
    """
    peers = Peers([ZHEJIANG, JIANGSU])
    happen: dict[str, Callable[[], None]] = {
        "s": lambda: peers.silent(JIANGSU, PATIENCE_S),
        "h": lambda: peers.silent(JIANGSU, PATIENCE_S / 2),
        "b": lambda: peers.failed(JIANGSU),
        "a": lambda: peers.alive(JIANGSU),
        "c": lambda: peers.heard(JIANGSU),
        "v": lambda: peers.adopt([JIANGSU, ZHEJIANG]),
        "x": lambda: peers.adopt([ZHEJIANG]),
    }
    for event in events:
        happen[event]()
    return peers


@pytest.mark.parametrize(
    ("events", "down"),
    [
        pytest.param("", False, id="nothing happened"),
        pytest.param("s", True, id="a patient wait was in vain"),
        pytest.param("hhhhhhhhh", False, id="however many hurried callers gave up"),
        pytest.param("b", False, id="one broken connection"),
        pytest.param("bb", True, id="two in a row"),
        pytest.param("bab", False, id="two with an answer between"),
        pytest.param("bba", False, id="an answer afterwards"),
        pytest.param("bbc", True, id="it called, which says nothing of the way there"),
        pytest.param("sc", True, id="it called after a patient wait in vain"),
        pytest.param("bbv", True, id="a new membership version"),
        pytest.param("bbx", False, id="no member any more"),
    ],
)
def test_a_peer_is_known_to_be_down_when(events: str, down: bool) -> None:
    peers = _after(events)

    assert (peers.down(JIANGSU), peers.down(ZHEJIANG)) == (down, False)


def test_only_the_first_failure_wakes_the_prober() -> None:
    peers = Peers([JIANGSU])
    waker = peers.waker(JIANGSU, Work.PROBE)
    peers.failed(JIANGSU)
    assert waker.is_set()
    waker.clear()
    for _ in range(3):
        peers.failed(JIANGSU)

    assert not waker.is_set()
