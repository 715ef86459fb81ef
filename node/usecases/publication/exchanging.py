"""The province's lists among its peers: publishing its own, keeping the others'. Clause 6, DESIGN §5, invariants 7 and 9.

Common to catalogue, use list and decisions. What the parts do: `own` makes versions, `offers` hands them out,
`intake` judges and takes those of peers; `refusals` keeps what was refused, `receipts` what peers
hold of ours; `staging` stages rows.

A list is one at a time in two senses: one version is made or taken at a time, under a lock; and the lock of a peer's list is held from the
question to the end of what it led to, so that "older than what is held" compares with what was held when the peer was asked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from federation.methods import ACKNOWLEDGE, ANNOUNCE, PULL, Method
from federation.model.publication import (
    Acknowledge,
    AcknowledgeAnswer,
    Announce,
    AnnounceAnswer,
    Delta,
    Key,
    Mark,
    PublicationError,
    Pull,
    PullAnswer,
    claimed_version,
)
from federation.model.refusal import Reason, Refusal
from federation.ports import Bar, Incoming, Mail, OpenBar, Peers, Reply
from node.errors import RefusedError
from node.exhibits import Exhibits
from node.ports.lists import Kind
from node.ports.store import Nouns, Store
from node.usecases.exchange import Answered, Exchange
from node.usecases.lists import Lists
from node.usecases.publication.claims import Claims
from node.usecases.publication.intake import Intake, Staged, Verify, mark
from node.usecases.publication.offers import Offers
from node.usecases.publication.own import Change, OwnLists, Sign, Then, nothing
from node.usecases.publication.readable import Readable
from node.usecases.publication.receipts import Receipts, receipt_of
from node.usecases.publication.refusals import ContentError, PublicationRefusals
from node.usecases.publication.staging import Staging
from node.usecases.publication.unbroken import unbroken
from node.usecases.record import Recorder

__all__ = ["Change", "Publications", "Sign", "Verify"]

CALL_TIMEOUT_S = 10.0
ASKED_LATELY = timedelta(seconds=60)
_NEVER = datetime.min.replace(tzinfo=UTC)
MAX_STEPS = 100  # of at most 2,000 versions each, in one exchange with a peer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What one pull led to: the receipt to give, where there is one, and whether there is more to pull."""

    receipt: Acknowledge | None = None
    more: bool = False


class Publications:
    """This province's publications and its copies of the peers'. Implements `federation.ports.PublicationExchange`."""

    def __init__(
        self,
        *,
        province: str,
        store: Store,
        exchange: Exchange,
        mail: Mail,
        peers: Peers,
        lists: Lists,
        recorder: Recorder,
        exhibits: Exhibits,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        sign: Sign,
        verify: Verify,
        key_listed: Callable[[str], bool],
        others: Callable[[], Iterable[str]],
        wake: Callable[[str], None],
        bar: Bar | None = None,
    ) -> None:
        """`sign` signs the payload of a head, `wake` asks for a sync with one of the `others`. `bar` keeps stopped keys out.

        `verify` reads a peer's new head of (head, kind, publisher); `key_listed` says of a fingerprint whether membership lists it as a
        signing key of ours.
        """
        self._province = province
        self._store = store
        self._exchange = exchange
        self._mail = mail
        self._peers = peers
        self._lists = lists
        self._clock = clock
        self._new_id = new_id
        self._others = others
        self._wake_peer = wake
        self._only_told: set[str] = set()  # peers woken for nothing but a new version of ours
        self._must_ask: set[str] = set()  # peers that have, or may have, something newer
        self._asked_at: dict[str, datetime] = {}
        staging, self.readable = Staging(store), Readable(store)
        parts: dict[str, Any] = {"store": store, "recorder": recorder, "clock": clock}
        common: dict[str, Any] = {**parts, "staging": staging, "readable": self.readable}
        self._own = OwnLists(province=province, lists=lists, sign=sign, **common)
        self._claims = Claims(others)
        self._receipts = Receipts(province=province, store=store, recorder=recorder)
        self._offers = Offers(province=province, store=store, sign=sign, key_listed=key_listed)
        self._refusals = PublicationRefusals(exhibits=exhibits, **parts)
        self._intake = Intake(verify=verify, bar=bar or OpenBar(), **common)

    async def publish(self, kind: Kind, entries: Iterable[dict[str, Any]], *, founding: bool = False) -> int:
        """Publish the whole list as it shall be; returns the version in force, which is the old one where nothing differs.

        Raises:
            PublicationError: an entry cannot stand in a publication, two have one key, or peers hold more of this list than we do
                (`claims`); nothing was published.
        """
        before = self._not_behind(kind)
        return self._told(before, await self._own.publish(kind, entries, founding=founding))

    async def change(self, kind: Kind, changes: Sequence[Change], then: Then = nothing) -> int:
        """Publish single changes; `then(nouns, version)` runs in the unit that keeps the version. Returns the version in force.

        Where nothing differs from what is published there is no new version, and `then` runs in a unit of its own.

        Raises:
            PublicationError: an entry cannot stand in a publication under its key, or peers hold more of this list than we do
                (`claims`); nothing was published.
        """
        before = self._not_behind(kind)
        return self._told(before, await self._own.change(kind, changes, then))

    def _not_behind(self, kind: Kind) -> int:
        """Our newest version, where a next one may be made.

        Raises:
            BehindError: peers hold more.
        """
        version = self.versions()[kind]
        self._claims.refuse_behind(kind, version)
        return version

    def behind(self, kind: Kind) -> int:
        """The version of our list that peers hold beyond our newest one, because this node was set back; 0 where it was not."""
        return self._claims.behind(kind, self.versions()[kind])

    def _told(self, before: int, version: int) -> int:
        """Have peers told of a new version."""
        for peer in self._others() if version > before else ():
            if peer not in self._must_ask:
                self._only_told.add(peer)
            self._wake_peer(peer)
        return version

    def _wake(self, peer: str) -> None:
        """Have a peer asked for what it has newer."""
        self._only_told.discard(peer)
        self._must_ask.add(peer)
        self._wake_peer(peer)

    def versions(self) -> Mapping[Kind, int]:
        """Our newest version of each kind; 0 for none."""
        return {kind: mark(self._own.latest(kind)).version for kind in Kind}

    def confirmed(self, kind: Kind, publisher: str) -> datetime | None:
        """When a publisher last said that what we hold is its newest; None where it never did. Ours is, at this moment."""
        return self._clock() if publisher == self._province else self._intake.confirmed(kind, publisher)

    async def exchange_with(self, peer: str) -> None:
        """Announce what the peer has not acknowledged, and pull what is newer there.

        Nothing is pulled where a new version of ours is the only reason to talk and the peer was asked lately: then a change is one call.

        Raises:
            PeerError: the peer could not be talked to now.
        """
        asked_ago = self._clock() - self._asked_at.get(peer, _NEVER)
        only_tell = peer in self._only_told and timedelta() <= asked_ago < ASKED_LATELY
        self._only_told.discard(peer)
        self._must_ask.discard(peer)  # who is woken from here on is asked once more
        try:
            for kind in Kind:
                await self._announce(kind, peer)
                if not only_tell:
                    await self._pull(kind, peer)
        except BaseException:  # also where this was cancelled
            self._must_ask.add(peer)
            raise
        if not only_tell:
            self._asked_at[peer] = self._clock()

    async def _announce(self, kind: Kind, peer: str) -> None:
        message = await self._offers.announcement(kind, self._receipts.of(kind, peer))
        if message is None:
            return
        told = Mark(version=claimed_version(message.head.payload), digest=message.head.digest)
        reply: Reply[AnnounceAnswer] = await self._ask(peer, ANNOUNCE[kind.value], message)
        held, refusal = reply.message.held, reply.message.refusal
        self._claims.note(kind, peer, held.version, self.versions()[kind])
        if refusal is not None:  # of what was announced, whatever was published meanwhile
            await self._receipts.note(receipt_of(kind, peer, told, self._clock(), refusal), reply.digest)
        elif held.version and self._receipts.is_ours(kind, held):
            await self._receipts.note(receipt_of(kind, peer, held, self._clock(), None), reply.digest)

    async def _pull(self, kind: Kind, peer: str) -> None:
        """Go on while the peer has more, then give the receipt."""
        receipt = None
        async with self._intake.lock(kind, peer):
            for _ in range(MAX_STEPS):
                step = await self._pull_step(kind, peer)
                receipt = step.receipt or receipt
                if not step.more:
                    break
        if receipt is not None:
            await self._ask(peer, ACKNOWLEDGE[kind.value], receipt)

    async def _pull_step(self, kind: Kind, peer: str) -> _Step:
        held = mark(self._intake.held(kind, peer))
        reply: Reply[PullAnswer] = await self._ask(peer, PULL[kind.value], Pull(held=held))
        answer = reply.message
        if answer.newest == held:
            if held.version:
                await self._intake.confirm(kind, peer)
            return _Step()
        if answer.head is not None and self._refusals.pointless(kind, peer, answer.head.digest):
            return _Step()
        try:
            staged = await self._fetched(kind, peer, held, answer)
        except PublicationError as error:
            return await self._refused(kind, peer, answer, error)
        await unbroken(self._kept(staged))
        head = Mark(version=staged.version.version, digest=staged.version.digest)
        receipt = Acknowledge(head=head, received_at=self._clock())
        return _Step(receipt=receipt, more=head.version < answer.newest.version)

    async def _kept(self, staged: Staged) -> None:
        with self._taking(staged):
            await self._store.transact(lambda nouns: self._intake.keep(nouns, staged))

    async def _fetched(self, kind: Kind, peer: str, held: Mark, answer: PullAnswer) -> Staged:
        """Judge the head, and fetch and stage all pages.

        Raises:
            PublicationError: it must not be taken.
            PeerError: the peer could not be talked to; nothing is visible of what was staged.
        """
        head, signed = await self._intake.judge(kind, peer, answer), answer.head
        if signed is None or answer.delta is None or answer.delta.after != held.version:
            raise PublicationError(f"version {head.version} came without what leads to it from version {held.version}")
        coming = await self._intake.begin(kind, peer, signed, head)
        await coming.add(_page(head.version, answer, Key()))
        behind = answer.next
        while behind.id:
            reply: Reply[PullAnswer] = await self._ask(
                peer, PULL[kind.value], Pull(held=held, until=head.version, after=behind)
            )
            await coming.add(_page(head.version, reply.message, behind))
            behind = reply.message.next
        return await self._intake.complete(coming)

    async def _refused(self, kind: Kind, peer: str, answer: PullAnswer, error: PublicationError) -> _Step:
        """Put a refusal on record; the receipt says so, once."""
        exhibit = self._intake.exhibit(kind, peer, answer.head, answer.delta, error)
        refusal, fresh = await self._refusals.refuse(kind, peer, answer.newest, answer.head, error, exhibit)
        receipt = Acknowledge(head=answer.newest, received_at=self._clock(), refusal=refusal)
        return _Step(receipt=receipt if fresh else None)

    @contextmanager
    def _taking(self, staged: Staged) -> Iterator[None]:
        """Around the unit that keeps a version; one that failed may yet turn out to be stored, so the lists look again in any case."""
        kind, publisher = staged.version.kind, staged.version.publisher
        try:
            yield
        finally:
            self._lists.renewed(kind, publisher)
        self._intake.kept(staged)
        self._refusals.forget(kind, publisher)

    async def _ask(self, peer: str, method: Method, message: Any) -> Reply[Any]:
        """A signed call without an evidence entry: polls and receipts (DESIGN §4)."""
        draft = self._mail.draft_request(message, recipients=(peer,), exchange_id=self._new_id())
        return await self._peers.ask(peer, method, draft, self._mail.sign(draft), CALL_TIMEOUT_S)

    async def announced(self, kind: Kind, incoming: Incoming[Announce]) -> Answered:
        """A peer has a new version: take it where the announcement brings it along, or ask for it soon; say what we hold then."""
        lock = self._intake.lock(kind, incoming.sender)
        if lock.locked():  # a pull is under way; what it brings may be this, or not yet
            self._wake(incoming.sender)
            return await self._answered(kind, incoming, None, None)
        async with lock:
            return await unbroken(self._taken(kind, incoming))

    async def _taken(self, kind: Kind, incoming: Incoming[Announce]) -> Answered:
        """The same, to its end whether the caller waits for it or not; the list's lock is held."""
        sender, staged, refusal = incoming.sender, None, None
        try:
            staged = await self._considered(kind, sender, incoming.message)
        except PublicationError as error:
            refusal = await self._refused_announcement(kind, sender, incoming.message, error)
        with self._taking(staged) if staged else nullcontext():
            answered = await self._answered(kind, incoming, staged, refusal)
        if staged is None and mark(self._intake.held(kind, sender)).digest == incoming.message.head.digest:
            await self._intake.confirm(kind, sender)
        return answered

    async def _considered(self, kind: Kind, peer: str, message: Announce) -> Staged | None:
        """The version announced, staged, where the announcement brings all that leads to it; otherwise a pull is asked for.

        An announcement of an older version may have been overtaken on its way: only a pull can say that the peer went back.

        Raises:
            PublicationError: it must not be taken.
        """
        held, signed, delta = mark(self._intake.held(kind, peer)), message.head, message.delta
        if signed.digest == held.digest:
            return None
        head = self._intake.believed(kind, peer, signed)
        self._intake.contradiction(kind, peer, head, signed.digest)
        if head.version <= held.version or delta is None or delta.after != held.version:
            self._wake(peer)
            return None
        await self._intake.follows(kind, peer, head, delta)
        if self._refusals.pointless(kind, peer, signed.digest):
            return None
        coming = await self._intake.begin(kind, peer, signed, head)
        await coming.add(delta)
        return await self._intake.complete(coming)

    async def _refused_announcement(self, kind: Kind, peer: str, message: Announce, error: PublicationError) -> Refusal:
        named = Mark(version=claimed_version(message.head.payload), digest=message.head.digest)
        exhibit = self._intake.exhibit(kind, peer, message.head, message.delta, error)
        refusal, _ = await self._refusals.refuse(kind, peer, named, message.head, error, exhibit)
        return refusal

    async def _answered(
        self, kind: Kind, incoming: Incoming[Announce], staged: Staged | None, refusal: Refusal | None
    ) -> Answered:
        """Keep what is staged, and answer, in one unit of work."""

        def decide(nouns: Nouns) -> AnnounceAnswer:
            if staged is not None:
                self._intake.keep(nouns, staged)
            return AnnounceAnswer(held=mark(nouns.publications.latest(kind, incoming.sender)), refusal=refusal)

        return await self._exchange.poll(incoming, ANNOUNCE[kind.value].path, decide)

    async def pulled(self, kind: Kind, incoming: Incoming[Pull]) -> Answered:
        """A peer asks for what leads to our newest version."""
        self._claims.note(kind, incoming.sender, incoming.message.held.version, self.versions()[kind])
        answer = await self._offers.answer(kind, incoming.message)
        return await self._exchange.poll(incoming, PULL[kind.value].path, lambda _: answer)

    async def acknowledged(self, kind: Kind, incoming: Incoming[Acknowledge]) -> Answered:
        """A peer's receipt for our publication: keep it, on record.

        Raises:
            RefusedError: replayed, or a receipt for what was never published here.
        """
        head = incoming.message.head
        if not self._receipts.is_ours(kind, head):
            refusal = Refusal(reason=Reason.VERSION_CONFLICT, detail="a receipt for what was not published here")
            await self._exchange.refuse(incoming.sender, ACKNOWLEDGE[kind.value].path, incoming.digest, refusal)
            raise RefusedError(refusal.reason, refusal.detail)
        receipt = receipt_of(kind, incoming.sender, head, self._clock(), incoming.message.refusal)

        def decide(nouns: Nouns) -> AcknowledgeAnswer:
            self._receipts.keep(nouns, receipt, incoming.digest)
            return AcknowledgeAnswer()

        return await self._exchange.poll(incoming, ACKNOWLEDGE[kind.value].path, decide)


def _page(version: int, answer: PullAnswer, behind: Key) -> Delta:
    """What a page brings: one that is not the last goes on to a place behind the one before, and brings something, so that pages end.

    Raises:
        ContentError: it does not.
    """
    delta, end = answer.delta, answer.next
    goes_on = not end.id or (
        delta is not None and (delta.puts or delta.drops) and (behind.id, behind.version) < (end.id, end.version)
    )
    if delta is None or not goes_on:
        raise ContentError(f"the entries of version {version} ended before their end")
    return delta
