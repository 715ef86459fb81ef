"""What peers get of the own lists: announcements that bring the change along, and pages of what leads to a version. DESIGN §5.

Reads only. A page is at most 500 entries; the chain of heads between two versions at most 2,000, so that who missed more goes in steps.
"""

import asyncio
from collections.abc import Callable, Sequence

from federation.model.publication import (
    MAX_ANNOUNCED_BYTES,
    MAX_CHAIN,
    MAX_PAGE_ENTRIES,
    Announce,
    Delta,
    Key,
    Mark,
    Pull,
    PullAnswer,
    SignedHead,
    from_document,
)
from node.ports.lists import EntryChange, Kind, StoredReceipt, StoredVersion
from node.ports.store import Store
from node.usecases.publication.intake import mark
from node.usecases.publication.own import Sign

PAGE_BYTES = 512 << 10  # bodies of a page: half of what a peer takes, and sealed in a few milliseconds
ANNOUNCED_CHAIN = 100  # heads that travel with an announcement; beyond, the peer pulls
RECENT = 100  # versions that may be published while a peer fetches a whole list
SLICE = 100  # heads read before the loop goes on


class Offers:
    """Answers pulls, and makes announcements."""

    def __init__(self, *, province: str, store: Store, sign: Sign, key_listed: Callable[[str], bool]) -> None:
        """`sign` signs the payload of a head; `key_listed` says of a fingerprint whether membership lists it as a signing key of ours."""
        self._province = province
        self._store = store
        self._sign = sign
        self._key_listed = key_listed
        self.max_chain, self.page_entries, self.recent = MAX_CHAIN, MAX_PAGE_ENTRIES, RECENT

    async def announcement(self, kind: Kind, receipt: StoredReceipt | None) -> Announce | None:
        """What to tell a peer of our newest version; None where there is none, or its receipt says that it has it."""
        publications = self._store.read.publications
        own = publications.latest(kind, self._province)
        if own is None:
            return None
        if receipt is not None and not receipt.refusal and receipt.version >= own.version:
            return None
        known = receipt.version if receipt else 0
        refused = receipt is not None and receipt.refusal != ""  # then it is unknown what the peer holds
        delta = None if refused else await self._short_delta(kind, known, own.version)
        return Announce(head=self._presentable(own), delta=delta)

    async def _short_delta(self, kind: Kind, after: int, until: int) -> Delta | None:
        """What leads from one version to another, where that is little."""
        if after and until - after > ANNOUNCED_CHAIN:
            return None
        changes = self._changes(kind, after, until, None)
        if len(changes) > self.page_entries or sum(len(one.body or b"") for one in changes) > MAX_ANNOUNCED_BYTES:
            return None
        return _delta(after, await self._chain(kind, after, until), changes)

    async def answer(self, kind: Kind, asked: Pull) -> PullAnswer:
        """The answer to a pull."""
        publications = self._store.read.publications
        own = publications.latest(kind, self._province)
        newest = mark(own)
        if own is None or asked.held == newest:
            return PullAnswer(newest=newest)
        if asked.after.id:
            return self._next_page(kind, asked, newest)
        if asked.held.version >= own.version:  # we went back, or one of us holds another history
            return PullAnswer(newest=newest, head=self._presentable(own))
        after = asked.held.version
        until = min(newest.version, after + self.max_chain) if after else newest.version
        head = publications.at(kind, self._province, until) or own
        chain = await self._chain(kind, after, head.version)
        if after and not self._knows(kind, asked.held):  # the chain shows the peer that its version is not one of ours
            return PullAnswer(newest=newest, head=self._presentable(head), delta=Delta(after=after, chain=chain))
        page, end = _page(self._changes(kind, after, head.version, None), self.page_entries)
        return PullAnswer(newest=newest, head=self._presentable(head), delta=_delta(after, chain, page), next=end)

    def _next_page(self, kind: Kind, asked: Pull, newest: Mark) -> PullAnswer:
        """A page behind the first. Nothing where we have no such version, or it is one of long ago: the peer begins anew."""
        after = asked.held.version
        if not after < asked.until <= newest.version or not self._served(kind, asked, newest):
            return PullAnswer(newest=newest)
        changes = self._changes(kind, after, asked.until, (asked.after.id, asked.after.version))
        page, end = _page(changes, self.page_entries)
        return PullAnswer(newest=newest, delta=_delta(after, (), page), next=end)

    def _served(self, kind: Kind, asked: Pull, newest: Mark) -> bool:
        """Whether what was asked for is found without a walk through all rows: of a whole list, only the rows of late still stand."""
        return self._knows(kind, asked.held) if asked.held.version else newest.version - asked.until <= self.recent

    def _knows(self, kind: Kind, held: Mark) -> bool:
        return mark(self._store.read.publications.at(kind, self._province, held.version)) == held

    def _changes(self, kind: Kind, after: int, until: int, behind: tuple[str, int] | None) -> Sequence[EntryChange]:
        """One more than a page holds, so that its end shows."""
        return self._store.read.publications.changes(kind, self._province, after, until, behind, self.page_entries + 1)

    async def _chain(self, kind: Kind, after: int, until: int) -> tuple[bytes, ...]:
        """The payloads of the heads between two versions; none from nothing, which no chain can lead back to."""
        chain: list[bytes] = []
        while after and after < until - 1:
            heads = self._store.read.publications.versions(kind, self._province, after, min(SLICE, until - 1 - after))
            if not heads:
                break
            chain += (from_document(one.document, kind.value).payload for one in heads)
            after = heads[-1].version
            await asyncio.sleep(0)
        return tuple(chain)

    def _presentable(self, stored: StoredVersion) -> SignedHead:
        """The signed head, signed again where its key is no longer listed: who gets it now has no other way to believe it."""
        signed = from_document(stored.document, stored.kind.value)
        return signed if self._key_listed(signed.key_id) else self._sign(signed.payload, stored.kind)


def _page(changes: Sequence[EntryChange], most: int) -> tuple[Sequence[EntryChange], Key]:
    """As many of the changes as a page holds, and where it ends; no key where all fit."""
    total = count = 0
    for one in changes[:most]:
        total += len(one.body or b"")
        if count and total > PAGE_BYTES:
            break
        count += 1
    if count == len(changes):
        return changes, Key()
    last = changes[count - 1]
    return changes[:count], Key(id=last.id, version=last.version)


def _delta(after: int, chain: tuple[bytes, ...], changes: Sequence[EntryChange]) -> Delta:
    return Delta(
        after=after,
        chain=chain,
        puts=tuple(one.body for one in changes if one.body is not None),
        drops=tuple(Key(id=one.id, version=one.version) for one in changes if one.body is None),
    )
