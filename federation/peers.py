"""What this node knows of its peers' health: failures in a row, who is known to be down, and which loops to wake. In memory only.

A peer is known to be down when a call waited for it in vain for `PATIENCE_S`, or when two calls in a row found no connection: one broken
connection may be a node that restarts, and a caller who waits a few milliseconds only learns nothing: that is no failure, but a doubt.
Doubt and the first failure wake the prober (`federation.probing`), so that what is not known is soon known. Only the peer's answer to a
call of ours ends it: its own calls show the way from there to here and nothing of the way back. They wake the prober. Clause 8.2: a peer
known to be down is not waited for.

Owned by the event loop. Written by the client (outcomes of our calls) and by the gRPC edge (calls of the peer); read by the loops and by
`federation.rested`.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Work(StrEnum):
    """What a loop does with a peer."""

    OUTBOX = "outbox"
    SYNC = "sync"
    ORDERS = "orders"
    MEMBERSHIP = "membership"
    WITNESS = "witness"
    COSIGN = "cosign"
    PROOFS = "proofs"
    OBJECTIONS = "objections"
    PROBE = "probe"


PATIENCE_S = 1.0
"""Silence of this length says that a peer is down; a search waits three times as long. Our choice."""
_BROKEN = 2  # calls in a row without a connection


@dataclass(slots=True)
class PeerHealth:
    """One peer, and the events that its loops wait for."""

    failures: int = 0
    broken: int = 0
    down: bool = False
    doubted: bool = False
    wakers: dict[Work, asyncio.Event] = field(default_factory=dict)

    @property
    def up(self) -> bool:
        """Whether it has answered since the last call that failed."""
        return self.failures == 0


class Peers:
    """The health of every peer."""

    def __init__(self, provinces: Iterable[str]) -> None:
        """Every peer is thought well of until a call fails."""
        self._health = {province: PeerHealth() for province in provinces}

    def adopt(self, provinces: Iterable[str]) -> None:
        """Follow a newer membership: new peers are thought well of, and what is known of the others stays."""
        self._health = {province: self._health.get(province) or PeerHealth() for province in provinces}

    @property
    def provinces(self) -> tuple[str, ...]:
        """The peers, ordered."""
        return tuple(sorted(self._health))

    def up(self, province: str) -> bool:
        """Whether the peer answered last time; a caller in a hurry does not count."""
        return self._health[province].up

    def doubtful(self, province: str) -> bool:
        """Whether it is worth asking if the peer is there."""
        health = self._health.get(province)
        return health is not None and (health.doubted or not health.up)

    def failures(self, province: str) -> int:
        """Failures in a row."""
        return self._health[province].failures

    def down(self, province: str) -> bool:
        """Whether the peer is known to be down; of a province that is no peer nothing is known."""
        health = self._health.get(province)
        return health is not None and health.down

    def alive(self, province: str) -> None:
        """The peer answered a call of ours: forget its failures; loops that were backing off go on at once."""
        health = self._health.get(province)
        if health is None:
            return
        failed, health.doubted = not health.up, False
        if failed:
            health.failures = health.broken = 0
            health.down = False
            for work in Work:
                self.wake(province, work)

    def heard(self, province: str) -> None:
        """The peer called: where it did not answer, it may do so now."""
        health = self._health.get(province)
        if health is not None and not health.up:
            self.wake(province, Work.PROBE)

    def failed(self, province: str) -> None:
        """There was no connection to the peer; one that has been removed meanwhile is no peer any more."""
        health = self._health.get(province)
        if health is not None:
            health.broken += 1
            self._fail(province, health, known=health.broken >= _BROKEN)

    def silent(self, province: str, waited_s: float) -> None:
        """A call waited so many seconds for the peer in vain."""
        health = self._health.get(province)
        if health is None:
            return
        if waited_s >= PATIENCE_S:
            self._fail(province, health, known=True)
        elif not health.doubted:
            health.doubted = True
            self.wake(province, Work.PROBE)

    def _fail(self, province: str, health: PeerHealth, *, known: bool) -> None:
        health.failures += 1
        health.down = health.down or known
        if health.failures == 1:
            self.wake(province, Work.PROBE)

    def waker(self, province: str, work: Work) -> asyncio.Event:
        """The event that `wake` and `alive` set for this loop."""
        return self._health.get(province, PeerHealth()).wakers.setdefault(work, asyncio.Event())

    def wake(self, province: str, work: Work) -> None:
        """There is something of this kind to do with this peer."""
        self.waker(province, work).set()
