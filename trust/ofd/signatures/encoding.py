"""The bytes of seals and signatures that certmesh makes: a v4 seal and its signature (GB/T 38540-2020), and SignedData (GB/T 35275).

The counterpart of `seal` and `signed_data`. Keys stay with the caller's `Signer`; certificates are DER.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from trust.gm import Signer, rs_to_der, sm3
from trust.ofd.signatures import der
from trust.ofd.signatures.certificate import read_certificate

_VERSION = 4
_SM2_WITH_SM3, _SM2_SIGN, _SM3 = "1.2.156.10197.1.501", "1.2.156.10197.1.301.1", "1.2.156.10197.1.401"
_SIGNED_DATA, _DATA = "1.2.156.10197.6.1.4.2.2", "1.2.156.10197.6.1.4.2.1"
_CONTENT_TYPE, _MESSAGE_DIGEST, _SIGNING_TIME = (f"1.2.840.113549.1.9.{last}" for last in (3, 4, 5))
_OFFICIAL = 1  # SES_ESPropertyInfo.type: a unit's seal
_BY_CERTIFICATE = 1  # certListType: the list holds certificates


@dataclass(frozen=True, slots=True, kw_only=True)
class SealFace:
    """What a seal says: its number, maker, name, dates, the certificates that may use it, and its picture (size in millimetres)."""

    es_id: str
    vendor: str
    name: str
    users: tuple[bytes, ...] = field(repr=False)
    picture: bytes = field(repr=False)
    picture_type: str
    width: int
    height: int
    created: datetime
    valid_from: datetime
    valid_until: datetime


def encode_seal(face: SealFace, *, maker: bytes, key: Signer) -> bytes:
    """A v4 seal, signed by its maker's key.

    Raises:
        ValueError: the seal's number, maker or picture type is not ASCII.
    """
    header = der.encode(der.SEQUENCE, _ia5("ES"), der.encode_integer(_VERSION), _ia5(face.vendor))
    properties = der.encode(
        der.SEQUENCE,
        der.encode_integer(_OFFICIAL),
        der.encode(der.UTF8, face.name.encode()),
        der.encode_integer(_BY_CERTIFICATE),
        der.encode(der.SEQUENCE, *(der.encode(der.OCTET_STRING, user) for user in face.users)),
        *map(der.encode_time, (face.created, face.valid_from, face.valid_until)),
    )
    size = map(der.encode_integer, (face.width, face.height))
    picture = der.encode(der.SEQUENCE, _ia5(face.picture_type), der.encode(der.OCTET_STRING, face.picture), *size)
    info = der.encode(der.SEQUENCE, header, _ia5(face.es_id), properties, picture)
    return der.encode(der.SEQUENCE, info, *_proof(info, maker, key))


def encode_seal_signature(
    signed_file: bytes, *, location: str, seal: bytes, signed_at: datetime, certificate: bytes, key: Signer
) -> bytes:
    """A v4 seal's signature over a Signature.xml, whose absolute path is `location`.

    Raises:
        ValueError: the path is not ASCII.
    """
    to_sign = der.encode(
        der.SEQUENCE,
        der.encode_integer(_VERSION),
        seal,
        der.encode_time(signed_at),
        der.encode_bits(sm3(signed_file)),
        _ia5(location),
    )
    return der.encode(der.SEQUENCE, to_sign, *_proof(to_sign, certificate, key))


def encode_signed_data(signed_file: bytes, *, signed_at: datetime, certificate: bytes, key: Signer) -> bytes:
    """Detached SignedData over a Signature.xml, as issuers' platforms make it.

    Raises:
        DocumentError: the certificate is malformed.
    """
    parsed = read_certificate(certificate)
    attributes = sorted(
        [
            _attribute(_CONTENT_TYPE, der.encode_oid(_DATA)),
            _attribute(_MESSAGE_DIGEST, der.encode(der.OCTET_STRING, sm3(signed_file))),
            _attribute(_SIGNING_TIME, der.encode(der.UTC_TIME, f"{signed_at.astimezone(UTC):%y%m%d%H%M%SZ}".encode())),
        ]
    )
    signer = der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        der.encode(der.SEQUENCE, parsed.issuer, der.encode(der.INTEGER, parsed.serial)),
        _algorithm(_SM3),
        der.encode(der.context(0), *attributes),
        _algorithm(_SM2_SIGN),
        der.encode(der.OCTET_STRING, rs_to_der(key.sign(der.encode(der.SET, *attributes)))),
    )
    body = der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        der.encode(der.SET, _algorithm(_SM3)),
        der.encode(der.SEQUENCE, der.encode_oid(_DATA)),
        der.encode(der.context(0), certificate),
        der.encode(der.SET, signer),
    )
    return der.encode(der.SEQUENCE, der.encode_oid(_SIGNED_DATA), der.encode(der.context(0), body))


def _proof(signed: bytes, certificate: bytes, key: Signer) -> Sequence[bytes]:
    """What follows signed data in both structures: certificate, algorithm, signature."""
    value = der.encode_bits(rs_to_der(key.sign(signed)))
    return der.encode(der.OCTET_STRING, certificate), der.encode_oid(_SM2_WITH_SM3), value


def _ia5(text: str) -> bytes:
    return der.encode(der.IA5, text.encode("ascii"))


def _algorithm(dotted: str) -> bytes:
    return der.encode(der.SEQUENCE, der.encode_oid(dotted))


def _attribute(dotted: str, value: bytes) -> bytes:
    return der.encode(der.SEQUENCE, der.encode_oid(dotted), der.encode(der.SET, value))
