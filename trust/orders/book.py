"""What is known of all stop orders, and which stops follow from it. See `trust.orders` for why all nodes come to the same answer.

A book is a value that grows: `plan` says what an order would change, `apply` changes it, so that a store can come between.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from trust.errors import OrderError
from trust.membership import Membership
from trust.orders.document import Action, Kind, Order, SignedOrder, is_over, merged, supporters

MAX_ORDERS_PER_PROVINCE = 2_000  # and as many consents taken back as
MAX_CONSENTS_PER_PROVINCE = 5_000  # in a year: what is over is forgotten


class Scope(NamedTuple):
    """What orders are about. `owner` is the ordering province; "" for a peer, which the others stop together."""

    kind: Kind
    owner: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What taking an order changes: the order to keep, and those that it makes superfluous (by digest)."""

    keep: SignedOrder
    drop: tuple[SignedOrder, ...]


def scope_of(order: Order) -> Scope:
    """What an order is about."""
    return Scope(order.kind, "" if order.kind is Kind.PEER else order.province, order.subject)


class Book:
    """All orders kept. Owned by one task; read by anyone in between."""

    def __init__(self, orders: Iterable[SignedOrder] = ()) -> None:
        """Start with orders that were kept before, as they are."""
        self._orders: dict[str, SignedOrder] = {}
        self._scopes: defaultdict[Scope, dict[str, SignedOrder]] = defaultdict(dict)
        self._counts: Counter[tuple[str, bool]] = Counter()
        self.revision = 0  # grows with every change; changed by `apply` alone
        for one in orders:
            self._keep(one)

    def __iter__(self) -> Iterator[SignedOrder]:
        return iter(self._orders.values())

    def __len__(self) -> int:
        return len(self._orders)

    def get(self, digest: str) -> SignedOrder | None:
        """An order by its digest."""
        return self._orders.get(digest)

    def on(self, scope: Scope) -> tuple[SignedOrder, ...]:
        """The orders on one subject."""
        return tuple(self._scopes.get(scope, {}).values())

    def next_number(self, scope: Scope) -> int:
        """One more than the highest number known on this subject."""
        return 1 + max((one.order.number for one in self.on(scope)), default=0)

    def plan(self, signed: SignedOrder, membership: Membership, *, bounded: bool = True) -> Change | None:
        """What taking this order (as `read` returned it) would change; None where nothing.

        Not `bounded`: whatever its province has already. So a node keeps the revocations of its own holders, which must hold here at
        least; its peers take what is beyond their bound as older ones are forgotten.

        Raises:
            OrderError: TOO_MANY: its province has as many orders as it may have.
        """
        held = self._orders.get(signed.digest)
        keep = signed if held is None else merged(held, signed)
        if held is not None and keep.signatures == held.signatures:
            return None
        rivals = [one for one in self.on(scope_of(signed.order)) if _slot(one.order) == _slot(signed.order)]
        rivals = [keep, *(one for one in rivals if one.digest != signed.digest)]
        kept = _kept(rivals, membership)
        if keep not in kept:
            return None
        drop = tuple(one for one in rivals if one not in kept)
        bound = MAX_CONSENTS_PER_PROVINCE if signed.order.kind is Kind.CONSENT else MAX_ORDERS_PER_PROVINCE
        if bounded and held is None and not drop and self._counts[_counted(signed.order)] >= bound:
            raise OrderError("TOO_MANY", f"{signed.order.province} has {bound} orders")
        return Change(keep=keep, drop=drop)

    def apply(self, change: Change) -> None:
        """Make a planned change."""
        for one in (*change.drop, change.keep):
            self._drop(one)
        self._keep(change.keep)
        self.revision += 1

    def over(self, today: date) -> tuple[SignedOrder, ...]:
        """The orders that are about nothing any more: consents taken back that have ended by themselves since."""
        return tuple(one for one in self if is_over(one.order, today))

    def forget(self, orders: Iterable[SignedOrder]) -> None:
        """These are over."""
        for one in orders:
            self._drop(one)
            if not self._scopes[scope_of(one.order)]:
                del self._scopes[scope_of(one.order)]
        self.revision += 1

    def _drop(self, one: SignedOrder) -> None:
        if self._orders.pop(one.digest, None) is not None:
            self._counts[_counted(one.order)] -= 1
            self._scopes[scope_of(one.order)].pop(one.digest)

    def _keep(self, one: SignedOrder) -> None:
        self._orders[one.digest] = one
        self._scopes[scope_of(one.order)][one.digest] = one
        self._counts[_counted(one.order)] += 1

    def in_force(self, membership: Membership) -> dict[Scope, SignedOrder]:
        """The stops in force, each with the order it rests on."""
        stopped = self._nominally_stopped_keys()
        found = {scope: self._standing(scope, membership, stopped) for scope in self._scopes}
        return {scope: one for scope, one in found.items() if one is not None}

    def standing(self, scope: Scope, membership: Membership) -> SignedOrder | None:
        """The stop in force on one subject; None where there is none."""
        return self._standing(scope, membership, self._nominally_stopped_keys())

    def _standing(self, scope: Scope, membership: Membership, stopped: frozenset[str]) -> SignedOrder | None:
        stops = [one for one in self.on(scope) if one.order.action is Action.STOP and is_complete(one, membership)]
        lifts = [
            one.order.number
            for one in self.on(scope)
            if one.order.action is Action.LIFT and is_complete(one, membership, without=stopped)
        ]
        stop = max(stops, key=lambda one: one.rank, default=None)
        return stop if stop is not None and stop.order.number >= max(lifts, default=0) else None

    def _nominally_stopped_keys(self) -> frozenset[str]:
        """Keys whose newest order by number is a stop, whoever signed the lifts: lifts are judged by it, so no keys vouch in a circle."""
        stopped = set()
        for scope, orders in self._scopes.items():
            if scope.kind is Kind.KEY and orders:
                newest = max(orders.values(), key=lambda one: (one.order.number, one.order.action is Action.STOP))
                if newest.order.action is Action.STOP:
                    stopped.add(scope.subject)
        return frozenset(stopped)


def is_complete(signed: SignedOrder, membership: Membership, *, without: frozenset[str] = frozenset()) -> bool:
    """Whether enough provinces signed: the one that orders; against a peer, as many as the membership's threshold."""
    needed = membership.threshold if signed.order.kind is Kind.PEER else 1
    return len(supporters(signed, membership, without=without)) >= needed


def _counted(order: Order) -> tuple[str, bool]:
    """What bounds the number of a province's orders: revocations of consents, which are many, take no other order's place."""
    return order.province, order.kind is Kind.CONSENT


def _slot(order: Order) -> tuple[str, Kind, str, Action]:
    return order.province, order.kind, order.subject, order.action


def _kept(rivals: list[SignedOrder], membership: Membership) -> list[SignedOrder]:
    """Of one slot: the highest complete order, and the highest above it."""
    best = max(rivals, key=lambda one: one.rank)
    complete = [one for one in rivals if is_complete(one, membership)]
    return [best, max(complete, key=lambda one: one.rank)] if complete else [best]
