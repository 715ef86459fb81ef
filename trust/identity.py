"""Node identities: SM2 certificates of a province's CA, its signing key and its encryption key (DESIGN §4, GB/T 20518).

A province's CA signs exactly two leaves, one for signing and one for encryption, as Chinese practice wants; there are
no intermediates, because the openssl command line could not check them. Revocation is not here, nor is the question who
is a member (`trust.membership`). `cryptography` judges that the DER is strict; asn1crypto then reads the bytes that are
signed and compared.
"""

import enum
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

import cryptography.x509
from asn1crypto import pem as asn1_pem
from asn1crypto import x509 as asn1_x509
from cryptography.x509.oid import ExtensionOID, NameOID

from trust import gm
from trust.errors import IdentityError, KeyMaterialError
from trust.gm import x509

MAX_CERTIFICATE_BYTES = 16 * 1024
_URI = "urn:certmesh:node:"
_PROVINCE = re.compile(r"[0-9]{6}")  # GB/T 2260 code of the province
_MAX_NAME = 64  # characters of an organization name, RFC 5280 appendix A.1
_UNDERSTOOD = {ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.SUBJECT_ALTERNATIVE_NAME}


class Usage(enum.StrEnum):
    """What a certificate's key may do."""

    CA = "ca"
    SIGNING = "signing"
    ENCRYPTION = "encryption"


_EXTENSIONS = {
    Usage.CA: x509.CA_EXTENSIONS,
    Usage.SIGNING: x509.SIGNING_EXTENSIONS,
    Usage.ENCRYPTION: x509.ENCRYPTION_EXTENSIONS,
}


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
        if len(data) > MAX_CERTIFICATE_BYTES or data.count(b"-----BEGIN ") != 1:
            raise IdentityError("an identity certificate is one PEM block of at most 16 KiB")
        try:
            label, _, der = asn1_pem.unarmor(data)
        except ValueError as error:
            raise IdentityError("the identity certificate is not PEM") from error
        if label != "CERTIFICATE":
            raise IdentityError("the PEM block is not a certificate")
        return cls.from_der(der)

    @property
    def pem(self) -> str:
        """The certificate as PEM text."""
        text: bytes = asn1_pem.armor("CERTIFICATE", self.der)
        return text.decode()

    @property
    def fingerprint(self) -> str:
        """The SM3 of the DER in lower-case hex; what operators compare."""
        return gm.sm3(self.der).hex()


def issue_ca(*, province: str, name: str, key: gm.PrivateKey, now: datetime, valid_days: int = 3650) -> Certificate:
    """Make a province's self-signed root.

    Raises:
        IdentityError: the province code is not six digits, or the name is empty or longer than 64 characters.
    """
    subject = _subject(province, name, Usage.CA)
    return _issue(subject, key, subject, key.public, province, Usage.CA, now, now + timedelta(days=valid_days))


def issue(
    *,
    ca: Certificate,
    ca_key: gm.PrivateKey,
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
    if ca.public_key != ca_key.public or Usage.CA not in ca.usages:
        raise IdentityError("the key does not belong to this CA certificate")
    if ca.province not in ("", province):
        raise IdentityError(f"the CA of {ca.province} issues nothing for {province}")
    subject = _subject(province, name, usage)
    not_after = min(now + timedelta(days=valid_days), ca.not_after)
    return _issue(ca.subject, ca_key, subject, public_key, province, usage, now, not_after)


def verify_chain(leaf: Certificate, ca: Certificate, *, usage: Usage, at: datetime) -> None:
    """Believe a leaf because its province's root vouches for it. Two SM2 verifications, 0.5 ms: keep the answer.

    Raises:
        IdentityError: a role, name, province, date or signature is wrong; the sentence says which.
    """
    for wrong, sentence in (
        (leaf.usages != {usage}, f"the leaf is not a certificate for {usage} alone"),
        (ca.usages != {Usage.CA}, "the issuer's certificate is not a CA's"),
        (ca.issuer != ca.subject, "the CA's certificate is not self-signed"),
        (leaf.issuer != ca.subject, "the leaf was issued by another CA"),
        (not leaf.province, "the leaf names no province"),
        (ca.province not in ("", leaf.province), "the CA belongs to another province than the leaf"),
        (at < leaf.not_before, f"the leaf is valid only from {leaf.not_before:%Y-%m-%d %H:%M:%SZ}"),
        (at > leaf.not_after, f"the leaf expired at {leaf.not_after:%Y-%m-%d %H:%M:%SZ}"),
        (at < ca.not_before, f"the CA's certificate is valid only from {ca.not_before:%Y-%m-%d %H:%M:%SZ}"),
        (at > ca.not_after, f"the CA's certificate expired at {ca.not_after:%Y-%m-%d %H:%M:%SZ}"),
    ):
        if wrong:
            raise IdentityError(sentence)
    if not ca.public_key.verify_der(ca.tbs, ca.signature):
        raise IdentityError("the CA's signature on its own certificate does not verify")
    if not ca.public_key.verify_der(leaf.tbs, leaf.signature):
        raise IdentityError("the CA's signature on the leaf does not verify")


def _subject(province: str, name: str, usage: Usage) -> bytes:
    if not _PROVINCE.fullmatch(province):
        raise IdentityError("a province code is six digits (GB/T 2260)")
    if not 0 < len(name) <= _MAX_NAME or not name.isprintable():
        raise IdentityError("an organization name has 1 to 64 printable characters")
    return x509.name(name, f"certmesh {province} {usage}")


def _issue(
    issuer: bytes,
    issuer_key: gm.PrivateKey,
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
        uri=_URI + province,
        extensions=_EXTENSIONS[usage],
        not_before=not_before.replace(microsecond=0),
        not_after=not_after.replace(microsecond=0),
    )
    return Certificate.from_der(der)


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
        "province": _province(strict.extensions),
        "public_key": x509.read_key(tbs["subject_public_key_info"].dump()),
        "usages": _usages(strict.extensions),
        "not_before": strict.not_valid_before_utc,
        "not_after": strict.not_valid_after_utc,
        "serial": serial,
        "issuer": tbs["issuer"].dump(),
        "subject": tbs["subject"].dump(),
        "tbs": strict.tbs_certificate_bytes,
        "signature": strict.signature,
    }


def _usages(extensions: cryptography.x509.Extensions) -> frozenset[Usage]:
    """Read the roles from basicConstraints and keyUsage; both must be there and no other extension may be critical."""
    unknown = [one.oid.dotted_string for one in extensions if one.critical and one.oid not in _UNDERSTOOD]
    if unknown:
        raise IdentityError(f"the certificate has critical extensions that are not understood: {', '.join(unknown)}")
    ca = extensions.get_extension_for_class(cryptography.x509.BasicConstraints).value.ca
    allowed = extensions.get_extension_for_class(cryptography.x509.KeyUsage).value
    roles = {
        Usage.CA: ca and allowed.key_cert_sign,
        Usage.SIGNING: not ca and allowed.digital_signature,
        Usage.ENCRYPTION: not ca and allowed.key_encipherment,
    }
    return frozenset(usage for usage, may in roles.items() if may)


def _province(extensions: cryptography.x509.Extensions) -> str:
    """Return the province of the alternative names; a certificate names one or none."""
    try:
        names = extensions.get_extension_for_class(cryptography.x509.SubjectAlternativeName).value
    except cryptography.x509.ExtensionNotFound:
        return ""
    uris = names.get_values_for_type(cryptography.x509.UniformResourceIdentifier)
    codes = [uri.removeprefix(_URI) for uri in uris if uri.startswith(_URI)]
    if len(codes) > 1 or not all(_PROVINCE.fullmatch(code) for code in codes):
        raise IdentityError("the certificate must name one province by its six digits")
    return "".join(codes)
