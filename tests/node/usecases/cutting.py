"""A store that fails one of its units, as a full disk or a kill does, before it is durable or behind that. Nothing here is a test."""

from collections.abc import Callable
from typing import TypeVar

from node.ports.evidence import LogHead
from node.ports.store import Nouns, Store, StoreError
from trust.envelope import LogProof

T = TypeVar("T")


class Cut:
    """Fails the unit number `at`, and no other; `durable`: it was kept, and nobody heard of it. Then `left` is 0 or less."""

    def __init__(self, store: Store, at: int, *, durable: bool = False) -> None:
        self._store, self.left, self._durable = store, at, durable

    @property
    def read(self) -> Nouns:
        return self._store.read

    async def transact(self, unit: Callable[[Nouns], T]) -> T:
        self.left -= 1
        if self.left != 0:
            return await self._store.transact(unit)
        if self._durable:
            await self._store.transact(unit)
        raise StoreError("cut off")

    async def checkpoint(self) -> LogHead:
        return await self._store.checkpoint()

    async def prove(self, index: int) -> LogProof:
        return await self._store.prove(index)

    async def close(self) -> None:
        await self._store.close()
