"""Rows of older programs in memory: there are none. See `node.ports.unsealed.UnsealedRows`."""

from collections.abc import Sequence

from node.ports.store import StoreError
from node.ports.unsealed import Unsealed


class MemoryUnsealed:
    """No program before this one wrote to it."""

    def some(self, limit: int) -> Sequence[Unsealed]:  # noqa: ARG002 - the port's signature
        """None."""
        return ()

    def seal(self, sealed: Unsealed) -> None:
        """Nothing can be sealed."""
        raise StoreError(f"no row of {sealed.kept.value} is unsealed")
