"""Redemption through kill -9 at any point: either nothing happened or all of it did, and a repeat gets its answer. DESIGN §2.1, §2.5.

Two sweeps over SQLite. In one a process is killed before and behind every statement and commit. In the other the write-ahead log is cut
behind every write of the commit, and in the middle of each: what a kill between two writes, or before the fsync, can leave.
"""

import json
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from federation.methods import DATA
from federation.model.refusal import Reason
from node.ports.store import Store
from tests.node.storage.samples import verify
from tests.node.usecases.crashing import DATABASE, EXCHANGE, TOLD
from tests.node.usecases.listed import JIANGSU
from tests.node.usecases.redeeming import (
    HELD,
    Clock,
    Consumer,
    ZhejiangNode,
    furnished,
    opened,
    query,
    restarted,
    wanted,
    word,
)

_WAL_HEADER, _FRAME_HEADER = 32, 24  # bytes; https://www.sqlite.org/fileformat2.html §4


@dataclass(frozen=True)
class Found:
    """What a store says of the one use."""

    redeemed: bool
    answered: bool
    entries: int
    notices: int


NOTHING, ALL = (
    Found(redeemed=False, answered=False, entries=0, notices=0),
    Found(redeemed=True, answered=True, entries=1, notices=2),
)


def found(store: Store) -> Found:
    nouns = store.read
    entries = [json.loads(one.entry) for one in nouns.evidence.entries(0, 1_000)]
    uses = [one for one in entries if one["type"] == "RETRIEVE" and "refusal" not in one and not one.get("repeated")]
    told = sum(nouns.notices.outbox_counts().values()) + nouns.notices.received_count()
    return Found(
        redeemed=_redeemed(store),
        answered=nouns.exchanges.answer(JIANGSU, EXCHANGE, DATA.path) is not None,
        entries=len(uses),
        notices=told,
    )


def _redeemed(store: Store) -> bool:
    rows = store.read.applications._session.rows("SELECT exchange_id FROM redemption")  # type: ignore[attr-defined]
    return len(rows) == 1 and rows[0] == (EXCHANGE,)


async def use(node: ZhejiangNode, consumer: Consumer, exchange_id: str) -> str:
    verdict = await node.verdict(consumer.sealed(wanted(), f"verdict-{exchange_id}"))
    return word(await node.data(consumer.sealed(query(verdict, HELD), exchange_id)))


async def examined(path: Path, *, other_first: bool) -> Found:
    """What a killed process left; then it is tried again, and by somebody else, in either order. There is one use in the end."""
    clock = Clock()
    store = await opened(path)
    node, consumer = restarted(store, clock), Consumer(clock)
    left = found(store)
    assert verify(store.read.evidence).ok
    order = ("x-other", EXCHANGE) if other_first else (EXCHANGE, "x-other")
    answers = {exchange_id: await use(node, consumer, exchange_id) for exchange_id in order}
    again = await use(node, consumer, order[0])
    winner = EXCHANGE if left == ALL else order[0]
    after = found(store)
    await store.close()

    assert answers == {one: "granted" if one == winner else Reason.USE_CODE_SPENT for one in order}
    assert again == answers[order[0]], "a repeated exchange hears what it heard"
    assert (after.entries, after.notices) == (1, 2)
    return left


def killed_everywhere(folder: Path) -> int:
    """Run the sweep; how many points there were."""
    command = [sys.executable, "-m", "tests.node.usecases.crashing", str(folder)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


async def test_a_process_killed_at_any_statement_or_commit_leaves_all_or_nothing(tmp_path: Path) -> None:
    points, left = killed_everywhere(tmp_path), []
    for point in range(1, points + 1):
        place = tmp_path / f"{point:03}"
        left.append(await examined(place / DATABASE, other_first=bool(point % 2)))
        assert not (place / TOLD).exists() or left[-1] == ALL, "what was answered is durable"
    ended = tmp_path / f"{points + 1:03}"

    assert points > 20, "the sweep has points to kill at"
    assert set(left) == {NOTHING, ALL}
    assert left == sorted(left, key=lambda one: one == ALL), "once it happened it stays"
    assert (ended / TOLD).read_text() == "granted"
    assert await examined(ended / DATABASE, other_first=True) == ALL


def writes(wal: bytes, start: int) -> list[int]:
    """The sizes at which the write-ahead log can end in a commit that began at `start`: behind each write, and in its middle."""
    (page,) = struct.unpack(">I", wal[8:12])
    sizes, at = [start], max(start, _WAL_HEADER)
    while at < len(wal):
        sizes += [at + _FRAME_HEADER // 2, at + _FRAME_HEADER, at + _FRAME_HEADER + page // 2]
        at += _FRAME_HEADER + page
        sizes.append(at)
    assert at == len(wal), "whole frames"
    return sizes


async def test_a_commit_cut_off_behind_any_write_leaves_all_or_nothing(tmp_path: Path) -> None:
    clock = Clock()
    path, wal = tmp_path / DATABASE, tmp_path / f"{DATABASE}-wal"
    store = await opened(path)
    node, consumer = await furnished(store, clock), Consumer(clock)
    verdict = await node.verdict(consumer.sealed(wanted(), "x-apply"))
    before = wal.stat().st_size
    answer = await node.data(consumer.sealed(query(verdict), EXCHANGE))
    written = wal.read_bytes()
    left = []
    for number, size in enumerate(writes(written, before)):
        place = tmp_path / f"cut-{number:03}"
        place.mkdir()
        shutil.copy(path, place / DATABASE)
        (place / f"{DATABASE}-wal").write_bytes(written[:size])
        left.append(await examined(place / DATABASE, other_first=bool(number % 2)))
    await store.close()

    assert word(answer) == "granted"
    assert len(left) > 10, "the commit writes several pages"
    assert left == [NOTHING] * (len(left) - 1) + [ALL], "only the whole commit is one"
