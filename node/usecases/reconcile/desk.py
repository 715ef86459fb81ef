"""When reconciliation is held: every night, and when somebody asks for it; one at a time. Clause 8.5.

A night's work: this node's own log is verified, then compared with each peer's, and once more with those that could not be asked. The hour
is one of Beijing time; each node is up to `jitter` late by chance, so that not all ask all at once.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

import structlog

from node.ports.reconciliations import Result, Round
from node.ports.store import Store, StoreError
from node.usecases.admission.case import CHINA
from node.usecases.reconcile.own_log import OwnLog
from node.usecases.reconcile.rounds import Reconciler

ATTEMPTS = 4  # with each peer in one night
AGAIN_S = 900.0  # between two of them
LOOK_EVERY_S = 30.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`at`: the hour of Beijing time; `grace`: how old an answer must be to be compared; `jitter_s`: by how much a node may be late."""

    at: time
    grace: timedelta
    jitter_s: float


def due_since(now: datetime, at: time, late: timedelta) -> datetime:
    """The newest moment, not after `now`, at which a night's work was due."""
    local = (now - late).astimezone(CHINA)
    today = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return (today if today <= local else today - timedelta(days=1)) + late


class Desk:
    """Holds reconciliations. One per node, owned by its event loop."""

    def __init__(
        self,
        *,
        province: str,
        store: Store,
        reconciler: Reconciler,
        own_log: OwnLog,
        peers: Callable[[], Sequence[str]],
        clock: Callable[[], datetime],
        schedule: Schedule,
        random: Random,
    ) -> None:
        """`peers` are those of the moment; `clock` is UTC."""
        self._province = province
        self._store = store
        self._reconciler = reconciler
        self._own_log = own_log
        self._peers = peers
        self._clock = clock
        self._schedule = schedule
        self._late = timedelta(seconds=random.uniform(0.0, schedule.jitter_s))
        self._last = clock()  # a node that starts by day waits for its night
        self._lock = asyncio.Lock()

    async def now(self, peers: Sequence[str], grace: timedelta | None = None) -> list[Round]:
        """Compare with these peers at once: answers given at least `grace` ago (the schedule's, where none is named).

        What could not be written down leaves a round that FAILED, which is on no record; the other peers are compared with all the same.
        """
        wait = self._schedule.grace if grace is None else grace
        async with self._lock:
            return [await self._compared(peer, self._clock() - wait) for peer in peers]

    async def _compared(self, peer: str, until: datetime) -> Round:
        try:
            return await self._reconciler.compare(peer, until)
        except StoreError as error:
            _log.error("reconcile.not_written", peer=peer, problem=str(error))
            return Round(peer=peer, held_at=self._clock(), result=Result.FAILED, reason="NOT_WRITTEN")

    async def verify(self) -> Round:
        """Verify this node's own log at once.

        Raises:
            StoreError: what it came to could not be written down.
        """
        async with self._lock:
            return await self._own_log.verify()

    async def every_night(self) -> None:
        """Hold one every night, for ever; also one that was missed while the node was down."""
        held = [one.held_at for one in self._store.read.reconciliations.rounds() if one.peer == self._province]
        self._last = min([self._last, *held])
        while True:
            if self._last < due_since(self._clock(), self._schedule.at, self._late):
                self._last = self._clock()
                await self._night()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _night(self) -> None:
        await self.verify()
        left = list(self._peers())
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(AGAIN_S)
            done = await self.now([peer for peer in left if peer in self._peers()])
            left = [one.peer for one in done if one.result is Result.FAILED]
            if not left:
                return
