"""OFD documents (GB/T 33190-2016): a strict reader of packages and a writer of small ones. No signatures and no pictures of pages.

Bytes in, bytes out. Every refusal is a `trust.errors.DocumentError` whose message names the rule that was broken.
"""

from trust.ofd.package import Package, read_package
from trust.ofd.writer import CertificateFace, write_certificate

__all__ = ["CertificateFace", "Package", "read_package", "write_certificate"]
