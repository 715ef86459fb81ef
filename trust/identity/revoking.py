"""A province's CA makes its revocation lists: numbered from 1, each with all entries of the one before it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from trust import gm
from trust.errors import IdentityError
from trust.gm.x509_crl import build_crl
from trust.identity.certificate import Certificate
from trust.identity.crl import Crl, Revocation, read_crl
from trust.identity.issuing import check_ca


def make_crl(
    *,
    ca: Certificate,
    ca_key: gm.Signer,
    revoked: Iterable[Revocation],
    number: int,
    this_update: datetime,
    next_update: datetime,
) -> Crl:
    """Make one list; times are kept in whole seconds.

    Raises:
        IdentityError: another CA's key, a number below 1, an entry from after `this_update`, a certificate named twice, or a next
            update that is not later.
    """
    check_ca(ca, ca_key)
    entries = sorted(revoked, key=lambda one: one.at)
    if number < 1:
        raise IdentityError("revocation lists are numbered from 1")
    if any(one.at > this_update for one in entries):
        raise IdentityError("a revocation cannot begin after the list that tells of it")
    der = build_crl(
        issuer=ca.subject,
        issuer_key=ca_key,
        revoked=[(one.serial, one.at.replace(microsecond=0), one.reason.name.lower()) for one in entries],
        number=number,
        this_update=this_update.replace(microsecond=0),
        next_update=next_update.replace(microsecond=0),
    )
    return read_crl(der)


def renew_crl(
    held: Crl | None,
    *,
    ca: Certificate,
    ca_key: gm.Signer,
    revoke: Iterable[Revocation],
    now: datetime,
    valid: timedelta,
) -> Crl:
    """Make the list that follows `held` (None: the first), with further revocations; what is revoked stays so from its first date on.

    Raises:
        IdentityError: as `make_crl`, or `held` is not this CA's, or a certificate to revoke stands on it already.
    """
    if held is not None:
        held.verify(ca)
    kept = () if held is None else tuple(held.entries.values())
    return make_crl(
        ca=ca,
        ca_key=ca_key,
        revoked=(*kept, *revoke),
        number=1 if held is None else held.number + 1,
        this_update=now,
        next_update=now + valid,
    )
