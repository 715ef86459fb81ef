"""The checks of a bundle that weigh what was proven: seal, witnesses, application, verdict, line, consent. Clauses 7 and 8.5.

Each takes the case as the checks before it have left it, and says what it found. A `FlawError` is a failed check.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from federation.proof_bundle import lists, order
from federation.proof_bundle.admission import Admission
from federation.proof_bundle.case import Case, Said, used
from federation.proof_bundle.chain import Chain
from federation.proof_bundle.contents import CONSENT, check_consent, opened, part_of
from federation.proof_bundle.flaw import FlawError
from federation.proof_bundle.logs import Proven
from federation.proof_bundle.parts import PERSONAL, SEAL, Manifest
from federation.proof_bundle.story import Use
from federation.proof_bundle.verdict import State
from trust.envelope import MAX_SKEW


def check_seal(seal: Proven, manifest: Manifest, digest: str) -> None:
    """The sealing entry is over this manifest, by the province that the manifest says made it.

    Raises:
        FlawError: it is not.
    """
    said = (seal.word("type"), seal.word("step"), seal.word("exchange"), seal.word("manifest"))
    if said != ("PROOF", "made", manifest.exchange, digest):
        raise FlawError(
            "manifest.json", "目录与封存条目所记摘要不符", "the manifest is not the one that the sealing entry names"
        )
    personal = [one.name for one in manifest.rows if one.what in PERSONAL]
    if seal.word("apply") != manifest.apply_id or (personal and seal.members.get("contents") is not True):
        raise FlawError(
            SEAL, "封存条目所记申请或内容与目录不符", "the seal is over another application, or over no contents"
        )
    if seal.province != manifest.by or manifest.by not in {manifest.consumer, manifest.provider}:
        raise FlawError(
            SEAL, "封存条目不属于制作该证据包的省（市）", "the seal is not of the province that made the bundle"
        )


def witnesses(case: Case) -> Said:
    """Every head was seen by as many members other than its owner as the membership in force at the entry's time asked for."""
    assert case.chain is not None, "it rests on the membership"
    wanted = {one.part: case.chain.between(one.time, one.time)[-1].witness_quorum for one in case.entries}
    seen = {one.part: _seen_by(one, case.chain) for one in case.entries}
    for part, count in seen.items():
        if count < wanted[part]:
            raise FlawError(
                part,
                f"未达规定的见证数：日志头只有{count}个其他成员见证，当时规定为{wanted[part]}个",
                f"not witnessed as was asked for then: its head was seen by {count} other members of {wanted[part]}",
            )
    fewest = min(seen.values(), default=0)
    if not fewest and not any(wanted.values()):
        return (
            State.ABSENT,
            "成员文件未规定见证数，日志头尚无他省见证",
            "no policy of witnesses, and not every head has one",
        )
    return (
        State.PASSED,
        f"每个日志头至少{fewest}个其他成员见证",
        f"every head was seen by {fewest} other members at least",
    )


def _seen_by(entry: Proven, chain: Chain) -> int:
    """How many others saw its head who were members at some time between its entry and then; one may have left since."""
    times = ((code, sorted((entry.time, at))) for code, at in entry.seen)  # clocks differ a little
    return sum(1 for code, (begin, end) in times if any(code in one.provinces for one in chain.between(begin, end)))


def application(case: Case) -> Said:
    """Both sides' entries bind one application, and what is shown of it opens that."""
    admission, use = case.admission, used(case)
    if admission is None:
        if use.refusal:
            return State.ABSENT, "未附申请（本次未予提供）", "no application is shown, and nothing was handed out"
        raise FlawError("", "缺少申请与核验的存证条目", "no entry of the application and the verdict is here")
    bound = {one.part: one.bound("application") for one in (admission.asked, admission.decided)}
    if part_of("application") not in case.parts:
        return (
            State.PASSED,
            f"{use.zh_entries}所指申请一致（申请内容未附）",
            f"{use.en_entries} bind one application; it is not shown",
        )
    said = opened(case.parts, case.salts, "application", bound)
    part = part_of("application")
    if said["apply_id"] != _manifest(case).apply_id:
        raise FlawError(part, "申请编号与用证条目不符", "it is another application than the use names")
    for name, member in (("use_org_code", "org"), ("item_code", "item"), ("use_list_id", "line")):
        if admission.first(member) not in {"", said[name]}:
            raise FlawError(part, "申请内容与条目所记不符", f"{name} is not what the entries say")
    if bool(said["consent_sm3"]) != bool(admission.first("consent")):
        raise FlawError(part, "申请所附授权凭据与条目所记不符", "the entries and the application disagree on a consent")
    case.opened["application"] = said
    return (
        State.PASSED,
        f"申请内容与{use.zh_entries}的承诺一致",
        f"the application opens the commitments of {use.en_entries}",
    )


def verdict(case: Case) -> Said:
    """The provider passed the application, and the use is within what it allowed, in time."""
    admission, use = case.admission, used(case)
    if admission is None:
        return State.ABSENT, "未附核验结果", "no verdict is shown"
    entry = admission.decided
    if entry.word("result") != "PASS":
        raise FlawError(entry.part, "核验结果不是通过", "the application was not passed")
    order.check_admission(admission, use)
    allowed = entry.members.get("allowed_outputs")
    if isinstance(allowed, list) and use.answered.word("output") not in allowed and not use.refusal:
        raise FlawError(entry.part, "用证方式超出核验结果", "the output is not among those that the verdict allows")
    part = part_of("verdict")
    if part not in case.parts:
        return State.PASSED, "核验通过（核验结果内容未附）", "passed; the verdict itself is not shown"
    bound = {entry.part: entry.bound("verdict")}
    said = opened(case.parts, case.salts, "verdict", bound)
    _check_verdict(case, said, use, part)
    case.opened["verdict"] = said
    return (
        State.PASSED,
        f"核验结果与{use.zh_entries}的承诺一致，用证在其范围内",
        "the verdict opens the commitments, and the use is within it",
    )


def _check_verdict(case: Case, said: Mapping[str, Any], use: Use, part: str) -> None:
    manifest = _manifest(case)
    if (said["apply_id"], said["provider"], said["result"]) != (manifest.apply_id, manifest.provider, "PASS"):
        raise FlawError(
            part, "核验结果属于另一申请或另一省（市）", "the verdict is on another application, or of another province"
        )
    kind = use.answered.word("certificate_type")
    if kind and kind not in said["type_codes"]:
        raise FlawError(
            part, "证照类型超出核验结果", "the certificate's type is not among those that the verdict allows"
        )
    if not use.refusal and use.answered.time > datetime.fromisoformat(said["expires_at"]) + MAX_SKEW:
        raise FlawError(part, "用证时核验结果已失效", "the verdict had ended before the use")


def use_list(case: Case) -> Said:
    """The line under which the provider passed the application was published by the consumer's province."""
    admission = case.admission
    if admission is None or lists.LINE not in case.parts:
        return State.ABSENT, "未附用证清单条目", "no use-list line is shown"
    missing = next((name for name in (lists.TREE, lists.HEAD) if name not in case.parts), "")
    if missing:
        raise FlawError(missing, "用证清单的证明不完整", "the proof of the line is not whole")
    assert case.keys is not None, "it rests on the keys"
    found = lists.published(case.parts, _manifest(case).consumer, case.keys, admission.decided)
    said = _line_of(admission)
    if (found.line, found.version) != said:
        raise FlawError(
            lists.LINE, "清单条目不是核验所依据的那一条", f"it is not {said[0]} version {said[1]} of the verdict"
        )
    for name, member in (("use_org_code", "org"), ("item_code", "item")):
        if admission.first(member) not in {"", found.members.get(name)}:
            raise FlawError(lists.LINE, "清单条目与条目所记不符", f"the line's {name} is not what the entries say")
    if not lists.in_force(found, admission.decided):
        return (
            State.ABSENT,
            "未附核验时有效的清单发布"
            + ("，条目内容与核验所依据的一致" if admission.decided.word("line_digest") else ""),
            "the line was not in force in the publication shown; that of the time of the verdict is not held",
        )
    case.published = found
    return (
        State.PASSED,
        f"用证清单条目{found.line}第{found.version}版在{found.head.publisher}第{found.head.version}版发布中",
        f"line {found.line} version {found.version} stands in publication {found.head.version} of {found.head.publisher}",
    )


def _line_of(admission: Admission) -> tuple[str, object]:
    for one in (admission.decided, admission.asked):
        if one.word("line"):
            return one.word("line"), one.members.get("line_version")
    return "", 0


def consent(case: Case) -> Said:
    """The holder's consent that the entries name, where there is one."""
    admission = case.admission
    digest = "" if admission is None else admission.first("consent")
    if admission is None or not digest:
        if CONSENT in case.parts:
            raise FlawError(CONSENT, "条目未记授权凭据", "the entries name no consent")
        if admission is None:
            return State.ABSENT, "未附申请条目，有无授权凭据未核验", "no application is shown, so no consent either"
        return State.NONE, "依职责用证，无授权凭据", "the use rests on no consent"
    if CONSENT not in case.parts:
        return (
            State.ABSENT,
            f"授权凭据未附，摘要{digest[:16]}…在条目中",
            "the consent is not shown; its digest is in the entries",
        )
    assert case.keys is not None, "it rests on the keys"
    application = case.opened.get("application")
    province = check_consent(case.parts[CONSENT], digest, application, admission.decided, case.keys)
    return State.PASSED, f"授权凭据由{province}签署，与条目所记一致", f"the consent was taken and signed by {province}"


def _manifest(case: Case) -> Manifest:
    assert case.manifest is not None, "it rests on the manifest"
    return case.manifest
