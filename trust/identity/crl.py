"""Revocation lists of a province's CA, read strictly (RFC 5280 clause 5): what they say, how fresh they are, and which replaces which.

Lists inside of and beside seals have a lenient reader of their own (`trust.ofd.signatures.revocation`), as their certificates do: other
makers, other keys, no list numbers. Accepting here what must be accepted there would weaken the mesh. Nothing is fetched here.
"""

import enum
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import cryptography.x509
from asn1crypto import crl as asn1_crl
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID

from trust import gm
from trust.errors import IdentityError
from trust.gm import x509
from trust.identity.certificate import Certificate, Usage
from trust.identity.pem import armor, der_of

MAX_CRL_BYTES = 4 * 1024 * 1024
MAX_REVOKED = 50_000  # 5000 are read in some 30 ms
LABEL = "X509 CRL"
_SKEW = timedelta(minutes=10)  # how far a CA's clock may be ahead
_UNDERSTOOD = {CRLEntryExtensionOID.CRL_REASON, CRLEntryExtensionOID.INVALIDITY_DATE}
_PARTIAL = {ExtensionOID.DELTA_CRL_INDICATOR, ExtensionOID.ISSUING_DISTRIBUTION_POINT}


class Reason(enum.StrEnum):
    """Why a certificate was revoked, RFC 5280 clause 5.3.1. removeFromCRL is missing: it stands in delta lists, which are not read."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    CA_COMPROMISE = "cACompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    CERTIFICATE_HOLD = "certificateHold"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"
    AA_COMPROMISE = "aACompromise"


_COMPROMISES = {Reason.KEY_COMPROMISE, Reason.CA_COMPROMISE, Reason.AA_COMPROMISE}


class ListState(enum.StrEnum):
    """Whether a revocation list was there, and current."""

    MISSING = "missing"
    FRESH = "fresh"
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """One entry: the certificate `serial` is revoked from `at` on."""

    serial: int
    at: datetime
    reason: Reason

    @property
    def compromised(self) -> bool:
        """Whether the key may be in other hands, so that a signature's own date proves nothing."""
        return self.reason in _COMPROMISES


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """A list at a moment: its `age` since it was made, and `due_in`, the time to its next update, negative when that is late."""

    state: ListState
    age: timedelta
    due_in: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationStatus:
    """What is known of a certificate at a moment.

    `revocation` is its entry whatever the moment: a revocation that came later is a fact for the caller to weigh. `list_number` is None
    without a list.
    """

    revoked: bool
    revocation: Revocation | None
    list_state: ListState
    list_number: int | None


UNKNOWN = RevocationStatus(revoked=False, revocation=None, list_state=ListState.MISSING, list_number=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crl:
    """A parsed list; well formed, but believed only after `verify`. Equal by its DER; `fingerprint` is the SM3 of it in hex."""

    der: bytes = field(repr=False)
    fingerprint: str = field(compare=False)
    number: int = field(compare=False)
    this_update: datetime = field(compare=False)
    next_update: datetime = field(compare=False)
    issuer: bytes = field(compare=False, repr=False)
    entries: dict[int, Revocation] = field(compare=False, repr=False)
    tbs: bytes = field(compare=False, repr=False)
    signature: bytes = field(compare=False, repr=False)

    @property
    def pem(self) -> str:
        """The list as PEM text."""
        return armor(self.der, LABEL)

    def verify(self, ca: Certificate) -> None:
        """Believe the list because its CA signed it. One SM2 verification.

        Raises:
            IdentityError: made by another CA, or the signature does not verify.
        """
        if ca.usages != {Usage.CA} or self.issuer != ca.subject:
            raise IdentityError("the revocation list was made by another CA")
        if not ca.public_key.verify_der(self.tbs, self.signature):
            raise IdentityError("the CA's signature on the revocation list does not verify")

    def freshness(self, now: datetime) -> Freshness:
        """How old the list is at `now`, and whether its next update is overdue."""
        state = ListState.STALE if now > self.next_update else ListState.FRESH
        return Freshness(state=state, age=now - self.this_update, due_in=self.next_update - now)

    def status(self, certificate: Certificate, at: datetime) -> RevocationStatus:
        """What this list says of a certificate at `at`; a stale list's entries count, its silence proves little.

        Raises:
            IdentityError: the certificate is of another CA than the list.
        """
        if certificate.issuer != self.issuer:
            raise IdentityError("the revocation list is of another CA than the certificate")
        entry = self.entries.get(certificate.serial)
        return RevocationStatus(
            revoked=entry is not None and entry.at <= at,
            revocation=entry,
            list_state=self.freshness(at).state,
            list_number=self.number,
        )


def read_crl(data: bytes, *, most: int = MAX_REVOKED) -> Crl:
    """Read a full revocation list, DER or one PEM block, of at most 4 MiB and `most` entries.

    Raises:
        IdentityError: malformed, not signed with SM2-with-SM3, without number or next update, or speaking for some certificates only.
    """
    der = der_of(data, LABEL, MAX_CRL_BYTES)
    try:
        return Crl(der=der, fingerprint=gm.sm3(der).hex(), **_fields(der, most))
    except IdentityError:
        raise
    except Exception as error:  # both parsers raise many types on hostile bytes; all mean the same here
        raise IdentityError("the revocation list is malformed") from error


def accept_crl(held: Crl | None, offered: Crl, *, ca: Certificate, now: datetime) -> Crl:
    """Return the list to keep: the offered one, if its CA signed it and it does not go back behind the one that is held.

    Raises:
        IdentityError: another CA's, from the future, an older number or date, or another list under the held one's number.
    """
    offered.verify(ca)
    if offered.this_update > now + _SKEW:
        raise IdentityError("the revocation list is from the future; compare the clocks")
    if held is None or held.issuer != offered.issuer or held == offered:
        return offered
    if offered.number == held.number:
        raise IdentityError(f"the CA made two different revocation lists number {held.number}; keep both files")
    if offered.number < held.number or offered.this_update < held.this_update:
        raise IdentityError(f"the revocation list goes back: number {offered.number} is older than {held.number}")
    return offered


def _fields(der: bytes, most: int) -> dict[str, Any]:
    """Read everything but the DER itself; the caller turns the parsers' exceptions into one."""
    tbs = asn1_crl.CertificateList.load(der, strict=True)["tbs_cert_list"]
    strict = cryptography.x509.load_der_x509_crl(der)
    if (
        strict.signature_algorithm_oid.dotted_string != x509.SM2_WITH_SM3
    ):  # the parser has compared it with the one inside
        raise IdentityError("the revocation list is not signed with SM2-with-SM3")
    partial = [one.oid.dotted_string for one in strict.extensions if one.critical or one.oid in _PARTIAL]
    if partial:
        raise IdentityError(f"a revocation list with {', '.join(partial)} does not speak for every certificate")
    if strict.next_update_utc is None or strict.next_update_utc <= strict.last_update_utc:
        raise IdentityError("a revocation list says when the next one comes")
    return {
        "number": strict.extensions.get_extension_for_class(cryptography.x509.CRLNumber).value.crl_number,
        "this_update": strict.last_update_utc,
        "next_update": strict.next_update_utc,
        "issuer": tbs["issuer"].dump(),
        "entries": _entries(strict, most),
        "tbs": strict.tbs_certlist_bytes,
        "signature": strict.signature,
    }


def _entries(listed: cryptography.x509.CertificateRevocationList, most: int) -> dict[int, Revocation]:
    if len(listed) > most:
        raise IdentityError(f"a revocation list has at most {most} entries")
    entries = {one.serial_number: _entry(one) for one in listed}
    if len(entries) != len(listed):
        raise IdentityError("a revocation list names each certificate once")
    return entries


def _entry(one: cryptography.x509.RevokedCertificate) -> Revocation:
    reason = Reason.UNSPECIFIED
    for extension in one.extensions:
        if extension.critical and extension.oid not in _UNDERSTOOD:
            raise IdentityError(f"an entry has the critical extension {extension.oid.dotted_string}, not understood")
        if isinstance(extension.value, cryptography.x509.CRLReason):
            reason = Reason(extension.value.reason.value)
    return Revocation(serial=one.serial_number, at=one.revocation_date_utc, reason=reason)
