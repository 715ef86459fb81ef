"""Whose word counts in the check of a receipt: by the membership documents that the examiner holds. They are believed as they are."""

from collections.abc import Sequence
from datetime import datetime

from federation.receipt.grounds import Keys, Members, Stopped
from trust.envelope import MAX_SKEW
from trust.errors import OrderError
from trust.gm import PublicKey
from trust.identity import Certificate
from trust.membership import Membership, instant
from trust.orders import Action, Kind, Order, read, supporters


def keys_of(memberships: Sequence[Membership]) -> Keys:
    """The signing keys that any of these versions lists, but for those that the newest says were lost to somebody else.

    A certificate may have been renewed on the same key: what was lost with one of them was lost with all. One version is enough while no
    key has changed since the search; older ones bring the keys that were given up since.
    """

    def keys(province: str) -> tuple[PublicKey, ...]:
        lost = _lost(memberships, province)
        counted = (one for one in _certificates(memberships, province) if one.fingerprint not in lost)
        return tuple({one.public_key.point: one.public_key for one in counted}.values())

    return keys


def _certificates(memberships: Sequence[Membership], province: str) -> Sequence[Certificate]:
    """The signing certificates that any of these versions lists for a province."""
    members = (one.by_province[province] for one in memberships if province in one.by_province)
    return [one for member in members for one in member.signing_certificates]


def _lost(memberships: Sequence[Membership], province: str) -> frozenset[str]:
    """The certificates (by fingerprint) whose key the newest version says was lost to somebody else, under whichever of them."""
    member = max(memberships, key=lambda one: one.version).by_province.get(province)
    burnt = {key.key_id for key in member.keys if key.burnt} if member is not None else set()
    listed = _certificates(memberships, province)
    points = {one.public_key.point for one in listed if one.fingerprint in burnt}
    return frozenset(burnt | {one.fingerprint for one in listed if one.public_key.point in points})


def members_of(memberships: Sequence[Membership]) -> Members:
    """Who took part at a time, by every version at hand that was good then: which of them the consumer held is its matter.

    Where none was, by the oldest at hand; an older one settles it, if somebody joined since.
    """

    def members(at: datetime) -> tuple[frozenset[str], ...]:
        good = [one for one in memberships if instant(one.issued) <= at <= instant(one.expires)]
        good = good or [min(memberships, key=lambda one: one.version)]
        return tuple(frozenset(one.provinces) for one in good)

    return members


def stopped_by(memberships: Sequence[Membership], now: datetime) -> Stopped:
    """The types that stop orders hold back; an order that does not hold stops nothing. The keys that count are those of `keys_of`."""

    def stopped(province: str, documents: tuple[bytes, ...], at: datetime) -> frozenset[str]:
        found = set()
        for order in (_ordered(document, memberships, now) for document in documents):
            if order is None or datetime.fromisoformat(order.issued) > at + MAX_SKEW:
                continue
            if (order.province, order.kind, order.action) == (province, Kind.TYPE, Action.STOP):
                found.add(order.subject)
        return frozenset(found)

    return stopped


def _ordered(document: bytes, memberships: Sequence[Membership], now: datetime) -> Order | None:
    """What a document orders, by any of these versions."""
    for membership in memberships:
        try:
            signed = read(document, membership, now=now)
        except OrderError:
            continue
        if signed.order.province in supporters(signed, membership, without=_lost(memberships, signed.order.province)):
            return signed.order
    return None
