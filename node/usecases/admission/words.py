"""The words of a dry run: what each check is called, and who can change its outcome. Read by clerks and list managers, so in Chinese."""

from federation.model.refusal import Reason, Refusal
from node.usecases.admission.checks import Check
from node.usecases.admission.limits import Scope

TITLES: dict[Check, str] = {
    Check.CALLER: "业务系统的登记范围",
    Check.PEER: "对方省（市）是否停用",
    Check.FORM: "必填项与格式",
    Check.HOLDER: "持证主体代码",
    Check.STOPS: "停用指令",
    Check.LINE: "用证清单条目",
    Check.VERSION: "清单版本",
    Check.STANDING: "清单状态与有效期",
    Check.DECISION: "供证方审定",
    Check.UNIT: "用证单位",
    Check.SYSTEM: "业务系统",
    Check.OPERATOR: "经办人",
    Check.MATTER: "事项与业务",
    Check.TYPES: "证照类型",
    Check.GROUND: "用证模式",
    Check.OUTPUTS: "获取方式",
    Check.FIELDS: "照面项",
    Check.STANDING_RIGHT: "常用授权",
    Check.STANDING_BOUND: "本节点常用授权期限",
    Check.CATALOGUE: "供证方证照目录",
    Check.AUTHORISATION: "持证主体授权",
    Check.TYPE_STOPS: "证照类型停用指令",
    Check.ANOMALY: "异常用证",
    Check.LIMITS: "次数限额",
}

_CALLER = "调用方业务系统"
_CONSUMER = "用证省 {consumer} 的清单管理员"
_PROVIDER = "供证省 {provider} 的清单管理员"
_WHO: dict[Check, str] = {
    Check.CALLER: "用证省 {consumer} 的节点管理员（业务系统登记）",
    Check.PEER: "联署停用指令的各省（市）",
    Check.FORM: _CALLER,
    Check.HOLDER: _CALLER,
    Check.STOPS: "用证省 {consumer} 的停用指令签发人",
    Check.DECISION: _PROVIDER,
    Check.AUTHORISATION: "持证主体（由其本省（市）应用或窗口办理授权）",
    Check.CATALOGUE: "供证省 {provider} 的目录管理员",
    Check.TYPE_STOPS: "供证省 {provider} 的停用指令签发人",
}
_REQUEST = frozenset({Check.UNIT, Check.MATTER, Check.TYPES, Check.GROUND, Check.OUTPUTS, Check.FIELDS})
_OF_LINE = frozenset({Scope.LINE_DAY.value, Scope.LINE_MINUTE.value})


def who_can(check: Check, refusal: Refusal, *, consumer: str, provider: str, here: str) -> str:
    """Who can change that the check stops the request; the refusal's own next step says how."""
    if check is Check.VERSION:
        template = (
            "供证省 {provider} 的节点（待同步）" if refusal.reason is Reason.USE_LIST_UNKNOWN_VERSION else _CALLER
        )
    elif check is Check.ANOMALY:
        template = f"{here} 的节点管理员（[anomaly] 配置；暂停到期自动解除）"
    elif check is Check.LIMITS:
        template = (
            _CONSUMER if refusal.detail.partition(":")[0] in _OF_LINE else f"{here} 的节点管理员（[limits] 配置）"
        )
    elif check is Check.STANDING_BOUND:
        template = f"{here} 的节点管理员（[applications] 配置）"
    elif check in _REQUEST and "accepts none" in refusal.detail:
        template = _PROVIDER
    elif check in _REQUEST:
        template = f"{_CALLER}，或{_CONSUMER}"
    else:
        template = _WHO.get(check, _CONSUMER)
    return template.format(consumer=consumer, provider=provider or here)
