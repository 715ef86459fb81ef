"""The P-256 certificate of the gRPC channel (DESIGN §4): made, kept encrypted, pinned. It says nothing about messages.

Stock gRPC cannot speak SM2, so the channel is ordinary mutual TLS 1.3 with self-signed certificates that membership
pins one by one: each is its own trust anchor and cannot vouch for another, because it is not a CA's.
"""

import hashlib
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from trust import gm
from trust.errors import IdentityError, KeyMaterialError

_MAX_BYTES = 16 * 1024
_Part = TypeVar("_Part")


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsPair:
    """A channel key as encrypted PKCS#8 PEM, and its certificate as PEM."""

    key_pem: bytes = field(repr=False)
    certificate_pem: bytes


def tls_host(province: str) -> str:
    """Return the host name that a province's channel certificate carries, whatever its endpoint is."""
    return f"{province}.certmesh"


def make_tls(
    *, province: str, passphrase: bytes, now: datetime, valid_days: int = 365, rounds: int = gm.ROUNDS
) -> TlsPair:
    """Make a P-256 key and its self-signed certificate for `tls_host`, localhost and 127.0.0.1, as client and as server.

    Raises:
        KeyMaterialError: the passphrase is empty.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    certificate = _certificate(key, tls_host(province), now, timedelta(days=valid_days))
    return TlsPair(
        key_pem=gm.seal_pkcs8(der, passphrase, rounds=rounds),
        certificate_pem=certificate.public_bytes(serialization.Encoding.PEM),
    )


def new_tls(*, province: str, now: datetime, valid_days: int = 365) -> TlsPair:
    """The same with the key as plain PEM, to be kept in memory only: for a node in one process with its test."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(key, tls_host(province), now, timedelta(days=valid_days))
    return TlsPair(key_pem=_plain_pem(key), certificate_pem=certificate.public_bytes(serialization.Encoding.PEM))


def decrypt_tls_key(pem: bytes, passphrase: bytes) -> bytes:
    """Return the key as plain PKCS#8 PEM, the only form gRPC takes; keep it in memory only.

    Raises:
        KeyMaterialError: not an encrypted key, a wrong passphrase, or not a P-256 key.
    """
    try:
        key = serialization.load_der_private_key(gm.open_pkcs8(pem, passphrase), None)
    except (ValueError, UnsupportedAlgorithm) as error:  # the latter for curves that `cryptography` does not have
        raise KeyMaterialError("the channel key is not a P-256 key") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyMaterialError("the channel key is not a P-256 key")
    return _plain_pem(key)


def _plain_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def tls_key_pin(pem: bytes) -> str:
    """Return the pin that the certificate of a plain channel key (PEM) must have.

    Raises:
        KeyMaterialError: not a P-256 key.
    """
    try:
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyMaterialError("the channel key is not a P-256 key") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise KeyMaterialError("the channel key is not a P-256 key")
    return _pin(key.public_key())


def tls_pin(certificate: bytes) -> str:
    """Return the pin of a channel certificate (PEM or DER): the SHA-256 of its SubjectPublicKeyInfo, in hex.

    As RFC 7469 clause 2.4 pins: the key, so a renewed certificate over the same key keeps its pin.

    Raises:
        IdentityError: not a certificate of at most 16 KiB with a P-256 key.
    """
    key = _read(certificate, lambda one: one.public_key())
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise IdentityError("the channel certificate's key is not a P-256 key")
    return _pin(key)


def tls_pin_of_key(pem: bytes) -> str:
    """Return the pin of the certificates over a channel key, given as plain PEM (`decrypt_tls_key`).

    Raises:
        KeyMaterialError: not a P-256 key.
    """
    try:
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyMaterialError("the channel key is not a P-256 key") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyMaterialError("the channel key is not a P-256 key")
    return _pin(key.public_key())


def _pin(key: ec.EllipticCurvePublicKey) -> str:
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


def tls_not_after(certificate: bytes) -> datetime:
    """Return the moment at which a channel certificate (PEM or DER) ends.

    Raises:
        IdentityError: not a certificate of at most 16 KiB.
    """
    return _read(certificate, lambda one: one.not_valid_after_utc)


def _read(certificate: bytes, take: Callable[[x509.Certificate], _Part]) -> _Part:
    """Take one part of a certificate; the parser looks at some parts only when they are asked for."""
    if len(certificate) > _MAX_BYTES:
        raise IdentityError("a channel certificate has at most 16 KiB")
    load = x509.load_pem_x509_certificate if certificate.startswith(b"-----") else x509.load_der_x509_certificate
    try:
        return take(load(certificate))
    except Exception as error:  # the parser raises many types on hostile bytes
        raise IdentityError("the channel certificate is malformed") from error


def _certificate(key: ec.EllipticCurvePrivateKey, host: str, now: datetime, valid: timedelta) -> x509.Certificate:
    serial = x509.random_serial_number()
    # The serial number stands in the name too: of two trust anchors with one name, verification looks at the first alone, so that while
    # a key is changed one of the two certificates would not be believed.
    attributes = {NameOID.COMMON_NAME: host, NameOID.SERIAL_NUMBER: f"{serial:040x}"}
    name = x509.Name([x509.NameAttribute(kind, value) for kind, value in attributes.items()])
    names = [x509.DNSName(host), x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    roles = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    return (
        x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=key.public_key())
        .serial_number(serial)
        .not_valid_before(now)
        .not_valid_after(now + valid)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage(roles), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
