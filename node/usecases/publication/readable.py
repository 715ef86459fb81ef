"""How many entries of a list this software cannot decide by: kept, because the root covers them, but as good as absent (`lists`).

A province of a later version may publish such entries; that must not go unseen. Counted in memory while versions are taken, and once over
all that is held at start.
"""

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import Any

from federation.model.publication import EntryKey
from node.ports.lists import EntryChange, Kind
from node.ports.store import Store
from node.usecases.lists import decision_of, entry_of, line_of

MAX_COUNTED = 1_000  # keys remembered of one list; where there are more, the count stays at this
SLICE = 50
_READERS: dict[Kind, Callable[[dict[str, Any]], Any]] = {
    Kind.CATALOGUE: entry_of,
    Kind.USELIST: line_of,
    Kind.DECISIONS: decision_of,
}


def readable(kind: Kind, raw: Any) -> bool:
    """Whether the rules can decide by an entry."""
    try:
        _READERS[kind](raw)
    except (TypeError, ValueError):
        return False
    return True


class Seen:
    """What one version on its way brings: entries that cannot be read, and such entries replaced or dropped."""

    def __init__(self, kind: Kind, known: frozenset[EntryKey]) -> None:
        """`known` are those of the version held."""
        self.unreadable = 0
        self.bad: set[EntryKey] = set()
        self.gone: set[EntryKey] = set()
        self._kind, self._known = kind, known

    def put(self, key: EntryKey, raw: Any) -> None:
        """An entry comes."""
        self.drop(key)
        if not readable(self._kind, raw):
            self.unreadable += 1
            if len(self.bad) < MAX_COUNTED:
                self.bad.add(key)

    def drop(self, key: EntryKey) -> None:
        """An entry goes."""
        if key in self._known:
            self.gone.add(key)

    async def look(self, changes: Iterable[EntryChange]) -> None:
        """Look at changes of our own, in slices."""
        for number, one in enumerate(changes):
            key = (one.id, one.version)
            if one.body is None:
                self.drop(key)
            else:
                self.put(key, json.loads(one.body))
            if number % SLICE == SLICE - 1:
                await asyncio.sleep(0)


class Readable:
    """The counts of all lists held. Owned by the event loop."""

    def __init__(self, store: Store) -> None:
        """Nothing is counted yet."""
        self._store = store
        self._bad: dict[tuple[Kind, str], frozenset[EntryKey]] = {}

    def count(self, kind: Kind, publisher: str) -> int:
        """How many entries of the version held cannot be read; at most `MAX_COUNTED`."""
        return len(self._bad.get((kind, publisher), ()))

    def seen(self, kind: Kind, publisher: str) -> Seen:
        """For the next version of a list."""
        return Seen(kind, self._bad.get((kind, publisher), frozenset()))

    def kept(self, kind: Kind, publisher: str, seen: Seen) -> None:
        """That version is in force."""
        bad = (self._bad.get((kind, publisher), frozenset()) - seen.gone) | seen.bad
        self._bad[kind, publisher] = frozenset(sorted(bad)[:MAX_COUNTED])

    async def survey(self, publishers: Iterable[str]) -> None:
        """Count anew over what is held, page by page; a version that is taken meanwhile counts for itself."""
        for publisher in publishers:
            for kind in Kind:
                await self._survey(kind, publisher)

    async def _survey(self, kind: Kind, publisher: str) -> None:
        publications, bad, after = self._store.read.publications, set[EntryKey](), None
        held = publications.latest(kind, publisher)
        while held and (page := publications.page(kind, publisher, held.version, after, SLICE)):
            after = (page[-1].id, page[-1].version)
            bad |= {(one.id, one.version) for one in page if not readable(kind, json.loads(one.body))}
            await asyncio.sleep(0)
        if held and held == publications.latest(kind, publisher):
            self._bad[kind, publisher] = frozenset(sorted(bad)[:MAX_COUNTED])
