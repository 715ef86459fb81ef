"""Whose word counts in the check of a receipt: by the membership documents that the examiner holds. They are believed as they are."""

from collections.abc import Sequence
from datetime import datetime

from federation.receipt.grounds import Keys, Members, Stopped
from trust.envelope import MAX_SKEW
from trust.errors import OrderError
from trust.gm import PublicKey
from trust.membership import Key, Membership, instant
from trust.orders import Action, Kind, read


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
    """The types that stop orders hold back, judged by the newest version; an order that does not hold stops nothing."""
    newest = max(memberships, key=lambda one: one.version)

    def stopped(province: str, documents: tuple[bytes, ...], at: datetime) -> frozenset[str]:
        found = set()
        for document in documents:
            try:
                order = read(document, newest, now=now).order
            except OrderError:
                continue
            given = datetime.fromisoformat(order.issued) <= at + MAX_SKEW
            if given and (order.province, order.kind, order.action) == (province, Kind.TYPE, Action.STOP):
                found.add(order.subject)
        return frozenset(found)

    return stopped
