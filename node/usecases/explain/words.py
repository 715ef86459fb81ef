"""The sentences of a timeline, in Chinese. Not the words of refusals: `federation.model.refusal` has those."""

from collections.abc import Iterable

from federation.model.fault import Hop
from federation.model.refusal import Owner
from node.ports.timeline import State

_HOPS: dict[Hop, str] = {
    Hop.LOCAL: "核验",
    Hop.ROUTE: "路由",
    Hop.PEER: "对方节点",
    Hop.CRYPTO: "签名与证书",
    Hop.LIBRARY: "证照库",
    Hop.ANSWER: "应答与存证",
    Hop.NOTICE: "告知",
}

EVENTS: dict[str, str] = {
    "APPLY": "用证申请",
    "VERIFY": "申请核验",
    "SEARCH": "融合检索",
    "RETRIEVE": "融合获取",
    "NOTICE": "共享应用告知",
    "REFUSE": "报文拒收",
    "ALARM": "异常告警",
    "HOLDER": "持证主体核验",
    "CONSENT": "授权",
    "REVIEW": "人工核验",
    "OBJECTION": "异议",
    "DISCLOSE": "用证记录查询",
    "EDGE": "接入",
}

STATES: dict[State, str] = {
    State.DONE: "已完成",
    State.PARTIAL: "部分完成",
    State.FAILED: "未成",
    State.OPEN: "办理中",
    State.BROKEN_OFF: "中断",
}

_OWNERS: dict[Owner, str] = {
    Owner.CALLER: "{} 用证单位",
    Owner.NODE: "本节点（{}）",
    Owner.PEER: "对方节点（{}）",
    Owner.ISSUER: "{} 发证单位",
    Owner.NETWORK: "到 {} 的网络线路",
}

_OUTPUTS = {"FILE": "加注件", "ORIGINAL": "原件", "DATA": "照面信息", "VERIFY": "核验"}

_PLAIN = {
    ("OBJECTION", "raised"): "异议已登记并签名，待送达发证省（市）",
    ("OBJECTION", "withdrawn"): "异议已撤回，待发证省（市）办结",
    ("OBJECTION", "asked"): "异议及办理情况已发往对方省（市）",
    ("OBJECTION", "told"): "对方省（市）已签收异议及办理情况",
    ("OBJECTION", "checking"): "发证省（市）已受理，正在核查",
    ("OBJECTION", "corrected"): "发证省（市）已更正",
    ("OBJECTION", "rejected"): "发证省（市）认定异议不成立",
    ("OBJECTION", "overdue"): "异议已逾期未答复，已督办",
    ("DISCLOSE", "own"): "本省（市）存证中的用证记录已列出",
    ("DISCLOSE", "leafed"): "已再次查阅先前的查询结果",
    ("OBJECTION", "shown"): "已查阅异议",
    ("CONSENT", "taken"): "授权已登记并签名",
    ("CONSENT", "revoked"): "授权已撤回",
    ("NOTICE", "resent"): "送达失败的告知已重新发送",
    ("NOTICE", "deferred"): "依法暂缓告知持证主体",
    ("NOTICE", "released"): "暂缓告知已结束，告知照常发送",
    ("CONSENT", "ordered"): "已下达撤回授权的指令；本省未存此授权",
}

DONE = "已按对方请求办理"
BELIEVED = "对方报文验签通过，流水号未重复"
CHECKED = "事项、清单、经办人等核验通过"
RECORDED = "结果已存证"
ANSWERED = "已应答，签名与存证证明有效"
HELD = "证照库中有符合条件的证照"
NOBODY = "无需询问其他省（市）"
BROKEN_OFF = "发出请求后本节点中断，未记录到结果"
UNDER_WAY = "等待应答"
ENDED = "传输中止"
ADDRESSED = "已发放一次性下载地址"
DOWNLOADED = "一次性下载地址已使用，文件已交付"
DRAWN = "已由收到的文件生成预览"


def hop(one: Hop, at: str) -> str:
    """A stretch of the exchange, and the node where it is."""
    return f"{_HOPS[one]}（{at}）"


def owner(one: Owner, province: str) -> str:
    """Who has to act."""
    return _OWNERS[one].format(province)


def event(word: str) -> str:
    """What an entry's type is called; a type of a newer version keeps its own word."""
    return EVENTS.get(word, word)


def plain(word: str, step: str) -> str:
    """A step that needs no more than its name; one of a newer version keeps its own words."""
    return _PLAIN.get((word, step), f"{event(word)}：{step}")


def minted(province: str) -> str:
    """A handle was made."""
    return f"证件号替代码由 {province} 签发；{RECORDED}"


def sent(event_word: str, provinces: Iterable[str]) -> str:
    """A request went out."""
    return f"{event(event_word)}请求已发往 {'、'.join(provinces)}"


def skipped(province: str, sentence: str) -> str:
    """A province was not asked."""
    return f"未询问 {province}：{sentence}"


def found(count: int) -> str:
    """What the own library holds."""
    return f"证照库检索到 {count} 件" if count else "证照库中没有符合条件的证照"


def merged(count: int, *, complete: bool) -> str:
    """The end of a fused search."""
    return f"合并结果 {count} 件，{'结果完整' if complete else '有省（市）未应答、尚待核验或只列出一部分，结果不完整'}；{RECORDED}"


def handed_out(output: str) -> str:
    """A use went ahead at the provider."""
    return f"已提供{_OUTPUTS.get(output, output)}"


def received(output: str) -> str:
    """What came was verified."""
    return f"收到的{_OUTPUTS.get(output, output)}已核对摘要与签名"


def told(province: str) -> str:
    """A notice arrived."""
    return f"告知已送达 {province}"


def telling(province: str) -> str:
    """A notice is under way."""
    return f"告知已发往 {province}，尚未收到回执"


def passing(system: str) -> str:
    """A notice is on its way to a system of the province."""
    return f"告知正在转送本省系统 {system}"


def passed(system: str) -> str:
    """A system of the province has it."""
    return f"本省系统 {system} 已收到告知"


def unpassed(system: str) -> str:
    """A system of the province refused it again and again."""
    return f"本省系统 {system} 多次拒收告知，已停止转送，可由管理员重发"


def untold(province: str, sentence: str) -> str:
    """A notice was given up."""
    return f"告知 {province} 未成：{sentence}"
