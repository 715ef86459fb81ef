"""This node's own log as its peers saw it: has it lost what was signed before, as a database restored from an old copy has? DESIGN §2.7.

Peers show the heads of this log that they hold, signed with this node's own keys; nobody else can make one. Where one is larger than the
log, or of a size at which the log has another root, entries were lost. From then on this node signs no head (`ports.signing_gate`): every
one it could sign would contradict the lost ones, and convict this province of a fork. The finding is stored, so that a restart does not
forget it; the way out is the database that holds what was signed. A key that was stolen and disowned proves nothing of the kind
(`usecases.disowned`). Not here: who asks whom (`usecases.greeting`, `usecases.cosigning`).
"""

from collections.abc import Callable, Iterable, Sequence

import structlog

from federation.model.evidence import EventType
from node.ports.heads import HeadRole, StoredHead
from node.ports.signing_gate import SigningGate
from node.ports.store import Nouns, Store
from node.usecases.record import Recorder
from trust.checkpoint import Checkpoint, evidence_log, verify_note
from trust.errors import EvidenceError, UnknownSignerError
from trust.gm import PublicKey
from trust.merkle import EMPTY_ROOT, Paths

NEXT_STEP = (
    "stop the node and put back the database that holds what was signed (certmesh evidence verify shows its size);"
    " never start over with this one"
)
_log = structlog.get_logger(__name__)


class OwnLog:
    """Compares what peers hold with the log. One per node, owned by its event loop."""

    def __init__(
        self,
        *,
        store: Store,
        gate: SigningGate,
        recorder: Recorder,
        new_id: Callable[[], str],
        keys: Callable[[], Iterable[PublicKey]],
    ) -> None:
        """Take up what is stored; `keys` are all that ever signed this log, as far as known, but those that were disowned."""
        self._store = store
        self._gate = gate
        self._recorder = recorder
        self._new_id = new_id
        self._keys = keys
        self.lost: StoredHead | None = None
        for one in store.read.heads.all():
            if one.province == recorder.province and not self._is_ours(one.size, one.root) and self._counts(one.note):
                self._close(one)

    async def compared(self, peer: str, notes: Sequence[str]) -> tuple[int, ...]:
        """The sizes of the heads that a peer holds of this log; () where it does not have one of them, or none was signed here."""
        sizes = []
        for note in map(str.encode, notes):
            head = self._opened(peer, note)
            if head is None:
                continue
            if not self._is_ours(head.size, head.root):
                await self._lose(peer, head, note)
                return ()
            sizes.append(head.size)
        return tuple(sizes)

    def _opened(self, peer: str, note: bytes) -> Checkpoint | None:
        head = self._signed(note)
        if head is None:
            _log.warning("evidence.strange_head", peer=peer)
        return head

    def _counts(self, note: bytes) -> bool:
        return self._signed(note) is not None

    def _signed(self, note: bytes) -> Checkpoint | None:
        """The head, if one of the keys signed it."""
        for key in self._keys():
            try:
                return verify_note(note, evidence_log(self._recorder.province), key)
            except UnknownSignerError:
                continue
            except EvidenceError:
                break
        return None

    def _is_ours(self, size: int, root: bytes) -> bool:
        """Whether the log had this root at this size."""
        log = self._store.read.evidence
        if size > log.head().size:
            return False
        return root == (Paths(size, log.node_hash).root() if size else EMPTY_ROOT)

    async def _lose(self, peer: str, head: Checkpoint, note: bytes) -> None:
        """Sign nothing from here on, and put it on record."""
        if self.lost is not None and self.lost.size >= head.size:
            return
        before = 0 if self.lost is None else self.lost.size
        lost = StoredHead(
            province=self._recorder.province, role=HeadRole.NEWEST, size=head.size, root=head.root, note=note
        )
        self._close(lost)
        have = self._store.read.evidence.head().size
        _log.error("evidence.own_log_went_back", peer=peer, signed=head.size, entries=have, next_step=NEXT_STEP)
        entry = self._recorder.entry(
            EventType.WITNESS, "lost", self._new_id(), peer=peer, signed=head.size, entries=have
        )

        def unit(nouns: Nouns) -> None:
            nouns.heads.advance(lost, above=before)
            nouns.evidence.append(entry)

        await self._store.transact(unit)

    def _close(self, lost: StoredHead) -> None:
        self.lost = lost
        self._gate.close(
            f"this log signed a head of size {lost.size} that it does not have: it was put back to an older state; {NEXT_STEP}"
        )
