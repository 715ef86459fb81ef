"""Cosigning the peers' logs: the head offered has to fit all that this node knows of the log; it is stored before the answer. DESIGN §7.

C2SP tlog-witness semantics: a head that was not shown to fit is answered with the heads this node holds (there: 409 with the size), and its
owner offers it again with proofs. What it has to fit are the head linked last and the newest seen in any message; which these were is
settled at the first answer, so that a log that grows under load comes to an end with it. Of one log, what is cosigned never gets smaller or
earlier, and the same note offered again gets the same line. An owner that went back is kept as a file that convicts, where its own
cosignatures say so: one that states no later time than before is not convicted, only never cosigned. Not here: asking (`cosigning`).
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from federation.methods import ADD_CHECKPOINT
from federation.model.refusal import Reason
from federation.model.witness import MAX_HELD, AddCheckpointAnswer, AddCheckpointRequest
from federation.ports import Incoming
from node.errors import RefusedError
from node.ports.cosignatures import GivenCosignature
from node.ports.store import Nouns, Store
from node.usecases.exchange import Answered, Exchange
from node.usecases.heads import HeadKeeper
from trust.checkpoint import parse_note
from trust.cosignature import cosign, cosignatures
from trust.errors import EvidenceError, UnknownSignerError
from trust.fork import Exhibit
from trust.gm import PublicKey
from trust.heads import ForkError, Heads, SeenHead
from trust.local import LocalIdentity

MAX_OFFERS = 4  # of one peer, taken or waiting: each costs signatures


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a peer's head has to fit, as it was told; `linked` was the linked head then. Another head has to fit what is held by then."""

    head: SeenHead
    linked: SeenHead | None
    heads: tuple[SeenHead, ...]


class Witness:
    """Cosigns. One per node, owned by its event loop."""

    def __init__(
        self,
        *,
        store: Store,
        exchange: Exchange,
        heads: Heads,
        keeper: HeadKeeper,
        keys: Callable[[str], Sequence[PublicKey]],
        identity: Callable[[], LocalIdentity],
        clock: Callable[[], datetime],
    ) -> None:
        """`keys` are a member's listed signing keys, `identity` is this node's at the moment."""
        self._store = store
        self._exchange = exchange
        self._heads = heads
        self._keeper = keeper
        self._keys = keys
        self._identity = identity
        self._clock = clock
        self._told: dict[str, _Wanted] = {}
        self._given: dict[
            str, tuple[bytes, PublicKey, str]
        ] = {}  # by peer: the note cosigned last, with which key, and the line
        self._turns: dict[str, asyncio.Lock] = {}
        self._queued: Counter[str] = Counter()

    async def add(self, incoming: Incoming[AddCheckpointRequest]) -> Answered:
        """Cosign a head of the sender's log, or say what it has to fit.

        Raises:
            RefusedError: BAD_PARAMETER: not a signed head of the sender; LOG_FORKED: it does not fit what is held; OVERLOADED.
        """
        peer = incoming.sender
        if self._queued[peer] >= MAX_OFFERS:
            raise RefusedError(Reason.OVERLOADED, "offers of this province wait", retry_after_s=1)
        self._queued[peer] += 1
        try:
            async with self._turns.setdefault(peer, asyncio.Lock()):
                return await (self._added(incoming) if incoming.message.note else self._shown(incoming))
        finally:
            self._queued[peer] -= 1

    def forget(self, peer: str) -> None:
        """Heads of this log count no more (`usecases.disowned`): what was told before is not to be fitted."""
        self._told.pop(peer, None)
        self._given.pop(peer, None)

    async def _shown(self, incoming: Incoming[AddCheckpointRequest]) -> Answered:
        """What is held of the sender's log, for a sender that starts and has nothing to offer yet."""
        given = self._store.read.cosignatures.given(incoming.sender)
        heads = tuple(one.note for one in self._heads.held(incoming.sender))
        return await self._hold(incoming, heads if given is None else (given.note, *heads))

    async def _added(self, incoming: Incoming[AddCheckpointRequest]) -> Answered:
        peer, note = incoming.sender, incoming.message.note.encode()
        before = self._heads.held(peer)
        try:
            head = self._read(peer, note)
        except ForkError as error:
            return await self._hold(incoming, (error.exhibit.first,))
        if self._is_repeat(peer, note):
            return await self._repeat(incoming)
        given = self._store.read.cosignatures.given(peer)
        if given is not None and given.size <= head.size and self._stated(peer, note) < self._stated(peer, given.note):
            raise RefusedError(
                Reason.BAD_PARAMETER, "note: states an earlier time than the head that was cosigned before"
            )
        if given is not None and given.size > head.size:
            self._keeper.alarms.convicted(Exhibit(province=peer, first=given.note, second=note), self._keys(peer))
            return await self._hold(incoming, (given.note, *(one.note for one in before if one.size > given.size)))
        wanted = self._wanted(peer, before, head)
        proofs = {fit.size: fit.proof for fit in incoming.message.fits}
        if not {one.size for one in wanted} <= proofs.keys():
            return await self._hold(incoming, tuple(one.note for one in wanted))
        self._told.pop(peer, None)
        if not all(self._keeper.judge(peer, one, head, proofs[one.size]) for one in wanted):
            raise RefusedError(Reason.LOG_FORKED, "the head was not shown to fit those held")
        self._heads.link(peer, head)
        self._heads.settle(peer)  # what was in doubt was among the wanted
        return await self._cosign(incoming, head, note, 0 if given is None else given.seconds)

    def _read(self, peer: str, note: bytes) -> SeenHead:
        """The head, which the peer's own cosignature states; also of a log that is suspended.

        Raises:
            RefusedError: BAD_PARAMETER; ForkError: another head of this size is known.
        """
        try:
            if peer not in cosignatures(note, {peer: self._keys(peer)}):
                raise RefusedError(Reason.BAD_PARAMETER, "note: its owner's own cosignature is missing")
            *others, last = self._keys(peer)
            for key in others:
                try:
                    return self._heads.read(peer, note, key)
                except UnknownSignerError:
                    continue
            return self._heads.read(peer, note, last)
        except ForkError:
            raise
        except EvidenceError as error:
            raise RefusedError(Reason.BAD_PARAMETER, f"note: {error}") from error

    def _stated(self, peer: str, note: bytes) -> int:
        """When the owner stated a note, in POSIX seconds by its own cosignature; 0 where none is by a key that is listed."""
        own = cosignatures(note, {peer: self._keys(peer)}).get(peer)
        return 0 if own is None else own.seconds

    def _is_repeat(self, peer: str, note: bytes) -> bool:
        key = self._identity().signing_certificate.public_key
        return (note, key) == self._given.get(peer, ())[:2] and not self._heads.suspended(peer)

    async def _repeat(self, incoming: Incoming[AddCheckpointRequest]) -> Answered:
        """The cosignature that this very note got before: nothing is signed or stored anew."""
        *_, line = self._given[incoming.sender]
        answer = AddCheckpointAnswer(cosignature=line)
        return await self._exchange.poll(incoming, ADD_CHECKPOINT.path, lambda _: answer)

    def _wanted(self, peer: str, before: tuple[SeenHead, ...], head: SeenHead) -> tuple[SeenHead, ...]:
        """The heads that this one has to fit: as told before, unless another was linked since."""
        linked = self._heads.linked(peer)
        told = self._told.get(peer)
        if told is None or (told.head, told.linked) != (head, linked):
            told = self._told[peer] = _Wanted(head, linked, before)
        return tuple(one for one in told.heads if one.size != head.size)

    async def _hold(self, incoming: Incoming[AddCheckpointRequest], notes: tuple[bytes, ...]) -> Answered:
        answer = AddCheckpointAnswer(held=tuple(note.decode() for note in notes[:MAX_HELD]))
        return await self._exchange.poll(incoming, ADD_CHECKPOINT.path, lambda _: answer)

    async def _cosign(
        self, incoming: Incoming[AddCheckpointRequest], head: SeenHead, note: bytes, since: int
    ) -> Answered:
        """Store the head, then sign off the loop, and answer when it is stored what was signed."""
        peer, identity = incoming.sender, self._identity()
        await self._keeper.save((peer,))
        one = await asyncio.to_thread(
            cosign,
            parse_note(note).text,
            province=identity.province,
            public_key=identity.signing_certificate.public_key,
            sign=identity.signing_key.sign,
            seconds=max(int(self._clock().timestamp()), since),
        )
        given = GivenCosignature(log=peer, size=head.size, seconds=one.seconds, note=note)

        def decide(nouns: Nouns) -> AddCheckpointAnswer:
            nouns.cosignatures.give(given)
            return AddCheckpointAnswer(cosignature=one.line.decode())

        answered = await self._exchange.poll(incoming, ADD_CHECKPOINT.path, decide)
        self._given[peer] = (note, identity.signing_certificate.public_key, one.line.decode())
        return answered
