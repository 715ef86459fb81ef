"""The profile of identity certificates: their names, their alternative name and the extensions of each usage (GB/T 20518)."""

from trust.errors import IdentityError
from trust.gm import x509
from trust.identity.certificate import PROVINCE, URI, Usage

_MAX_NAME = 64  # characters of an organization name, RFC 5280 appendix A.1
EXTENSIONS = {
    Usage.CA: x509.CA_EXTENSIONS,
    Usage.SIGNING: x509.SIGNING_EXTENSIONS,
    Usage.ENCRYPTION: x509.ENCRYPTION_EXTENSIONS,
}


def subject_name(province: str, name: str, usage: Usage) -> bytes:
    """Return the DER of a subject, /C=CN/O=上海市大数据中心/CN=certmesh 310000 signing.

    Raises:
        IdentityError: the province code is not six digits, or the name is empty or longer than 64 characters.
    """
    if not PROVINCE.fullmatch(province):
        raise IdentityError("a province code is six digits (GB/T 2260)")
    if not 0 < len(name) <= _MAX_NAME or not name.isprintable():
        raise IdentityError("an organization name has 1 to 64 printable characters")
    return x509.name(name, f"certmesh {province} {usage}")


def uri_of(province: str) -> str:
    """Return the alternative name of a province's certificates."""
    return URI + province
