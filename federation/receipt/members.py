"""Whose word counts in the check of a receipt: by the membership documents that the examiner holds. They are believed as they are."""

from collections.abc import Sequence
from datetime import datetime

from federation.receipt.grounds import Keys, Members, Stopped
from trust.envelope import MAX_SKEW
from trust.errors import OrderError
from trust.gm import PublicKey
from trust.membership import Key, Membership, instant
from trust.orders import Action, Kind, Order, read, supporters


def keys_of(memberships: Sequence[Membership]) -> Keys:
    """The signing keys that any of these versions lists, but for those that the newest says were lost to somebody else.

    One version is enough while no key has changed since the search; older ones bring the keys that were given up since.
    """
    newest = max(memberships, key=lambda one: one.version)

    def keys(province: str) -> tuple[PublicKey, ...]:
        burnt = {key.key_id for key in _lines(newest, province) if key.burnt}
        listed = [
            one
            for membership in memberships
            if province in membership.by_province
            for one in membership.by_province[province].signing_certificates
            if one.fingerprint not in burnt
        ]
        return tuple({one.fingerprint: one.public_key for one in listed}.values())

    return keys


def _lines(membership: Membership, province: str) -> Sequence[Key]:
    member = membership.by_province.get(province)
    return member.keys if member is not None else ()


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
    newest = max(memberships, key=lambda one: one.version)
    for membership in memberships:
        try:
            signed = read(document, membership, now=now)
        except OrderError:
            continue
        burnt = frozenset(key.key_id for key in _lines(newest, signed.order.province) if key.burnt)
        if signed.order.province in supporters(signed, membership, without=burnt):
            return signed.order
    return None
