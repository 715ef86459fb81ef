"""Membership as this node lives it: newer documents taken from any peer or from the operator, verified, stored, handed on. DESIGN §4, §2.7.

Adoption and its evidence entry are one unit of work; what the running node makes of a new version is `renew`'s matter. What is refused
is kept as an exhibit, counted, logged and on record, once for each document; the version held goes on being served. A document that has
expired is taken only on the way to one that has not. The rules are in `trust.membership`.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import structlog

from federation.methods import CHAIN, POKE, Method
from federation.model.evidence import EventType
from federation.model.membership import (
    MAX_ANSWER_BYTES,
    MAX_DOCUMENTS,
    ChainAnswer,
    ChainRequest,
    MembershipHead,
    Poke,
    PokeAnswer,
)
from federation.model.refusal import Reason
from federation.ports import Incoming, Mail, Peers
from node.errors import RefusedError
from node.ports.memberships import StoredMembership
from node.ports.store import Nouns, Store
from node.usecases.exchange import Answered, Exchange
from node.usecases.membership_refusals import MAX_CHAIN, Refusals
from node.usecases.record import Recorder
from trust.errors import MembershipError
from trust.membership import (
    Flaw,
    Membership,
    SignedMembership,
    expired,
    signed_from_json,
    signers,
    verify_next,
)

CALL_TIMEOUT_S = 10.0
MAX_WAITING = 64  # expired versions on the way to one that is in force
OPERATOR = "operator"
_log = structlog.get_logger(__name__)


class Renew(Protocol):
    """Prepares the node for a version (`node.renewal`)."""

    async def __call__(self, membership: Membership, *, reread: bool = False) -> Callable[[], None]:
        """Get ready; what is returned makes the version the one in force. `reread`: look into the keys folder in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One believed document."""

    membership: Membership
    signed: SignedMembership

    @property
    def head(self) -> MembershipHead:
        """Its number and digest."""
        return MembershipHead(version=self.membership.version, digest=self.signed.fingerprint)


@dataclass(slots=True)
class _Run:
    """Versions that follow the one held and are verified, not yet adopted. Owned by one call."""

    end: Version
    waiting: list[Version] = field(default_factory=list)


class Memberships:
    """The chain of this node. Implements `federation.ports.MembershipExchange`. Owned by the event loop."""

    def __init__(
        self,
        *,
        store: Store,
        exchange: Exchange,
        mail: Mail,
        peers: Peers,
        recorder: Recorder,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        newest: Version,
        refusals: Refusals,
        renew: Renew,
        wake: Callable[[], None],
        poked: Callable[[str], None],
    ) -> None:
        """`newest` is what the store holds last.

        `renew` prepares the node for a version, before it is stored, and returns what makes it so, at once, when it is. `wake` lets all
        loops talk to their peers, `poked` the loop of one.
        """
        self._store = store
        self._exchange = exchange
        self._mail = mail
        self._peers = peers
        self._recorder = recorder
        self._clock = clock
        self._new_id = new_id
        self._newest = newest
        self._refusals = refusals
        self._renew = renew
        self._wake = wake
        self._wake_for = poked
        self._lock = asyncio.Lock()  # covers from the last look at `_newest` to its replacement
        self._heads: dict[str, MembershipHead] = {}

    @property
    def held(self) -> MembershipHead:
        """The version in force here."""
        return self._newest.head

    @property
    def heads(self) -> Mapping[str, MembershipHead]:
        """What each peer last said it holds."""
        return self._heads

    async def adopt(self, documents: Sequence[bytes]) -> MembershipHead:
        """Take documents that the operator brings, in the order of their versions; returns the version then held.

        Bringing the version held makes the node read its keys folder again.

        Raises:
            RefusedError: VERSION_CONFLICT: the first rule that one of them breaks, and then none is adopted; or the last have expired.
        """
        run = _Run(self._newest)
        for document in documents:
            await self._verify(run, document)
        await self._take(run, OPERATOR)
        if run.waiting:
            raise _conflict(_expired(run.waiting[0]))
        if not documents:
            return self.held
        async with self._lock:
            apply = await self._renew(self._newest.membership, reread=True)
            apply()
        return self.held

    async def _verify(self, run: _Run, document: bytes) -> None:
        """One document of the operator's; the version held, or one before it, may be among them."""
        try:
            version = await self._judged(run, document)
        except MembershipError as error:
            raise _conflict(error) from error
        if version is not None:
            run.waiting.append(version)
            run.end = version

    async def exchange_with(self, peer: str) -> None:
        """Take the versions that the peer holds and we do not, or poke it where it is behind.

        Raises:
            PeerError: the peer could not be talked to now.
        """
        run = _Run(self._newest)
        head = await self._pull(run, peer)
        if run.waiting:
            await self._refusals.refuse(run.waiting[0].signed.to_json(), _expired(run.waiting[0]), peer)
        ours = self.held
        if head.version == ours.version and head.digest != ours.digest:
            await self._compare(peer, ours)
        elif head.version < ours.version:
            await self._ask(peer, POKE, Poke(head=ours))

    async def _pull(self, run: _Run, peer: str) -> MembershipHead:
        """Go through the peer's versions up to its head, a bounded number at a time; returns the head."""
        while True:
            before = run.end.head.version
            answer: ChainAnswer = await self._ask(peer, CHAIN, ChainRequest(after_version=before))
            self._heads[peer] = answer.head
            good = True
            for document in answer.documents:
                good = good and await self._offered(run, document, peer)
            await self._take(run, peer)
            reached = run.end.head.version
            if not good or reached >= answer.head.version or reached == before or len(run.waiting) > MAX_WAITING:
                if reached < answer.head.version:
                    _log.info("membership.gap", peer=peer, held=reached, theirs=answer.head.version)
                return answer.head

    async def _compare(self, peer: str, ours: MembershipHead) -> None:
        """The peer names another document of our version: get it, so that the fork can be shown."""
        answer: ChainAnswer = await self._ask(peer, CHAIN, ChainRequest(after_version=ours.version - 1))
        if answer.documents:
            await self._offered(_Run(self._newest), answer.documents[0], peer)

    async def _offered(self, run: _Run, document: bytes, peer: str) -> bool:
        """Whether a peer's document may stand; one that is refused ends the run."""
        try:
            version = await self._judged(run, document)
        except MembershipError as error:
            await self._refusals.refuse(document, error, peer)
            return False
        if version is not None:
            run.waiting.append(version)
            run.end = version
        return True

    async def _judged(self, run: _Run, document: bytes) -> Version | None:
        """The next version, if the document is that; None for one that stands in the chain already.

        Raises:
            MembershipError: the rule it breaks.
        """
        end = run.end

        def judge() -> Version:
            signed = signed_from_json(document)
            return Version(membership=verify_next(end.membership, end.signed.fingerprint, signed), signed=signed)

        try:
            return await asyncio.to_thread(judge)
        except MembershipError as error:
            if error.reason in {Flaw.ALREADY_HELD, Flaw.ROLLED_BACK} and self._stands(document):
                return None
            raise

    def _stands(self, document: bytes) -> bool:
        digest = signed_from_json(document).fingerprint
        return any(one.digest == digest for one in self._store.read.memberships.after(0, MAX_CHAIN))

    async def _take(self, run: _Run, carried_by: str) -> None:
        """Adopt what was verified, up to the last version that has not expired; the rest stays in the run."""
        now = self._clock()
        while any(not expired(one.membership, now) for one in run.waiting):
            async with self._lock:
                await self._adopt(run.waiting.pop(0), carried_by)

    async def _adopt(self, version: Version, carried_by: str) -> None:
        """Make a verified version the one in force, unless another loop was faster: then the next talk with the peer shows what fits."""
        if version.membership.previous != self.held.digest:
            return
        apply = await self._renew(version.membership)
        before = self._newest.membership
        await self._store.transact(lambda nouns: self._keep(nouns, version, before, carried_by))
        self._newest = version
        apply()
        _log.info(
            "membership.adopted",
            version=version.head.version,
            digest=version.head.digest,
            carried_by=carried_by,
            expires=version.membership.expires,
        )
        self._wake()

    def _keep(self, nouns: Nouns, version: Version, before: Membership, carried_by: str) -> None:
        nouns.memberships.put(stored(version, self._clock()))
        signed_by = signers(version.signed, before)
        nouns.evidence.append(
            entry(self._recorder, "adopted", version, carried_by=carried_by, signed_by=list(signed_by))
        )

    async def _ask(self, peer: str, method: Method, message: Any) -> Any:
        """A signed call without an evidence entry."""
        draft = self._mail.draft_request(message, recipients=(peer,), exchange_id=self._new_id())
        reply = await self._peers.ask(peer, method, draft, self._mail.sign(draft), CALL_TIMEOUT_S)
        return reply.message

    async def poked(self, incoming: Incoming[Poke]) -> Answered:
        """A peer says what it holds: where that is not what we hold, its chain is asked for soon."""

        def decide(_nouns: Nouns) -> PokeAnswer:
            theirs, ours = incoming.message.head, self.held
            self._heads[incoming.sender] = theirs
            other = theirs.version == ours.version and theirs.digest != ours.digest
            if (theirs.version > ours.version or other) and not self._refusals.lately(incoming.sender):
                self._wake_for(incoming.sender)
            return PokeAnswer(held=ours)

        return await self._exchange.poll(incoming, POKE.path, decide)

    async def chain(self, incoming: Incoming[ChainRequest]) -> Answered:
        """Hand out the versions above the caller's, a bounded number at a time."""

        def decide(nouns: Nouns) -> ChainAnswer:
            return ChainAnswer(head=self.held, documents=_documents(nouns, incoming.message.after_version))

        return await self._exchange.poll(incoming, CHAIN.path, decide)


def stored(version: Version, now: datetime) -> StoredMembership:
    """A version as the store keeps it."""
    head = version.head
    return StoredMembership(version=head.version, digest=head.digest, document=version.signed.to_json(), stored_at=now)


def entry(recorder: Recorder, step: str, version: Version, **members: Any) -> dict[str, Any]:
    """The evidence entry of a version that was taken: anchored or adopted."""
    membership, head = version.membership, version.head
    return recorder.entry(
        EventType.MEMBERSHIP,
        step,
        f"membership-{head.version}",
        version=head.version,
        digest=head.digest,
        previous=membership.previous,
        expires=membership.expires,
        threshold=membership.threshold,
        provinces=list(membership.provinces),
        **members,
    )


def _documents(nouns: Nouns, after: int) -> tuple[bytes, ...]:
    """The documents that follow a version without a gap: none, where the chain here begins later."""
    found: list[bytes] = []
    room = MAX_ANSWER_BYTES
    for one in nouns.memberships.after(after, MAX_DOCUMENTS):
        room -= len(one.document)
        if one.version != after + len(found) + 1 or (found and room < 0):
            break
        found.append(one.document)
    return tuple(found)


def _expired(version: Version) -> MembershipError:
    return MembershipError(
        Flaw.EXPIRED,
        f"version {version.head.version} expired at {version.membership.expires}; bring a newer one with it",
    )


def _conflict(error: MembershipError) -> RefusedError:
    return RefusedError(Reason.VERSION_CONFLICT, str(error))
