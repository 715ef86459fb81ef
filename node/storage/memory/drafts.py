"""Drafts of the own lists and the steps taken, in memory. See `node.ports.lists.Drafts`."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from node.ports.lists import DraftState, Kind, StoredDraft, StoredMove
from node.storage.memory.journal import Journal, Table


class MemoryDrafts:
    """Visible and staged drafts in two tables, both keyed by (kind, id)."""

    def __init__(self, journal: Journal) -> None:
        self._visible = Table[tuple[Kind, str], StoredDraft](journal)
        self._staged = Table[tuple[Kind, str], StoredDraft](journal)
        self._moves = Table[int, StoredMove](journal)

    def put(self, draft: StoredDraft) -> None:
        """Keep or replace a draft."""
        table = self._staged if draft.state is DraftState.STAGED else self._visible
        table.put((draft.kind, draft.id), draft)

    def get(self, kind: Kind, entry_id: str) -> StoredDraft | None:
        """The draft of an entry."""
        return self._visible.get((kind, entry_id))

    def remove(self, kind: Kind, entry_id: str) -> None:
        """Forget the draft."""
        if (kind, entry_id) in self._visible:
            self._visible.drop(lambda one: (one.kind, one.id) == (kind, entry_id))

    def page(self, kind: Kind, state: DraftState | None, after: str, limit: int) -> Sequence[StoredDraft]:
        """Drafts in the order of their ids."""
        table = self._staged if state is DraftState.STAGED else self._visible
        found = [one for one in table if one.kind is kind and one.id > after and state in (None, one.state)]
        return sorted(found, key=lambda one: one.id)[:limit]

    def counts(self, kind: Kind) -> Mapping[DraftState, int]:
        """How many drafts stand where."""
        return Counter(one.state for table in (self._visible, self._staged) for one in table if one.kind is kind)

    def stage(self, drafts: Iterable[StoredDraft]) -> None:
        """Keep drafts of an import aside."""
        for draft in drafts:
            self.put(replace(draft, state=DraftState.STAGED))

    def unveil(self, kind: Kind) -> int:
        """Make the staged drafts visible."""
        staged = [one for one in self._staged if one.kind is kind]
        for draft in staged:
            self.put(replace(draft, state=DraftState.DRAFT))
        return self.drop_staged(kind, len(staged))

    def drop_staged(self, kind: Kind, limit: int) -> int:
        """Forget some of what an import staged."""
        ids = {one.id for one in islice((one for one in self._staged if one.kind is kind), limit)}
        return self._staged.drop(lambda one: one.kind is kind and one.id in ids)

    def record(self, moves: Iterable[StoredMove]) -> None:
        """Keep steps."""
        for move in moves:
            self._moves.put(len(self._moves), move)

    def moves(self, kind: Kind, entry_id: str, limit: int) -> Sequence[StoredMove]:
        """The newest steps of an entry, oldest first."""
        found = [one for one in self._moves if (one.kind, one.id) == (kind, entry_id)]
        return found[max(len(found) - limit, 0) :]
