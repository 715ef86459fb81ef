"""Reads what a child left behind: opens it as a node would, verifies the log from its leaves, and holds what was said against it."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from node.ports.evidence import LogEntry
from node.storage.sqlite import SqliteStore, open_sqlite
from tests.crashes.scenario import DATABASE, LOG, PUBLIC, exhibit_of, sign
from trust.checkpoint import Checkpoint, verify_note
from trust.evidence_log import verify_log
from trust.merkle import Frontier, leaf_hash

Said = Sequence[Mapping[str, Any]]
_MOST = 10_000  # entries


def problems(folder: Path, said: Said) -> list[str]:
    """What is wrong, as sentences: an acknowledged thing that is lost, a head that does not fit, half of a unit, a torn file."""
    return asyncio.run(_problems(folder, said))


async def _problems(folder: Path, said: Said) -> list[str]:
    store = await open_sqlite(folder / DATABASE, sign_checkpoint=sign, checkpoint_interval_s=0)
    try:
        found = [
            *_log(store),
            *_lost(store, said),
            *_heads(store, said),
            *_halves(store, folder, said),
            *_files(folder, said),
        ]
        before = store.read.evidence.head().size
        if await store.transact(lambda nouns: nouns.evidence.append({"exchange": "after"})) != before:
            found.append("the log does not go on where it ended")
    finally:
        await store.close()
    return found


def _opened(note: bytes) -> Checkpoint:
    return verify_note(note, LOG, PUBLIC)


def _log(store: SqliteStore) -> Iterator[str]:
    log = store.read.evidence
    head, notes = log.head(), log.checkpoints(-1, _MOST)
    report = verify_log(log.entries(0, _MOST), size=head.size, root=head.root, notes=notes, open_note=_opened)
    if not report.ok:
        yield report.first_bad
    if report.checkpoint_size != head.size:
        yield f"the log of {head.size} is signed up to {report.checkpoint_size}"


def _lost(store: SqliteStore, said: Said) -> Iterator[str]:
    entries: dict[int, LogEntry] = {one.index: one for one in store.read.evidence.entries(0, _MOST)}
    for one in said:
        if "entry" in one and (one["index"] not in entries or entries[one["index"]].entry != one["entry"].encode()):
            yield f"the acknowledged entry {one['index']} is lost"


def _heads(store: SqliteStore, said: Said) -> Iterator[str]:
    """Every head that left the node is one of this log: nothing else was ever signed for its size."""
    frontier, roots = Frontier(), {}
    for one in store.read.evidence.entries(0, _MOST):
        frontier.append(leaf_hash(one.entry))
        roots[frontier.size] = frontier.root()
    for head in (_opened(one["note"].encode()) for one in said if "note" in one):
        if roots.get(head.size) != head.root:
            yield f"FORK: a head of size {head.size} left the node, and the log has another"


def _halves(store: SqliteStore, folder: Path, said: Said) -> Iterator[str]:
    """Effect and entry are there together, and once; and what was acknowledged is there."""
    entries = [json.loads(one.entry) for one in store.read.evidence.entries(0, _MOST)]
    with sqlite3.connect(folder / DATABASE) as db:
        rows = dict(db.execute("SELECT notice_id, state FROM outbox"))
    db.close()
    for step, effects in (
        ("enqueued", list(rows)),
        ("delivered", [name for name in rows if rows[name] == "DELIVERED"]),
    ):
        recorded = [one[step] for one in entries if step in one]
        if sorted(recorded) != sorted(effects):
            yield f"{step}: the log says {sorted(recorded)}, the outbox {sorted(effects)}"
        for name in (str(one[step]) for one in said if step in one):
            if name not in effects:
                yield f"the acknowledged notice {name} is not {step}"


def _files(folder: Path, said: Said) -> Iterator[str]:
    """A file of its name is whole; one that was acknowledged is there."""
    there = {path.stem: path.read_bytes() for path in (folder / "exhibits").glob("*.json")}
    for name, content in there.items():
        if content != exhibit_of(int(name.removeprefix("fork-"))):
            yield f"the exhibit {name} is torn"
    for one in said:
        if one.get("exhibit", "") not in {"", *there}:
            yield f"the acknowledged exhibit {one['exhibit']} is lost"
