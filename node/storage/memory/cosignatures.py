"""Cosigned heads in memory. See `node.ports.cosignatures.Cosignatures`."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from node.ports.cosignatures import KEPT, CosignedHead, GivenCosignature, StoredCosignature
from node.ports.store import StoreError
from node.storage.memory.journal import Journal, Table


class MemoryCosignatures:
    """Own heads by size, what was given by log."""

    def __init__(self, journal: Journal) -> None:
        self._heads = Table[int, CosignedHead](journal)
        self._given = Table[str, GivenCosignature](journal)

    def offer(self, head: CosignedHead) -> None:
        """Keep a head of the own log."""
        last = self.newest()
        if last and (head.size <= last.size or head.seconds < last.seconds):
            raise StoreError(f"a head of size {last.size} was offered before, at {last.seconds}")
        self._heads.put(head.size, replace(head, cosignatures=()))
        kept = sorted((one.size for one in self._heads), reverse=True)[:KEPT]
        self._heads.drop(lambda one: one.size not in kept and self._is_superfluous(one))

    def _is_superfluous(self, one: CosignedHead) -> bool:
        count = len(one.cosignatures)
        return any(later.size > one.size and len(later.cosignatures) >= count for later in self._heads)

    def put(self, size: int, cosignature: StoredCosignature) -> bool:
        """Keep or replace a peer's cosignature."""
        head = self._heads.get(size)
        if head is None:
            return False
        lines = {one.province: one for one in (*head.cosignatures, cosignature)}
        self._heads.put(size, replace(head, cosignatures=tuple(lines[province] for province in sorted(lines))))
        return True

    def newest(self, *, least: int = 0, by: Collection[str] | None = None) -> CosignedHead | None:
        """The largest head with at least so many cosignatures."""
        counted = {one.size: sum(by is None or each.province in by for each in one.cosignatures) for one in self._heads}
        enough = [one for one in self._heads if counted[one.size] >= least]
        return max(enough, key=lambda one: one.size, default=None)

    def by_province(self) -> Sequence[tuple[str, int]]:
        """The largest size that each peer cosigned."""
        found: dict[str, int] = {}
        for head in sorted(self._heads, key=lambda one: one.size):
            found |= {one.province: head.size for one in head.cosignatures}
        return sorted(found.items())

    def give(self, cosignature: GivenCosignature) -> None:
        """Note what this node cosigns."""
        before = self._given.get(cosignature.log)
        if before and (cosignature.size < before.size or cosignature.seconds < before.seconds):
            raise StoreError(f"a head of size {before.size} of {before.log} was cosigned before, at {before.seconds}")
        self._given.put(cosignature.log, cosignature)

    def given(self, log: str) -> GivenCosignature | None:
        """What this node cosigned last."""
        return self._given.get(log)

    def take_back(self, given: GivenCosignature) -> None:
        """Forget this."""
        self._given.drop(lambda one: one == given)
