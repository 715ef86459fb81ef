"""Every kept proof is compared with the newest linked head of its log. Clause 8.5, DESIGN §2.7, §7.

What is checked when:

* on arrival, before a message is believed (`federation.post`, `trust.heads`): the head is signed by a listed key, the entry stands under
  it, and no other root is known for a head of its size;
* here, in the background, for every proof that was kept: its head is part of the linked head, which the log showed to extend all linked
  before it (`node.usecases.heads`). The log's own consistency proof is verified and kept, so that a receipt leads from the entry to that
  later head. Proofs whose head is larger than the linked one wait until that has grown.

A head that the log cannot join is told like any fork: exhibit, entry, alarm, and its heads are not believed until it shows that they fit.
How far a log's proofs were gone through is durable: a restart forgets no proof.

Then the peer is asked for its newest checkpoint that enough witnesses cosigned, and the heads that were reached are joined to that: so
every kept proof can be shown under a cosigned head, whatever becomes of the peer (`node.usecases.shown`).
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from federation.errors import PeerError
from federation.methods import CHECKPOINT, CONSISTENCY
from federation.model.evidence import (
    MAX_OTHERS,
    CheckpointAnswer,
    CheckpointRequest,
    ConsistencyAnswer,
    ConsistencyRequest,
)
from federation.model.refusal import Reason, Refusal
from federation.ports import Mail, Peers, Reply
from node.ports.head_links import HeadLink
from node.ports.receipts import KeptProof
from node.ports.store import Nouns, Store
from node.usecases.heads import CALL_TIMEOUT_S, HeadKeeper
from node.usecases.record import Recorder
from node.usecases.shown import is_cosigned
from trust.checkpoint import evidence_log, parse_note, verify_note
from trust.cosignature import witnesses
from trust.errors import EvidenceError, UnknownSignerError
from trust.gm import PublicKey
from trust.heads import Heads, SeenHead
from trust.merkle import verify_consistency

SLICE = 100  # rows of kept proofs in one look; a few milliseconds
ENDS = 64  # heads joined to a cosigned one in one look


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofLinks:
    """Goes through the kept proofs of one log after the other. Implements `federation.ports.ProofCheck`. Owned by the event loop."""

    heads: Heads
    keeper: HeadKeeper
    store: Store
    mail: Mail
    peers: Peers
    recorder: Recorder
    new_id: Callable[[], str]
    keys: Callable[[str], Iterable[PublicKey]]
    """The listed signing keys of a member; none of a province that is no member."""

    members: Callable[[], Iterable[str]]

    _witnessed: dict[str, int] = field(default_factory=dict)  # up to which size a log's heads lead to a cosigned one

    async def check(self, peer: str) -> None:
        """Compare the proofs of this log that were kept since the last time with its linked head, as far as that reaches.

        Raises:
            PeerError: the peer could not be talked to now; what was compared before stays so.
        """
        while rows := self.store.read.receipts.since(self.store.read.head_links.mark(peer), SLICE):
            linked = self.heads.linked(peer)
            heads, reached = _heads(rows, peer, 0 if linked is None else linked.size)
            if linked is not None:
                await self._join(peer, [one for one in heads if not self._known(peer, one)], linked)
            if reached >= rows[0].row:
                await self.store.transact(lambda nouns, row=reached: nouns.head_links.advance(peer, row))  # type: ignore[misc]
            if reached < rows[-1].row:
                break  # the rest is beyond the linked head
        await self._to_witnessed(peer)

    async def _to_witnessed(self, peer: str) -> None:
        """Join the heads that were reached to the newest cosigned one, where that has grown beyond them."""
        held = self.store.read.head_links
        ends = [_seen(note) for note in held.ends(peer, self._witnessed.get(peer, 0), ENDS)]
        if not ends:
            return
        witnessed = await self._cosigned(peer)
        if witnessed is None:
            return
        covered = [one for one in ends if one.size <= witnessed.size]
        await self._join(peer, [one for one in covered if not is_cosigned(one.note)], witnessed)
        if covered:
            self._witnessed[peer] = covered[-1].size if len(covered) == ENDS else witnessed.size

    async def _cosigned(self, peer: str) -> SeenHead | None:
        """The peer's newest cosigned checkpoint, if it shows one that is signed by it and by at least one other member."""
        draft = self.mail.draft_request(CheckpointRequest(), recipients=(peer,), exchange_id=self.new_id())
        reply: Reply[CheckpointAnswer] = await self.peers.ask(
            peer, CHECKPOINT, draft, self.mail.sign(draft), CALL_TIMEOUT_S
        )
        note = reply.message.witnessed.encode()
        keys = {one: tuple(self.keys(one)) for one in self.members()}
        try:
            if not note or not await asyncio.to_thread(_believed, peer, note, keys):
                return None
            self.heads.take(peer, _seen(note))
        except EvidenceError:
            return None  # no cosigned checkpoint of this log; one that shows a second log was told by `take`
        return _seen(note)

    def _known(self, peer: str, head: SeenHead) -> bool:
        """Whether this very head was joined before; another of its size is asked about, and cannot be joined."""
        held = self.store.read.head_links.of(peer, head.size)
        return held is not None and (held.root == head.root or not held.holds)

    async def _join(self, peer: str, heads: Sequence[SeenHead], linked: SeenHead) -> None:
        for at in range(0, len(heads), MAX_OTHERS):
            some = heads[at : at + MAX_OTHERS]
            paths = await self._paths(peer, [one.size for one in some], linked.size)
            links = [self._judged(peer, one, linked, path) for one, path in zip(some, paths, strict=False)]
            await self.store.transact(lambda nouns, links=links: self._keep(nouns, links))  # type: ignore[misc]
            if len(paths) < len(some):
                raise PeerError(Refusal(reason=Reason.PEER_ERROR, detail="the node shows no consistency of many"))

    def _judged(self, peer: str, head: SeenHead, linked: SeenHead, path: tuple[bytes, ...]) -> HeadLink:
        """Whether the path joins the two; where it does not, the log is doubted at once."""
        try:
            verify_consistency(old=head.size, new=linked.size, old_root=head.root, new_root=linked.root, path=path)
            holds = True
        except EvidenceError:
            self.keeper.doubt(peer, head, linked, path)
            holds = False
        return HeadLink(
            province=peer,
            size=head.size,
            root=head.root,
            to_size=linked.size,
            to_note=linked.note,
            path=path,
            holds=holds,
        )

    def _keep(self, nouns: Nouns, links: Sequence[HeadLink]) -> None:
        for one in links:
            nouns.head_links.put(one, self.recorder.now())

    async def _paths(self, peer: str, sizes: Sequence[int], new: int) -> Sequence[tuple[bytes, ...]]:
        """What the log shows for each size; nothing, where it says that it does not have them: it signed them all.

        Raises:
            PeerError: it could not be asked.
        """
        request = ConsistencyRequest(old=sizes[0], new=new, others=tuple(sizes[1:]))
        draft = self.mail.draft_request(request, recipients=(peer,), exchange_id=self.new_id())
        try:
            reply: Reply[ConsistencyAnswer] = await self.peers.ask(
                peer, CONSISTENCY, draft, self.mail.sign(draft), CALL_TIMEOUT_S
            )
        except PeerError as error:
            if error.refusal.reason is not Reason.BAD_PARAMETER:
                raise
            return [()] * len(sizes)
        return [reply.message.proof, *reply.message.others][: len(sizes)]


def _believed(province: str, note: bytes, keys: Mapping[str, tuple[PublicKey, ...]]) -> bool:
    """Whether a note is of the province's log, signed by it, and cosigned by another member. Up to 16 SM2 verifications."""
    for key in keys.get(province, ()):
        with suppress(UnknownSignerError):
            verify_note(note, evidence_log(province), key)
            return bool(witnesses(note, keys))
    return False


def _seen(note: bytes) -> SeenHead:
    checkpoint = parse_note(note).checkpoint
    return SeenHead(size=checkpoint.size, root=checkpoint.root, note=note)


def _heads(rows: Sequence[KeptProof], peer: str, largest: int) -> tuple[list[SeenHead], int]:
    """The distinct heads under a log's proofs, up to the first that is larger than `largest`, and the last row before that."""
    found, reached = dict[tuple[int, bytes], SeenHead](), rows[0].row - 1
    for one in rows:
        if one.province == peer:
            checkpoint = parse_note(one.proof.checkpoint).checkpoint
            if checkpoint.size > largest:
                return list(found.values()), min(reached, one.row - 1)
            label = (checkpoint.size, checkpoint.root)
            found.setdefault(label, SeenHead(size=checkpoint.size, root=checkpoint.root, note=one.proof.checkpoint))
        reached = one.row
    return list(found.values()), reached
