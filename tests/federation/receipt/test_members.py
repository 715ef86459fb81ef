"""federation.receipt.members: whose keys count, by the versions of the membership document at hand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from federation.receipt import keys_of, members_of, stopped_by
from federation.sample_identities import make_identities, make_membership, new_certificate, new_identity
from tests.federation.samples import JIANGSU, PROVINCES, SHANGHAI
from trust.identity import Usage
from trust.membership import Closed, Member, Membership, MemberStatus, instant
from trust.orders import Action, Kind, Order, sign

OLD = make_membership(make_identities(PROVINCES))
FRESH = new_identity(JIANGSU)


def rotated(reason: Closed) -> Membership:
    """The next version: Jiangsu signs with a fresh key, and has given up the one before for this reason."""
    identities = {**make_identities(PROVINCES), JIANGSU: FRESH}
    after, before = make_membership(identities), OLD.member(JIANGSU)
    gone = tuple(
        replace(one, until=OLD.issued, reason=reason.value)
        for one in before.keys
        if one.key_id == before.signing_certificate.fingerprint
    )
    members = tuple(replace(one, keys=(*gone, *one.keys)) if one.province == JIANGSU else one for one in after.members)
    return replace(after, version=2, members=members)


def points(memberships: list[Membership], province: str = JIANGSU) -> set[bytes]:
    return {key.point for key in keys_of(memberships)(province)}


def test_a_key_that_was_given_up_in_order_counts_where_the_older_version_is_at_hand() -> None:
    old = OLD.member(JIANGSU).signing_certificate.public_key.point
    new = FRESH.signing_certificate.public_key.point

    assert points([rotated(Closed.ROTATED)]) == {new}
    assert points([rotated(Closed.ROTATED), OLD]) == points([OLD, rotated(Closed.ROTATED)]) == {old, new}


def test_a_key_that_somebody_else_may_have_counts_no_more() -> None:
    assert points([OLD, rotated(Closed.COMPROMISED)]) == {FRESH.signing_certificate.public_key.point}


def test_a_key_that_was_lost_under_a_renewed_certificate_counts_no_more() -> None:
    """The certificate was renewed on the same key in order; the key was lost afterwards."""
    before, after = OLD.member(JIANGSU), rotated(Closed.COMPROMISED).member(JIANGSU)
    renewed = new_certificate(JIANGSU, Usage.SIGNING, before.signing_certificate.public_key)
    gone = next(one for one in after.keys if one.burnt)
    history = (replace(gone, reason=Closed.ROTATED.value), replace(gone, key_id=renewed.fingerprint))
    rest = tuple(one for one in after.keys if not one.burnt)

    versions = [
        OLD,
        with_jiangsu(2, replace(before, signing=renewed.pem)),
        with_jiangsu(3, replace(after, keys=(*history, *rest))),
    ]

    assert points(versions) == {FRESH.signing_certificate.public_key.point}


def with_jiangsu(version: int, member: Member) -> Membership:
    """A version with this entry of Jiangsu."""
    members = tuple(member if one.province == JIANGSU else one for one in OLD.members)
    return replace(OLD, version=version, members=members)


def test_others_keep_theirs_and_a_stranger_has_none() -> None:
    assert points([OLD, rotated(Closed.COMPROMISED)], SHANGHAI) == points([OLD], SHANGHAI) != set()
    assert points([OLD], "999999") == set()


def test_those_took_part_whom_a_version_of_the_time_names() -> None:
    gone = replace(OLD.member(JIANGSU), status=MemberStatus.REMOVED)
    rest = tuple(gone if one.province == JIANGSU else one for one in OLD.members)
    begun = instant(OLD.issued) + timedelta(days=1)
    after = replace(OLD, version=2, members=rest, issued=begun.isoformat())
    all_of, fewer = frozenset(PROVINCES), frozenset(PROVINCES) - {JIANGSU}

    assert members_of([after, OLD])(begun - timedelta(seconds=1)) == (all_of,)
    assert set(members_of([after, OLD])(begun)) == {all_of, fewer}
    assert members_of([after])(begun - timedelta(seconds=1)) == (fewer,)


@pytest.mark.parametrize(
    ("memberships", "stopped"),
    [
        pytest.param([OLD], {"T"}, id="the key of the time"),
        pytest.param([rotated(Closed.ROTATED), OLD], {"T"}, id="a key that was given up in order"),
        pytest.param([rotated(Closed.ROTATED)], set(), id="one that only the older version lists"),
        pytest.param([rotated(Closed.COMPROMISED), OLD], set(), id="a key that somebody else may have"),
    ],
)
def test_an_order_counts_by_the_keys_that_count(memberships: list[Membership], stopped: set[str]) -> None:
    now = instant(OLD.issued) + timedelta(hours=1)
    order = Order(
        id="o1",
        province=JIANGSU,
        kind=Kind.TYPE,
        subject="T",
        action=Action.STOP,
        number=1,
        reason="样例",
        issued=now.isoformat(),
    )
    key = make_identities(PROVINCES)[JIANGSU]
    signed = sign(order, key_id=key.signing_certificate.fingerprint, signer=key.signing_key.sign)

    assert stopped_by(memberships, now)(JIANGSU, (signed.to_json(),), now) == stopped
