"""OFD documents (GB/T 33190-2016): a strict reader of packages, a writer of small ones, signatures, usage copies. No pictures of pages.

Bytes in, bytes out. Every refusal is a `trust.errors.DocumentError` whose message names the rule that was broken; what signatures are
worth is a `DocumentReport`, never an exception.
"""

from trust.ofd.package import Package, read_package
from trust.ofd.plain import CertificateFace, write_certificate
from trust.ofd.signatures import (
    CopyReport,
    DocumentReport,
    Mathematics,
    SignatureReport,
    Signer,
    Trust,
    Verdict,
)
from trust.ofd.usage_copy.making import make_usage_copy
from trust.ofd.usage_copy.original import read_usage_copy
from trust.ofd.usage_copy.terms import UsageCopy, UsageTerms
from trust.ofd.verify import verify_document, verify_package

__all__ = [
    "CertificateFace",
    "CopyReport",
    "DocumentReport",
    "Mathematics",
    "Package",
    "SignatureReport",
    "Signer",
    "Trust",
    "UsageCopy",
    "UsageTerms",
    "Verdict",
    "make_usage_copy",
    "read_package",
    "read_usage_copy",
    "verify_document",
    "verify_package",
    "write_certificate",
]
