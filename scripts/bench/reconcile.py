"""Reconciliation of two provinces: bytes, questions and time against the size of log and difference. Clause 8.5.

Two sets of answers of one year, in SQLite as the store keeps them; the messages are real, without cipher and channel. Both sides are in
this process, which has their time together. `listing`: one side sends the digests of all it has, which is what comparing without ranges
costs. Bytes are exact, and the same in every run. Times are of the processor, so that others on the machine do not count; `ms a page`: how
long the loop is held at most (the collector is told, as `certmesh serve` tells it, that what was made for the sets stays).
"""

import argparse
import asyncio
import gc
import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from federation import codec
from federation.model.reconcile import Element, Part, Range, ReconcileAnswer, ReconcileRequest
from node.storage.sqlite.counterparts import INSERT, SqliteCounterparts
from node.storage.sqlite.session import Session
from node.usecases.reconcile.comparing import Comparison
from node.usecases.reconcile.walking import Walker

YEAR_MS = 366 * 86_400_000
PEER = "330000"
LISTED_BYTES = 32 + 6  # a digest and its time
_TABLE = """
CREATE TABLE counterpart (
  peer TEXT NOT NULL, issued INTEGER NOT NULL, answer BLOB NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (peer, issued, answer)
) STRICT, WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One comparison."""

    elements: int
    missing: int
    bytes: int
    questions: int
    listing_bytes: int
    cpu_seconds: float
    ms_a_page: float


class Far:
    """The other side: describes through the codec, and counts."""

    def __init__(self, walker: Walker) -> None:
        self._walker = walker
        self.bytes = self.questions = 0

    async def ask(self, ranges: Sequence[Range]) -> Sequence[Sequence[Part]]:
        """As over the wire."""
        request = codec.encode(ReconcileRequest(describe=tuple(ranges)))
        parts = tuple([await self._walker.describe(one) for one in ranges])
        answer = codec.encode(ReconcileAnswer(descriptions=parts))
        self.bytes += len(request.body) + len(answer.body)
        self.questions += 1
        told: ReconcileAnswer = codec.decode(answer.kind, answer.body)
        return told.descriptions


def filled(path: Path, elements: Sequence[Element]) -> Walker:
    """An index in a file of its own."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = OFF")
    db.execute(_TABLE)
    db.execute("BEGIN")
    db.executemany(INSERT, ((PEER, *one, at) for at, one in enumerate(elements)))
    db.execute("COMMIT")
    index = SqliteCounterparts(Session(db))
    return Walker(lambda: index, PEER)


async def longest_hold(done: asyncio.Event) -> float:
    """How long others on the loop had to wait at most, in seconds of the processor."""
    worst, before = 0.0, time.process_time()
    while not done.is_set():
        await asyncio.sleep(0)
        now = time.process_time()
        worst, before = max(worst, now - before), now
    return worst


async def measured(mine: Walker, theirs: Walker, elements: int, missing: int) -> Figure:
    """Compare once."""
    far, done = Far(theirs), asyncio.Event()
    gc.collect()
    gc.freeze()
    watching = asyncio.create_task(longest_hold(done))
    start = time.process_time()
    found = await Comparison(mine, far.ask, YEAR_MS, random.Random(1)).run()  # noqa: S311 - as above
    elapsed = time.process_time() - start
    done.set()
    if len(found.there) != missing:
        raise SystemExit(f"{len(found.there)} found where {missing} are missing")
    return Figure(
        elements=elements,
        missing=missing,
        bytes=far.bytes,
        questions=far.questions,
        listing_bytes=elements * LISTED_BYTES,
        cpu_seconds=round(elapsed, 3),
        ms_a_page=round(await watching * 1000, 2),
    )


def figures(sizes: Sequence[int], differences: Sequence[int]) -> list[Figure]:
    """Every size against every difference."""
    found = []
    for size in sizes:
        chance = random.Random(size)  # noqa: S311 - sizes, not secrets
        every = sorted(Element(chance.randrange(YEAR_MS), chance.randbytes(32)) for _ in range(size))
        with tempfile.TemporaryDirectory() as folder:
            mine = filled(Path(folder) / "mine.db", every)
            for missing in (one for one in differences if one <= size):
                gone = set(chance.sample(range(size), missing))
                left = [one for at, one in enumerate(every) if at not in gone]
                theirs = filled(Path(folder) / f"{missing}.db", left)
                found.append(asyncio.run(measured(mine, theirs, size, missing)))
    return found


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="reconcile", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--missing", type=int, nargs="+", default=[0, 1, 10, 100])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    rows = figures(options.sizes, options.missing)
    ratios = {
        f"listing, {one.elements} of which {one.missing}": round(one.listing_bytes / one.bytes, 1) for one in rows
    }
    if options.json:
        named = [{"name": f"{one.elements} of which {one.missing}", **asdict(one)} for one in rows]
        print(json.dumps({"rows": named, "ratios": ratios}))
        return
    print(
        f"{'elements':>10} {'missing':>8} {'bytes':>9} {'questions':>9} {'cpu s':>8} {'ms a page':>9} {'listing/bytes':>13}"
    )
    for one in rows:
        ratio = one.listing_bytes / one.bytes
        print(
            f"{one.elements:>10,} {one.missing:>8,} {one.bytes:>9,} {one.questions:>9} {one.cpu_seconds:>8.2f}",
            f"{one.ms_a_page:>9.2f} {ratio:>13,.0f}",
        )
