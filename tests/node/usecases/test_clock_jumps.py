"""What a jump of the clock does to messages that were answered before it: they stay answered. DESIGN §4, "Replay"."""

import os
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from node.clock_watch import HOLD_S, ClockWatch
from node.serve import _purge
from node.storage.memory import MemoryStore
from node.usecases.forgetting import forget
from tests.node.usecases.mesh import Mesh
from trust.envelope import MAX_SKEW, Header, check_header, nonce_deadline
from trust.errors import EnvelopeError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SENDER, ME = "310000", "320000"


class Node:
    """A node's clock, its watch and its nonces: what decides whether a captured message works a second time."""

    def __init__(self) -> None:
        self.wall, self.steady = NOW, 0.0
        self.store = MemoryStore()
        self.watch = ClockWatch(lambda: self.wall, lambda: self.steady)

    def run(self, seconds: float) -> None:
        self.steady += seconds
        self.wall += timedelta(seconds=seconds)

    async def takes(self, header: Header) -> bool:
        """Whether a message is believed and its nonce was free."""
        try:
            check_header(header, sender=SENDER, me=ME, now=self.wall)
        except EnvelopeError:
            return False
        deadline = nonce_deadline(header)
        return await self.store.transact(lambda nouns: nouns.exchanges.use_nonce(SENDER, header.nonce, deadline))

    async def purge(self) -> None:
        """As `node.serve` does it."""
        if self.watch.may_forget():
            await forget(self.store, self.wall)


def message(issued_at: datetime) -> Header:
    return Header(
        exchange_id="e",
        sender=SENDER,
        recipients=(ME,),
        issued_at=issued_at,
        expires_at=issued_at + timedelta(minutes=2),
        nonce=bytes(16),
    )


async def test_a_clock_that_ran_ahead_and_was_put_back_lets_no_message_in_twice() -> None:
    node, captured = Node(), message(NOW)
    node.run(HOLD_S)  # long up
    captured = message(node.wall)
    assert await node.takes(captured)

    node.wall += timedelta(hours=1)
    for _ in range(10):
        node.run(6)
        await node.purge()
    node.wall -= timedelta(hours=1)
    await node.purge()

    assert abs(node.wall - captured.issued_at) < MAX_SKEW, "the message is in time again"
    assert not await node.takes(captured)


async def test_a_restart_with_a_clock_that_is_ahead_forgets_nothing_either() -> None:
    node, captured = Node(), message(NOW)
    assert await node.takes(captured)
    node.wall += timedelta(hours=1)
    node.watch = ClockWatch(lambda: node.wall, lambda: node.steady)  # a new process, which knows of no jump
    await node.purge()
    node.wall -= timedelta(hours=1)

    assert not await node.takes(captured)


async def test_nonces_are_forgotten_once_the_clock_has_been_steady_for_long_enough() -> None:
    node, captured = Node(), message(NOW)
    assert await node.takes(captured)
    node.run(HOLD_S + 1)
    await node.purge()

    deadline = nonce_deadline(captured)
    assert await node.store.transact(lambda nouns: nouns.exchanges.use_nonce(SENDER, captured.nonce, deadline))


async def test_what_is_old_is_not_swept_by_a_clock_that_has_just_jumped(mesh: Mesh) -> None:
    node, jiangsu = Node(), mesh.jiangsu
    erased: list[int] = []

    async def aged() -> int:
        erased.append(1)
        return 0

    parts = {"store": jiangsu.store, "orders": jiangsu.orders, "downloads": jiangsu.downloads}
    parts["erasure"] = SimpleNamespace(aged=aged)
    folders = {"spool": jiangsu.spool, "copies": jiangsu.copies}
    whole: Any = SimpleNamespace(watch=SimpleNamespace(clock_watch=node.watch), **parts, **folders)
    nobodys, kept = jiangsu.shelf.path("of nobody"), jiangsu.spool.part("e").path
    for path in (nobodys, kept):
        path.write_bytes(b"")
    os.utime(kept, (0, 0))
    node.run(HOLD_S)
    node.wall += timedelta(hours=2)
    await _purge(whole)
    after_the_jump = (kept.exists(), nobodys.exists(), len(erased))
    node.run(HOLD_S)
    await _purge(whole)

    assert (after_the_jump, kept.exists(), len(erased)) == ((True, False, 0), False, 1)
