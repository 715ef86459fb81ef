"""Dates, chain and revocation of the certificates and the seal behind a signature, judged at the moment of signing."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta

from trust.ofd.signatures.certificate import Certificate, find_chain
from trust.ofd.signatures.findings import Code, Finding
from trust.ofd.signatures.opened import Opened
from trust.ofd.signatures.revocation import Revoked
from trust.ofd.signatures.trust import Trust

_SKEW = timedelta(minutes=10)  # how far a signer's clock may be ahead
_SIGNER, _MAKER = ("signer", "签名证书"), ("seal maker", "制章人证书")
_Role = tuple[str, str]


def standing_findings(opened: Opened, stated: datetime | None, trust: Trust, at: datetime) -> Iterator[Finding]:
    """What dates, trust list and revocation lists say. `stated` is Signature.xml's time, used where the value has none."""
    signed_at = opened.signed_at or stated
    yield Finding(Code.NO_TIME) if signed_at is None else Finding(Code.SIGNED_AT, f"{signed_at:%Y-%m-%dT%H:%M:%SZ}")
    when = signed_at or at
    dates = list(_dates(opened, when, at))
    yield from dates
    if not dates and opened.signer is not None:
        yield Finding(Code.IN_FORCE)
    if opened.signer is not None:
        yield from _trust(_SIGNER, opened.signer, opened.others, trust, when, at)
    if opened.maker is not None and opened.seal is not None:
        yield from _trust(_MAKER, opened.maker, (), trust, opened.seal.created, at)


def _dates(opened: Opened, when: datetime, at: datetime) -> Iterator[Finding]:
    """What was not in force. The maker's certificate is judged when the seal was made: a seal may outlive it."""
    if when > at + _SKEW:
        yield Finding(Code.IN_FUTURE)
    if opened.signer is not None and not opened.signer.in_force(when):
        yield Finding(Code.CERTIFICATE_EXPIRED)
    if opened.seal is not None:
        if not opened.seal.valid_from <= when <= opened.seal.valid_until:
            yield Finding(Code.SEAL_EXPIRED)
        if opened.maker is not None and not opened.maker.in_force(opened.seal.created):
            yield Finding(Code.MAKER_EXPIRED)


def _trust(
    role: _Role, certificate: Certificate, others: tuple[Certificate, ...], trust: Trust, when: datetime, at: datetime
) -> Iterator[Finding]:
    """The certificate's role, its chain to the trust list, and the revocation of every certificate in that chain."""
    if not certificate.may_sign:
        yield Finding(Code.NOT_FOR_SIGNING, *role)
    chain = find_chain(certificate, trust.anchors, (*others, *trust.outside), when)
    if chain is None:
        yield Finding(Code.NO_CHAIN, *role)
        return
    yield Finding(Code.TRUSTED, *role)
    for child, issuer in itertools.pairwise(chain):
        yield from _revocation(role, child, issuer, trust, when, at)


def _revocation(
    role: _Role, child: Certificate, issuer: Certificate, trust: Trust, when: datetime, at: datetime
) -> Iterator[Finding]:
    """What the issuer's lists say of one certificate; an entry in a stale list still counts."""
    lists = [crl for crl in trust.crls if crl.is_from(issuer)]
    if not lists:
        yield Finding(Code.REVOCATION_UNKNOWN, *role)
        return
    if all(crl.next_update is not None and crl.next_update < at for crl in lists):
        yield Finding(Code.CRL_STALE, *role)
    entries = [entry for crl in lists if (entry := crl.find(child.serial)) is not None]
    yield from (Finding(_revoked(entry, when), *role) for entry in entries)
    if not entries:
        yield Finding(Code.NOT_REVOKED, *role)


def _revoked(entry: Revoked, when: datetime) -> Code:
    """Revoked before signing: not in force. After it: a note, unless whoever got hold of the key could have back-dated the signature."""
    if entry.at <= when:
        return Code.REVOKED
    return Code.COMPROMISED if entry.compromised else Code.REVOKED_LATER
