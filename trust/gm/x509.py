"""Building SM2-with-SM3 certificates (RFC 5280, GB/T 20518): which bytes. Who may have one is `trust.identity`.

`cryptography` parses such certificates but cannot build them, because it has no SM2; asn1crypto writes the structure
and SM2 signs it. Requests and revocation lists are built in `trust.gm.pkcs10` and `trust.gm.x509_crl`.
"""

import secrets
from datetime import datetime
from typing import Any

from asn1crypto import keys, x509

from trust.errors import KeyMaterialError
from trust.gm._custody import Checked, Signer
from trust.gm._der import rs_to_der
from trust.gm._sm2 import SPKI_PREFIX, PublicKey
from trust.gm._sm3 import sm3

SM2_WITH_SM3 = "1.2.156.10197.1.501"  # GM/T 0006; its parameters are absent
_SERIAL_BITS = 127  # 16 bytes whose top bit is clear, so that the INTEGER is positive (RFC 5280 clause 4.1.2.2)
_KEY_ID_BYTES = 20  # a truncated hash, as RFC 7093 clause 2 does with SHA-256

CA_EXTENSIONS: tuple[tuple[str, bool, Any], ...] = (
    ("basic_constraints", True, {"ca": True, "path_len_constraint": 0}),
    ("key_usage", True, {"key_cert_sign", "crl_sign"}),
)
SIGNING_EXTENSIONS: tuple[tuple[str, bool, Any], ...] = (
    ("basic_constraints", True, {"ca": False}),
    ("key_usage", True, {"digital_signature", "non_repudiation"}),
    ("extended_key_usage", False, ["client_auth", "server_auth"]),
)
DOCUMENT_EXTENSIONS: tuple[tuple[str, bool, Any], ...] = (
    ("basic_constraints", True, {"ca": False}),
    ("key_usage", True, {"digital_signature", "non_repudiation"}),
)
"""Of those who sign documents and seals, and open no connections."""

ENCRYPTION_EXTENSIONS: tuple[tuple[str, bool, Any], ...] = (
    ("basic_constraints", True, {"ca": False}),
    ("key_usage", True, {"key_encipherment", "data_encipherment", "key_agreement"}),
)


def name(organization: str, common_name: str) -> bytes:
    """Return the DER of the name /C=CN/O=organization/CN=common_name."""
    fields = {"country_name": "CN", "organization_name": organization, "common_name": common_name}
    der: bytes = x509.Name.build(fields).dump()
    return der


def read_key(spki: bytes) -> PublicKey:
    """Return the key of a SubjectPublicKeyInfo; compressed points and explicit curve parameters are not accepted.

    Raises:
        KeyMaterialError: not an uncompressed key on sm2p256v1.
    """
    if not spki.startswith(SPKI_PREFIX):
        raise KeyMaterialError("the key is not an uncompressed SM2 key on sm2p256v1")
    return PublicKey.from_point(spki[len(SPKI_PREFIX) :])


def build(
    *,
    issuer: bytes,
    issuer_key: Signer,
    subject: bytes,
    public_key: PublicKey,
    uri: str = "",
    extensions: tuple[tuple[str, bool, Any], ...],
    not_before: datetime,
    not_after: datetime,
) -> bytes:
    """Return the DER of a signed version 3 certificate with a random serial number; the names are given as DER.

    `uri` is the alternative name, if any.
    """
    algorithm = {"algorithm": SM2_WITH_SM3}
    tbs = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": secrets.randbits(_SERIAL_BITS) + 1,
            "signature": algorithm,
            "issuer": x509.Name.load(issuer),
            "validity": {"not_before": time(not_before), "not_after": time(not_after)},
            "subject": x509.Name.load(subject),
            "subject_public_key_info": keys.PublicKeyInfo.load(SPKI_PREFIX + public_key.point),
            "extensions": [
                *(extension(one, value, critical=critical) for one, critical, value in extensions),
                extension("key_identifier", key_id(public_key)),
                extension("authority_key_identifier", {"key_identifier": key_id(issuer_key.public)}),
                *(
                    [extension("subject_alt_name", [x509.GeneralName("uniform_resource_identifier", uri)])]
                    if uri
                    else []
                ),
            ],
        },
    )
    signature = rs_to_der(Checked(issuer_key).sign(tbs.dump()))
    certificate = {"tbs_certificate": tbs, "signature_algorithm": algorithm, "signature_value": signature}
    der: bytes = x509.Certificate(certificate).dump()
    return der


def extension(identifier: str, value: Any, *, critical: bool = False) -> dict[str, Any]:
    """One extension as asn1crypto takes it."""
    return {"extn_id": identifier, "critical": critical, "extn_value": value}


def key_id(key: PublicKey) -> bytes:
    """The identifier of a key in certificates and revocation lists."""
    return sm3(key.point)[:_KEY_ID_BYTES]


def time(moment: datetime) -> x509.Time:
    """Encode as RFC 5280 clause 4.1.2.5 says: UTCTime through 2049, GeneralizedTime after."""
    last_utc_year = 2049
    return x509.Time("utc_time" if moment.year <= last_utc_year else "general_time", moment)
