"""Certificate revocation lists (RFC 5280 clause 5, GB/T 20518) given as bytes. They are never fetched from anywhere."""

import functools
from dataclasses import dataclass, field
from datetime import datetime

from trust.errors import DocumentError
from trust.ofd.signatures import der
from trust.ofd.signatures.certificate import Certificate, read_extensions
from trust.ofd.signatures.sm2_value import verifies
from trust.ofd.signatures.times import read_time

MAX_CRL = 32 * 1024 * 1024
MAX_REVOKED = 500_000
_PARTIAL = {
    "2.5.29.27",
    "2.5.29.28",
}  # delta CRL, issuing distribution point: such a list does not speak for all certificates
_REASON = "2.5.29.21"
_COMPROMISED = {1, 2}  # keyCompromise, cACompromise (clause 5.3.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """When a certificate was revoked, and whether its key had fallen into other hands."""

    at: datetime
    compromised: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Crl:
    """A parsed list; it counts only for certificates of the same issuer, whose key signed it (`is_from`)."""

    issuer: bytes = field(repr=False)
    next_update: datetime | None
    tbs: bytes = field(repr=False)
    value: bytes = field(repr=False)
    entries: dict[bytes, bytes] = field(repr=False)

    def is_from(self, issuer: Certificate) -> bool:
        """Whether this issuer made the list."""
        return self.issuer == issuer.subject and issuer.key is not None and verifies(issuer.key, self.tbs, self.value)

    def find(self, serial: bytes) -> Revoked | None:
        """The entry of a serial number (the INTEGER's content).

        Raises:
            DocumentError: the entry is malformed.
        """
        raw = self.entries.get(serial)
        if raw is None:
            return None
        try:
            _, when, *rest = der.read(raw).children()
            extensions = rest[0].children() if rest else []
            reasons = [one.children()[-1].content for one in extensions if der.oid(one.children()[0]) == _REASON]
        except (ValueError, IndexError) as error:
            raise DocumentError("a CRL with a malformed entry") from error
        reason = der.read(reasons[0]).content if reasons else b""
        return Revoked(at=read_time(when), compromised=int.from_bytes(reason) in _COMPROMISED)


@functools.lru_cache(maxsize=16)
def read_crl(data: bytes) -> Crl:
    """Parse one DER list.

    Raises:
        DocumentError: too large, malformed, or a list that speaks for some certificates only.
    """
    if len(data) > MAX_CRL:
        raise DocumentError(f"a CRL larger than {MAX_CRL} bytes")
    try:
        tbs, _, value = der.read(data).expect(der.SEQUENCE).children()
        fields = tbs.children()
        if fields[0].tag == der.INTEGER:
            del fields[0]
        _, issuer, this_update, *rest = fields
    except ValueError as error:
        raise DocumentError("a malformed CRL") from error
    read_time(this_update)
    next_update = read_time(rest.pop(0)) if rest and rest[0].tag in {der.UTC_TIME, der.GENERALIZED_TIME} else None
    entries = _entries(rest[0]) if rest and rest[0].tag == der.SEQUENCE else {}
    if _PARTIAL & read_extensions(rest, 0).keys():
        raise DocumentError("a delta CRL or one with a distribution point is not read")
    return Crl(issuer=issuer.raw, next_update=next_update, tbs=tbs.raw, value=der.bits(value), entries=entries)


def _entries(holder: der.Node) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for entry in der.elements(holder.content):
        serial = next(der.elements(entry.expect(der.SEQUENCE).content), None)
        if serial is None or len(found) >= MAX_REVOKED:
            raise DocumentError(f"a CRL with an empty entry or more than {MAX_REVOKED} of them")
        found[serial.expect(der.INTEGER).content] = entry.raw
    return found
