"""What stands on the page, in its order: the conclusion first, then who used what for what, whose logs show it, and each check. Clause 8.5.

Only what the verdict holds is said: a fact that is not proven has no row. How it looks is for `text`, `html` and `pdf`.
"""

from dataclasses import dataclass

from federation.proof_bundle import BundleVerdict, Finding, State
from node.paper import words
from node.paper.words import moment, name, place, printable

TITLE = "电子证照跨省共享使用核验单"
MAX_ROWS = 24  # of one table: a page is a page; how many more there are is said
NOTES = (
    "条目时间为存证省自述时间，见证时间为见证省确认看到该日志头的时间；均为北京时间。",
    "本单由核验程序在脱机环境下依据可信指纹生成；用同一证明包、同一指纹在任何机器上应得出相同结论。",
    "双方日志与见证证明“谁在何时对哪一内容作了什么”；证照内容是否符合事实，由发证单位负责。",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of the page. With `heads` a table, whose `widths` share the line in these parts; without, rows of label and value."""

    title: str
    rows: tuple[tuple[str, ...], ...]
    heads: tuple[str, ...] = ()
    widths: tuple[int, ...] = (1, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The page. `passed` chooses the colour of `conclusion`; `problems` are sentences, one for each check that failed."""

    passed: bool
    conclusion: str
    problems: tuple[str, ...]
    sections: tuple[Section, ...]
    title: str = TITLE
    notes: tuple[str, ...] = NOTES
    signing: tuple[str, ...] = ("核验人：", "核验日期：", "单位（盖章）：")


def sheet_of(verdict: BundleVerdict, opinion: str = "") -> Sheet:
    """The page of a verdict; `opinion` says which libraries judged the signatures, and whether they agreed."""
    problems = tuple(_problem(one) for one in verdict.problems)
    sections = (_use(verdict), _entries(verdict), _checks(verdict), _basis(verdict, opinion))
    return Sheet(
        passed=verdict.ok,
        conclusion=_conclusion(verdict),
        problems=problems,
        sections=tuple(one for one in sections if one.rows),
    )


def _conclusion(verdict: BundleVerdict) -> str:
    passed = sum(1 for one in verdict.findings if one.state is State.PASSED)
    if verdict.ok:
        return f"核验通过：{passed} 项核验全部通过{_reserved(verdict)}"
    if verdict.unwitnessed:
        return f"核验未全部通过：未达规定的见证数，不能认定已获见证；其余 {passed} 项核验通过"
    open_ = sum(1 for one in verdict.findings if one.state is State.UNCHECKED)
    more = f"，{open_} 项因此未能核验" if open_ else ""
    return f"核验不通过：{len(verdict.problems)} 项不通过{more}"


def _reserved(verdict: BundleVerdict) -> str:
    """What a reader of the conclusion alone must not take for shown."""
    alone = verdict.use is not None and verdict.use.consumer == verdict.use.provider
    absent = "、".join(words.CHECKS[one.check] for one in verdict.findings if one.state is State.ABSENT)
    said = (
        "仅有该省（市）自己的条目，无其他省（市）条目印证" if alone else "",
        f"未附、未核验：{absent}" if absent else "",
    )
    return "".join(f"；{one}" for one in said if one)


def _problem(one: Finding) -> str:
    part = f"（{printable(one.part)}）" if one.part else ""
    return f"{words.CHECKS[one.check]}{part}：{printable(one.zh)}"


def _use(verdict: BundleVerdict) -> Section:
    """Who used what of whom, for what; empty where nothing of it is proven."""
    use = verdict.use
    if use is None:
        return Section(title="使用情况", rows=())
    names = verdict.membership.names if verdict.membership is not None else {}
    unit = " ".join(one for one in (use.use_org_name, use.use_org_code) if one)
    item = " ".join(one for one in (use.item_name, use.item_code) if one)
    line = f"{use.use_list} 第{use.use_list_version}版" if use.use_list else ""
    published = f"，清单发布第{use.publication_version}版" if line and use.publication_version else ""
    rows = (
        ("用证省（市）", place(use.consumer, names)),
        ("供证省（市）", place(use.provider, names)),
        ("用证单位", printable(unit)),
        ("政务服务事项", printable(item)),
        ("业务编号", printable(use.biz_num)),
        ("用证事由", printable(use.use_cause)),
        ("经办人", printable(use.operator)),
        ("持证主体", printable(" ".join(one for one in (use.holder_name, use.holder_code) if one))),
        ("证照类型", printable(use.certificate_type)),
        ("证照标识", printable(use.certificate)),
        ("使用方式", words.output(use.output)),
        ("照面字段", printable("、".join(use.fields))),
        ("结果", words.outcome(use.outcome, use.not_taken)),
        ("请求时间", moment(use.asked)),
        ("应答时间", moment(use.answered)),
        ("收到时间", moment(use.received)),
        ("用证清单", printable(line + published)),
        ("授权文件 SM3", printable(use.consent_sm3)),
        ("文件 SM3", printable(use.file_sm3)),
        ("原件 SM3", printable(use.original_sm3)),
        ("申请编号", printable(use.apply_id)),
        ("交换编号", printable(use.exchange)),
        ("内容", "" if "application" in use.opened else "本证明包未附申请内容，仅有其承诺值"),
    )
    return Section(title="使用情况", rows=tuple(row for row in rows if row[1]))


def _entries(verdict: BundleVerdict) -> Section:
    names = verdict.membership.names if verdict.membership is not None else {}
    rows = tuple(
        (
            name(one.province, names),
            words.event(one.type, one.step),
            f"{one.index}/{one.size}",
            moment(one.time),
            "；".join(f"{name(code, names)} {moment(time)}" for code, time in one.witnessed) or "无",
        )
        for one in verdict.entries
    )
    return Section(
        title="存证条目",
        heads=("存证省", "事项", "序号/日志长", "条目时间", "见证"),
        widths=(8, 20, 14, 21, 37),
        rows=_cut(rows),
    )


def _checks(verdict: BundleVerdict) -> Section:
    rows = tuple((words.CHECKS[one.check], words.STATES[one.state], printable(one.zh)) for one in verdict.findings)
    return Section(title="核验项目", heads=("项目", "结论", "说明"), widths=(20, 10, 70), rows=_cut(rows))


def _basis(verdict: BundleVerdict, opinion: str) -> Section:
    """On whose word it rests, and which file this page is about."""
    membership, rows = verdict.membership, list[tuple[str, str]]()
    names = membership.names if membership is not None else {}
    if membership is not None:
        versions = (
            f"第{membership.first}版至第{membership.last}版"
            if membership.first != membership.last
            else f"第{membership.last}版"
        )
        rows.append(
            ("可信指纹（核验人提供）", f"{printable(membership.trusted)}（成员文件第{membership.trusted_version}版）")
        )
        rows.append(("成员文件", f"{versions}，最新一版签发于 {moment(membership.issued)}"))
    rows.append(("证明包 SM3", f"{printable(verdict.sm3)}（{verdict.size} 字节，{len(verdict.parts)} 个部分）"))
    if verdict.made_by:
        rows.append(("出具", f"{place(verdict.made_by, names)} {moment(verdict.made_at)}"))
    if opinion:
        rows.append(("签名核验", printable(opinion)))
    return Section(title="核验依据", rows=tuple(rows))


def _cut(rows: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """So many as a page holds; the last row says how many more there are."""
    if len(rows) <= MAX_ROWS:
        return rows
    more = (f"另有 {len(rows) - MAX_ROWS + 1} 行未列", *[""] * (len(rows[0]) - 1))
    return (*rows[: MAX_ROWS - 1], more)
