"""Stop orders in memory. See `node.ports.orders.Orders`."""

from collections.abc import Sequence
from dataclasses import replace

from node.ports.orders import StoredOrder
from node.storage.memory.journal import Journal, Table


class MemoryOrders:
    """Keyed by digest."""

    def __init__(self, journal: Journal) -> None:
        self._orders = Table[str, StoredOrder](journal)

    def put(self, order: StoredOrder) -> None:
        """Keep an order, or the same one with more signatures."""
        held = self._orders.get(order.digest)
        if held is not None:
            order = replace(order, stored_at=held.stored_at, signed_here=held.signed_here or order.signed_here)
        self._orders.put(order.digest, order)

    def remove(self, digest: str) -> None:
        """Forget an order."""
        self._orders.drop(lambda one: one.digest == digest)

    def all(self) -> Sequence[StoredOrder]:
        """Every order kept."""
        return sorted(self._orders, key=lambda one: (one.stored_at, one.digest))
