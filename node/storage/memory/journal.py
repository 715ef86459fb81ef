"""What makes plain dicts a transaction: every change leaves how to undo it. Not a database."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from node.ports.store import StoreError

K = TypeVar("K")
V = TypeVar("V")


class Journal:
    """The undo list of the unit that runs now. Owned by `MemoryStore`, which begins and ends it."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], object]] | None = None

    def begin(self) -> None:
        """Allow changes from here on."""
        self._undo = []

    def end(self, *, keep: bool) -> None:
        """Forbid changes again, and take back those made unless they are kept."""
        undo, self._undo = self._undo or [], None
        if not keep:
            for step in reversed(undo):
                step()

    def changed(self, undo: Callable[[], object]) -> None:
        """Note how to take a change back; called before the change.

        Raises:
            StoreError: no unit is running.
        """
        if self._undo is None:
            raise StoreError("this is the reading side of the store: write in a unit of work")
        self._undo.append(undo)


class Table(Generic[K, V]):
    """A dict whose changes the journal can undo. Iterates over its values in the order of first insertion."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._rows: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: K) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[V]:
        return iter(self._rows.values())

    def get(self, key: K) -> V | None:
        """The row of that key."""
        return self._rows.get(key)

    def put(self, key: K, value: V) -> None:
        """Insert or replace."""
        if key in self._rows:
            old = self._rows[key]
            self._journal.changed(lambda: self._rows.update({key: old}))
        else:
            self._journal.changed(lambda: self._rows.pop(key))
        self._rows[key] = value

    def insert(self, key: K, value: V, what: str) -> None:
        """Insert; `what` names the row in the error.

        Raises:
            StoreError: the key is held.
        """
        if key in self._rows:
            raise StoreError(f"{what} is held already")
        self.put(key, value)

    def drop(self, matches: Callable[[V], bool], limit: int | None = None) -> int:
        """Delete the rows that match, at most `limit`; returns how many."""
        before = self._rows
        doomed = set([key for key, value in before.items() if matches(value)][:limit])
        self._journal.changed(lambda: self._reset(before))
        self._rows = {key: value for key, value in before.items() if key not in doomed}
        return len(doomed)

    def _reset(self, rows: dict[K, V]) -> None:
        self._rows = rows
