"""The heads of the peers' logs, in memory. See `node.ports.heads.Heads`."""

from collections.abc import Sequence

from node.ports.heads import HeadRole, StoredHead
from node.ports.store import StoreError
from node.storage.memory.journal import Journal, Table


class MemoryHeads:
    """Keyed by province and role."""

    def __init__(self, journal: Journal) -> None:
        self._heads = Table[tuple[str, HeadRole], StoredHead](journal)

    def advance(self, head: StoredHead, *, above: int) -> None:
        """Keep a head in place of the one of size `above`."""
        held = self._heads.get((head.province, head.role))
        if (held.size if held else 0) != above or head.size <= above:
            raise StoreError(f"the head held for {head.province} is not one of size {above} that this one extends")
        self._heads.put((head.province, head.role), head)

    def drop(self, head: StoredHead) -> None:
        """Forget this head."""
        self._heads.drop(lambda one: one == head)

    def all(self) -> Sequence[StoredHead]:
        """Every head held."""
        return sorted(self._heads, key=lambda head: (head.province, head.role))
