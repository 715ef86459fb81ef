"""What the child does: entries, notices, heads, proofs and exhibits, all over the real store; and what it says of each, once it was told.

One line of JSON for each thing that was acknowledged, on a pipe that the faults leave alone. An error of the store is an answer, too: it
goes on.
"""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from node.exhibits import Exhibits
from node.ports.notices import Letter, OutboxState
from node.ports.store import Nouns, StoreError
from node.storage.sqlite import SqliteStore, open_sqlite
from trust import canonical, gm
from trust.checkpoint import Checkpoint, evidence_log, sign_note

DATABASE = "node.db"
PEER = "330000"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROUNDS = 4
LOG = evidence_log("320000")
KEY = gm.PrivateKey.from_scalar((7).to_bytes(32))
PUBLIC = KEY.public

Say = Callable[..., None]


def sign(size: int, root: bytes) -> bytes:
    """A signed head."""
    return sign_note(Checkpoint(origin=LOG, size=size, root=root), PUBLIC, KEY.sign)


def run(folder: Path, out: int, *, opening: bool) -> None:
    """The whole scenario; `out` is the pipe, `opening`: the faults may hit the making of the database, too."""

    def say(**what: Any) -> None:
        os.write(out, json.dumps(what).encode() + b"\n")

    if opening:
        signal.raise_signal(signal.SIGSTOP)  # from here on calls count
    asyncio.run(work(folder, say, ready=_nothing if opening else partial(signal.raise_signal, signal.SIGSTOP)))


def _nothing() -> None:
    """Calls count already."""


async def work(folder: Path, say: Say, ready: Callable[[], object] = _nothing) -> None:
    """The scenario; `ready` is called when the store is open."""
    store = await open_sqlite(folder / DATABASE, sign_checkpoint=sign, checkpoint_interval_s=0)
    ready()
    for number in range(ROUNDS):
        await asyncio.gather(*(_told(step(store, say, number)) for step in (_plain, _notify, _settle, _prove)))
        await _told(_exhibit(folder, say, number))
    await _told(store.close())


async def _told(step: Any) -> None:
    """A step that may be refused: what failed was not acknowledged."""
    with suppress(StoreError, OSError):
        await step


async def _plain(store: SqliteStore, say: Say, number: int) -> None:
    """An entry."""
    entry = {"exchange": f"plain-{number}"}
    index = await store.transact(lambda nouns: nouns.evidence.append(entry))
    say(index=index, entry=canonical.dumps(entry).decode())


async def _notify(store: SqliteStore, say: Say, number: int) -> None:
    """An entry and a notice in one unit."""
    name = f"notice-{number}"

    def unit(nouns: Nouns) -> int:
        nouns.notices.enqueue(Letter(target=PEER, notice_id=name, event=b"{}", queued_at=NOON))
        return nouns.evidence.append({"exchange": name, "enqueued": name})

    index = await store.transact(unit)
    say(index=index, entry=canonical.dumps({"exchange": name, "enqueued": name}).decode(), enqueued=name)


async def _settle(store: SqliteStore, say: Say, _: int) -> None:
    """The oldest notice is delivered, on record."""
    item = store.read.notices.head(PEER)
    if item is None:
        return

    def unit(nouns: Nouns) -> int:
        nouns.notices.settle(item.seq, OutboxState.DELIVERED, NOON)
        return nouns.evidence.append({"exchange": item.notice_id, "delivered": item.notice_id})

    await store.transact(unit)
    say(delivered=item.notice_id)


async def _prove(store: SqliteStore, say: Say, number: int) -> None:
    """A proof leaves this node: its head binds."""
    index = await store.transact(lambda nouns: nouns.evidence.append({"exchange": f"proven-{number}"}))
    say(note=(await store.prove(index)).checkpoint.decode())
    say(note=(await store.checkpoint()).checkpoint.decode())


async def _exhibit(folder: Path, say: Say, number: int) -> None:
    """A file under a name that has to be whole."""
    keep = partial(Exhibits(folder=folder / "exhibits").keep, f"fork-{number}", exhibit_of(number))
    if await asyncio.to_thread(keep):
        say(exhibit=f"fork-{number}")


def exhibit_of(number: int) -> bytes:
    """What is in that exhibit."""
    return b"%d" % number * 10_000
