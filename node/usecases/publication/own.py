"""The province's own lists: the whole list or single changes become the next signed version. Clause 6, DESIGN §5.

Not who may change what: that is the life cycle's matter. One version of a list is made at a time. What is offered of it to peers, and how:
`offers`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from federation.model.publication import MAX_ENTRY_BYTES, Head, PublicationError, SignedHead, entry_key
from node.ports.lists import EntryChange, Kind, StoredVersion
from node.ports.store import Nouns, Store
from node.usecases.lists import Lists
from node.usecases.publication.readable import Readable, Seen
from node.usecases.publication.refusals import EVENT
from node.usecases.publication.staging import SLICE, UNIT_ROWS, Stage, Staging, Tree, drop, put
from node.usecases.publication.unbroken import unbroken
from node.usecases.record import Recorder
from trust import canonical

Sign = Callable[[bytes, Kind], SignedHead]
Then = Callable[[Nouns, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An entry to put under its key, or (None) the key to drop."""

    entry: dict[str, Any] | None
    id: str
    version: int = 1


def nothing(_nouns: Nouns, _version: int) -> None:
    """Nothing else belongs into the unit that keeps a version."""


class OwnLists:
    """Publishes. Owned by the event loop."""

    def __init__(
        self,
        *,
        province: str,
        store: Store,
        staging: Staging,
        lists: Lists,
        readable: Readable,
        recorder: Recorder,
        clock: Callable[[], datetime],
        sign: Sign,
    ) -> None:
        """`sign` signs the payload of a head."""
        self._province = province
        self._store = store
        self._staging = staging
        self._lists = lists
        self._readable = readable
        self._recorder = recorder
        self._clock = clock
        self._sign = sign
        self._locks = {kind: asyncio.Lock() for kind in Kind}

    def latest(self, kind: Kind) -> StoredVersion | None:
        """Our newest version."""
        return self._store.read.publications.latest(kind, self._province)

    async def publish(self, kind: Kind, entries: Iterable[dict[str, Any]], *, founding: bool) -> int:
        """Make the list consist of these entries; returns the version in force, the old one where nothing differs.

        Raises:
            PublicationError: an entry cannot stand in a publication, or two have one key.
        """
        async with self._locks[kind]:
            held = self.latest(kind)
            changes = [one async for one in self._difference(kind, held, await _bodies(kind, entries))]
            if held is not None and not changes:
                return held.version
            return await self._advance(kind, held, changes, nothing, founding=founding)

    async def change(self, kind: Kind, changes: Sequence[Change], then: Then) -> int:
        """Put and drop single entries; `then` runs in the unit that keeps the version, with its number.

        Where nothing differs from what is published, `then` runs with the version in force.

        Raises:
            PublicationError: an entry cannot stand in a publication under its key.
        """
        async with self._locks[kind]:
            held = self.latest(kind)
            differing = await self._differing(kind, changes)
            if held is not None and not differing:
                await self._store.transact(lambda nouns: then(nouns, held.version))
                return held.version
            return await self._advance(kind, held, differing, then, founding=False)

    async def _difference(
        self, kind: Kind, held: StoredVersion | None, wanted: dict[tuple[str, int], bytes]
    ) -> AsyncIterator[EntryChange]:
        """What leads from the version held to the entries wanted."""
        publications, after = self._store.read.publications, None
        while held and (page := publications.page(kind, self._province, held.version, after, UNIT_ROWS)):
            for one in page:
                body = wanted.pop((one.id, one.version), None)
                if body is None:
                    yield drop(one.id, one.version)
                elif body != one.body:
                    yield put((one.id, one.version), body)
            after = (page[-1].id, page[-1].version)
            await asyncio.sleep(0)
        for number, (key, body) in enumerate(wanted.items()):
            yield put(key, body)
            if number % SLICE == 0:
                await asyncio.sleep(0)

    async def _differing(self, kind: Kind, changes: Sequence[Change]) -> list[EntryChange]:
        """The changes that change something, each key once: the last one counts."""
        made: dict[tuple[str, int], EntryChange] = {}
        for number, one in enumerate(changes):
            made[one.id, one.version] = _change(kind, one)
            if number % SLICE == SLICE - 1:
                await asyncio.sleep(0)
        publications, differing = self._store.read.publications, []
        for number, (key, change) in enumerate(made.items()):
            standing = {each.version: each.body for each in publications.entry(kind, self._province, key[0])}
            if standing.get(key[1]) != change.body:
                differing.append(change)
            if number % SLICE == SLICE - 1:
                await asyncio.sleep(0)
        return differing

    async def _advance(
        self, kind: Kind, held: StoredVersion | None, changes: Sequence[EntryChange], then: Then, *, founding: bool
    ) -> int:
        """Stage, sign and keep the next version."""
        version = (held.version if held else 0) + 1
        stage = await self._staging.open(kind, self._province, held, version)
        seen = self._readable.seen(kind, self._province)
        await seen.look(changes)
        await stage.add(changes)
        tree = await stage.tree()
        stored = self._signed(stage, held, tree)

        def unit(nouns: Nouns) -> None:
            nouns.publications.keep(stored, tree.buckets)
            nouns.evidence.append(self._entry(stored, stage.count, seen, founding=founding))
            then(nouns, version)

        await unbroken(self._kept(kind, unit, seen))
        return version

    async def _kept(self, kind: Kind, unit: Callable[[Nouns], None], seen: Seen) -> None:
        try:
            await self._store.transact(unit)
        finally:  # a unit that failed may yet turn out to be stored
            self._lists.renewed(kind, self._province)
        self._staging.settled(kind, self._province)
        self._readable.kept(kind, self._province, seen)

    def _signed(self, stage: Stage, held: StoredVersion | None, tree: Tree) -> StoredVersion:
        """The signed head of a stage, as it is stored."""
        now = self._clock()
        head = Head(
            kind=stage.kind.value,
            publisher=self._province,
            version=stage.version,
            issued=now.replace(microsecond=0),
            previous=held.digest if held else "",
            size=tree.size,
            root=tree.root,
        )
        signed = self._sign(head.payload(), stage.kind)
        return StoredVersion(
            kind=stage.kind,
            publisher=self._province,
            version=stage.version,
            digest=signed.digest,
            document=signed.document(stage.kind.value),
            size=tree.size,
            stored_at=now,
        )

    def _entry(self, stored: StoredVersion, changed: int, seen: Seen, *, founding: bool) -> dict[str, Any]:
        return self._recorder.entry(
            EVENT[stored.kind],
            "founding" if founding else "published",
            f"{stored.kind}-{self._province}-{stored.version}",
            publisher=self._province,
            version=stored.version,
            digest=stored.digest,
            entries=stored.size,
            changed=changed,
            unreadable=seen.unreadable or None,
        )


async def _bodies(kind: Kind, entries: Iterable[dict[str, Any]]) -> dict[tuple[str, int], bytes]:
    """The canonical JSON of entries by their keys.

    Raises:
        PublicationError: one has no canonical form or no key, or two have one key.
    """
    bodies: dict[tuple[str, int], bytes] = {}
    for number, entry in enumerate(entries):
        key = entry_key(kind.value, entry)
        if key in bodies:
            raise PublicationError(f"{key[0]} version {key[1]} stands twice; leave one out")
        bodies[key] = _canonical(entry)
        if number % SLICE == SLICE - 1:
            await asyncio.sleep(0)
    return bodies


def _canonical(entry: dict[str, Any]) -> bytes:
    """The body of an entry.

    Raises:
        PublicationError: it has no canonical form, or is too large.
    """
    try:
        body = canonical.dumps(entry)
    except ValueError as error:
        raise PublicationError(f"an entry has no canonical form: {error}") from error
    if len(body) > MAX_ENTRY_BYTES:
        raise PublicationError("an entry is larger than 64 KiB")
    return body


def _change(kind: Kind, one: Change) -> EntryChange:
    if one.entry is None:
        return drop(one.id, one.version)
    key = entry_key(kind.value, one.entry)
    if key != (one.id, one.version):
        raise PublicationError(f"the entry is {key[0]} version {key[1]}, not {one.id} version {one.version}")
    return put(key, _canonical(one.entry))
