"""GB/T 35275 SignedData around a Signature.xml, with SM2 (also under the PKCS#7 content type). Parsing only.

What the signature covers is the attributes (with a digest of the content among them), or the content itself when there are none.
"""

from dataclasses import dataclass, field
from datetime import datetime

from trust.errors import DocumentError
from trust.ofd.signatures import der
from trust.ofd.signatures.times import read_time

SIGNED_DATA = frozenset({"1.2.156.10197.6.1.4.2.2", "1.2.840.113549.1.7.2"})
MAX_CERTIFICATES = 32
_MESSAGE_DIGEST, _SIGNING_TIME = "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.5"  # RFC 2985 clauses 5.3.3 and 5.3.4
_SET_TAG = bytes((der.SET,))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedData:
    """One signer's part. `content` is None when detached; `attributes` is the DER SET that is signed, or None.

    `signer` is the issuer's DER and the serial number's content.
    """

    oid: str
    content: bytes | None = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False)
    signer: tuple[bytes, bytes] = field(repr=False)
    attributes: bytes | None = field(repr=False)
    message_digest: bytes | None
    signed_at: datetime | None
    digest_algorithm: str
    algorithm: str
    value: bytes = field(repr=False)


def read_signed_data(node: der.Node) -> SignedData:
    """Parse a ContentInfo that holds SignedData.

    Raises:
        DocumentError: malformed, without or with more than one signer, or with too many certificates.
    """
    try:
        identifier, holder = node.children()
        (body,) = holder.expect(der.context(0)).children()
        _, _, content, *optional, signers = body.children()
        (signer,) = signers.expect(der.SET).children()
        _, who, digest, *rest = signer.children()
        issuer, serial = who.expect(der.SEQUENCE).children()
        attributes = rest.pop(0) if rest and rest[0].tag == der.context(0) else None
        algorithm, value, *_ = rest
    except ValueError as error:
        raise DocumentError("SignedData with missing parts or not exactly one signer") from error
    found = _attributes(attributes)
    return SignedData(
        oid=der.oid(identifier),
        content=_content(content),
        certificates=_certificates(optional),
        signer=(issuer.raw, serial.expect(der.INTEGER).content),
        attributes=None if attributes is None else _SET_TAG + attributes.raw[1:],
        message_digest=der.octets(found[_MESSAGE_DIGEST]) if _MESSAGE_DIGEST in found else None,
        signed_at=read_time(found[_SIGNING_TIME]) if _SIGNING_TIME in found else None,
        digest_algorithm=der.oid(digest),
        algorithm=der.oid(algorithm),
        value=der.octets(value),
    )


def _content(node: der.Node) -> bytes | None:
    parts = node.children()
    if len(parts) == 1:
        return None
    inside = parts[1].expect(der.context(0)).children()
    return der.octets(inside[0]) if inside else b""


def _certificates(optional: list[der.Node]) -> tuple[bytes, ...]:
    """The X.509 certificates; the other choices of the set (RFC 5652 clause 10.2.2) have tags of their own."""
    members = (one for holder in optional if holder.tag == der.context(0) for one in holder.children())
    certificates = tuple(one.raw for one in members if one.tag == der.SEQUENCE)
    if len(certificates) > MAX_CERTIFICATES:
        raise DocumentError(f"SignedData with more than {MAX_CERTIFICATES} certificates")
    return certificates


def _attributes(holder: der.Node | None) -> dict[str, der.Node]:
    """The signed attributes; one that stands twice or has not one value is refused, since readers would disagree."""
    found: dict[str, der.Node] = {}
    for attribute in holder.children() if holder else ():
        try:
            identifier, values = attribute.children()
            (value,) = values.children()
        except ValueError as error:
            raise DocumentError("SignedData with an attribute that has not one value") from error
        if found.setdefault(der.oid(identifier), value) is not value:
            raise DocumentError("SignedData with an attribute that stands twice")
    return found
