"""What a verifier is told from outside: the trust list, revocation lists, and certificates for signatures that bring none. All as bytes."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from trust.errors import DocumentError
from trust.ofd.signatures.certificate import Certificate, read_certificate
from trust.ofd.signatures.revocation import Crl, read_crl

_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """`anchors`: the trust list. `crls`: revocation lists. `outside`: certificates to try on raw signature values."""

    anchors: tuple[Certificate, ...] = ()
    crls: tuple[Crl, ...] = ()
    outside: tuple[Certificate, ...] = ()

    @classmethod
    def from_bytes(
        cls, *, anchors: Iterable[bytes] = (), crls: Iterable[bytes] = (), outside: Iterable[bytes] = ()
    ) -> Self:
        """From files, each DER or any number of PEM blocks.

        Raises:
            DocumentError: one is malformed, or holds nothing of its kind.
        """
        return cls(
            anchors=tuple(read_certificate(der) for data in anchors for der in _ders(data, b"CERTIFICATE")),
            crls=tuple(read_crl(der) for data in crls for der in _ders(data, b"X509 CRL")),
            outside=tuple(read_certificate(der) for data in outside for der in _ders(data, b"CERTIFICATE")),
        )


def _ders(data: bytes, label: bytes) -> Iterator[bytes]:
    """The DER of the file's PEM blocks of this label, or the file itself when it is not PEM."""
    if b"-----BEGIN " not in data:
        yield data
        return
    bodies = [body for found, body in _PEM.findall(data) if found == label]
    if not bodies:
        raise DocumentError(f"a PEM file without {label.decode()}")
    for body in bodies:
        try:
            yield base64.b64decode(b"".join(body.split()), validate=True)
        except binascii.Error as error:
            raise DocumentError(f"a damaged PEM block of {label.decode()}") from error
