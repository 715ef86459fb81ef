"""How proofs are made over SQLite: how often the head is signed, over what, and what a crash may find. node.storage.sqlite.prover."""

import asyncio
import json
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from node.ports.evidence import LogEntry
from node.ports.store import Nouns, StoreError
from node.storage.sqlite import open_sqlite
from node.storage.sqlite.prover import HASHES_KEPT, ROWS_KEPT, Prover
from tests.node.storage.contract.test_prove import check
from tests.node.storage.samples import append, open_note, sign, verify
from trust.envelope import LogProof
from trust.merkle import Frontier, Paths, leaf_hash

PROVER = """
import asyncio, json, sys
from functools import partial
from pathlib import Path
from node.storage.sqlite import open_sqlite
from tests.node.storage.samples import append, sign

async def main() -> None:
    store = await open_sqlite(Path(sys.argv[1]), sign_checkpoint=sign, checkpoint_interval_s=60)

    async def caller() -> None:
        while True:
            proof = await store.prove(await store.transact(append))
            print(json.dumps({"index": proof.index, "entry": proof.entry.decode(), "note": proof.checkpoint.decode()}), flush=True)

    await asyncio.gather(*(caller() for _ in range(8)))

asyncio.run(main())
"""


def sent_until_killed(path: Path) -> list[dict[str, Any]]:
    """The proofs that a process handed out before SIGKILL took it in the middle."""
    with subprocess.Popen([sys.executable, "-c", PROVER, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        sent = [json.loads(process.stdout.readline()) for _ in range(200)]
        process.send_signal(signal.SIGKILL)
        sent += [json.loads(line) for line in process.stdout.read().split("\n")[:-1]]
    assert process.returncode == -signal.SIGKILL
    return sent


async def test_a_head_that_was_sent_before_it_was_stored_is_one_of_the_log_that_a_kill_leaves(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    sent = sent_until_killed(path)
    store = await open_sqlite(path, sign_checkpoint=sign)
    log = store.read.evidence
    heads = {(head.size, head.root) for head in (open_note(one["note"].encode()) for one in sent)}
    stored = {open_note(note).size for note in log.checkpoints(0, 100_000)}

    assert len({size for size, _ in heads} - stored) > 1, (
        "the killed process stored every head it sent: nothing is shown"
    )
    assert verify(log).ok
    assert all(Paths(size, log.node_hash).root() == root for size, root in heads)
    assert all(log.entries(one["index"], 1)[0].entry == one["entry"].encode() for one in sent)
    await store.close()


async def test_one_signature_serves_all_that_commit_together(tmp_path: Path) -> None:
    sizes: list[int] = []

    def counting(size: int, root: bytes) -> bytes:
        sizes.append(size)
        return sign(size, root)

    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=counting, checkpoint_interval_s=60)
    await store.transact(append)  # this one is signed with its group: the first after opening
    sizes.clear()
    indices = await asyncio.gather(*(store.transact(append) for _ in range(50)))
    proofs = await asyncio.gather(*(store.prove(index) for index in indices))

    assert sizes == [51]
    assert {check(proof) for proof in proofs} == {51}
    await store.close()


async def test_the_head_of_a_running_group_is_never_signed_for_a_proof(tmp_path: Path) -> None:
    """Inside a unit the group's entries are appended, not committed: a proof asked for then is under the head before."""
    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=sign, checkpoint_interval_s=60)
    await store.transact(append)
    refused: list[str] = []

    def unit(nouns: Nouns) -> LogProof:
        append(nouns)
        with pytest.raises(StoreError) as caught:
            store.prove(1).send(None)
        refused.append(str(caught.value))
        with pytest.raises(StopIteration) as done:  # nothing to wait for: it is proven at once
            store.prove(0).send(None)
        proof: LogProof = done.value.value
        return proof

    assert check(await store.transact(unit)) == 1
    assert refused == ["the log has no committed entry 1"]
    assert check(await store.prove(1)) == 2
    await store.close()


async def test_a_note_made_for_a_proof_is_the_one_that_is_stored(tmp_path: Path) -> None:
    sizes: list[int] = []

    def counting(size: int, root: bytes) -> bytes:
        sizes.append(size)
        return sign(size, root)

    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=counting, checkpoint_interval_s=60)
    for _ in range(3):
        await store.prove(await store.transact(append))
    head = await store.checkpoint()

    assert open_note(head.checkpoint).size == 3
    assert sizes == [1, 2, 3]
    assert verify(store.read.evidence).checkpoint_size == 3
    await store.close()


async def test_a_signature_that_fails_fails_those_who_wait_for_it_and_nothing_else(tmp_path: Path) -> None:
    broken = False

    def sign_or_fail(size: int, root: bytes) -> bytes:
        if broken:
            raise OSError("the key is gone")
        return sign(size, root)

    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=sign_or_fail, checkpoint_interval_s=60)
    await store.transact(append)
    broken = True
    index = await store.transact(append)
    with pytest.raises(StoreError, match="the key is gone"):
        await store.prove(index)
    broken = False

    assert check(await store.prove(index)) == 2
    await store.close()


async def test_entries_that_another_process_appended_are_proven_too(tmp_path: Path) -> None:
    daemon = await open_sqlite(tmp_path / "node.db", sign_checkpoint=sign)
    importer = await open_sqlite(tmp_path / "node.db", sign_checkpoint=None)
    await daemon.transact(append)
    await asyncio.gather(*(importer.transact(append) for _ in range(5)))
    index = await daemon.transact(partial(append, mark="mine"))

    assert [check(await daemon.prove(one)) for one in reversed(range(index + 1))] == [7] * 7
    await importer.close()
    await daemon.close()


class Rows:
    """A log in a list, as the reading side of a store."""

    def __init__(self, size: int) -> None:
        frontier = Frontier()
        self.rows = [(n, None, False, b"%d" % n, b"".join(frontier.append(leaf_hash(b"%d" % n)))) for n in range(size)]
        self.root = frontier.root()

    def entries(self, start: int, limit: int) -> list[LogEntry]:
        return [LogEntry(index=row[0], entry=row[3]) for row in self.rows[start : start + limit]]

    def node_hash(self, level: int, index: int) -> bytes:
        return self.rows[((index + 1) << level) - 1][4][level * 32 : level * 32 + 32]


async def test_under_load_signatures_keep_their_distance_and_one_message_alone_never_waits() -> None:
    rows, sizes = Rows(40), list[int]()

    def counting(size: int, root: bytes) -> bytes:
        sizes.append(size)
        return sign(size, root)

    prover = Prover(rows, sign=counting, share=1e9)  # type: ignore[arg-type]
    for size in (1, 2, 3):  # units that commit alone: nobody waits
        prover.committed(size, b"root", rows.rows[size - 1 : size])
        await prover.prove(size - 1)
    assert sizes == [1, 2, 3]

    prover.committed(10, b"root", rows.rows[3:10])  # several at once: there is a load
    waiting = [asyncio.ensure_future(prover.prove(index)) for index in range(3, 10)]
    await asyncio.sleep(0)
    assert sizes == [1, 2, 3]
    prover.committed(40, b"root", rows.rows[10:40])
    waiting.append(asyncio.ensure_future(prover.prove(39)))
    proofs = await asyncio.gather(*waiting)

    assert sizes == [1, 2, 3, 40]
    assert {proof.checkpoint for proof in proofs} == {sign(40, b"root")}


async def test_who_gives_up_waiting_takes_nobody_along() -> None:
    rows = Rows(10)
    prover = Prover(rows, sign=sign, share=1e9)  # type: ignore[arg-type]
    prover.committed(2, b"root", rows.rows[:2])
    await prover.prove(0)
    prover.committed(10, rows.root, rows.rows[2:])
    one, other = (asyncio.ensure_future(prover.prove(index)) for index in (5, 6))
    await asyncio.sleep(0)
    assert not one.done()
    one.cancel()

    assert check(await other) == 10


async def test_memory_is_bounded_whatever_is_asked_for() -> None:
    rows = Rows(3 * ROWS_KEPT)
    prover = Prover(rows, sign=sign)  # type: ignore[arg-type]
    prover.committed(len(rows.rows), rows.root, rows.rows)
    for index in range(0, len(rows.rows), 3):
        check(await prover.prove(index))

    assert len(prover._rows) == ROWS_KEPT
    assert len(prover._hashes) <= HASHES_KEPT
