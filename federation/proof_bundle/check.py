"""What a proof bundle proves, found from its bytes and one trusted fingerprint. Clause 8.5, DESIGN §7.

The checks are made in the order of `Check`. One that fails does not end the verification: what does not rest on it is judged all the same,
so that one run names everything that is wrong. The reader's clock is not looked at.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from federation.proof_bundle import handed, judge, order
from federation.proof_bundle.admission import admission_of, check_foreign, check_matter
from federation.proof_bundle.case import Case, Said
from federation.proof_bundle.chain import believe
from federation.proof_bundle.contents import salts_of
from federation.proof_bundle.flaw import FlawError
from federation.proof_bundle.logs import prove
from federation.proof_bundle.members import Keys, newer, revocations
from federation.proof_bundle.one_log import check_one_log
from federation.proof_bundle.parts import MANIFEST, SEAL, What, read_manifest
from federation.proof_bundle.story import use_of
from federation.proof_bundle.tell import entry_facts, membership_fact, part_rows, use_fact
from federation.proof_bundle.verdict import BundleVerdict, Check, Finding, State
from trust import gm
from trust.bundle import read_bundle
from trust.errors import BundleError, DisagreementError, TrustError

_RESTS_ON: dict[Check, tuple[Check, ...]] = {
    Check.CONTAINER: (),
    Check.MANIFEST: (Check.CONTAINER,),
    Check.MEMBERSHIP: (Check.MANIFEST,),
    Check.REVOCATION: (Check.MEMBERSHIP,),
    Check.SEAL: (Check.REVOCATION,),
    Check.LOGS: (Check.REVOCATION,),
    Check.WITNESSES: (Check.LOGS,),
    Check.EXCHANGE: (Check.LOGS,),
    Check.APPLICATION: (Check.EXCHANGE,),
    Check.VERDICT: (Check.APPLICATION,),
    Check.USE_LIST: (Check.APPLICATION,),
    Check.CONSENT: (Check.APPLICATION,),
    Check.DATA: (Check.EXCHANGE,),
    Check.FILE: (Check.EXCHANGE,),
    Check.REPORT: (Check.EXCHANGE,),
}


MAX_ENTRIES = 128
"""Of one use, with every retry: each costs a reader up to sixteen signatures."""


def verify_bundle(
    data: bytes, fingerprint: str, brought: Iterable[bytes] = (), crls: Iterable[bytes] = ()
) -> BundleVerdict:
    """Judge a bundle. `fingerprint` is the SM3 (hex) of a membership version that the reader trusts; `data` is bounded before it is read.

    `brought` are membership documents that the reader holds besides: later than the bundle's, they tell of keys that were lost since.
    `crls` are revocation lists (PEM or DER) that the reader holds: the maker may have left them out.

    CPU time: one SM2 verification for each signature in it, some hundred milliseconds in all; wrap it in a second opinion for the second.
    """
    case = Case(data=data, fingerprint=fingerprint, brought=tuple(brought), brought_crls=tuple(crls))
    findings: list[Finding] = []
    for check, make in _CHECKS.items():
        findings.append(_made(check, make, case, {one.check for one in findings if one.state in _BROKEN}))
    findings = [_dated(one, case) if one.check is Check.REVOCATION else one for one in findings]
    return BundleVerdict(
        sm3=gm.sm3(data).hex(),
        size=len(data),
        findings=tuple(findings),
        parts=part_rows(case.manifest),
        entries=entry_facts(case.entries, case.seal),
        membership=membership_fact(case.chain, fingerprint),
        use=use_fact(case),
        made_by=case.seal.province if case.seal else "",
        made_at=case.seal.time.isoformat(timespec="milliseconds") if case.seal else "",
    )


def _dated(finding: Finding, case: Case) -> Finding:
    """What the revocation lists say, with those that can know nothing of the use: they were issued before it."""
    use = case.use
    early = sorted(code for code, one in case.crls.items() if use is not None and one.this_update < use.asked.time)
    if finding.state is not State.PASSED or not early:
        return finding
    return replace(
        finding,
        zh=f"{finding.zh}；{'、'.join(early)}的签发于用证之前，不反映用证时的吊销情况",
        en=f"{finding.en}; those of {', '.join(early)} are of before the use and say nothing of its time",
    )


_SHAPELESS = (LookupError, TypeError, ValueError, AttributeError, RecursionError)
_BROKEN = frozenset({State.FAILED, State.UNCHECKED})


def _made(check: Check, make: Callable[[Case], Said], case: Case, broken: set[Check]) -> Finding:
    for needed in _RESTS_ON[check]:
        if needed in broken:
            return Finding(
                check=check,
                state=State.UNCHECKED,
                zh="所依据的前项核验未通过，未核验",
                en=f"not checked: {needed} failed",
            )
    try:
        state, zh, en = make(case)
    except FlawError as flaw:
        return Finding(check=check, state=State.FAILED, part=flaw.part, zh=flaw.zh, en=flaw.en)
    except DisagreementError:  # of two libraries: no verdict at all
        raise
    except (
        TrustError,
        *_SHAPELESS,
    ) as error:  # entries and contents are signed by members, who may have signed anything
        return Finding(
            check=check,
            state=State.FAILED,
            zh="内容的形式有误",
            en=f"not in the form it should have: {type(error).__name__}",
        )
    return Finding(check=check, state=state, zh=zh, en=en)


def _container(case: Case) -> Said:
    try:
        case.parts = read_bundle(case.data)
    except BundleError as error:
        raise FlawError(error.part, "压缩包格式不符或字节被改动", error.detail) from error
    return (
        State.PASSED,
        f"压缩包完整，共{len(case.parts)}个部件",
        f"{len(case.parts)} parts, every byte of the zip accounted for",
    )


def _manifest(case: Case) -> Said:
    case.manifest = read_manifest(case.parts)
    return State.PASSED, "各部件与目录所列摘要一致", "every part is the one that the manifest lists"


def _membership(case: Case) -> Said:
    case.chain = believe(case.of(What.MEMBERSHIP), case.fingerprint, case.brought)
    first, last = case.chain.links[0].version, case.chain.newest.version
    at = case.chain.trusted.version
    return (
        State.PASSED,
        f"成员文件第{first}版至第{last}版前后相承，所给指纹为第{at}版",
        f"versions {first} to {last} follow one another; the trusted one is {at}",
    )


def _revocation(case: Case) -> Said:
    assert case.chain is not None, "it rests on the membership"
    case.crls = crls = newer(revocations(case.of(What.CRL), case.chain), case.brought_crls, case.chain)
    case.keys = Keys(case.chain, crls)
    if not crls:
        return (
            State.ABSENT,
            "未附吊销列表，以成员文件的密钥历史为准",
            "no revocation lists: the key history alone counts",
        )
    dates = "、".join(f"{code} {one.this_update:%Y-%m-%d}" for code, one in sorted(crls.items()))
    return (
        State.PASSED,
        f"吊销列表{len(crls)}份，签发者相符，签发日期：{dates}",
        f"{len(crls)} revocation lists by the provinces' own CAs, issued: {dates}",
    )


def _seal(case: Case) -> Said:
    assert case.keys is not None and case.manifest is not None, "it rests on both"  # noqa: PT018
    seal = prove(SEAL, case.parts[SEAL], case.keys)
    judge.check_seal(seal, case.manifest, gm.sm3(case.parts[MANIFEST]).hex())
    case.seal = seal
    return (
        State.PASSED,
        f"目录已记入{seal.province}存证日志第{seal.index}条",
        f"the manifest stands in the log of {seal.province}",
    )


def _logs(case: Case) -> Said:
    assert case.keys is not None, "it rests on the revocation lists"
    there = case.of(What.ENTRY)
    if len(there) > MAX_ENTRIES:
        raise FlawError("", f"存证条目多于{MAX_ENTRIES}条", f"more than {MAX_ENTRIES} entries for one use")
    case.entries = tuple(prove(part, data, case.keys) for part, data in there.items())
    for one in case.entries:
        if one.part != f"log/{one.province}-{one.index}.tlog-proof":
            raise FlawError(one.part, "部件名与条目位置不符", "the part is called after another place in a log")
    check_one_log((*case.entries, *([case.seal] if case.seal else [])), case.parts)
    if case.seal is not None:
        order.check_seal_last(case.seal, case.entries)
    return (
        State.PASSED,
        f"{len(case.entries)}条存证条目均在其日志中",
        f"{len(case.entries)} entries stand in their logs",
    )


def _exchange(case: Case) -> Said:
    assert case.manifest is not None, "it rests on the manifest"
    use = use_of(case.entries, case.manifest)
    order.check_use(use)
    case.use = use
    if use.own:
        return (
            State.PASSED,
            "本省（市）用证，仅有该省（市）自己的条目，无其他省（市）条目印证"
            + (f"；记为未予提供：{use.refusal}" if use.refusal else ""),
            "a province's own use: its own entry is all there is"
            + (f"; refused: {use.refusal}" if use.refusal else ""),
        )
    if use.refusal:
        return State.PASSED, f"提供省（市）未予提供：{use.refusal}", f"the provider refused: {use.refusal}"
    if use.not_taken:
        return (
            State.PASSED,
            f"提供省（市）已应答，用证省（市）未接受：{use.not_taken}",
            f"the provider answered, and the consumer did not take it: {use.not_taken}",
        )
    return State.PASSED, "请求、应答、接收三方条目一致", "question, answer and arrival fit together"


def _application(case: Case) -> Said:
    assert case.manifest is not None and case.use is not None, "it rests on both"  # noqa: PT018
    case.salts = salts_of(case.parts)
    admission = admission_of(case.entries, case.manifest)
    check_foreign(case.entries, case.manifest, case.use, admission)
    if admission is not None:
        check_matter(admission, case.use)
    case.admission = admission
    return judge.application(case)


_CHECKS: dict[Check, Callable[[Case], Said]] = {
    Check.CONTAINER: _container,
    Check.MANIFEST: _manifest,
    Check.MEMBERSHIP: _membership,
    Check.REVOCATION: _revocation,
    Check.SEAL: _seal,
    Check.LOGS: _logs,
    Check.WITNESSES: judge.witnesses,
    Check.EXCHANGE: _exchange,
    Check.APPLICATION: _application,
    Check.VERDICT: judge.verdict,
    Check.USE_LIST: judge.use_list,
    Check.CONSENT: judge.consent,
    Check.DATA: handed.data,
    Check.FILE: handed.file,
    Check.REPORT: handed.report,
}
