"""One identity certificate, read strictly: what it says, not whether it is believed (GB/T 20518, RFC 5280).

`cryptography` judges that the DER is strict; asn1crypto then reads the bytes that are signed and compared.
"""

import enum
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import cryptography.x509
from asn1crypto import x509 as asn1_x509
from cryptography.x509.oid import ExtensionOID, NameOID

from trust import gm
from trust.errors import IdentityError, KeyMaterialError
from trust.gm import x509
from trust.identity.pem import armor, unarmor

MAX_CERTIFICATE_BYTES = 16 * 1024
URI = "urn:certmesh:node:"
PROVINCE = re.compile(r"[0-9]{6}")  # GB/T 2260 code of the province
_UNDERSTOOD = {ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.SUBJECT_ALTERNATIVE_NAME}


class Usage(enum.StrEnum):
    """What a certificate's key may do."""

    CA = "ca"
    SIGNING = "signing"
    ENCRYPTION = "encryption"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A parsed identity certificate; well formed, but believed only after `verify_chain`. Equal by its DER.

    `province` is the six digits of the alternative name `urn:certmesh:node:310000`, or "" without one. `issuer` and
    `subject` are the names' DER; `tbs` the bytes that `signature` (DER) covers.
    """

    der: bytes
    common_name: str = field(compare=False)
    province: str = field(compare=False)
    public_key: gm.PublicKey = field(compare=False, repr=False)
    usages: frozenset[Usage] = field(compare=False)
    not_before: datetime = field(compare=False)
    not_after: datetime = field(compare=False)
    serial: int = field(compare=False)
    issuer: bytes = field(compare=False, repr=False)
    subject: bytes = field(compare=False, repr=False)
    tbs: bytes = field(compare=False, repr=False)
    signature: bytes = field(compare=False, repr=False)

    @classmethod
    def from_der(cls, der: bytes) -> Self:
        """Parse an SM2 identity certificate of at most 16 KiB. About 1 ms: keep the object.

        Raises:
            IdentityError: malformed, not an SM2 key, or not signed with SM2-with-SM3.
        """
        if len(der) > MAX_CERTIFICATE_BYTES:
            raise IdentityError("an identity certificate has at most 16 KiB")
        try:
            return cls(der=der, **_fields(der))
        except IdentityError:
            raise
        except KeyMaterialError as error:
            raise IdentityError("the certificate's key is not an SM2 key on sm2p256v1") from error
        except Exception as error:  # both parsers raise many types on hostile bytes; all mean the same here
            raise IdentityError("the identity certificate is malformed") from error

    @classmethod
    def from_pem(cls, pem: bytes | str) -> Self:
        """Parse the one certificate of a PEM text of at most 16 KiB.

        Raises:
            IdentityError: not exactly one PEM certificate, or not an SM2 identity certificate.
        """
        data = pem.encode() if isinstance(pem, str) else pem
        return cls.from_der(unarmor(data, "CERTIFICATE", MAX_CERTIFICATE_BYTES))

    @property
    def pem(self) -> str:
        """The certificate as PEM text."""
        return armor(self.der, "CERTIFICATE")

    @property
    def fingerprint(self) -> str:
        """The SM3 of the DER in lower-case hex; what operators compare."""
        return gm.sm3(self.der).hex()


def _fields(der: bytes) -> dict[str, Any]:
    """Read everything but the DER itself; the caller turns the parsers' exceptions into one."""
    loose = asn1_x509.Certificate.load(der, strict=True)
    tbs = loose["tbs_certificate"]
    serial: int = tbs["serial_number"].native
    if serial <= 0:  # before the strict parser, which only warns
        raise IdentityError("the certificate's serial number is not positive")
    strict = cryptography.x509.load_der_x509_certificate(der)
    algorithm = loose["signature_algorithm"].dump()
    if strict.signature_algorithm_oid.dotted_string != x509.SM2_WITH_SM3 or tbs["signature"].dump() != algorithm:
        raise IdentityError("the certificate is not signed with SM2-with-SM3")
    (common_name,) = strict.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return {
        "common_name": common_name.value,
        "province": read_province(strict.extensions),
        "public_key": x509.read_key(tbs["subject_public_key_info"].dump()),
        "usages": read_usages(strict.extensions),
        "not_before": strict.not_valid_before_utc,
        "not_after": strict.not_valid_after_utc,
        "serial": serial,
        "issuer": tbs["issuer"].dump(),
        "subject": tbs["subject"].dump(),
        "tbs": strict.tbs_certificate_bytes,
        "signature": strict.signature,
    }


def read_usages(extensions: cryptography.x509.Extensions) -> frozenset[Usage]:
    """Read the roles from basicConstraints and keyUsage; both must be there and no other extension may be critical."""
    unknown = [one.oid.dotted_string for one in extensions if one.critical and one.oid not in _UNDERSTOOD]
    if unknown:
        raise IdentityError(f"critical extensions that are not understood: {', '.join(unknown)}")
    ca = extensions.get_extension_for_class(cryptography.x509.BasicConstraints).value.ca
    allowed = extensions.get_extension_for_class(cryptography.x509.KeyUsage).value
    roles = {
        Usage.CA: ca and allowed.key_cert_sign,
        Usage.SIGNING: not ca and allowed.digital_signature,
        Usage.ENCRYPTION: not ca and allowed.key_encipherment,
    }
    return frozenset(usage for usage, may in roles.items() if may)


def read_province(extensions: cryptography.x509.Extensions) -> str:
    """Return the province of the alternative names; a certificate names one or none."""
    try:
        names = extensions.get_extension_for_class(cryptography.x509.SubjectAlternativeName).value
    except cryptography.x509.ExtensionNotFound:
        return ""
    uris = names.get_values_for_type(cryptography.x509.UniformResourceIdentifier)
    codes = [uri.removeprefix(URI) for uri in uris if uri.startswith(URI)]
    if len(codes) > 1 or not all(PROVINCE.fullmatch(code) for code in codes):
        raise IdentityError("the certificate must name one province by its six digits")
    return "".join(codes)
