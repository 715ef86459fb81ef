"""Stop orders in SQLite. See `node.ports.orders.Orders`."""

from collections.abc import Sequence

from node.ports.orders import StoredOrder
from node.storage.sqlite.session import Session
from node.storage.sqlite.values import from_ms, to_ms

# The time stays that at which the order came first.
_PUT = """
INSERT INTO stop_order (digest, document, stored_at, signed_here) VALUES (?, ?, ?, ?)
ON CONFLICT (digest) DO UPDATE
SET document = excluded.document, signed_here = max(signed_here, excluded.signed_here)
"""
_REMOVE = "DELETE FROM stop_order WHERE digest = ?"
_ALL = "SELECT digest, document, stored_at, signed_here FROM stop_order ORDER BY stored_at, digest"


class SqliteOrders:
    """Table stop_order."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, order: StoredOrder) -> None:
        """Keep an order, or the same one with more signatures."""
        row = (order.digest, order.document, to_ms(order.stored_at), order.signed_here)
        self._session.write(_PUT, row)

    def remove(self, digest: str) -> None:
        """Forget an order."""
        self._session.write(_REMOVE, (digest,))

    def all(self) -> Sequence[StoredOrder]:
        """Every order kept."""
        return [
            StoredOrder(digest=digest, document=document, stored_at=from_ms(stored_at), signed_here=bool(signed_here))
            for digest, document, stored_at, signed_here in self._session.rows(_ALL)
        ]
