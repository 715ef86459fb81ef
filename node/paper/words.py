"""The Chinese words of the page for what verdicts name by code, and values made fit to print. Clause 8.5.

Values come out of a stranger's bundle: control characters and marks that turn the direction of writing are shown as such, and nothing is
longer than a cell can hold. A word that is not known here is printed as it is.
"""

import unicodedata
from datetime import UTC, datetime, timedelta, timezone

from federation.proof_bundle import Check, State

BEIJING = timezone(timedelta(hours=8), "北京时间")
MAX_VALUE = 160  # characters of one value
_HIDDEN = {
    "Cc",
    "Cf",
    "Cs",
    "Co",
    "Cn",
    "Zl",
    "Zp",
}  # categories that print as nothing, or turn what stands beside them

CHECKS = {
    Check.CONTAINER: "证明包结构",
    Check.MANIFEST: "清单与各部分摘要",
    Check.MEMBERSHIP: "成员文件与密钥沿革",
    Check.REVOCATION: "证书吊销状态",
    Check.SEAL: "出具省封存条目",
    Check.LOGS: "双方存证日志",
    Check.WITNESSES: "其他省见证",
    Check.EXCHANGE: "请求与应答一致",
    Check.APPLICATION: "用证申请",
    Check.VERDICT: "核验结果",
    Check.USE_LIST: "用证清单条目",
    Check.CONSENT: "授权（同意）文件",
    Check.DATA: "照面数据",
    Check.FILE: "证照文件",
    Check.REPORT: "签章核验报告",
}
STATES = {
    State.PASSED: "通过",
    State.FAILED: "不通过",
    State.ABSENT: "未附",
    State.NONE: "不适用",
    State.UNCHECKED: "未能核验",
}
_TYPES = {
    "APPLY": "用证申请",
    "VERIFY": "申请核验",
    "SEARCH": "检索",
    "RETRIEVE": "获取",
    "NOTICE": "告知",
    "CONSENT": "授权",
    "HOLDER": "持证主体核验",
    "PROOF": "出具证明",
}
_STEPS = {
    "asked": "发出请求",
    "answered": "作出应答",
    "received": "收到并核验",
    "delivered": "已送达",
    "refused": "拒绝",
    "own": "本省处理",
    "decided": "人工核验",
    "made": "封存",
}
_EVENTS = {("APPLY", "answered"): "用证申请·记下各省核验结果", ("VERIFY", "own"): "申请核验·本省自行核验"}
_OUTPUTS = {"FILE": "证照文件（加注件）", "ORIGINAL": "证照原件", "DATA": "照面数据", "VERIFY": "信息核验"}


def event(type_word: str, step: str) -> str:
    """An entry's type and step in Chinese."""
    if (type_word, step) in _EVENTS:
        return _EVENTS[type_word, step]
    return f"{_TYPES.get(type_word, printable(type_word))}·{_STEPS.get(step, printable(step))}"


def output(word: str) -> str:
    """What was handed out."""
    return _OUTPUTS.get(word, printable(word))


def outcome(word: str, not_taken: str = "") -> str:
    """What the provider's entry says came of it, and why the consumer did not take what was answered."""
    if word == "OK" and not_taken:
        return f"已应答，用证省（市）未接受（{printable(not_taken)}）"
    return "已提供" if word == "OK" else f"未提供（{printable(word)}）" if word else ""


def moment(iso: str) -> str:
    """A time of the verdict (ISO, UTC) in Beijing time, to the second; as it is where it is no time."""
    try:
        found = datetime.fromisoformat(iso)
        found = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
        return f"{found.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError):
        return printable(iso)


def printable(value: str) -> str:
    """A value in one line, without anything that does not show, at most `MAX_VALUE` characters."""
    shown = "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(one) in _HIDDEN else one for one in value[: MAX_VALUE + 1]
    )
    return shown if len(value) <= MAX_VALUE else f"{shown[:MAX_VALUE]}…（共{len(value)}字）"


def name(code: str, names: dict[str, str]) -> str:
    """A province by name; by code where the membership names none."""
    return printable(names.get(code, "") or code)


def place(code: str, names: dict[str, str]) -> str:
    """A province by name and code."""
    return f"{name(code, names)}（{printable(code)}）" if names.get(code) else printable(code)
