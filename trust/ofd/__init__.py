"""OFD documents (GB/T 33190-2016): a strict reader of packages, a writer of small ones, and their signatures. No pictures of pages.

Bytes in, bytes out. Every refusal is a `trust.errors.DocumentError` whose message names the rule that was broken; what signatures are
worth is a `DocumentReport`, never an exception.
"""

from trust.ofd.package import Package, read_package
from trust.ofd.signatures import (
    DocumentReport,
    Mathematics,
    SignatureReport,
    Trust,
    Verdict,
    verify_document,
    verify_package,
)
from trust.ofd.writer import CertificateFace, write_certificate

__all__ = [
    "CertificateFace",
    "DocumentReport",
    "Mathematics",
    "Package",
    "SignatureReport",
    "Trust",
    "Verdict",
    "read_package",
    "verify_document",
    "verify_package",
    "write_certificate",
]
