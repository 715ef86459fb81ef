"""Stop orders at this node: given at the operator's command, taken from peers, kept with their evidence, in force at once. DESIGN §4.

Whether an order is valid and which stops follow is `trust.orders`'s matter; how orders get from node to node is `order_exchange`'s.
An order counts here from the moment its unit of work is durable; peers hear of it after that.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import structlog

from federation.model.evidence import EventType
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.orders import StoredOrder
from node.ports.store import Nouns, Store
from node.usecases.record import Recorder
from node.usecases.stops import Stops
from trust import gm, orders
from trust.errors import OrderError
from trust.membership import KeyUsage, Membership
from trust.orders import Action, Book, Kind, Order, Scope, SignedOrder

_REFUSALS_KEPT = 1_024  # refused documents that are not put on record again
_SLICE = 500  # rows in one unit of work
_HERE = ""
_log = structlog.get_logger(__name__)

Signer = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSigner:
    """The key this node signs orders with: the id that the membership knows it by, and what makes 64 raw bytes r‖s."""

    key_id: str
    sign: Signer


class Orders:
    """All orders this node knows."""

    def __init__(
        self,
        *,
        province: str,
        store: Store,
        stops: Stops,
        recorder: Recorder,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        membership: Callable[[], Membership],
        signer: Callable[[], OrderSigner],
        count: Callable[[str], None],
    ) -> None:
        """`membership` and `signer` are asked anew each time; `count` is told "taken", or why an order was refused."""
        self._province = province
        self._store = store
        self._stops = stops
        self._recorder = recorder
        self._clock = clock
        self._new_id = new_id
        self._membership = membership
        self._signer = signer
        self._count = count
        self._book = Book()
        self._lock = asyncio.Lock()  # from reading an order until the book has changed: one order at a time
        self._told: Callable[[SignedOrder], None] = lambda _order: None
        self._refused: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._since: dict[str, datetime] = {}
        self._signed_here: set[str] = set()
        self._renewed_with = ""
        self._shared: tuple[SignedOrder, ...] = ()
        self._shared_for: tuple[Membership, int, date] | None = None

    @property
    def book(self) -> Book:
        """The orders, to read."""
        return self._book

    def on(self, scope: Scope) -> tuple[SignedOrder, ...]:
        """The orders known on one subject, those that were lifted among them."""
        return self._book.on(scope)

    @property
    def since(self) -> dict[str, datetime]:
        """When each order came first, by digest."""
        return self._since

    def shared(self) -> tuple[SignedOrder, ...]:
        """The orders that are handed on, the same tuple until something changes: those of members that are left are kept, no more."""
        state = membership, _, today = self._membership(), self._book.revision, self._today()
        if self._shared_for != state:
            members = frozenset(membership.provinces)
            self._shared = tuple(
                one
                for one in self._book
                if (
                    one.order.province in members and not orders.is_over(one.order, today)
                    if one.order.kind is Kind.CONSENT  # there may be thousands, and a consent is about no other member
                    else orders.concerns(one.order, membership)
                )
            )
            self._shared_for = state
        return self._shared

    def _today(self) -> date:
        return self._clock().astimezone(UTC).date()

    def tell(self, told: Callable[[SignedOrder], None]) -> None:
        """Have `told` called with every order that is new here, or has new signatures."""
        self._told = told

    async def forget(self) -> None:
        """Forget revocations of consents that have ended by themselves since: they make room for new ones, here and at every peer.

        The caller decides whether the clock may be believed.
        """
        async with self._lock:
            over = {one.digest: one for one in self._book.over(self._today())}
            rows = tuple(over)
            for start in range(0, len(rows), _SLICE):
                await self._store.transact(partial(_remove, digests=rows[start : start + _SLICE]))
            if not over:
                return
            self._book.forget(over.values())
            for digest, one in over.items():
                self._since.pop(digest, None)
                self._signed_here.discard(digest)
                self._stops.set(orders.scope_of(one.order), None)

    def load(self) -> None:
        """Take what the store holds, at start. Nothing is verified again: it was, when it came."""
        stored = self._store.read.orders.all()
        self._since = {one.digest: one.stored_at for one in stored}
        self._signed_here = {one.digest for one in stored if one.signed_here}
        self._book = Book(orders.reopen(one.document) for one in stored)
        self._shared_for = None
        self.refresh()

    def refresh(self) -> None:
        """Work out anew which stops are in force: at start, and when the membership has changed."""
        membership = self._membership()
        self._stops.replace(self._book.in_force(membership), _disowned(membership))

    async def give(
        self, kind: Kind, subject: str, action: Action, reason: str, *, beside: Mapping[str, Any] | None = None
    ) -> SignedOrder:
        """Order something in the name of this province, at once. `beside`: an entry on who asked for it, of the same unit.

        Raises:
            RefusedError: ORDER_REFUSED, with what is wrong; nothing was ordered.
        """
        async with self._lock:
            order = Order(
                id=self._new_id()[:64],
                province=self._province,
                kind=kind,
                subject=subject,
                action=action,
                number=self._book.next_number(self._scope(kind, subject)),
                reason=reason,
                issued=self._clock().isoformat(timespec="milliseconds"),
            )
            self._check(order)
            signer = self._signer()
            signed = orders.sign(order, key_id=signer.key_id, signer=signer.sign)
            return await self._own(signed, "ordered", beside)

    async def countersign(self, order_id: str) -> SignedOrder:
        """Sign another province's order against a peer in the name of this province.

        Raises:
            RefusedError: ORDER_REFUSED: no such order, or not one to sign here.
        """
        async with self._lock:
            signed = self._one(order_id)
            if signed.order.kind is not Kind.PEER or signed.order.subject == self._province:
                raise _refused(f"{order_id}: only an order against another province takes further signatures")
            if self._province in orders.supporters(signed, self._membership()):
                raise _refused(f"{order_id}: this province has signed it")
            return await self._own(self._with_our_signature(signed), "signed")

    async def renew(self) -> int:
        """Sign what was signed here before again with the key in use now, after a rotation; returns how many orders.

        Only what this node itself signed: an order that someone made with a stolen key is not given a good one. Asked before every
        exchange with a peer; costs nothing while the key stays the same.
        """
        key_id, done = self._signer().key_id, 0
        if key_id == self._renewed_with or self._province not in self._membership().provinces:
            return 0
        for digest in tuple(self._signed_here):
            async with self._lock:
                held = self._book.get(digest)
                if held is None or key_id in held.signatures or not self._may_sign(held, key_id):
                    continue
                await self._own(self._with_our_signature(held), "renewed")
                done += 1
        if key_id in orders.key_ids(self._membership().member(self._province)):
            self._renewed_with = key_id  # before the membership lists it, nothing was signed with it
        return done

    async def take(self, document: bytes, source: str) -> str:
        """Take an order that a peer sent; returns "" where it is held now, otherwise why not."""
        async with self._lock:
            try:
                signed = orders.read(document, self._membership(), now=self._clock(), known=self._book.get)
                change = self._book.plan(signed, self._membership())
            except OrderError as error:
                await self._refuse(document, source, error)
                return error.reason
            if change is not None:
                await self._keep(change, source, "received")
            return ""

    def _check(self, order: Order) -> None:
        """What can be said before it is signed.

        Raises:
            RefusedError: ORDER_REFUSED.
        """
        try:
            orders.check(order, self._membership(), now=self._clock())
        except OrderError as error:
            raise _refused(str(error)) from error
        scope = orders.scope_of(order)
        held = self._stops.get(scope)
        if (held is not None) is (order.action is Action.STOP):
            state = f"is stopped by order {held.order.id}" if held is not None else "is not stopped"
            raise _refused(f"{order.kind} {order.subject}: {state}")
        draft = self._draft(scope, order.action)
        if draft is not None:
            raise _refused(f"order {draft.order.id} of {draft.order.province} waits for signatures; sign that one")
        key_id = self._signer().key_id
        if key_id not in orders.signing_keys(order, self._membership()):
            raise _refused("a stop on a key is lifted with another key of the province; put another into use first")

    def _draft(self, scope: Scope, action: Action) -> SignedOrder | None:
        """An order on a peer that others have signed and that, signed by enough, would change what is in force."""
        if scope.kind is not Kind.PEER:
            return None
        newest = max((one.order.number for one in self._complete(scope)), default=0)
        waiting = (
            one
            for one in self._book.on(scope)
            if one.order.action is action
            and one.order.number > newest
            and not orders.is_complete(one, self._membership())
        )
        return max(waiting, key=lambda one: one.rank, default=None)

    def _complete(self, scope: Scope) -> list[SignedOrder]:
        return [one for one in self._book.on(scope) if orders.is_complete(one, self._membership())]

    def _scope(self, kind: Kind, subject: str) -> Scope:
        return Scope(kind, "" if kind is Kind.PEER else self._province, subject)

    def _one(self, order_id: str) -> SignedOrder:
        """The one order with this id.

        Raises:
            RefusedError: ORDER_REFUSED: none, or several.
        """
        found = [one for one in self._book if one.order.id == order_id]
        if len(found) != 1:
            raise _refused(f"{order_id}: {'no order' if not found else 'several orders'} of this id")
        return found[0]

    def _may_sign(self, signed: SignedOrder, key_id: str) -> bool:
        """Whether a signature with this key would count: on an order about those who are members now."""
        membership = self._membership()
        return orders.concerns(signed.order, membership) and key_id in orders.signing_keys(signed.order, membership)

    def _with_our_signature(self, signed: SignedOrder) -> SignedOrder:
        signer = self._signer()
        return orders.countersign(signed, key_id=signer.key_id, signer=signer.sign)

    async def _own(self, signed: SignedOrder, step: str, beside: Mapping[str, Any] | None = None) -> SignedOrder:
        """Keep what this node signed, read back as a peer will read it.

        Raises:
            RefusedError: ORDER_REFUSED: peers would not take it.
        """
        try:
            signed = orders.read(signed.to_json(), self._membership(), now=self._clock(), known=self._book.get)
            bounded = signed.order.kind is not Kind.CONSENT  # a holder is never refused for how many came before
            change = self._book.plan(signed, self._membership(), bounded=bounded)
        except OrderError as error:
            raise _refused(str(error)) from error
        if change is None:
            raise _refused("a newer order on this subject is known")
        await self._keep(change, _HERE, step, beside)
        return change.keep

    async def _keep(
        self, change: orders.Change, source: str, step: str, beside: Mapping[str, Any] | None = None
    ) -> None:
        """Order and entry in one unit; in its wake the book, the stops in force, and the word to the peers."""
        keep, now = change.keep, self._clock()
        row = StoredOrder(digest=keep.digest, document=keep.to_json(), stored_at=now, signed_here=source == _HERE)

        def unit(nouns: Nouns) -> None:
            for one in change.drop:
                nouns.orders.remove(one.digest)
            nouns.orders.put(row)
            nouns.evidence.append(self._entry(keep, source, step, change.drop))
            if beside is not None:
                nouns.evidence.append(beside)

        await self._store.transact(unit)
        self._book.apply(change)
        self._since.setdefault(keep.digest, now)
        if source == _HERE:
            self._signed_here.add(keep.digest)
        for one in change.drop:
            self._since.pop(one.digest, None)
            self._signed_here.discard(one.digest)
        self._follow(keep.order)
        self._count("taken")
        _log.info(f"order.{step}", order=keep.order.id, kind=keep.order.kind.value, action=keep.order.action.value)
        self._told(keep)

    def _follow(self, order: Order) -> None:
        """What the order changes in what is in force; a key's order may change which lifts count."""
        if order.kind is Kind.KEY:
            self.refresh()
            return
        scope = orders.scope_of(order)
        self._stops.set(scope, self._book.standing(scope, self._membership()))

    def _entry(self, signed: SignedOrder, source: str, step: str, dropped: tuple[SignedOrder, ...]) -> dict[str, Any]:
        order = signed.order
        return self._recorder.entry(
            EventType.ORDER,
            step,
            f"order-{order.province}-{signed.digest[:32]}",
            peer=source,
            order=signed.digest,
            orderer=order.province,
            kind=order.kind.value,
            subject=order.subject,
            action=order.action.value,
            number=order.number,
            signers=sorted(orders.supporters(signed, self._membership())),
            complete=orders.is_complete(signed, self._membership()),
            document=gm.sm3(signed.to_json()).hex(),
            replaces=[one.digest for one in dropped],
        )

    async def _refuse(self, document: bytes, source: str, error: OrderError) -> None:
        """Count a refusal each time; log it and put it on record the first time, for the same will come again and again."""
        self._count(error.reason)
        digest = gm.sm3(document).hex()
        if (digest, error.reason) in self._refused:
            return
        self._refused[digest, error.reason] = None
        if len(self._refused) > _REFUSALS_KEPT:
            self._refused.popitem(last=False)
        _log.warning("order.refused", peer=source, reason=error.reason)
        entry = self._recorder.entry(
            EventType.ORDER,
            "refused",
            "",
            peer=source,
            document=digest,
            reason=error.reason,
        )
        await self._store.transact(lambda nouns: nouns.evidence.append(entry))


def _disowned(membership: Membership) -> frozenset[tuple[str, str]]:
    """The signing keys whose signatures of before count no more."""
    lines = ((member.province, key) for member in membership.members for key in member.keys)
    return frozenset((code, key.key_id) for code, key in lines if key.usage == KeyUsage.SIGNING.value and key.disowned)


def _remove(nouns: Nouns, digests: Iterable[str]) -> None:
    for digest in digests:
        nouns.orders.remove(digest)


def _refused(detail: str) -> RefusedError:
    return RefusedError(Reason.ORDER_REFUSED, detail)
