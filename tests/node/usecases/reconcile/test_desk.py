"""When reconciliation is held: every night, a missed one as soon as the node is up, and again with peers that could not be asked."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from random import Random

import pytest

from node.ports.reconciliations import Result, Round
from node.ports.store import StoreError
from node.storage.memory import MemoryStore
from node.usecases.reconcile.desk import Desk, Schedule, due_since
from tests import virtual_time

START = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)  # noon in Beijing
NIGHT = Schedule(at=time(2, 30), grace=timedelta(minutes=90), jitter_s=0.0)


@pytest.mark.parametrize(
    ("now", "late", "due"),
    [
        pytest.param("2026-03-01T18:30+00:00", 0, "2026-03-01T18:30+00:00", id="at the very minute, 02:30 in Beijing"),
        pytest.param("2026-03-01T18:29+00:00", 0, "2026-02-28T18:30+00:00", id="a minute before, the night before"),
        pytest.param(
            "2026-03-01T18:40+00:00", 20, "2026-02-28T18:50+00:00", id="a node that is late by chance is not due yet"
        ),
        pytest.param("2026-03-01T18:50+00:00", 20, "2026-03-01T18:50+00:00", id="until its own minute"),
    ],
)
def test_when_a_night_was_due(now: str, late: int, due: str) -> None:
    found = due_since(datetime.fromisoformat(now), NIGHT.at, timedelta(minutes=late))

    assert found == datetime.fromisoformat(due)


class Work:
    """Stands for reconciler and own log: notes who was compared when, and lets some fail."""

    def __init__(self, failing: Sequence[str] = (), held: datetime | None = None) -> None:
        self.began = 0.0
        self.done: list[tuple[str, datetime]] = []
        self.failing = list(failing)
        self.store = MemoryStore()
        self.held = held

    def clock(self) -> datetime:
        return START + timedelta(seconds=asyncio.get_running_loop().time())

    async def compare(self, peer: str, until: datetime) -> Round:
        assert until == self.clock() - NIGHT.grace
        self.done.append((peer, self.clock()))
        failed = peer in self.failing
        if failed:
            self.failing.remove(peer)
        return Round(peer=peer, held_at=self.clock(), result=Result.FAILED if failed else Result.AGREED)

    async def verify(self) -> Round:
        self.done.append(("own", self.clock()))
        return Round(peer="320000", held_at=self.clock(), result=Result.AGREED)

    async def nights(self, hours: float) -> list[tuple[str, datetime]]:
        """What was done in so many hours."""
        if self.held is not None:
            one = Round(peer="320000", held_at=self.held, result=Result.AGREED)
            await self.store.transact(lambda nouns: nouns.reconciliations.put_round(one))
        desk = Desk(
            province="320000",
            store=self.store,
            reconciler=self,  # type: ignore[arg-type]
            own_log=self,  # type: ignore[arg-type]
            peers=lambda: ("310000", "330000"),
            clock=self.clock,
            schedule=NIGHT,
            random=Random(0),
        )
        running = asyncio.create_task(desk.every_night())
        await asyncio.sleep(hours * 3600)
        running.cancel()
        return self.done


def ran(main: Callable[[], Awaitable[list[tuple[str, datetime]]]]) -> list[tuple[str, datetime]]:
    return virtual_time.run(main)


def test_a_node_that_starts_by_day_waits_for_its_night_and_then_holds_one_every_night() -> None:
    done = ran(lambda: Work().nights(48))

    assert [who for who, _ in done] == ["own", "310000", "330000"] * 2
    assert done[0][1] - START == timedelta(hours=14, minutes=30)
    assert done[3][1] - done[0][1] == timedelta(days=1)


def test_a_night_that_was_missed_is_held_as_soon_as_the_node_is_up() -> None:
    done = ran(lambda: Work(held=START - timedelta(days=2)).nights(1))

    assert [(who, at - START) for who, at in done] == [(who, timedelta(0)) for who in ("own", "310000", "330000")]


def test_a_peer_that_could_not_be_asked_is_asked_again_the_same_night_and_no_one_else_is() -> None:
    done = ran(lambda: Work(failing=["330000", "330000"]).nights(20))

    assert [who for who, _ in done] == ["own", "310000", "330000", "330000", "330000"]
    assert done[-1][1] - done[0][1] == timedelta(minutes=30)


class BadDisk(Work):
    """Cannot write down what came of the first peer."""

    async def compare(self, peer: str, until: datetime) -> Round:
        if peer == "310000":
            raise StoreError("the disk is full")
        return await super().compare(peer, until)


def test_a_round_that_cannot_be_written_down_leaves_the_other_peers_their_own() -> None:
    done = ran(lambda: BadDisk().nights(20))

    assert [who for who, _ in done] == ["own", "330000"]


def test_a_peer_that_stays_down_is_given_up_until_the_next_night() -> None:
    done = ran(lambda: Work(failing=["310000"] * 99).nights(20))

    assert [who for who, _ in done].count("310000") == 4
