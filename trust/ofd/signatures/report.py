"""What verification found: per signature and per file, with one verdict each. Records and their JSON; the checks are elsewhere."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from trust.ofd.signatures.findings import Code, Effect, Finding
from trust.ofd.usage_copy.terms import CHINA, UsageTerms


class Verdict(enum.StrEnum):
    """The one word for a signature or a file."""

    VALID = "VALID"
    VALID_UNTRUSTED = "VALID_UNTRUSTED"
    COPY_EXPIRED = "COPY_EXPIRED"
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
    Effect.LAPSED: Verdict.COPY_EXPIRED,
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

    `signed_at` is the signer's own word; `signer` the DER of the certificate that made it, if one was found; `seal` the seal's name.
    """

    id: str
    kind: str
    findings: tuple[Finding, ...]
    references: tuple[ReferenceCheck, ...]
    uncovered: tuple[str, ...]
    signed_at: datetime | None
    signer: bytes | None = field(repr=False)
    seal: str | None = field(default=None, repr=False)

    @property
    def verdict(self) -> Verdict:
        """The worst finding's."""
        return _VERDICTS[max((finding.effect for finding in self.findings), default=Effect.UNDECIDED)]

    @property
    def covers_all(self) -> bool:
        """Whether it covers every entry beside its own parts, the list of signatures among them."""
        return not self.uncovered and all(finding.code is not Code.LIST_UNCOVERED for finding in self.findings)

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
class CopyReport:
    """What a usage copy says of itself, whose certificates signed it, and the original: name, identifier, issuer (ZZMC, ZZBS, ZZBFJG).

    All of this is as good as the signatures of the report that it stands in.
    """

    terms: UsageTerms
    signed_by: tuple[str, ...]
    original_sm3: str
    expired: bool
    name: str = field(repr=False)
    identifier: str = field(repr=False)
    issuer: str
    original: "DocumentReport"

    def as_json(self) -> dict[str, Any]:
        """As JSON shows it; moments in China's time."""
        terms = self.terms
        return {
            "original_sm3": self.original_sm3,
            "creator": terms.creator,
            "signed_by": list(self.signed_by),
            "cause": terms.cause,
            "using_unit": terms.using_unit,
            "exchange_id": terms.exchange_id,
            "created": terms.created.astimezone(CHINA).isoformat(),
            "expires": terms.expires.astimezone(CHINA).isoformat(),
            "expired": self.expired,
            "original": {
                "issuer": self.issuer,
                "name": self.name,
                "identifier": self.identifier,
                "seals": [one.seal for one in self.original.signatures if one.seal is not None],
                "verdict": str(self.original.verdict),
                "signatures": self.original.signatures_json(),
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentReport:
    """One file: its verdict is the worst of its signatures'. `copy` for usage copies alone."""

    signatures: tuple[SignatureReport, ...]
    copy: CopyReport | None = None

    @property
    def verdict(self) -> Verdict:
        """UNSIGNED without signatures, else the worst verdict of them."""
        worst = max((_severity(one.findings) for one in self.signatures), default=None)
        return Verdict.UNSIGNED if worst is None else _VERDICTS[worst]

    def with_findings(self, *findings: Finding) -> "DocumentReport":
        """The report with findings that concern the whole file added to every signature."""
        return replace(
            self, signatures=tuple(replace(one, findings=(*one.findings, *findings)) for one in self.signatures)
        )

    def as_json(self, file: str) -> dict[str, Any]:
        """As JSON shows it: {file, verdict, signatures[{id, kind, verdict, mathematics, reasons, uncovered}]}; copy in a usage copy's."""
        shown = {"file": file, "verdict": str(self.verdict), "signatures": self.signatures_json()}
        return shown if self.copy is None else {**shown, "copy": self.copy.as_json()}

    def signatures_json(self) -> list[dict[str, Any]]:
        """The signatures as JSON shows them."""
        return [
            {
                "id": one.id,
                "kind": one.kind,
                "verdict": str(one.verdict),
                "mathematics": str(one.mathematics),
                "reasons": list(one.reasons),
                "uncovered": list(one.uncovered),
            }
            for one in self.signatures
        ]


def _severity(findings: Iterable[Finding]) -> Effect:
    return max((finding.effect for finding in findings), default=Effect.UNDECIDED)
