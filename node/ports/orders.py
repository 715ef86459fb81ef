"""Stop orders as the store keeps them. DESIGN §4. Part of the store port: `node.ports.store`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOrder:
    """A stop order as the exact signed document, with the signatures gathered so far. `stored_at` is when the order came first.

    `signed_here`: this node signed it at its operator's command; such a signature is made again after a rotation of keys.
    """

    digest: str
    document: bytes
    stored_at: datetime
    signed_here: bool = False


class Orders(Protocol):
    """Stop orders that were found valid. Which are kept is `trust.orders.Book`'s matter. DESIGN §4."""

    def put(self, order: StoredOrder) -> None:
        """Keep an order; one held under this digest gets the new document and keeps its time; signed here once is signed here."""

    def remove(self, digest: str) -> None:
        """Forget an order that another made superfluous; none of that digest is no error."""

    def all(self) -> Sequence[StoredOrder]:
        """Every order, in the order in which they came."""
