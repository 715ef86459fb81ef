"""Staging a version of a publication: rows that nobody sees, and the root of the tree over them. DESIGN §5; port: `node.ports.lists`.

Works for own lists and for peers' alike, and judges neither. One version of a publication is staged at a time; its caller holds the lock.
Long work is sliced: the event loop is never kept for more than a few milliseconds.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from federation.model.publication import MAX_ENTRIES, EntryKey, PublicationError, read_body
from node.ports.lists import EntryChange, Kind, StoredVersion
from node.ports.store import Store
from trust.entry_tree import EMPTY_BUCKETS, bucket_of, bucket_root, tree_root, with_bucket
from trust.merkle import leaf_hash

UNIT_ROWS = 200  # staged in one unit of work, which holds the loop for about 5 ms (500: 11 ms)
SLICE = 50  # entries read, or hashed, before the loop goes on
SLICE_BYTES = 32 << 10  # of them, too: 64 KiB of numbers take 10 ms to read


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """What a staged version amounts to: the root (hex), the 256 bucket roots joined, and how many entries."""

    root: str
    buckets: bytes
    size: int


def put(key: EntryKey, body: bytes) -> EntryChange:
    """The change that puts an entry under its key."""
    return EntryChange(id=key[0], version=key[1], bucket=bucket_of(key[0]), body=body, leaf=leaf_hash(body))


def drop(entry_id: str, version: int) -> EntryChange:
    """The change that drops an entry."""
    return EntryChange(id=entry_id, version=version, bucket=bucket_of(entry_id), body=None)


async def puts(kind: Kind, bodies: Sequence[bytes], seen: Callable[[EntryKey, Any], None]) -> list[EntryChange]:
    """The changes that put a peer's entries, read in slices; each is shown to `seen` under its key.

    Raises:
        PublicationError: one of them cannot stand in a publication.
    """
    read: list[EntryChange] = []
    number = size = 0  # since the loop went on
    for body in bodies:
        number, size = number + 1, size + len(body)
        if number > SLICE or size > SLICE_BYTES:
            await asyncio.sleep(0)
            number, size = 1, len(body)
        key, raw = read_body(kind.value, body)
        seen(key, raw)
        read.append(put(key, body))
    return read


class Staging:
    """Opens stages, and knows which publications may have rows left over from a stage that came to nothing: at first, all of them."""

    def __init__(self, store: Store) -> None:
        """Over one store."""
        self._store = store
        self._clean: set[tuple[Kind, str]] = set()

    async def open(self, kind: Kind, publisher: str, held: StoredVersion | None, version: int) -> "Stage":
        """A stage for the version that will follow `held`; leftovers are forgotten first."""
        if (kind, publisher) not in self._clean:
            while await self._store.transact(lambda nouns: nouns.publications.unstage(kind, publisher, UNIT_ROWS)):
                pass
        self._clean.discard((kind, publisher))
        return Stage(self._store, kind, publisher, held, version)

    def settled(self, kind: Kind, publisher: str) -> None:
        """What was staged has been kept: nothing is left over."""
        self._clean.add((kind, publisher))


class Stage:
    """One version on its way."""

    def __init__(self, store: Store, kind: Kind, publisher: str, held: StoredVersion | None, version: int) -> None:
        """Nothing is staged yet."""
        self.kind, self.publisher, self.version, self.held = kind, publisher, version, held
        self.count = 0  # changes staged
        self._store = store
        self._touched: set[int] = set()

    async def add(self, changes: Sequence[EntryChange]) -> None:
        """Stage changes, durably."""
        for start in range(0, len(changes), UNIT_ROWS):
            await self._stage(changes[start : start + UNIT_ROWS])

    async def _stage(self, changes: Sequence[EntryChange]) -> None:
        await self._store.transact(
            lambda nouns: nouns.publications.stage(self.kind, self.publisher, self.version, changes)
        )
        self._touched.update(one.bucket for one in changes)
        self.count += len(changes)

    async def tree(self) -> Tree:
        """The tree over the staged version: only the buckets that something changed in are read.

        Raises:
            PublicationError: more entries than a publication may have.
        """
        publications = self._store.read.publications
        roots = publications.buckets(self.kind, self.publisher) or EMPTY_BUCKETS
        size = self.held.size if self.held else 0
        for bucket in sorted(self._touched):
            before = publications.leaves(self.kind, self.publisher, bucket) if self.held else ()
            after = publications.leaves(self.kind, self.publisher, bucket, staged=True)
            size += len(after) - len(before)
            roots = with_bucket(roots, bucket, bucket_root(after))
            await asyncio.sleep(0)
        if size > MAX_ENTRIES:
            raise PublicationError(f"more than {MAX_ENTRIES} entries in a publication")
        return Tree(root=tree_root(roots).hex(), buckets=roots, size=size)
