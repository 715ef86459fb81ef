"""Having the own log cosigned: its newest head is offered to every peer, soon after it grew and then at an interval. Clause 8.5, DESIGN §7.

All peers are offered the same head, so that their cosignatures stand under one note and can make the quorum that membership asks for. A
peer that does not cosign costs nothing but the gap: the node goes on, and shows it (`usecases.witness_view`). What peers hold of the log is
compared with it each time; a log that lost entries is found here, before it signs more (`usecases.own_log`). While nothing is appended,
nothing is sent.
"""

import asyncio
import math
from collections.abc import Callable, Iterable
from datetime import datetime

import structlog

from federation.methods import ADD_CHECKPOINT
from federation.model.witness import AddCheckpointAnswer, AddCheckpointRequest, Fit
from federation.ports import Mail, Peers, Reply
from node.ports.cosignatures import CosignedHead, StoredCosignature
from node.ports.store import Store
from node.usecases.greeting import Greeting
from node.usecases.own_log import OwnLog
from trust.checkpoint import parse_note
from trust.cosignature import cosign, cosignatures, cosigned
from trust.errors import EvidenceError
from trust.gm import PublicKey
from trust.local import LocalIdentity
from trust.merkle import consistency_proof

CALL_TIMEOUT_S = 10.0
HURRY_S = 1.0
ROUNDS = 3  # offers of one head to one peer: it says what it holds, is shown, and may have linked another meanwhile
_log = structlog.get_logger(__name__)


class Cosigning:
    """Offers heads and keeps what comes back. One per node, owned by its event loop."""

    def __init__(
        self,
        *,
        store: Store,
        mail: Mail,
        peers: Peers,
        own: OwnLog,
        greeting: Greeting,
        identity: Callable[[], LocalIdentity],
        keys: Callable[[str], Iterable[PublicKey]],
        others: Callable[[], Iterable[str]],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        interval_s: float,
        new_id: Callable[[], str],
        wake: Callable[[str], None],
    ) -> None:
        """`others` are all other members; `wake` asks for `push` to a peer soon; `interval_s` lies between two heads that are offered."""
        self._store = store
        self._mail = mail
        self._peers = peers
        self._own = own
        self._greeting = greeting
        self._identity = identity
        self._keys = keys
        self._others = others
        self._clock = clock
        self._monotonic = monotonic
        self._interval_s = interval_s
        self._new_id = new_id
        self._wake = wake
        self._offered_at = -math.inf
        self._offering = asyncio.Lock()  # of two who look, the second finds it done
        self._held: dict[str, tuple[int, ...]] = {}  # by peer: sizes it is known to want shown

    async def look(self) -> None:
        """Offer the newest head, where the log grew and the last one was offered long enough ago. Costs a look-up otherwise.

        Raises:
            StoreError: it could not be signed or kept; the next look tries again.
        """
        await self._look(self._interval_s)

    async def hurry(self) -> None:
        """The same for somebody who waits for it: a second after the last offer is long enough.

        Raises:
            StoreError: as `look`.
        """
        await self._look(min(HURRY_S, self._interval_s))

    async def _look(self, interval_s: float) -> None:
        async with self._offering:
            await self._offer_newest(interval_s)

    async def _offer_newest(self, interval_s: float) -> None:
        size, last = self._store.read.evidence.head().size, self._store.read.cosignatures.newest()
        if size <= (last.size if last else 0) or self._own.lost is not None:
            return
        if self._monotonic() - self._offered_at < interval_s:
            return
        await self._offer(last)
        self._offered_at = self._monotonic()
        for peer in self._others():
            self._wake(peer)

    async def _offer(self, last: CosignedHead | None) -> None:
        head = await self._store.checkpoint()
        note, identity = parse_note(head.checkpoint), self._identity()
        own = await asyncio.to_thread(
            cosign,
            note.text,
            province=identity.province,
            public_key=identity.signing_certificate.public_key,
            sign=identity.signing_key.sign,
            seconds=max(int(self._clock().timestamp()), last.seconds if last else 0),  # stated times never go back
        )
        offered = CosignedHead(
            size=note.checkpoint.size, seconds=own.seconds, note=cosigned(head.checkpoint, [own.line])
        )
        await self._store.transact(lambda nouns: nouns.cosignatures.offer(offered))

    async def push(self, peer: str) -> None:
        """Have a peer cosign the head that is offered, unless it has. One that was missed at the start first says what it holds.

        Raises:
            PeerError: the peer could not be talked to now, or refuses.
        """
        if peer in self._greeting.missed:
            self._held[peer] = await self._greeting.greet(peer, self._peers, CALL_TIMEOUT_S)
        head = self._store.read.cosignatures.newest()
        if head is None or self._own.lost is not None or any(one.province == peer for one in head.cosignatures):
            return
        sizes = self._held.get(peer) or tuple(size for code, size in self._last() if code == peer)
        for _ in range(ROUNDS):
            fits = tuple(self._fit(head, size) for size in sizes)
            request = AddCheckpointRequest(note=head.note.decode(), fits=fits)
            answer = await self._ask(peer, request)
            if answer.cosignature:
                self._held[peer] = (head.size,)
                await self._keep(peer, head, answer.cosignature)
                return
            self._held[peer] = sizes = await self._own.compared(peer, answer.held)
            if not sizes:
                return
        _log.info("witness.not_cosigned", peer=peer, size=head.size)

    def _last(self) -> Iterable[tuple[str, int]]:
        return self._store.read.cosignatures.by_province()

    async def _ask(self, peer: str, request: AddCheckpointRequest) -> AddCheckpointAnswer:
        draft = self._mail.draft_request(request, recipients=(peer,), exchange_id=self._new_id())
        envelope = self._mail.sign(draft)
        reply: Reply[AddCheckpointAnswer] = await self._peers.ask(peer, ADD_CHECKPOINT, draft, envelope, CALL_TIMEOUT_S)
        return reply.message

    def _fit(self, head: CosignedHead, size: int) -> Fit:
        """That the head and one of that size fit; both are in the log, as `compared` has seen."""
        old, new = sorted((head.size, size))
        proof = consistency_proof(old, new, self._store.read.evidence.node_hash, whole=True) if old != new else ()
        return Fit(size=size, proof=tuple(proof))

    async def _keep(self, peer: str, head: CosignedHead, line: str) -> None:
        """Keep a cosignature, if it is one."""
        try:
            one = cosignatures(cosigned(head.note, [line.encode()]), {peer: self._keys(peer)})[peer]
        except (EvidenceError, KeyError):
            _log.warning("witness.wrong_cosignature", peer=peer, size=head.size)
            return
        kept = StoredCosignature(province=peer, seconds=one.seconds, line=one.line)
        await self._store.transact(lambda nouns: nouns.cosignatures.put(head.size, kept))
