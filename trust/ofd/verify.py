"""Verifies a package: its signatures, and for a usage copy the original inside it and the end of its time. No network, no clock, no files.

A copy is as good as its signer: that an original with this SM3 exists is the signer's word. Callers compare the signer (`SignatureReport`)
with whom they expect.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from trust.errors import DocumentError
from trust.ofd.package import Package, read_package
from trust.ofd.signatures.certificate import organization, read_certificate
from trust.ofd.signatures.findings import Code, Finding
from trust.ofd.signatures.report import CopyReport, DocumentReport, SignatureReport, Verdict
from trust.ofd.signatures.trust import Trust
from trust.ofd.signatures.verify import Digests, verify_signatures
from trust.ofd.usage_copy.original import open_original, read_usage_copy
from trust.ofd.usage_copy.terms import CHINA


def verify_document(data: bytes, *, trust: Trust, at: datetime, copy_trust: Trust | None = None) -> DocumentReport:
    """Open a package and verify it as of `at`. A usage copy's own signature is judged by `copy_trust`, where that is given.

    Raises:
        DocumentError: the package itself breaks a rule, its list of signatures cannot be read, or it says that it is a usage copy and is
            not built as one.
    """
    return verify_package(read_package(data), trust=trust, at=at, copy_trust=copy_trust)


def verify_package(package: Package, *, trust: Trust, at: datetime, copy_trust: Trust | None = None) -> DocumentReport:
    """Verify an opened package as of `at`.

    Raises:
        DocumentError: as `verify_document`.
    """
    copy = read_usage_copy(package)
    digests: Digests = {}
    if copy is None:
        return verify_signatures(package, trust=trust, at=at, digests=digests)
    report = verify_signatures(package, trust=copy_trust or trust, at=at, digests=digests)
    original = open_original(package)
    same = {key: digest for key, digest in digests.items() if key[1] != "OFD.xml"}
    inner = CopyReport(
        terms=copy.terms,
        signed_by=tuple(_signer(one) for one in report.signatures),
        original_sm3=copy.original_sm3,
        expired=copy.expired(at),
        name=original.custom_data.get("ZZMC", ""),
        identifier=original.custom_data.get("ZZBS", ""),
        issuer=original.custom_data.get("ZZBFJG", ""),
        original=verify_signatures(original, trust=trust, at=at, digests=same),
    )
    return replace(report.with_findings(*_findings(report, inner)), copy=inner)


def _signer(signature: SignatureReport) -> str:
    """Who the signer's certificate says it is."""
    try:
        return "" if signature.signer is None else organization(read_certificate(signature.signer).subject)
    except DocumentError:
        return ""


def _findings(report: DocumentReport, copy: CopyReport) -> Iterator[Finding]:
    """What makes a copy worse than its signatures are."""
    if copy.expired:
        yield Finding(Code.COPY_EXPIRED, copy.terms.expires.astimezone(CHINA).isoformat())
    if copy.original.verdict is Verdict.TAMPERED:
        yield Finding(Code.ORIGINAL_TAMPERED)
    if not any(one.covers_all for one in report.signatures):
        yield Finding(Code.COPY_UNCOVERED)
