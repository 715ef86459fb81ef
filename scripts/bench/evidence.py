"""Durable evidence appends through `Store.transact` beside a bare grouped SQLite insert, in one run. PERFORMANCE.md §3.

certmesh: each append is a unit of work of its own, with a real entry: canonical JSON, leaf, Merkle tree, head, signed checkpoints (SM2),
synchronous=FULL. Bare: the same row bytes, made beforehand, into a table without an index; one writer thread takes what gathered while
the last commit ran, `executemany` and COMMIT, synchronous=FULL, WAL. Nothing else differs. Rounds alternate; figures are medians.
`bare_insert` is the lower of the two ratios of appends a second (64 and 256 waiting), `bare_insert_p99` the higher of those of p99.
Below stands certmesh's own p99 beside its p50, what a log of many entries takes, and how fast it is verified and exported
(`_growth`).
"""

import argparse
import asyncio
import gc
import secrets
import sqlite3
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from _growth import measure
from _report import Row, medians, row, show

from node.ports.store import Nouns
from node.storage.sqlite import SqliteStore, open_sqlite
from trust import canonical
from trust.checkpoint import Checkpoint, sign_note
from trust.gm import PrivateKey
from trust.merkle import Frontier, leaf_hash

ORIGIN = "certmesh.cn/310000/evidence"
WAITING = (64, 256)

Append = Callable[[int], Awaitable[object]]
BareRow = tuple[int, str, bytes, bytes]


TEMPLATE: dict[str, Any] = {  # the fields and the size of a provider's record of a search
    "v": 1,
    "event": "SEARCH",
    "role": "PROVIDER",
    "exchange": "",
    "node": "310000",
    "peer": "330000",
    "apply_id": secrets.token_hex(16),
    "time": "2026-01-01T00:00:00.000Z",
    "holder": secrets.token_hex(32),
    "types": ["11100000MB0000000001"],
    "request": secrets.token_hex(32),
    "answer": secrets.token_hex(32),
    "result": "OK",
}


def entry(number: int) -> dict[str, Any]:
    """An entry as a use case makes it just before it appends."""
    return {**TEMPLATE, "exchange": f"{number:032x}"}


def bare_rows(count: int) -> list[BareRow]:
    """The rows that the store would write for `count` entries."""
    frontier, rows = Frontier(), []
    for number in range(count):
        item = entry(number)
        data = canonical.dumps(item)
        rows.append((number, item["exchange"], data, b"".join(frontier.append(leaf_hash(data)))))
    return rows


class BareInsert:
    """The baseline: one writer thread, one transaction for all that gathered while the last one committed."""

    def __init__(self, path: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self._gathered: list[tuple[BareRow, asyncio.Future[None]]] = []
        self._wake = threading.Event()
        self._stopping = False
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("CREATE TABLE evidence (idx INTEGER PRIMARY KEY, exchange TEXT, entry BLOB, hashes BLOB)")
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def insert(self, item: BareRow) -> asyncio.Future[None]:
        """Hand one row over; the future is done when it is durable."""
        future = self._loop.create_future()
        self._gathered.append((item, future))
        self._wake.set()
        return future

    def close(self) -> None:
        """Stop the thread."""
        self._stopping = True
        self._wake.set()
        self._thread.join()
        self._db.close()

    def _write(self) -> None:
        while not self._stopping:
            self._wake.wait()
            self._wake.clear()
            group, self._gathered = self._gathered, []
            if group:
                self._db.executemany("INSERT INTO evidence VALUES (?, ?, ?, ?)", [item for item, _ in group])
                self._db.commit()
                self._loop.call_soon_threadsafe(_done, [future for _, future in group])


def _done(futures: list[asyncio.Future[None]]) -> None:
    for future in futures:
        future.set_result(None)


async def drive(name: str, append: Append, numbers: Iterator[int], waiting: int) -> Row:
    """Let `waiting` callers append until the numbers are used up."""
    latencies: list[float] = []

    async def caller() -> None:
        for number in numbers:
            started = time.perf_counter()
            await append(number)
            latencies.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(waiting)))
    return row(name, latencies, time.perf_counter() - started)


async def measure_bare(folder: Path, rows: list[BareRow], waiting: int) -> Row:
    """One round of the baseline in a new file."""
    bare = BareInsert(folder / f"bare-{secrets.token_hex(4)}.db")

    async def append(number: int) -> None:
        await bare.insert(rows[number])

    try:
        return await drive(f"bare grouped insert, {waiting} waiting", append, iter(range(len(rows))), waiting)
    finally:
        bare.close()


async def open_store(path: Path, key: PrivateKey) -> SqliteStore:
    """A store as a node opens it."""

    def sign(size: int, root: bytes) -> bytes:
        return sign_note(Checkpoint(origin=ORIGIN, size=size, root=root), key.public, key.sign)

    return await open_sqlite(path, sign_checkpoint=sign)


async def measure_store(path: Path, key: PrivateKey, count: int, waiting: int) -> Row:
    """One round of certmesh in a new file."""
    store = await open_store(path, key)

    async def append(number: int) -> None:
        item = entry(number)

        def unit(nouns: Nouns) -> int:
            return nouns.evidence.append(item)

        await store.transact(unit)

    try:
        return await drive(f"certmesh evidence, {waiting} waiting", append, iter(range(count)), waiting)
    finally:
        await store.close()


async def run(key: PrivateKey, count: int, rounds: int, folder: Path) -> tuple[list[Row], dict[str, float]]:
    """All rounds, baseline and store in turn; rows and ratios."""
    rows = bare_rows(count)
    gc.freeze()  # so that neither side pays for walking the baseline's rows
    taken: dict[tuple[str, int], list[Row]] = {}
    for _ in range(rounds):
        for waiting in WAITING:
            path = folder / f"store-{secrets.token_hex(4)}.db"
            taken.setdefault(("bare", waiting), []).append(await measure_bare(folder, rows, waiting))
            taken.setdefault(("store", waiting), []).append(await measure_store(path, key, count, waiting))
    result = {what: medians(measured) for what, measured in taken.items()}
    pairs = [(result["store", waiting], result["bare", waiting]) for waiting in WAITING]
    ratios = {
        "bare_insert": min(ours.per_s / bare.per_s for ours, bare in pairs),
        "bare_insert_p99": max(ours.p99_ms / bare.p99_ms for ours, bare in pairs),
    }
    return list(result.values()), ratios


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench evidence", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object with rows and ratios")
    parser.add_argument("--count", type=int, default=20_000, help="appends in each round")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each kind")
    parser.add_argument(
        "--entries", type=int, default=200_000, help="of the log whose growth and verification are shown"
    )
    options = parser.parse_args(arguments)
    key = PrivateKey.generate()
    opened = partial(open_store, key=key)
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        folder = Path(name)
        rows, ratios = asyncio.run(run(key, options.count, options.rounds, folder))
        ours = next(one for one in rows if one.name == f"certmesh evidence, {WAITING[0]} waiting")
        notes = [f"p99 with {WAITING[0]} waiting: {ours.p99_ms / ours.p50_ms:.1f} times p50"]
        notes += measure(folder, options.entries, open_store=opened, entry=entry, name=ORIGIN, key=key.public)
    show(rows, ratios, notes, as_json=options.json)
