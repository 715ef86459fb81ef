"""Verify a whole evidence log from its leaves, in one pass and flat memory: `certmesh evidence verify`. RFC 9162 §2.1, DESIGN §7.

It believes neither the stored tree nor the stored head: it hashes every entry again and compares what comes out with the head and with
every signed checkpoint on the way. What an entry says is not looked at.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from trust.checkpoint import Checkpoint
from trust.errors import EvidenceError
from trust.merkle import Frontier, leaf_hash

PROGRESS_EVERY = 10_000  # entries


class IndexedEntry(Protocol):
    """One entry as a store hands it out."""

    @property
    def index(self) -> int:
        """Its place in the log, from 0."""

    @property
    def entry(self) -> bytes:
        """Its canonical bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReport:
    """What a verification found. `first_bad` is "" where all fits, else the first thing that does not, as a sentence.

    `size` and `root` are what the entries make, up to the first that does not fit; `checkpoint_size` is that of the last signed
    checkpoint that fits (0: none).
    """

    size: int
    root: bytes
    ok: bool
    first_bad: str
    checkpoint_size: int


def verify_log(
    entries: Iterable[IndexedEntry],
    *,
    size: int,
    root: bytes,
    notes: Iterable[bytes],
    open_note: Callable[[bytes], Checkpoint],
    progress: Callable[[int], None] = lambda _: None,
) -> LogReport:
    """Hash all entries and compare with the head (`size`, `root`) and the signed checkpoints.

    Args:
        entries: all of the log, in order.
        size: what the stored head says.
        root: what the stored head says.
        notes: the signed checkpoints in order of size.
        open_note: verifies one note, such as `partial(verify_note, name=…, public_key=…)`.
        progress: called now and then with the number of entries done.
    """
    check = LogCheck(opened_notes(notes, open_note))
    try:
        check.start()
        for item in entries:
            check.add(item)
            if check.frontier.size % PROGRESS_EVERY == 0:
                progress(check.frontier.size)
        check.finish(size, root)
        problem = ""
    except EvidenceError as error:
        problem = str(error)
    progress(check.frontier.size)
    return LogReport(
        size=check.frontier.size,
        root=check.frontier.root(),
        ok=not problem,
        first_bad=problem,
        checkpoint_size=check.checkpoint_size,
    )


def opened_notes(notes: Iterable[bytes], open_note: Callable[[bytes], Checkpoint]) -> Iterator[Checkpoint]:
    """Verify the notes one by one, naming the one that fails.

    Raises:
        EvidenceError: one does not verify, or is of a smaller size than the one before it.
    """
    after = 0
    for note in notes:
        try:
            checkpoint = open_note(note)
        except EvidenceError as error:
            raise EvidenceError(f"the signed checkpoint after size {after} does not verify: {error}") from error
        if checkpoint.size < after:
            raise EvidenceError(f"the signed checkpoint of size {checkpoint.size} comes after one of size {after}")
        after = checkpoint.size
        yield checkpoint


class LogCheck:
    """The running state of one verification: the tree so far, and the next signed checkpoint to meet.

    For who cannot do it all in one go: `start`, `add` for every entry in order, `finish`. Each raises `EvidenceError` where something does
    not fit.
    """

    def __init__(self, checkpoints: Iterator[Checkpoint]) -> None:
        """`checkpoints` are verified as they are drawn (`opened_notes`)."""
        self.frontier = Frontier()
        self.checkpoint_size = 0
        self._checkpoints = checkpoints
        self._next: Checkpoint | None = None

    def start(self) -> None:
        """Fetch the first checkpoint, and meet those of the empty log."""
        self._next = next(self._checkpoints, None)
        self._meet()

    def add(self, item: IndexedEntry) -> None:
        """Hash one entry in, and meet the checkpoints of the size it makes."""
        if item.index != self.frontier.size:
            raise EvidenceError(f"entry {self.frontier.size} is missing: entry {item.index} follows")
        self.frontier.append(leaf_hash(item.entry))
        if self._next is not None and self._next.size == self.frontier.size:
            self._meet()

    def finish(self, size: int, root: bytes) -> None:
        """Compare the whole with the stored head."""
        if self._next is not None:
            raise EvidenceError(
                f"a checkpoint of size {self._next.size} is signed, but the log ends at {self.frontier.size}"
            )
        if self.frontier.size != size:
            raise EvidenceError(f"the stored head has size {size}, but the log ends at {self.frontier.size}")
        if self.frontier.root() != root:
            raise EvidenceError(f"the entries do not make the stored root at size {size}")

    def _meet(self) -> None:
        """Compare the tree with the checkpoints of exactly this size."""
        while self._next is not None and self._next.size == self.frontier.size:
            if self._next.root != self.frontier.root():
                raise EvidenceError(f"the entries do not make the root that was signed at size {self._next.size}")
            self.checkpoint_size = self._next.size
            self._next = next(self._checkpoints, None)
