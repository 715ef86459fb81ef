"""What verification found: per signature and per file, with one verdict each. Records and their JSON; the checks are elsewhere."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from trust.ofd.signatures.findings import Effect, Finding


class Verdict(enum.StrEnum):
    """The one word for a signature or a file."""

    VALID = "VALID"
    VALID_UNTRUSTED = "VALID_UNTRUSTED"
    EXPIRED_AT_SIGNING = "EXPIRED_AT_SIGNING"
    TAMPERED = "TAMPERED"
    UNSUPPORTED = "UNSUPPORTED"
    UNSIGNED = "UNSIGNED"


class Mathematics(enum.StrEnum):
    """Digests and signatures alone, without dates and trust."""

    VALID = "valid"
    INVALID = "invalid"
    UNDECIDED = "undecided"


_VERDICTS = {
    Effect.NOTE: Verdict.VALID,
    Effect.GOOD: Verdict.VALID,
    Effect.UNTRUSTED: Verdict.VALID_UNTRUSTED,
    Effect.EXPIRED: Verdict.EXPIRED_AT_SIGNING,
    Effect.UNDECIDED: Verdict.UNSUPPORTED,
    Effect.TAMPERED: Verdict.TAMPERED,
    Effect.WRONG: Verdict.TAMPERED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceCheck:
    """One reference: the path as written, the entry it means (None: missing or unclear), and whether the digest fits."""

    location: str
    path: str | None
    matches: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureReport:
    """One signature. `uncovered` are the entries no reference of it covers, beside its own parts and the list of signatures.

    `signed_at` is the signer's own word; `signer` the DER of the certificate that made it, if one was found.
    """

    id: str
    kind: str
    findings: tuple[Finding, ...]
    references: tuple[ReferenceCheck, ...]
    uncovered: tuple[str, ...]
    signed_at: datetime | None
    signer: bytes | None = field(repr=False)

    @property
    def verdict(self) -> Verdict:
        """The worst finding's."""
        return _VERDICTS[max((finding.effect for finding in self.findings), default=Effect.UNDECIDED)]

    @property
    def mathematics(self) -> Mathematics:
        """Invalid when something was found wrong; undecided when something could not be checked."""
        effects = {finding.effect for finding in self.findings}
        if Effect.WRONG in effects:
            return Mathematics.INVALID
        return Mathematics.UNDECIDED if Effect.UNDECIDED in effects or not effects else Mathematics.VALID

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every finding as "中文 / English", the gravest first."""
        ordered = sorted(self.findings, key=lambda finding: -finding.effect)
        return tuple(f"{finding.zh} / {finding.en}" for finding in ordered)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentReport:
    """One file: its verdict is the worst of its signatures'."""

    signatures: tuple[SignatureReport, ...]

    @property
    def verdict(self) -> Verdict:
        """UNSIGNED without signatures, else the worst verdict of them."""
        worst = max((_severity(one.findings) for one in self.signatures), default=None)
        return Verdict.UNSIGNED if worst is None else _VERDICTS[worst]

    def as_json(self, file: str) -> dict[str, Any]:
        """The report as JSON shows it: {file, verdict, signatures[{id, kind, verdict, mathematics, reasons, uncovered}]}."""
        return {
            "file": file,
            "verdict": str(self.verdict),
            "signatures": [
                {
                    "id": one.id,
                    "kind": one.kind,
                    "verdict": str(one.verdict),
                    "mathematics": str(one.mathematics),
                    "reasons": list(one.reasons),
                    "uncovered": list(one.uncovered),
                }
                for one in self.signatures
            ],
        }


def _severity(findings: Iterable[Finding]) -> Effect:
    return max((finding.effect for finding in findings), default=Effect.UNDECIDED)
