"""The heads of the other nodes' logs, as this node sees them: each is verified once, and two that do not fit are a fork. DESIGN §2.7, §4.

Every message by the log carries a signed head. Most carry one that was seen before: it is looked up, not verified again. For each log the
newest head is remembered, the newest one that is *linked* (shown to extend every head linked before), and the last few by size. What does
not fit is refused:

* two heads of one size with different roots (at once, on the message's way);
* every head, while the log has failed to show that two of them fit (`suspend`, lifted by `settle`).

Pure and in memory; bounded per log. Who asks for consistency proofs, and what survives a restart, is `node.usecases.heads`. Owned by one
event loop.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from trust.checkpoint import Checkpoint, evidence_log, verify_note
from trust.errors import EvidenceError
from trust.fork import Exhibit
from trust.gm import PublicKey

OPENED_KEPT = 256  # verified notes held, of all logs
HEADS_KEPT = 64  # of one log, by size


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenHead:
    """A signed head of a log: its size and root, and the note that says so."""

    size: int
    root: bytes
    note: bytes


@dataclass(slots=True)
class _Log:
    """What is known of one log."""

    by_size: OrderedDict[int, SeenHead] = field(default_factory=OrderedDict)
    newest: SeenHead | None = None
    linked: SeenHead | None = None
    stray: SeenHead | None = None
    doubted: tuple[SeenHead, SeenHead] | None = None


class ForkError(EvidenceError):
    """Two signed heads of one log that do not fit together; `exhibit` shows it to anyone."""

    def __init__(self, exhibit: Exhibit) -> None:
        """Keep the exhibit."""
        super().__init__("the log signed another head of this size before")
        self.exhibit = exhibit


class Heads:
    """Verifies and remembers heads. Give one to everything of a node that sees heads."""

    def __init__(self) -> None:
        """Start knowing no log."""
        self._opened: OrderedDict[tuple[str, PublicKey, bytes], SeenHead] = OrderedDict()
        self._logs: dict[str, _Log] = {}
        self._tell: Callable[[Exhibit], None] = _ignore

    def watch(self, tell: Callable[[Exhibit], None]) -> None:
        """Have every fork that is found told, before the message that showed it is refused."""
        self._tell = tell

    def open(self, province: str, note: bytes, public_key: PublicKey) -> SeenHead:
        """The head that a note of this province's evidence log states, verified once and remembered.

        Raises:
            EvidenceError: not a note, of another log, not signed with this key, or of a log that is suspended.
            ForkError: it does not fit a head seen before.
        """
        head = self.read(province, note, public_key)
        if self._logs[province].doubted is not None:
            raise EvidenceError("the log has not shown that its heads fit together")
        return head

    def read(self, province: str, note: bytes, public_key: PublicKey) -> SeenHead:
        """The same, also of a log that is suspended: for who is about to have it show that its heads fit.

        Raises:
            EvidenceError: not a note, of another log, or not signed with this key.
            ForkError: it does not fit a head seen before.
        """
        label = (province, public_key, note)
        head = self._opened.get(label)
        if head is None:
            head = self._verified(province, note, public_key)
            self._opened[label] = head
            if len(self._opened) > OPENED_KEPT:
                self._opened.popitem(last=False)
        return head

    def _verified(self, province: str, note: bytes, public_key: PublicKey) -> SeenHead:
        checkpoint = verify_note(note, evidence_log(province), public_key)
        head = _seen(checkpoint, note)
        self.take(province, head)
        return head

    def take(self, province: str, head: SeenHead) -> None:
        """Remember a verified head, from a message or from storage.

        Raises:
            ForkError: it does not fit a head seen before.
        """
        log = self._logs.setdefault(province, _Log())
        before = next((one for one in self._known(log) if one.size == head.size), None)
        if before is not None and before.root != head.root:
            exhibit = Exhibit(province=province, first=before.note, second=head.note)
            self._tell(exhibit)
            raise ForkError(exhibit)
        if before is not None:
            return
        log.by_size[head.size] = head
        if len(log.by_size) > HEADS_KEPT:
            log.by_size.popitem(last=False)
        if log.newest is None or head.size > log.newest.size:
            log.stray, log.newest = log.newest, head
        else:
            log.stray = head

    def _known(self, log: _Log) -> list[SeenHead]:
        return [one for one in (log.newest, log.linked, *log.by_size.values()) if one is not None]

    def newest(self, province: str) -> SeenHead | None:
        """The largest head seen of a log."""
        log = self._logs.get(province)
        return None if log is None else log.newest

    def linked(self, province: str) -> SeenHead | None:
        """The largest head that was shown to extend all linked before it."""
        log = self._logs.get(province)
        return None if log is None else log.linked

    def held(self, province: str) -> tuple[SeenHead, ...]:
        """What a further head of a log has to fit: the linked one, the newest and those in doubt, each once and not empty; by size."""
        heads = (self.linked(province), self.newest(province), *(self.doubted(province) or ()))
        known = {one.size: one for one in heads if one is not None and one.size}
        return tuple(known[size] for size in sorted(known))

    def stray(self, province: str) -> SeenHead | None:
        """A head, other than the newest, that was not compared with the linked one; handed out once. Of several the last."""
        log = self._logs.get(province)
        if log is None:
            return None
        stray, log.stray = log.stray, None
        return None if stray is None or stray == log.linked else stray

    def link(self, province: str, head: SeenHead) -> None:
        """This head was shown to extend the linked one, or to be part of it, or is the first: the larger is the linked one from here on."""
        log = self._logs.setdefault(province, _Log())
        if log.linked is None or head.size >= log.linked.size:
            log.linked = head

    def suspend(self, province: str, one: SeenHead, other: SeenHead) -> None:
        """The log did not show that these two fit: believe none of its heads until it does. Of several pairs the first stays."""
        log = self._logs.setdefault(province, _Log())
        if log.doubted is None:
            log.doubted = (one, other)

    def doubted(self, province: str) -> tuple[SeenHead, SeenHead] | None:
        """The two heads that the log has yet to show to fit."""
        log = self._logs.get(province)
        return None if log is None else log.doubted

    def settle(self, province: str) -> None:
        """The two in doubt were shown to fit: believe its heads again."""
        self._logs.setdefault(province, _Log()).doubted = None

    def notes(self, province: str) -> frozenset[bytes]:
        """The notes of the heads that are remembered of a log."""
        log = self._logs.get(province)
        return frozenset() if log is None else frozenset(one.note for one in self._known(log))

    def forget(self, province: str, notes: Collection[bytes]) -> None:
        """These heads count no more, and what was found by them neither: their key was disowned."""
        log = self._logs.get(province, _Log())
        for size in [size for size, one in log.by_size.items() if one.note in notes]:
            del log.by_size[size]
        log.linked, log.stray = (None if one is None or one.note in notes else one for one in (log.linked, log.stray))
        left = [one for one in (log.newest, log.linked, *log.by_size.values()) if one is not None]
        log.newest = max((one for one in left if one.note not in notes), key=lambda one: one.size, default=None)
        if log.doubted is not None and any(one.note in notes for one in log.doubted):
            log.doubted = None
        for label in [label for label in self._opened if label[0] == province and label[2] in notes]:
            del self._opened[label]

    def suspended(self, province: str) -> bool:
        """Whether its heads are refused."""
        return self.doubted(province) is not None


def _seen(checkpoint: Checkpoint, note: bytes) -> SeenHead:
    return SeenHead(size=checkpoint.size, root=checkpoint.root, note=note)


def _ignore(_: Exhibit) -> None:
    """Nobody watches."""
