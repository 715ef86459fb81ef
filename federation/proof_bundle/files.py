"""The file of a bundle: that it is the one both entries name, and for a usage copy that the provider made it for this very use. Clause 8.3.

The issuer's seal is judged by its mathematics alone: which makers of seals are trusted is not the membership's matter. What the receiving
node found by its own trust list is the report, and its entry says the same word.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from federation.proof_bundle.contents import read_json
from federation.proof_bundle.flaw import FlawError
from federation.proof_bundle.logs import Proven, same_certificate
from federation.proof_bundle.members import Keys
from federation.proof_bundle.story import Use
from trust import gm
from trust.errors import DocumentError
from trust.membership import Membership
from trust.ofd import Trust, UsageTerms, Verdict, verify_document

REPORT = "report.json"
OFD = "file.ofd"
_SOUND = frozenset(
    {Verdict.VALID, Verdict.VALID_UNTRUSTED, Verdict.EXPIRED_AT_SIGNING, Verdict.UNSIGNED, Verdict.UNSUPPORTED}
)


def check_digest(part: str, data: bytes, sides: tuple[Proven, ...]) -> None:
    """The file is the one that every side's entry names.

    Raises:
        FlawError: it is not.
    """
    digest = gm.sm3(data).hex()
    for one in sides:
        if one.word("file") != digest:
            raise FlawError(
                part, f"文件与{one.province}存证条目所记摘要不符", f"it is not the file of the entry {one.part}"
            )


def check_document(
    data: bytes, use: Use, keys: Keys, newest: Membership, application: Mapping[str, Any] = MappingProxyType({})
) -> None:
    """An OFD file: its signatures hold, and a usage copy is the provider's, of this exchange, of the original that the entries name.

    `application` is the opened one, where there is one: a copy names its unit and its purpose.

    Raises:
        FlawError: it is not.
    """
    cas = {member.ca for member in newest.members}
    try:
        trust = Trust.from_bytes(anchors=[pem.encode() for pem in cas])
        report = verify_document(data, trust=Trust(), copy_trust=trust, at=use.answered.time)
    except DocumentError as error:
        raise FlawError(OFD, "文件不是可读的OFD", str(error)) from error
    if report.copy is None:
        if report.verdict not in _SOUND:
            raise FlawError(OFD, f"原件的印章或签名不成立（{report.verdict}）", f"the file is {report.verdict}")
        return
    signers = {gm.sm3(one.signer or b"").hex() for one in report.signatures}
    if not signers or not signers <= {one.fingerprint for one in keys.of(use.answered.province)}:
        raise FlawError(
            OFD, "加注件不是提供省（市）签名的", "the usage copy is not signed by the province that handed it out"
        )
    if report.verdict is Verdict.TAMPERED or report.copy.original.verdict not in _SOUND:
        raise FlawError(
            OFD, "加注件或其中原件的签名不成立", "a signature of the usage copy, or of the original in it, is wrong"
        )
    if report.copy.terms.exchange_id != use.answered.word("exchange"):
        raise FlawError(OFD, "加注件是另一次用证的", "the usage copy was made for another exchange")
    if not same_certificate(use.answered, report.copy.identifier):
        raise FlawError(OFD, "加注件是另一证照的", "the usage copy is of another certificate than the entries name")
    if report.copy.original_sm3 != use.answered.word("original"):
        raise FlawError(
            OFD, "加注件所依据的原件与条目所记不符", "the usage copy is of another original than the entry names"
        )
    _check_terms(report.copy.terms, application)


def _check_terms(terms: UsageTerms, application: Mapping[str, Any]) -> None:
    for said, name in ((terms.using_unit, "use_org_name"), (terms.cause, "use_cause")):
        if name in application and said != str(application[name]).strip():
            raise FlawError(
                OFD, "加注件的用证单位或事由与申请不符", f"the usage copy names another {name} than the application"
            )


def check_report(data: bytes, use: Use) -> str:
    """The report is about file and exchange of the entries, and finds what the consumer's entry says; returns the verdict on the original.

    Nothing else of it is bound by an entry: whoever prints it says so.

    Raises:
        FlawError: it is not.
    """
    try:
        raw = read_json(data)
        found = _original(raw)
        file, exchange = raw["file"], raw["copy"]["exchange_id"] if "copy" in raw else ""
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FlawError(REPORT, "核验报告无法读取", f"not a report: {type(error).__name__}") from error
    said = use.received or use.answered
    if file != said.word("file") or found != said.word("verdict") or exchange not in {"", said.word("exchange")}:
        raise FlawError(REPORT, "核验报告与存证条目不符", f"the report is not the one of the entry {said.part}")
    return found


def _original(raw: Mapping[str, Any]) -> str:
    """The verdict on the issued file."""
    return str(raw["copy"]["original"]["verdict"] if "copy" in raw else raw["verdict"])
