"""A province's CA makes certificates: its own root, and exactly two kinds of leaf. It keeps no database of what it issued."""

from datetime import datetime, timedelta

from trust import gm
from trust.errors import IdentityError
from trust.gm import x509
from trust.identity.certificate import Certificate, Usage
from trust.identity.profile import EXTENSIONS, subject_name, uri_of
from trust.identity.request import Request


def issue_ca(*, province: str, name: str, key: gm.Signer, now: datetime, valid_days: int = 3650) -> Certificate:
    """Make a province's self-signed root.

    Raises:
        IdentityError: the province code is not six digits, or the name is empty or longer than 64 characters.
    """
    subject = subject_name(province, name, Usage.CA)
    return _issue(subject, key, subject, key.public, province, Usage.CA, now, now + timedelta(days=valid_days))


def issue(
    *,
    ca: Certificate,
    ca_key: gm.Signer,
    province: str,
    name: str,
    usage: Usage,
    public_key: gm.PublicKey,
    now: datetime,
    valid_days: int = 365,
) -> Certificate:
    """Issue a node's signing or encryption certificate; it ends with its CA's at the latest.

    Raises:
        IdentityError: the CA's key or province is another, the usage is CA, or the code or name is not valid.
    """
    if usage is Usage.CA:
        raise IdentityError("a province's CA issues no further CA")
    check_ca(ca, ca_key)
    if ca.province not in ("", province):
        raise IdentityError(f"the CA of {ca.province} issues nothing for {province}")
    subject = subject_name(province, name, usage)
    not_after = min(now + timedelta(days=valid_days), ca.not_after)
    return _issue(ca.subject, ca_key, subject, public_key, province, usage, now, not_after)


def issue_from_request(
    *, ca: Certificate, ca_key: gm.Signer, request: Request, now: datetime, valid_days: int = 365
) -> Certificate:
    """Issue what a request asks for. Only its province, name, usage and key are taken over; the profile is the CA's own.

    Raises:
        IdentityError: the CA's key or province is another.
    """
    return issue(
        ca=ca,
        ca_key=ca_key,
        province=request.province,
        name=request.name,
        usage=request.usage,
        public_key=request.public_key,
        now=now,
        valid_days=valid_days,
    )


def check_ca(ca: Certificate, ca_key: gm.Signer) -> None:
    """Check that a key is the one of a CA's certificate.

    Raises:
        IdentityError: it is another's, or the certificate is not a CA's.
    """
    if ca.public_key != ca_key.public or Usage.CA not in ca.usages:
        raise IdentityError("the key does not belong to this CA certificate")


def _issue(
    issuer: bytes,
    issuer_key: gm.Signer,
    subject: bytes,
    public_key: gm.PublicKey,
    province: str,
    usage: Usage,
    not_before: datetime,
    not_after: datetime,
) -> Certificate:
    der = x509.build(
        issuer=issuer,
        issuer_key=issuer_key,
        subject=subject,
        public_key=public_key,
        uri=uri_of(province),
        extensions=EXTENSIONS[usage],
        not_before=not_before.replace(microsecond=0),
        not_after=not_after.replace(microsecond=0),
    )
    return Certificate.from_der(der)
