"""What this node knows of its peers' health: failures in a row, and which loops to wake at a sign of life. In memory only.

Owned by the event loop. Written by the client (outcomes of our calls) and by the gRPC edge (calls of the peer); read by the loops.
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


@dataclass(slots=True)
class PeerHealth:
    """One peer, and the events that its loops wait for."""

    failures: int = 0
    wakers: dict[Work, asyncio.Event] = field(default_factory=dict)

    @property
    def up(self) -> bool:
        """Whether the last thing heard was a sign of life."""
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
        """Whether the peer answered last time."""
        return self._health[province].up

    def failures(self, province: str) -> int:
        """Failures in a row."""
        return self._health[province].failures

    def alive(self, province: str) -> None:
        """The peer answered or called: forget its failures; loops that were backing off go on at once."""
        health = self._health.get(province)
        if health is not None and health.failures:
            health.failures = 0
            for work in Work:
                self.wake(province, work)

    def failed(self, province: str) -> None:
        """A call to the peer failed; one that has been removed meanwhile is no peer any more."""
        if province in self._health:
            self._health[province].failures += 1

    def waker(self, province: str, work: Work) -> asyncio.Event:
        """The event that `wake` and `alive` set for this loop."""
        return self._health.get(province, PeerHealth()).wakers.setdefault(work, asyncio.Event())

    def wake(self, province: str, work: Work) -> None:
        """There is something of this kind to do with this peer."""
        self.waker(province, work).set()
