"""The holder's log in words: Chinese for holders and clerks, and the whole as JSON values for the admin port. Clause 8.4."""

from typing import Any

from federation.holder_uses import Contradiction, Kind
from federation.model.holder_uses import Role
from federation.model.search import ProvinceOutcome
from node.ports.holder_log import Omission
from node.ports.holder_uses import HolderUse, UsesTold, What

WHAT_ZH = {What.USE: "使用", What.ATTEMPT: "已请求，未见提供", What.ASKING: "查询本记录"}
ROLE_ZH = {
    Role.CONSUMER: "用证",
    Role.PROVIDER: "供证",
    Role.OWN: "本省用证",
    Role.HOME: "归属地收到告知",
    Role.ASKER: "发起查询",
    Role.ANSWERER: "应答查询",
}
KIND_ZH = {Kind.OMITTED: "漏报", Kind.DIFFERS: "所报不一致"}


def sentence(one: Contradiction) -> str:
    """A contradiction: who says what, and by which entry."""
    shown = f"{one.accuser} 的存证（{ROLE_ZH[one.role]}，第 {one.index} 条）"
    ground = f"，{one.province} 自己的存证亦证实" if one.certain else f"；{one.province} 自己的存证尚未证实，各执一词"
    if one.kind is Kind.OMITTED:
        word = "漏报" if one.certain else "未列"
        return f"{one.province} {word}使用 {one.exchange_id}：{shown}载有此次使用{ground}"
    return f"{one.province} 与 {one.accuser} 对使用 {one.exchange_id} 所记不一致：见{shown}{ground}"


def told(answer: UsesTold) -> dict[str, Any]:
    """All of it but the receipt."""
    return {
        "exchange": answer.exchange_id,
        "verdict": answer.completeness.value,
        "uses": [_use(one) for one in answer.uses],
        "provinces": [_province(one) for one in answer.outcomes],
        "findings": [_finding(one) for one in answer.found],
        "elapsed_ms": answer.elapsed_ms,
    }


def omission(one: Omission) -> dict[str, str]:
    """What a province left out, as operators are shown it."""
    return {
        "province": one.province,
        "use": one.exchange_id,
        "accuser": one.accuser,
        "asked": one.asked,
        "exhibit": one.exhibit,
        "found": one.found_at.isoformat(timespec="seconds"),
    }


def _use(one: HolderUse) -> dict[str, Any]:
    facts = one.facts
    return {
        "exchange": one.exchange_id,
        "what": one.what.value,
        "what_zh": WHAT_ZH[one.what],
        "time": one.at.isoformat(timespec="milliseconds"),
        "consumer": facts.consumer,
        "provider": facts.provider,
        "org": facts.use_org_code,
        "org_name": facts.use_org_name,
        "item": facts.item_code,
        "item_name": facts.item_name,
        "cause": facts.use_cause,
        "certificate": facts.certificate,
        "type": facts.type_code,
        "type_name": facts.type_name,
        "output": facts.output,
        "said_by": [{"province": code, "role": role.value, "role_zh": ROLE_ZH[role]} for code, role in one.said_by],
        "told": one.told,
    }


def _province(one: ProvinceOutcome) -> dict[str, Any]:
    shown: dict[str, Any] = {"province": one.province, "outcome": one.outcome.value, "truncated": one.truncated}
    if one.refusal is not None:
        shown |= {"reason": one.refusal.reason.value, "message": one.refusal.zh, "next_step_zh": one.refusal.zh_step}
    return shown


def _finding(one: Contradiction) -> dict[str, Any]:
    return {
        "province": one.province,
        "use": one.exchange_id,
        "kind": one.kind.value,
        "accuser": one.accuser,
        "role": one.role.value,
        "certain": one.certain,
        "words": sentence(one),
    }
