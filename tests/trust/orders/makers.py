"""Provinces with keys, and the orders they sign. Nothing here is a test."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from federation.sample_identities import make_identities, make_membership, new_identity
from trust.local import LocalIdentity
from trust.membership import Key, Membership
from trust.orders import Action, Kind, Order, SignedOrder, countersign, sign

ALICE, BOB, CAROL, DAVE = PROVINCES = ("310000", "320000", "330000", "340000")
NOW = datetime.now(UTC).replace(microsecond=0)


@lru_cache
def second_identity(province: str) -> LocalIdentity:
    """Another set of keys of the same province."""
    return new_identity(province)


@lru_cache
def membership(threshold: int = 2, *, second_key_of: str = "") -> Membership:
    """Four members; one of them may have two signing certificates, as in a rotation."""
    whole = replace(make_membership(make_identities(PROVINCES)), threshold=threshold)
    return replace(whole, members=tuple(map(_with_second, whole.members))) if second_key_of == ALICE else whole


def _with_second(member: Any) -> Any:
    if member.province != ALICE:
        return member
    other = second_identity(ALICE).signing_certificate
    key = Key(key_id=other.fingerprint, usage="signing", since=NOW.isoformat())
    return replace(member, signing=member.signing + other.pem, keys=(*member.keys, key))


def key_id(province: str) -> str:
    return make_identities(PROVINCES)[province].signing_certificate.fingerprint


def order(province: str = ALICE, **changes: Any) -> Order:
    one = Order(
        id="o1",
        province=province,
        kind=Kind.LINE,
        subject="JS-0001",
        action=Action.STOP,
        number=1,
        reason="疑似滥用，待查",
        issued=NOW.isoformat(),
    )
    return replace(one, **changes)


def signed(one: Order, *signers: str, second: bool = False) -> SignedOrder:
    """The order, signed by its province unless others are named; `second`: with the province's second key."""
    keys = [make_identities(PROVINCES)[code] for code in (signers or (one.province,))]
    if second:
        keys = [second_identity(one.province)]
    first = keys[0]
    result = sign(one, key_id=first.signing_certificate.fingerprint, signer=first.signing_key.sign)
    for key in keys[1:]:
        result = countersign(result, key_id=key.signing_certificate.fingerprint, signer=key.signing_key.sign)
    return result
