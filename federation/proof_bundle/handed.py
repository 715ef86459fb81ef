"""The checks of a bundle about what was handed out: the face data, the file, and the report on it. Clause 8.3; the others: `judge`.

Each takes the case as the checks before it have left it, and says what it found. A `FlawError` is a failed check.
"""

from federation.proof_bundle import files
from federation.proof_bundle.case import Case, Said, used
from federation.proof_bundle.contents import opened, part_of
from federation.proof_bundle.flaw import FlawError
from federation.proof_bundle.logs import same_certificate
from federation.proof_bundle.parts import What
from federation.proof_bundle.verdict import State
from trust import gm


def data(case: Case) -> Said:
    """The face data that were handed out are those that both entries bind."""
    use, part = used(case), part_of("data")
    bound = {one.part: one.bound("data") for one in use.sides}
    if part not in case.parts:
        if len(set(bound.values())) > 1:
            raise FlawError(use.sides[1].part, "双方条目所指照面信息不同", "the entries bind different data")
        if not any(bound.values()):
            return State.NONE, "本次未提供照面信息", "no face data were handed out"
        return State.ABSENT, "照面信息未附", "no face data are shown"
    said = opened(case.parts, case.salts, "data", bound)
    columns = tuple(sorted(str(one["columnName"]) for one in said["surface"]))
    mask = gm.sm3("\n".join(columns).encode()).hex()
    if any(one.word("mask") != mask for one in use.sides):
        raise FlawError(part, "照面字段与条目所记不符", "the columns are not those of the entries")
    if not same_certificate(use.answered, str(said["certificateIdentifier"])):
        raise FlawError(part, "照面信息属于另一证照", "the data are of another certificate than the entries name")
    allowed = case.opened.get("verdict", {}).get("fields")
    if allowed is not None and not set(columns) <= set(allowed):
        raise FlawError(part, "照面字段超出核验结果", "there are columns that the verdict does not allow")
    case.opened["data"] = said
    return (
        State.PASSED,
        f"照面信息{len(columns)}项，与{use.zh_entries}的承诺一致",
        f"{len(columns)} columns open the commitments of {use.en_entries}",
    )


def file(case: Case) -> Said:
    """The file that was handed out is the one that both entries name."""
    use = used(case)
    named = {one.word("file") for one in use.sides}
    if len(named) > 1:
        raise FlawError(use.sides[1].part, "双方条目所记文件摘要不同", "the entries name different files")
    (digest,) = named
    there = case.of(What.FILE)
    if not there:
        if not digest:
            return State.NONE, "本次未提供文件", "no file was handed out"
        return (
            State.ABSENT,
            f"文件未附，{use.zh_entries}所记SM3为{digest}",
            f"the file is not shown; {use.en_entries} name {digest}",
        )
    (part, content), *more = there.items()
    if more:
        raise FlawError(more[0][0], "文件多于一份", "more than one file")
    files.check_digest(part, content, use.sides)
    if part == files.OFD:
        assert case.keys is not None and case.chain is not None, "it rests on both"  # noqa: PT018
        files.check_document(content, use, case.keys, case.chain.newest, case.opened.get("application", {}))
    return State.PASSED, f"文件与{use.zh_entries}所记摘要一致", f"the file is the one that {use.en_entries} name"


def report(case: Case) -> Said:
    """What the consumer found of the file, by its own trust list."""
    if files.REPORT not in case.parts:
        if not used(case).answered.word("file"):
            return State.NONE, "本次未提供文件，无核验报告", "no file was handed out, so there is no report"
        return State.ABSENT, "未附核验报告", "no report is shown"
    if used(case).not_taken:  # the consumer's entry names no finding then, and its own may be why
        return (
            State.ABSENT,
            "用证省（市）未接受该文件，其核验报告没有条目印证",
            "not taken: no entry bears the report out",
        )
    found = files.check_report(case.parts[files.REPORT], used(case))
    return (
        State.PASSED,
        f"核验报告的文件与结论同条目相符：原件结论{found}；报告其余内容没有条目印证",
        f"file and verdict of the report are those of the entry: {found}; nothing else of it is bound by an entry",
    )
