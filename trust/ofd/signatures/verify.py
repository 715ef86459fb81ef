"""Verifies every signature of an opened package. It fetches nothing and believes no certificate by itself. Copies: `trust.ofd.verify`.

Per signature: each reference and its digest, the signature value (`opened`), dates, chain and revocation (`standing`), and what is not
covered. Zip bookkeeping (time stamps, attributes, comments) is no entry's content and is covered by no signature of any file.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from trust.errors import DocumentError
from trust.gm import new_sm3
from trust.ofd.package import Package
from trust.ofd.signatures.findings import Code, Finding
from trust.ofd.signatures.listing import Listed, Reference, SignatureFile, list_signatures, read_signature_file
from trust.ofd.signatures.opened import SM3_OIDS, Opened, open_value
from trust.ofd.signatures.paths import Paths
from trust.ofd.signatures.report import DocumentReport, ReferenceCheck, SignatureReport
from trust.ofd.signatures.standing import standing_findings
from trust.ofd.signatures.trust import Trust

Digests = dict[tuple[str, str], bytes]
"""By algorithm and entry."""

_SM3_BYTES = 32
_SHOWN = 20
"""Names and mistakes that the sentences spell out; the lists beside them (`references`, `uncovered`) are whole."""

_OTHER_DIGESTS = {
    "md5": "md5",
    "sha1": "sha1",
    "sha-1": "sha1",
    "1.3.14.3.2.26": "sha1",
    "sha256": "sha256",
    "sha-256": "sha256",
    "2.16.840.1.101.3.4.2.1": "sha256",
}
"""Digests that GB/T 33190 lets stand in CheckMethod. They are compared, so that a change is seen, and never make a signature valid."""


def verify_signatures(package: Package, *, trust: Trust, at: datetime, digests: Digests) -> DocumentReport:
    """Verify all signatures of an opened package as of `at`. `digests` are those of its entries that are known, and is added to.

    Raises:
        DocumentError: its list of signatures cannot be read.
    """
    paths = Paths(package.entries)
    work = _Work(package, paths, trust, at, digests)
    listed = list_signatures(package, paths)
    return _whole(package, [work.verify(one) for one in listed])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verified:
    """One signature's report, the entries it covers, and the entries it is made of (they cannot cover themselves)."""

    report: SignatureReport
    covers: frozenset[str]
    parts: frozenset[str]


class _Work:
    """One run over one package: every entry is hashed at most once for each algorithm."""

    def __init__(self, package: Package, paths: Paths, trust: Trust, at: datetime, digests: Digests) -> None:
        self._package = package
        self._paths = paths
        self._trust = trust
        self._at = at
        self._digests = digests

    def verify(self, listed: Listed) -> _Verified:
        """Verify one signature of the list."""
        if listed.path is None:
            return self._broken(listed, Finding(Code.FILE_MISSING, "Signature.xml"))
        try:
            file = read_signature_file(self._package, self._paths, listed.path)
        except DocumentError as error:
            return self._broken(listed, Finding(Code.MALFORMED, str(error)))
        if file.value_path is None:
            return self._broken(listed, Finding(Code.FILE_MISSING, "SignedValue"))
        opened = open_value(self._package.read(file.value_path), file.raw, self._trust.outside)
        references, findings = self._references(file, listed.path)
        covers = frozenset(one.path for one in references if one.path is not None)
        parts = frozenset({listed.path, file.value_path, listed.listing})
        uncovered = tuple(path for path in self._package.entries if path not in covers | parts)
        report = SignatureReport(
            id=listed.identifier,
            kind=opened.kind,
            findings=(
                *findings,
                *opened.findings,
                *standing_findings(opened, file.stated_time, self._trust, self._at),
                *self._seal_file(file, opened, covers),
                *_coverage(uncovered, listed.listing, covers),
            ),
            references=references,
            uncovered=uncovered,
            signed_at=opened.signed_at or file.stated_time,
            signer=None if opened.signer is None else opened.signer.der,
            seal=None if opened.seal is None else opened.seal.name,
        )
        return _Verified(report=report, covers=covers, parts=parts)

    def _broken(self, listed: Listed, finding: Finding) -> _Verified:
        report = SignatureReport(
            id=listed.identifier,
            kind="unknown",
            findings=(finding,),
            references=(),
            uncovered=self._package.entries,
            signed_at=None,
            signer=None,
        )
        return _Verified(report=report, covers=frozenset(), parts=frozenset({listed.listing}))

    def _references(self, file: SignatureFile, near: str) -> tuple[tuple[ReferenceCheck, ...], list[Finding]]:
        """Every reference's check, and the findings: one for all that match, one for each that does not."""
        method, findings = _method(file), []
        if method != "sm3":
            findings.append(Finding(Code.NOT_SM3, file.check_method or "MD5"))
        checks = []
        for reference in file.references:
            path, code = self._reference(reference, near, _OTHER_DIGESTS.get(method, method))
            checks.append(ReferenceCheck(location=reference.location, path=path, matches=code is None))
            if code is not None and len(findings) <= _SHOWN:
                findings.append(Finding(code, reference.location))
        if not findings:
            findings.append(Finding(Code.REFERENCES_MATCH, str(len(checks))))
        return tuple(checks), findings

    def _reference(self, reference: Reference, near: str, algorithm: str) -> tuple[str | None, Code | None]:
        try:
            path = self._paths.find(reference.location, near)
        except DocumentError:
            return None, Code.REFERENCE_UNCLEAR
        if path is None:
            return None, Code.REFERENCE_MISSING
        known = algorithm == "sm3" or algorithm in _OTHER_DIGESTS.values()
        if known and self._digest(path, algorithm) != reference.digest:
            return path, Code.REFERENCE_DIFFERS
        return path, None

    def _digest(self, path: str, algorithm: str) -> bytes:
        key = algorithm, path
        if key not in self._digests:
            running = new_sm3() if algorithm == "sm3" else hashlib.new(algorithm, usedforsecurity=False)
            for piece in self._package.pieces(path):
                running.update(piece)
            self._digests[key] = running.digest()
        return self._digests[key]

    def _seal_file(self, file: SignatureFile, opened: Opened, covers: frozenset[str]) -> Iterator[Finding]:
        """A Seal.esl beside the signature is what some readers show: uncovered and different, it shows a seal nobody used."""
        if opened.seal is None or file.seal_path is None or file.seal_path in covers:
            return
        if self._package.read(file.seal_path) != opened.seal.raw:
            yield Finding(Code.SEAL_FILE_DIFFERS, file.seal_path)


def _method(file: SignatureFile) -> str:
    """The digest algorithm's word in lower case. Where it is not written the standard says MD5; digests of 32 bytes say SM3."""
    method = file.check_method.casefold()
    if not method:
        sm3_sized = all(one.digest is not None and len(one.digest) == _SM3_BYTES for one in file.references)
        return "sm3" if sm3_sized else "md5"
    return "sm3" if method in SM3_OIDS else method


def _names(paths: Sequence[str]) -> str:
    more = f" … (+{len(paths) - _SHOWN})" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more


def _coverage(uncovered: tuple[str, ...], listing: str, covers: frozenset[str]) -> Iterator[Finding]:
    if uncovered:
        yield Finding(Code.UNCOVERED, _names(uncovered))
    if listing not in covers:
        yield Finding(Code.LIST_UNCOVERED, listing)


def _whole(package: Package, verified: list[_Verified]) -> DocumentReport:
    """Add to every signature what concerns the whole file: entries that no signature covers, and whether the shown document is one."""
    covered = frozenset[str]().union(*(one.covers for one in verified))
    parts = frozenset[str]().union(*(one.parts for one in verified))
    nobodys = [path for path in package.entries if path not in covered | parts]
    shared = [Finding(Code.UNCOVERED_BY_ALL, _names(nobodys))] if nobodys else []
    roots = [root for root in dict.fromkeys(package.doc_roots) if root not in covered]
    shared += [Finding(Code.ROOT_UNCOVERED, _names(roots))] if roots else []
    return DocumentReport(signatures=tuple(one.report for one in verified)).with_findings(*shared)
