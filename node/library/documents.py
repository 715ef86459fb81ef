"""Issued files: what their verification finds by this node's trust list, and the usage copies (加注件) made of them. Clause 8.3, 11.2.

Blocking, and milliseconds of work for each file: call it off the event loop. Nothing is stored here, and no rule of a use is decided.
"""

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from trust.errors import DocumentError
from trust.ofd import (
    CopyReport,
    Signer,
    Trust,
    UsageTerms,
    Verdict,
    make_usage_copy,
    read_package,
    read_usage_copy,
    verify_package,
)

MAX_WHOLE = 128 * 1024 * 1024
"""Bytes of a file that is held whole: one that a usage copy or a picture is made of. Verifying needs no more than a piece of a file."""

_MATHEMATICS = {
    Verdict.VALID: "valid",
    Verdict.VALID_UNTRUSTED: "valid",
    Verdict.EXPIRED_AT_SIGNING: "valid",
    Verdict.COPY_EXPIRED: "valid",
    Verdict.TAMPERED: "invalid",
    Verdict.UNSUPPORTED: "undecided",
    Verdict.UNSIGNED: "unsigned",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What one file is: its SM3, the certificate it names (ZZBS, "" where it names none), and what its signatures are worth.

    `report` is the whole report as JSON; it can name who signed. `copy` is what a usage copy says of itself, and `signers` are the
    certificates (DER) of all its signatures.
    """

    sm3: bytes
    size: int
    identifier: str = field(repr=False)
    verdict: Verdict
    report: bytes = field(repr=False)
    copy: CopyReport | None
    signers: tuple[bytes | None, ...] = field(repr=False)

    @property
    def original_verdict(self) -> Verdict:
        """The verdict on the issued file: this one, or the one inside a usage copy."""
        return self.verdict if self.copy is None else self.copy.original.verdict


def same_mathematics(one: str, other: str) -> bool:
    """Whether two verdicts on the same bytes can both be right: nodes differ in trust lists, and not in digests and signatures."""
    words = Verdict.__members__
    return one in words and other in words and _MATHEMATICS[Verdict(one)] == _MATHEMATICS[Verdict(other)]


def read_bounded(path: Path) -> bytes:
    """A file that may be an OFD package, whole.

    Raises:
        DocumentError: larger than is held whole.
        OSError: unreadable.
    """
    with path.open("rb") as file:
        data = file.read(MAX_WHOLE + 1)
    if len(data) > MAX_WHOLE:
        raise DocumentError(f"a file of more than {MAX_WHOLE} bytes")
    return data


class Documents:
    """Verifies and copies files for one node."""

    def __init__(
        self, *, seals: Trust, members: Trust, accept: Iterable[Verdict], signer: Signer, creator: str
    ) -> None:
        """`seals` is the trust list for issued files, `members` that for usage copies. `signer` signs our own copies for `creator`."""
        self._seals = seals
        self._members = members
        self._accept = frozenset(accept) - {Verdict.TAMPERED}
        self._signer = signer
        self.creator = creator

    def renew(self, *, members: Trust, signer: Signer) -> None:
        """Follow a newer membership: whose usage copies are believed, and the key that signs ours."""
        self._members = members
        self._signer = signer

    def accepts(self, verdict: str) -> bool:
        """Whether files of this verdict are taken in and handed out here."""
        return verdict in self._accept

    def examine(self, source: bytes | BinaryIO, *, sm3: bytes, at: datetime) -> Examined:
        """Open and verify a file as of `at`; `sm3` is the digest that the caller has found or will check.

        Of an open file a piece at a time is read, whatever its size.

        Raises:
            DocumentError: not a readable OFD package.
        """
        size = len(source) if isinstance(source, bytes) else source.seek(0, io.SEEK_END)
        package = read_package(source)
        report = verify_package(package, trust=self._seals, copy_trust=self._members, at=at)
        return Examined(
            sm3=sm3,
            size=size,
            identifier=package.custom_data.get("ZZBS", ""),
            verdict=report.verdict,
            report=json.dumps(report.as_json(sm3.hex()), ensure_ascii=False).encode(),
            copy=report.copy,
            signers=tuple(one.signer for one in report.signatures),
        )

    def terms(self, copy: bytes) -> UsageTerms | None:
        """What a usage copy is for; None for any other file.

        Raises:
            DocumentError: not a readable OFD package.
        """
        found = read_usage_copy(read_package(copy))
        return None if found is None else found.terms

    def usage_copy(self, original: bytes, terms: UsageTerms, *, sm3: bytes = b"") -> bytes:
        """A copy of a file for one use, signed by this node; `sm3` is the original's digest where it has just been computed.

        Raises:
            DocumentError: the file cannot be copied; the message names the rule.
        """
        return make_usage_copy(original, terms, self._signer, digest=sm3)
