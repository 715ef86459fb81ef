"""This node's own log, verified from its leaves while the node runs: what an operator changed in the database is named within a night.

Every entry is hashed again and compared with its stored hash (so that the very entry is named), with the tree and with every checkpoint
(`trust.evidence_log`), and the index of counterparts is derived again. A page at a time on the loop, and a pause after each: the whole
takes its time, and nobody waits for it.
"""

import asyncio
from collections.abc import Callable, Iterator

import structlog

from node.ports.evidence import Evidence
from node.ports.reconciliations import Result, Round
from node.ports.store import Nouns, Store, StoreError
from node.usecases.reconcile.index_check import IndexCheck, check_leaf
from node.usecases.reconcile.record import Clerk, Findings
from trust.checkpoint import Checkpoint
from trust.errors import EvidenceError
from trust.evidence_log import LogCheck, opened_notes

PAGE = 16  # entries: a millisecond, and less than ten where each has a checkpoint of its own
PAUSE = 9.0  # times as long as a page took
LONGEST_PAUSE_S = 0.05
NOTES = 500
_log = structlog.get_logger(__name__)

OpenNote = Callable[[bytes], Checkpoint]


class OwnLog:
    """Verifies this node's log, and keeps what came of it as the round of its own province."""

    def __init__(self, *, province: str, store: Store, open_note: OpenNote, clerk: Clerk) -> None:
        """`open_note` verifies a checkpoint that any key of this province signed, now or before."""
        self._province = province
        self._store = store
        self._open_note = open_note
        self._clerk = clerk

    async def verify(self) -> Round:
        """Verify everything that is committed now; the finding is on record.

        Raises:
            StoreError: the finding could not be written down.
        """
        head = self._store.read.evidence.head()
        problem = ""
        try:
            await self._walk(head.size, head.root)
        except (EvidenceError, StoreError) as error:
            problem = str(error)
            _log.error("evidence.own_log_bad", problem=problem, size=head.size)
        done = Round(
            peer=self._province,
            held_at=self._clerk.now(),
            result=Result.DIFFERENT if problem else Result.AGREED,
            count=head.size,
            fingerprint=head.root.hex(),
            reason=problem,
        )

        def unit(nouns: Nouns) -> None:
            nouns.reconciliations.put_round(done)
            members = {"result": done.result.value, "size": head.size, "root": head.root.hex(), "problem": problem}
            self._clerk.append(nouns, "verified", self._province, Findings(), **members)

        await self._store.transact(unit)
        return done

    async def _walk(self, size: int, root: bytes) -> None:
        log = self._store.read.evidence
        check = LogCheck(opened_notes(_notes(log, size), self._open_note))
        index = IndexCheck(self._store.read.counterparts)
        check.start()
        start, loop = 0, asyncio.get_running_loop()
        while start < size:
            began = loop.time()
            page = log.entries(start, min(PAGE, size - start))
            if not page:
                break
            for item in page:
                check_leaf(log, item)
                check.add(item)
                index.add(item)
            start += len(page)
            await asyncio.sleep(min(LONGEST_PAUSE_S, PAUSE * (loop.time() - began)))
        check.finish(size, root)
        index.finish(size)


def _notes(log: Evidence, size: int) -> Iterator[bytes]:
    """The signed checkpoints up to `size`, page by page."""
    after = -1
    while page := log.checkpoints(after, NOTES):
        for note in page:
            after = int(note.split(b"\n", 2)[1])
            if after > size:
                return
            yield note
