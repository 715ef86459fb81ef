"""A log of many entries: what it takes of memory and disk, and how fast it is verified, exported, and verified as an export.

For `evidence`. Entries are appended in units of a thousand, which is not how a node appends, so the time of that is not shown. The memory
of the process is read when half of them are there, and at the end: what is between is what grows with the log.
"""

import asyncio
import gc
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from node.log_folder import check_folder, export_log
from node.ports.evidence import LogEntry
from node.ports.store import Nouns, Store
from node.storage.sqlite import open_sqlite_read_only
from trust.checkpoint import verify_note
from trust.evidence_log import verify_log
from trust.gm import PublicKey

UNIT = 1_000  # entries
PAGE = 1_000  # entries read at a time while verifying
MILLION = 1_000_000
MIB = 1 << 20

Open = Callable[[Path], Awaitable[Store]]
Entry = Callable[[int], Mapping[str, Any]]


def measure(folder: Path, count: int, *, open_store: Open, entry: Entry, name: str, key: PublicKey) -> list[str]:
    """The lines to print about a log of `count` entries, made in `folder`."""
    path = folder / "growth.db"
    memory = asyncio.run(_filled(path, count, open_store, entry))
    disk = sum(one.stat().st_size for one in folder.glob("growth.db*"))
    opened = partial(verify_note, name=name, public_key=key)
    return [
        f"a log of {count:,} entries: {disk / count * MILLION / MIB:,.0f} MiB on disk and {memory / MIB:+,.1f} MiB of memory per million",
        *_verified(path, count, folder / "export", opened),
    ]


async def _filled(path: Path, count: int, open_store: Open, entry: Entry) -> float:
    """Make the log; bytes of memory per million entries."""
    store = await open_store(path)
    before = 0
    for start in range(0, count, UNIT):
        if start >= count // 2 and not before:
            before = _resident()
        await store.transact(partial(_unit, entry, range(start, min(start + UNIT, count))))
    grown = _resident() - before
    await store.close()
    return grown / (count / 2) * MILLION


def _unit(entry: Entry, numbers: range, nouns: Nouns) -> None:
    for number in numbers:
        nouns.evidence.append(entry(number))


def _verified(path: Path, count: int, export: Path, opened: Callable[[bytes], Any]) -> Iterator[str]:
    reader = open_sqlite_read_only(path)
    log = reader.read.evidence
    head = log.head()

    def entries() -> Iterator[LogEntry]:
        start = 0
        while page := log.entries(start, PAGE):
            yield from page
            start += len(page)

    def verify() -> None:
        report = verify_log(entries(), size=head.size, root=head.root, notes=[head.checkpoint], open_note=opened)
        assert report.ok, report.first_bad

    def check() -> None:
        report = check_folder(export, open_note=opened)
        assert report.ok, report.first_bad

    yield _timed("verified from the leaves", count, verify)
    yield _timed("exported", count, lambda: export_log(log, export))
    yield _timed("verified as an export", count, check)
    reader.close()


def _timed(what: str, count: int, work: Callable[[], object]) -> str:
    before, started, cpu = _resident(), time.perf_counter(), time.process_time()
    work()
    elapsed, used = time.perf_counter() - started, time.process_time() - cpu
    grown = (_resident() - before) / MIB
    return (
        f"{what}: {count / elapsed:,.0f} entries a second ({count / used:,.0f} of CPU time), {grown:+.1f} MiB of memory"
    )


def _resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
