"""The X.509 certificates and CRLs that seals bring with them (RFC 5280, GB/T 20518), read leniently, and chains to a trust list.

`trust.identity` is for the mesh's own, strict certificates; these were issued by anybody. Nothing is believed by being read here.
"""

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from trust.errors import DocumentError, KeyMaterialError
from trust.gm import PublicKey
from trust.gm.x509 import read_key
from trust.ofd.signatures import der
from trust.ofd.signatures.sm2_value import verifies
from trust.ofd.signatures.times import read_time

MAX_CERTIFICATE = 64 * 1024
MAX_CHAIN = 6
MAX_SHOWN_NAME = 200
_ORGANIZATION, _COMMON_NAME = "2.5.4.10", "2.5.4.3"  # X.520 clauses 6.4.1 and 6.2.2
_BASIC_CONSTRAINTS, _KEY_USAGE = "2.5.29.19", "2.5.29.15"
_SIGNS, _CERT_SIGN = 0xC0, 0x04  # digitalSignature and nonRepudiation; keyCertSign (RFC 5280 clause 4.2.1.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A parsed certificate, equal by its DER. `key` is None when it is not an SM2 key; names are their DER."""

    der: bytes = field(repr=False)
    tbs: bytes = field(repr=False, compare=False)
    value: bytes = field(repr=False, compare=False)
    serial: bytes = field(compare=False)
    issuer: bytes = field(repr=False, compare=False)
    subject: bytes = field(repr=False, compare=False)
    not_before: datetime = field(compare=False)
    not_after: datetime = field(compare=False)
    key: PublicKey | None = field(repr=False, compare=False)
    may_sign: bool = field(compare=False)
    may_issue: bool = field(compare=False)

    def in_force(self, at: datetime) -> bool:
        """Whether `at` is within the certificate's dates."""
        return self.not_before <= at <= self.not_after


@functools.lru_cache(maxsize=256)
def read_certificate(data: bytes) -> Certificate:
    """Parse one DER certificate. Kept, because the same few sign thousands of files.

    Raises:
        DocumentError: too large or malformed.
    """
    if len(data) > MAX_CERTIFICATE:
        raise DocumentError(f"a certificate larger than {MAX_CERTIFICATE} bytes")
    try:
        tbs, _, value = der.read(data).expect(der.SEQUENCE).children()
        fields = tbs.children()
        if fields[0].tag == der.context(0):  # the version; absent in version 1
            del fields[0]
        serial, _, issuer, validity, subject, key, *rest = fields
        not_before, not_after = (read_time(one) for one in validity.children())
        may_sign, may_issue = _roles(rest)
    except ValueError as error:
        raise DocumentError("a malformed certificate") from error
    return Certificate(
        der=data,
        tbs=tbs.raw,
        value=der.bits(value),
        serial=serial.expect(der.INTEGER).content,
        issuer=issuer.raw,
        subject=subject.raw,
        not_before=not_before,
        not_after=not_after,
        key=_key(key.raw),
        may_sign=may_sign,
        may_issue=may_issue,
    )


def organization(name: bytes) -> str:
    """The organization of a name's DER, else its common name, shortened; empty for a name without either.

    Raises:
        DocumentError: malformed.
    """
    found: dict[str, str] = {}
    for pair in (pair for part in der.read(name).children() for pair in part.children()):
        try:
            kind, value = pair.children()
        except ValueError as error:
            raise DocumentError("a malformed name in a certificate") from error
        coding = "utf-16-be" if value.tag == der.BMP else "utf-8"
        found[der.oid(kind)] = value.content.decode(coding, errors="replace")
    return (found.get(_ORGANIZATION) or found.get(_COMMON_NAME) or "")[:MAX_SHOWN_NAME]


def _key(spki: bytes) -> PublicKey | None:
    try:
        return read_key(spki)
    except KeyMaterialError:
        return None


def _roles(rest: list[der.Node]) -> tuple[bool, bool]:
    """May it sign documents, may it issue certificates. No keyUsage allows both (RFC 5280), issuing needs the CA flag."""
    extensions = read_extensions(rest)
    usage = der.bits(der.read(extensions[_KEY_USAGE])) if _KEY_USAGE in extensions else b"\xff"
    constraints = der.read(extensions[_BASIC_CONSTRAINTS]).children() if _BASIC_CONSTRAINTS in extensions else []
    is_ca = bool(constraints) and constraints[0].tag == der.BOOLEAN and constraints[0].content != b"\0"
    return bool(usage[:1] and usage[0] & _SIGNS), bool(is_ca and usage[:1] and usage[0] & _CERT_SIGN)


def read_extensions(rest: list[der.Node], number: int = 3) -> dict[str, bytes]:
    """The extensions by identifier, from the one [number] among the last fields of a certificate (3) or a CRL (0).

    Raises:
        DocumentError: malformed.
    """
    found: dict[str, bytes] = {}
    for holder in rest:
        if holder.tag == der.context(number):
            for extension in holder.children()[0].children():
                identifier, *_, value = extension.children()
                found[der.oid(identifier)] = value.expect(der.OCTET_STRING).content
    return found


@functools.lru_cache(maxsize=512)
def signed_by(child: Certificate, issuer: Certificate) -> bool:
    """Whether the issuer's key made the signature on the child."""
    return issuer.key is not None and verifies(issuer.key, child.tbs, child.value)


def find_chain(
    leaf: Certificate, anchors: Iterable[Certificate], others: Iterable[Certificate], at: datetime
) -> tuple[Certificate, ...] | None:
    """The certificates from the leaf to one of the anchors, each in force at `at`, or None. An anchor needs no issuer of its own."""
    trusted = tuple(anchors)
    waiting: list[tuple[Certificate, ...]] = [(leaf,)]
    seen, pool = {leaf.der}, (*trusted, *others)
    while waiting:
        chain = waiting.pop()
        if not chain[-1].in_force(at):
            continue
        if chain[-1] in trusted:
            return chain
        for issuer in pool:
            fits = issuer.subject == chain[-1].issuer and issuer.may_issue and issuer.der not in seen
            if fits and len(chain) < MAX_CHAIN and signed_by(chain[-1], issuer):
                seen.add(issuer.der)
                waiting.append((*chain, issuer))
    return None
