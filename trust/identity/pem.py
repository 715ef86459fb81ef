"""One PEM block (RFC 7468) in, one out: certificates, requests and revocation lists come in this form or as plain DER."""

from asn1crypto import pem

from trust.errors import IdentityError

_BEGIN = b"-----BEGIN "


def armor(der: bytes, label: str) -> str:
    """Return the PEM text of some DER."""
    text: bytes = pem.armor(label, der)
    return text.decode()


def unarmor(data: bytes, label: str, max_bytes: int) -> bytes:
    """Return the DER of a text that is one PEM block with this label.

    Raises:
        IdentityError: longer than `max_bytes`, not exactly one PEM block, or one with another label.
    """
    if len(data) > max_bytes or data.count(_BEGIN) != 1:
        raise IdentityError(f"expected one PEM block {label} of at most {max_bytes // 1024} KiB")
    try:
        found, _, der = pem.unarmor(data)
    except ValueError as error:
        raise IdentityError(f"the PEM block {label} is damaged") from error
    if found != label:
        raise IdentityError(f"expected a PEM block {label}, found {found}")
    result: bytes = der
    return result


def der_of(data: bytes, label: str, max_bytes: int) -> bytes:
    """Return the DER of a file that holds it as it is or as one PEM block.

    Raises:
        IdentityError: as `unarmor`.
    """
    if data.lstrip().startswith(_BEGIN):
        return unarmor(data, label, max_bytes)
    if len(data) > max_bytes:
        raise IdentityError(f"expected {label} of at most {max_bytes // 1024} KiB")
    return data
