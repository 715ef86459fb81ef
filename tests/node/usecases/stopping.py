"""A stop order in force, and lifted, for stops that a test holds. How orders are made, kept and spread: `test_orders`. No test."""

from tests.node.usecases.listed import JIANGSU
from trust.orders import Action, Kind, Order, Scope, SignedOrder

_ORDER = Order(
    id="order-1",
    province=JIANGSU,
    kind=Kind.LINE,
    subject="",
    action=Action.STOP,
    number=1,
    reason="r",
    issued="2026-01-01T00:00:00+00:00",
)


def stopped(line: str) -> tuple[Scope, SignedOrder | None]:
    """What `Stops.set` takes where Jiangsu has stopped a line of its own."""
    return Scope(Kind.LINE, JIANGSU, line), SignedOrder(order=_ORDER, payload=b"", digest="", signatures={})


def lifted(line: str) -> tuple[Scope, SignedOrder | None]:
    """What it takes where the stop is lifted."""
    return Scope(Kind.LINE, JIANGSU, line), None
