"""Taking versions of a peer's list: is its head to be believed, does it follow the one held, are the entries those it signed. DESIGN §5.

Versions never go back: what is older than, or contradicts, what is held is refused, and what is held stays (invariants 7 and 9). An entry
that this software cannot decide by is kept all the same, because the root covers it; it is only counted.

How versions come here (pulled or announced) is `exchanging`'s matter. Callers hold the lock of the list.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from federation.model.publication import (
    MAX_ENTRIES,
    MAX_PUBLICATION_BYTES,
    Delta,
    ForkError,
    Head,
    Mark,
    PublicationError,
    PullAnswer,
    SignedHead,
    chain_links,
)
from federation.model.publication_fork import PublicationExhibit
from federation.ports import Bar
from node.ports.lists import Kind, StoredVersion
from node.ports.store import Nouns, Store
from node.usecases.publication.readable import Readable, Seen
from node.usecases.publication.refusals import EVENT, ContentError
from node.usecases.publication.staging import Stage, Staging, drop, puts
from node.usecases.record import Recorder

CONFIRM_EVERY = timedelta(minutes=1)  # durably; the precise time is in memory
LINKS = 20  # of a chain checked before the loop goes on: the longest heads take 0.3 ms each
MAX_CHANGES = 2 * MAX_ENTRIES  # between two versions: everything dropped, everything put

Verify = Callable[[SignedHead, str, str], Head]


class RollbackError(PublicationError):
    """The publisher names an older version than the one held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A version whose entries are staged and fit their head: ready to be kept."""

    version: StoredVersion
    buckets: bytes
    changed: int
    seen: Seen


class Coming:
    """One version on its way in: its stage, and what was seen of its entries."""

    def __init__(self, stage: Stage, signed: SignedHead, head: Head, seen: Seen) -> None:
        """Nothing has come yet."""
        self.stage, self.signed, self.head, self.seen = stage, signed, head, seen
        self._bytes = 0

    async def add(self, delta: Delta) -> None:
        """Stage a page.

        Raises:
            ContentError: an entry is malformed, or there is more than a publication can hold.
        """
        self._bytes += sum(len(body) for body in delta.puts)
        if self._bytes > MAX_PUBLICATION_BYTES or self.stage.count > MAX_CHANGES:
            raise ContentError("more entries or bytes than a publication may have")
        try:
            changes = await puts(self.stage.kind, delta.puts, self.seen.put)
        except PublicationError as error:
            raise ContentError(str(error)) from error
        for one in delta.drops:
            self.seen.drop((one.id, one.version))
            changes.append(drop(one.id, one.version))
        await self.stage.add(changes)


class Intake:
    """The peers' lists held here. Owned by the event loop."""

    def __init__(
        self,
        *,
        store: Store,
        staging: Staging,
        readable: Readable,
        recorder: Recorder,
        clock: Callable[[], datetime],
        verify: Verify,
        bar: Bar,
    ) -> None:
        """`verify` reads a new head of (head, kind, publisher); `bar` keeps stopped keys out."""
        self._store = store
        self._staging = staging
        self._readable = readable
        self._recorder = recorder
        self._clock = clock
        self._verify = verify
        self._bar = bar
        self._locks: dict[tuple[Kind, str], asyncio.Lock] = {}
        self._confirmed: dict[tuple[Kind, str], datetime] = {}

    def lock(self, kind: Kind, peer: str) -> asyncio.Lock:
        """One version of a list at a time."""
        return self._locks.setdefault((kind, peer), asyncio.Lock())

    def held(self, kind: Kind, peer: str) -> StoredVersion | None:
        """The newest version held."""
        return self._store.read.publications.latest(kind, peer)

    async def judge(self, kind: Kind, peer: str, answer: PullAnswer) -> Head:
        """The head that an answer leads to, where it is to be believed and follows what is held.

        The list's lock was held since the question was asked, so what is held now was held then.

        Raises:
            RollbackError: the newest version named is older than the one held.
            ForkError: it contradicts what the publisher signed before.
            PublicationError: not believed, or the answer does not fit itself.
        """
        held, newest, signed = self.held(kind, peer), answer.newest, answer.head
        if held is not None and newest.version < held.version:
            if signed is not None:
                self.contradiction(kind, peer, self.believed(kind, peer, signed), signed.digest)
            raise RollbackError(f"went back to version {newest.version}; version {held.version} is held here")
        if signed is None:
            raise PublicationError(f"version {newest.version} is named without its signed head")
        head = self.believed(kind, peer, signed)
        if head.version > newest.version or (head.version == newest.version and signed.digest != newest.digest):
            raise PublicationError("the signed head is not the one that the answer names")
        self.contradiction(kind, peer, head, signed.digest)
        return await self.follows(kind, peer, head, answer.delta)

    async def follows(self, kind: Kind, peer: str, head: Head, delta: Delta | None) -> Head:
        """The head, where it is newer than what is held and leads back to it.

        Raises:
            ForkError: it leads to another version than the one held.
            PublicationError: it is not newer, or shows no way back.
        """
        held = self.held(kind, peer)
        if held is None:
            return head
        if head.version <= held.version:
            raise PublicationError(f"version {head.version} is not above version {held.version} held here")
        for number, _ in enumerate(chain_links(head, delta.chain if delta else (), mark(held))):
            if number % LINKS == LINKS - 1:
                await asyncio.sleep(0)
        return head

    def believed(self, kind: Kind, peer: str, signed: SignedHead) -> Head:
        """The head of a signed one.

        Raises:
            PublicationError: the signature, the form or the key is wrong.
        """
        head = self._verify(signed, kind.value, peer)
        refusal = self._bar.message(peer, signed.key_id)
        if refusal is not None:  # what is held stays (DESIGN §2.9)
            raise PublicationError(f"signed with a key that is stopped by {refusal.detail}")
        return head

    def contradiction(self, kind: Kind, peer: str, head: Head, digest: str) -> None:
        """Compare with the version of that number, where it is or was held.

        Raises:
            ForkError: it was another.
        """
        known = self._store.read.publications.at(kind, peer, head.version)
        if known is not None and known.digest != digest:
            raise ForkError(f"version {head.version} is another than the version {known.version} held here")

    def exhibit(
        self, kind: Kind, peer: str, signed: SignedHead | None, delta: Delta | None, error: PublicationError
    ) -> PublicationExhibit | None:
        """What to keep as a file of a version refused: a fork, or a step back."""
        if not isinstance(error, ForkError | RollbackError):
            return None
        held, chain = self.held(kind, peer), tuple[bytes, ...]()
        if isinstance(error, ForkError) and signed is not None:
            head = self._verify(signed, kind.value, peer)
            same = self._store.read.publications.at(kind, peer, head.version)
            held = same or held
            if same is None and delta is not None:  # two heads of one number need no chain, and then none was checked
                chain = delta.chain
        if held is None:
            return None
        return PublicationExhibit(
            list_kind=kind.value,
            publisher=peer,
            first=held.document,
            second=signed.document(kind.value) if signed else b"",
            chain=chain,
        )

    async def begin(self, kind: Kind, peer: str, signed: SignedHead, head: Head) -> Coming:
        """Start taking a version."""
        stage = await self._staging.open(kind, peer, self.held(kind, peer), head.version)
        return Coming(stage, signed, head, self._readable.seen(kind, peer))

    async def complete(self, coming: Coming) -> Staged:
        """Compare all that came with the signed head.

        Raises:
            ContentError: root or size is another.
        """
        head, stage = coming.head, coming.stage
        try:
            tree = await stage.tree()
        except PublicationError as error:
            raise ContentError(str(error)) from error
        if (tree.root, tree.size) != (head.root, head.size):
            raise ContentError(f"the entries of version {head.version} are not those that its head was signed over")
        version = StoredVersion(
            kind=stage.kind,
            publisher=stage.publisher,
            version=head.version,
            digest=coming.signed.digest,
            document=coming.signed.document(stage.kind.value),
            size=head.size,
            stored_at=self._clock(),
        )
        return Staged(version=version, buckets=tree.buckets, changed=stage.count, seen=coming.seen)

    def keep(self, nouns: Nouns, staged: Staged) -> None:
        """Make it the version in force, on record."""
        one = staged.version
        nouns.publications.keep(one, staged.buckets)
        nouns.publications.confirm(one.kind, one.publisher, one.stored_at)
        nouns.evidence.append(
            self._recorder.entry(
                EVENT[one.kind],
                "received",
                f"{one.kind}-{one.publisher}-{one.version}",
                publisher=one.publisher,
                version=one.version,
                digest=one.digest,
                entries=one.size,
                changed=staged.changed,
                unreadable=staged.seen.unreadable or None,
            )
        )

    def kept(self, staged: Staged) -> None:
        """That unit is durable."""
        one = staged.version
        self._staging.settled(one.kind, one.publisher)
        self._confirmed[one.kind, one.publisher] = one.stored_at
        self._readable.kept(one.kind, one.publisher, staged.seen)

    async def confirm(self, kind: Kind, peer: str) -> None:
        """The publisher says at this moment that what we hold is its newest: at most one durable write a minute."""
        now = self._clock()
        self._confirmed[kind, peer] = now
        known = self._store.read.publications.confirmed(kind, peer)
        if (
            known is None or not timedelta() <= now - known < CONFIRM_EVERY
        ):  # a time to come is one of a clock that was wrong
            await self._store.transact(lambda nouns: nouns.publications.confirm(kind, peer, now))

    def confirmed(self, kind: Kind, peer: str) -> datetime | None:
        """When it last said so."""
        return self._confirmed.get((kind, peer)) or self._store.read.publications.confirmed(kind, peer)


def mark(stored: StoredVersion | None) -> Mark:
    """A version held, as messages name it."""
    return Mark(version=stored.version, digest=stored.digest) if stored else Mark()
