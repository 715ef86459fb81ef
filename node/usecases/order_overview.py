"""What the operator reads of the stop orders: which are in force, since when, by whom, how far they have spread, what is still missing."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from node.usecases.order_exchange import OrderExchange
from node.usecases.orders import Orders
from node.usecases.stops import Stops
from trust import orders
from trust.membership import Membership
from trust.orders import Action, Kind, SignedOrder


class State(StrEnum):
    """Where an order stands at this node."""

    IN_FORCE = "IN_FORCE"
    """A stop that holds."""
    LIFTED = "LIFTED"
    """A stop that no longer holds."""
    LIFTS = "LIFTS"
    """A lift that counts."""
    OVERRULED = "OVERRULED"
    """A lift that does not count: a stop has the same or a higher number, or the lift is signed with a stopped key."""
    SUPERSEDED = "SUPERSEDED"
    """A stop beside the one in force."""
    WAITING = "WAITING"
    """An order against a peer, or its lift, that too few provinces have signed."""


def overview(
    known: Orders, exchange: OrderExchange, stops: Stops, membership: Membership, others: Iterable[str]
) -> list[dict[str, Any]]:
    """Every order known here as JSON values, those in force first, then the newest first. Operators stand in it as digests."""
    others = sorted(others)
    listed = [_described(one, known, exchange, stops, membership, others) for one in known.book]
    listed.sort(key=lambda one: one["since"], reverse=True)
    return sorted(listed, key=lambda one: one["state"] != State.IN_FORCE.value)


def described(
    signed: SignedOrder, known: Orders, exchange: OrderExchange, stops: Stops, membership: Membership
) -> dict[str, Any]:
    """One order, as its giver is told of it."""
    return _described(signed, known, exchange, stops, membership, [])


def _described(
    signed: SignedOrder,
    known: Orders,
    exchange: OrderExchange,
    stops: Stops,
    membership: Membership,
    others: list[str],
) -> dict[str, Any]:
    order, signers = signed.order, orders.supporters(signed, membership)
    held = exchange.spread(signed)
    since = known.since.get(signed.digest)
    needed = membership.threshold if order.kind is Kind.PEER else 1
    return {
        "id": order.id,
        "digest": signed.digest,
        "province": order.province,
        "kind": order.kind.value,
        "subject": order.subject,
        "action": order.action.value,
        "number": order.number,
        "reason": order.reason,
        "issued": order.issued,
        "since": since.isoformat(timespec="milliseconds") if since else "",
        "state": _state(signed, stops, membership).value,
        "signers": sorted(signers),
        "signatures_missing": max(0, needed - len(signers)),
        "may_sign": _may_sign(signed, membership, signers),
        "held_by": list(held),
        "not_known_to_be_held_by": [code for code in others if code not in held],
    }


def _may_sign(signed: SignedOrder, membership: Membership, signers: frozenset[str]) -> list[str]:
    """Who else could sign an order against a peer; nobody where it needs no more."""
    if orders.is_complete(signed, membership):
        return []
    return [code for code in membership.provinces if code not in signers and code != signed.order.subject]


def _state(signed: SignedOrder, stops: Stops, membership: Membership) -> State:
    if not orders.is_complete(signed, membership):
        return State.WAITING
    in_force = stops.get(orders.scope_of(signed.order))
    if signed.order.action is Action.LIFT:
        return State.LIFTS if in_force is None else State.OVERRULED
    if in_force is None:
        return State.LIFTED
    return State.IN_FORCE if in_force.digest == signed.digest else State.SUPERSEDED
