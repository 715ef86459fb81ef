"""A store in which no row tells whose it is. A `node.ports.store.Store` around another; the contract is the inner one's."""

from collections.abc import Callable
from typing import TypeVar, cast

from node.ports.evidence import LogHead
from node.ports.store import Nouns, Store
from node.usecases.sealed.around import Around
from node.usecases.sealed.documents import SealedConsents, SealedObjections
from node.usecases.sealed.marks import Marks
from node.usecases.sealed.notices import SealedNotices
from node.vault import Vault
from trust.envelope import LogProof

T = TypeVar("T")


class _SealedNouns(Around):
    """The nouns, three of them sealed."""

    def __init__(self, inner: Nouns, marks: Marks) -> None:
        super().__init__(inner)
        self.notices = SealedNotices(inner.notices, marks)
        self.consents = SealedConsents(inner.consents, marks)
        self.objections = SealedObjections(inner.objections, marks)


def sealed_nouns(nouns: Nouns, vault: Vault) -> Nouns:
    """The same nouns, as they are read and written in the clear by who has the vault."""
    return cast("Nouns", _SealedNouns(nouns, Marks(vault=vault)))  # what it lacks is passed on, which no type says


class SealedStore:
    """Seals what is written through it and opens what is read."""

    def __init__(self, inner: Store, vault: Vault) -> None:
        """Keep in `inner`; it is closed with this one."""
        self._inner = inner
        self._vault = vault
        self._made: dict[int, tuple[Nouns, Nouns]] = {}  # by id of the inner nouns: the reading and the writing ones

    @property
    def read(self) -> Nouns:
        """Look-ups over what is committed."""
        return self._sealed(self._inner.read)

    async def transact(self, unit: Callable[[Nouns], T]) -> T:
        """Run one unit of work.

        Raises:
            StoreError: see `Store.transact`; or the unit read a row that does not open.
        """
        return await self._inner.transact(lambda nouns: unit(self._sealed(nouns)))

    async def checkpoint(self) -> LogHead:
        """Sign the head.

        Raises:
            StoreError: see `Store.checkpoint`.
        """
        return await self._inner.checkpoint()

    async def prove(self, index: int) -> LogProof:
        """Prove an entry.

        Raises:
            StoreError: see `Store.prove`.
        """
        return await self._inner.prove(index)

    async def close(self) -> None:
        """Close the inner one."""
        await self._inner.close()

    def _sealed(self, nouns: Nouns) -> Nouns:
        """Made once for each: units are many."""
        known = self._made.get(id(nouns))
        if known is None or known[0] is not nouns:
            if len(self._made) > 8:  # noqa: PLR2004 - a store has two; one that makes them anew must not fill the memory
                self._made.clear()
            known = self._made[id(nouns)] = (nouns, sealed_nouns(nouns, self._vault))
        return known[1]
