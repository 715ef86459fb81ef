"""Electronic seals and the signatures made with them: GM/T 0031-2014 (v1), GB/T 38540-2020 (v4) and GM/T 0031-2025 (v5). Parsing only.

The layouts, as real files hold them: v1 keeps maker's certificate, algorithm and signature in a SEQUENCE of their own, v4 beside the
information; v5 is v4 with an optional [0] timestamp at the end. The layout is told by its shape, because each part has its own version.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from trust.errors import DocumentError
from trust.ofd.signatures import der
from trust.ofd.signatures.times import read_time

KINDS = {1: "GM/T 0031-2014", 4: "GB/T 38540-2020", 5: "GM/T 0031-2025"}
MAX_LISTED = 1000
_DIGESTS = 2  # SES_ESPropertyInfo.certListType of GB/T 38540: 1 certificates, 2 digests of them
_V1_SIGNATURE_PARTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A seal (SESeal). `signed` is what its maker signs: the information (v4, v5), or information, certificate, algorithm (v1).

    `signed_elsewhere` is what the other layout would have signed, to name that mistake. `certificates` or `digests` (algorithm, value)
    list who may use it; width and height are millimetres.
    """

    raw: bytes = field(repr=False)
    version: int
    es_id: str
    name: str = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False)
    digests: tuple[tuple[str, bytes], ...] = field(repr=False)
    created: datetime
    valid_from: datetime
    valid_until: datetime
    picture_type: str
    picture: bytes = field(repr=False)
    width: int
    height: int
    signed: bytes = field(repr=False)
    signed_elsewhere: bytes = field(repr=False)
    maker: bytes = field(repr=False)
    algorithm: str
    value: bytes = field(repr=False)
    has_timestamp: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SealSignature:
    """A seal's signature over a Signature.xml (SES_Signature); `signed` is toSign, `certificate` the signer's."""

    version: int
    seal: Seal
    signed_at: datetime | None
    data_hash: bytes
    signed: bytes = field(repr=False)
    certificate: bytes = field(repr=False)
    algorithm: str
    value: bytes = field(repr=False)
    has_timestamp: bool


def read_seal(data: bytes) -> Seal:
    """Parse a seal file (Seal.esl).

    Raises:
        DocumentError: malformed.
    """
    return _seal(der.read(data))


def read_seal_signature(node: der.Node) -> SealSignature:
    """Parse a SignedValue that holds a seal's signature.

    Raises:
        DocumentError: malformed.
    """
    parts = node.children()
    fields = parts[0].children()
    try:
        if len(parts) == _V1_SIGNATURE_PARTS:
            version, seal, time, data_hash, _, certificate, algorithm, *_ = fields
            value, timestamp = parts[1], []
        else:
            version, seal, time, data_hash, *_ = fields
            certificate, algorithm, value, *timestamp = parts[1:]
    except ValueError as error:
        raise DocumentError("a seal signature with missing parts") from error
    return SealSignature(
        version=der.number(version),
        seal=_seal(seal),
        signed_at=_time_or_none(time),
        data_hash=der.bits(data_hash),
        signed=parts[0].raw,
        certificate=_certificate(certificate),
        algorithm=der.oid(algorithm),
        value=der.bits(value),
        has_timestamp=bool(timestamp),
    )


def kind_of(signature: SealSignature) -> str:
    """The standard that a seal signature follows, by its version; unknown versions keep their number."""
    return KINDS.get(signature.version, f"SES_Signature v{signature.version}")


def _seal(node: der.Node) -> Seal:
    parts = node.expect(der.SEQUENCE).children()
    try:
        info, *proof = parts
        header, es_id, properties, picture, *_ = info.children()
        version = der.number(header.children()[1])
        nested = len(proof) == 1
        certificate, algorithm, value, *timestamp = proof[0].children() if nested else proof
        picture_type, data, width, height = picture.children()[:4]
    except (ValueError, IndexError) as error:
        raise DocumentError("a seal with missing parts") from error
    both = info.raw, der.encode(der.SEQUENCE, info.raw, certificate.raw, algorithm.raw)
    return Seal(
        raw=node.raw,
        version=version,
        es_id=_text(es_id),
        picture_type=_text(picture_type),
        picture=der.octets(data),
        width=der.number(width),
        height=der.number(height),
        signed=both[nested],
        signed_elsewhere=both[not nested],
        maker=_certificate(certificate),
        algorithm=der.oid(algorithm),
        value=der.bits(value),
        has_timestamp=bool(timestamp),
        **_properties(properties.children()),
    )


def _properties(fields: list[der.Node]) -> dict[str, Any]:
    """SES_ESPropertyInfo; v4 has certListType between name and list, v1 has not."""
    try:
        by_digest = False
        if fields[2].tag == der.INTEGER:
            by_digest = der.number(fields.pop(2)) == _DIGESTS
        _, name, listed, created, valid_from, valid_until, *_ = fields
    except (ValueError, IndexError) as error:
        raise DocumentError("a seal with missing properties") from error
    users = listed.children()
    if len(users) > MAX_LISTED:
        raise DocumentError(f"a seal that lists more than {MAX_LISTED} certificates")
    return {
        "name": _text(name),
        "certificates": () if by_digest else tuple(map(_listed, users)),
        "digests": tuple(map(_digest, users)) if by_digest else (),
        "created": read_time(created),
        "valid_from": read_time(valid_from),
        "valid_until": read_time(valid_until),
    }


def _listed(node: der.Node) -> bytes:
    """One entry of a certificate list. Test seals list other things, which match no certificate."""
    return node.content if node.tag == der.OCTET_STRING else node.raw


def _digest(node: der.Node) -> tuple[str, bytes]:
    """One CertDigestObj: the algorithm's word or OID, and the value."""
    parts = node.children()
    if len(parts) != 2:  # noqa: PLR2004 - type and value
        raise DocumentError("a seal's digest of a certificate is not a pair")
    return der.oid(parts[0]) if parts[0].tag == der.OID else _text(parts[0]), der.octets(parts[1])


def _certificate(node: der.Node) -> bytes:
    """A certificate: an OCTET STRING in all three standards, the bare structure in some files."""
    return node.raw if node.tag == der.SEQUENCE else der.octets(node)


def _text(node: der.Node) -> str:
    return node.content.decode("utf-8", errors="replace")


def _time_or_none(node: der.Node) -> datetime | None:
    """GM/T 0031-2014 lets timeInfo be a time-stamp token as well; that is not a text."""
    try:
        return read_time(node)
    except DocumentError:
        return None
