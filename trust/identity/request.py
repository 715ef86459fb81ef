"""Certification requests (PKCS#10, RFC 2986) with SM2 keys: so that a CA outside of this product can issue a node's certificates.

A request is signed by the key it is for, which proves that the asker has it. That is the one signature an encryption key ever makes.
"""

from dataclasses import dataclass, field
from typing import Any

import cryptography.x509
from asn1crypto import csr as asn1_csr
from cryptography.x509.oid import NameOID

from trust import gm
from trust.errors import IdentityError, KeyMaterialError
from trust.gm import x509
from trust.gm.pkcs10 import build_request
from trust.identity.certificate import Usage, read_province, read_usages
from trust.identity.pem import armor, der_of
from trust.identity.profile import EXTENSIONS, subject_name, uri_of

MAX_REQUEST_BYTES = 16 * 1024
LABEL = "CERTIFICATE REQUEST"
_EXTENSION_REQUEST = "1.2.840.113549.1.9.14"  # RFC 2985 clause 5.4.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request whose signature was checked: who asks (`province`, organization `name`), for which `usage` and key. Equal by its DER."""

    der: bytes
    province: str = field(compare=False)
    name: str = field(compare=False)
    usage: Usage = field(compare=False)
    public_key: gm.PublicKey = field(compare=False, repr=False)

    @property
    def pem(self) -> str:
        """The request as PEM text."""
        return armor(self.der, LABEL)

    @property
    def fingerprint(self) -> str:
        """The SM3 of the DER in lower-case hex, to be compared over another channel before anything is issued."""
        return gm.sm3(self.der).hex()


def make_request(*, province: str, name: str, usage: Usage, key: gm.Signer) -> Request:
    """Ask for a signing or an encryption certificate over `key`.

    Raises:
        IdentityError: the usage is CA, or the code or the name is not valid.
    """
    if usage is Usage.CA:
        raise IdentityError("a province's CA issues no further CA")
    der = build_request(
        subject=subject_name(province, name, usage), key=key, uri=uri_of(province), extensions=EXTENSIONS[usage]
    )
    return read_request(der)


def read_request(data: bytes) -> Request:
    """Read a request, DER or one PEM block, of at most 16 KiB, and verify its signature.

    Raises:
        IdentityError: malformed, not SM2-with-SM3 over an SM2 key, not signed by that key, or not asking for exactly one usage of one
            province; the sentence says which.
    """
    der = der_of(data, LABEL, MAX_REQUEST_BYTES)
    try:
        return Request(der=der, **_fields(der))
    except IdentityError:
        raise
    except KeyMaterialError as error:
        raise IdentityError("the request's key is not an SM2 key on sm2p256v1") from error
    except Exception as error:  # both parsers raise many types on hostile bytes; all mean the same here
        raise IdentityError("the certification request is malformed") from error


def _fields(der: bytes) -> dict[str, Any]:
    """Read and judge everything but the DER itself."""
    loose = asn1_csr.CertificationRequest.load(der, strict=True)
    strict = cryptography.x509.load_der_x509_csr(der)
    if strict.signature_algorithm_oid.dotted_string != x509.SM2_WITH_SM3:
        raise IdentityError("the request is not signed with SM2-with-SM3")
    if [one.oid.dotted_string for one in strict.attributes] != [_EXTENSION_REQUEST]:
        raise IdentityError("a request has one attribute, the extensions it asks for")
    public_key = x509.read_key(loose["certification_request_info"]["subject_pk_info"].dump())
    if not public_key.verify_der(strict.tbs_certrequest_bytes, strict.signature):
        raise IdentityError("the request is not signed by the key it is for")
    province, name, usage = _asked(strict)
    return {"province": province, "name": name, "usage": usage, "public_key": public_key}


def _asked(request: cryptography.x509.CertificateSigningRequest) -> tuple[str, str, Usage]:
    """Who asks for what: province, organization name and usage, each exactly one and as the profile has it."""
    names = request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    usages = read_usages(request.extensions)
    province = read_province(request.extensions)
    if len(usages) != 1 or Usage.CA in usages:
        raise IdentityError("a request is for a signing or for an encryption certificate")
    if len(names) != 1 or not province:
        raise IdentityError("a request names one organization and one province")
    (usage,) = usages
    name = str(names[0].value)
    subject_name(province, name, usage)  # refuses what could not be issued
    return province, name, usage
