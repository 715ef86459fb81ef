"""Why something was not done: one reason, its canonical code, its owner and the next step.

Not exceptions: `node.errors.RefusedError` carries one of these. Codes: REQUIREMENTS §4.4 (0–17 as Jiangsu uses them, from 200 ours).
"""

from dataclasses import dataclass, field
from enum import StrEnum

MAX_RETRY_S = 86_400  # the longest window that anything is counted in is a day

UNTRUSTED_CHANNEL = "its TLS certificate is not one that the membership lists"
"""The detail of PEER_UNREACHABLE where the way is open, and whoever answers there is not the peer that the membership knows."""


class Owner(StrEnum):
    """Who has to act for the refusal to go away."""

    CALLER = "caller"
    NODE = "node"
    PEER = "peer"
    ISSUER = "issuer"
    NETWORK = "network"


class Reason(StrEnum):
    """The machine-readable word of a refusal."""

    NOT_AUTHORISED = "NOT_AUTHORISED"
    NOT_A_MEMBER = "NOT_A_MEMBER"
    MEMBERSHIP_EXPIRED = "MEMBERSHIP_EXPIRED"
    PEER_TIMEOUT = "PEER_TIMEOUT"
    PEER_UNREACHABLE = "PEER_UNREACHABLE"
    PEER_ERROR = "PEER_ERROR"
    NO_RECORD = "NO_RECORD"
    BAD_PARAMETER = "BAD_PARAMETER"
    MISSING_PARAMETER = "MISSING_PARAMETER"
    TOO_LARGE = "TOO_LARGE"
    NOT_DELIVERABLE = "NOT_DELIVERABLE"
    COPY_FAILED = "COPY_FAILED"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    OVERLOADED = "OVERLOADED"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    HOLDER_CODE_INVALID = "HOLDER_CODE_INVALID"
    USE_LIST_MISSING = "USE_LIST_MISSING"
    USE_LIST_NOT_IN_FORCE = "USE_LIST_NOT_IN_FORCE"
    USE_LIST_SUPERSEDED = "USE_LIST_SUPERSEDED"
    USE_LIST_UNKNOWN_VERSION = "USE_LIST_UNKNOWN_VERSION"
    USE_LIST_UNDECIDED = "USE_LIST_UNDECIDED"
    USE_LIST_REJECTED = "USE_LIST_REJECTED"
    USE_LIST_SUSPENDED = "USE_LIST_SUSPENDED"
    LINE_SUSPENDED_THERE = "LINE_SUSPENDED_THERE"
    MATTER_MISMATCH = "MATTER_MISMATCH"
    OUTPUT_NOT_ALLOWED = "OUTPUT_NOT_ALLOWED"
    TYPE_NOT_OFFERED = "TYPE_NOT_OFFERED"
    REPLAYED = "REPLAYED"
    CLOCK_SKEW = "CLOCK_SKEW"
    NOT_FOR_US = "NOT_FOR_US"
    CERTIFICATE_REVOKED = "CERTIFICATE_REVOKED"
    REVOCATION_STALE = "REVOCATION_STALE"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    USE_CODE_SPENT = "USE_CODE_SPENT"
    PERIOD_OVER = "PERIOD_OVER"
    KEY_STOPPED = "KEY_STOPPED"
    TYPE_STOPPED = "TYPE_STOPPED"
    LINE_STOPPED = "LINE_STOPPED"
    UNIT_STOPPED = "UNIT_STOPPED"
    APPLICATION_STOPPED = "APPLICATION_STOPPED"
    OPERATOR_STOPPED = "OPERATOR_STOPPED"
    PEER_STOPPED = "PEER_STOPPED"
    ORDER_REFUSED = "ORDER_REFUSED"
    LIMIT_REACHED = "LIMIT_REACHED"
    LIST_REFUSED = "LIST_REFUSED"
    FOUR_EYES = "FOUR_EYES"
    CONSENT_MISSING = "CONSENT_MISSING"
    CONSENT_MISMATCH = "CONSENT_MISMATCH"
    CONSENT_ENDED = "CONSENT_ENDED"
    HANDLE_UNKNOWN = "HANDLE_UNKNOWN"
    REVIEW_PENDING = "REVIEW_PENDING"
    REVIEW_REJECTED = "REVIEW_REJECTED"
    ANOMALY_STOPPED = "ANOMALY_STOPPED"
    PEER_DOWN = "PEER_DOWN"
    NOT_CHOSEN = "NOT_CHOSEN"
    DOWNLOAD_SPENT = "DOWNLOAD_SPENT"
    FILE_MISMATCH = "FILE_MISMATCH"
    LOG_FORKED = "LOG_FORKED"
    LOG_LOST = "LOG_LOST"
    NOT_PROVEN = "NOT_PROVEN"
    CONTENT_HELD = "CONTENT_HELD"
    INTERNAL = "INTERNAL"


PASSING = frozenset(
    {
        Reason.LIMIT_REACHED,
        Reason.ANOMALY_STOPPED,
        Reason.OVERLOADED,
        Reason.REVIEW_PENDING,
        Reason.USE_LIST_UNKNOWN_VERSION,
    }
)
"""Reasons that pass by themselves: a rejection for one of them is nobody's last word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meaning:
    code: int
    owner: Owner
    zh: str
    next_step: str
    zh_step: str


_M = _Meaning
MEANINGS: dict[Reason, _Meaning] = {
    Reason.NOT_AUTHORISED: _M(
        code=1,
        owner=Owner.CALLER,
        zh="未授权",
        next_step="sign in with an application that is registered here",
        zh_step="请用已在本节点登记的业务系统令牌重新登录后再试",
    ),
    Reason.NOT_A_MEMBER: _M(
        code=1,
        owner=Owner.PEER,
        zh="对方不是成员节点",
        next_step="compare the membership documents of both provinces",
        zh_step="请两省（市）节点管理员核对成员名单的版本与密钥指纹",
    ),
    Reason.MEMBERSHIP_EXPIRED: _M(
        code=213,
        owner=Owner.NODE,
        zh="成员名单已过期，与其他省（市）的交换暂停",
        next_step="the operators of the mesh sign a newer membership document; here: certmesh membership adopt FILE",
        zh_step="请节点管理员采用各成员共同签署的新成员名单（certmesh membership adopt）",
    ),
    Reason.PEER_TIMEOUT: _M(
        code=2,
        owner=Owner.PEER,
        zh="对方省（市）未在时限内应答",
        next_step="ask again later; the answer is incomplete",
        zh_step="请稍后重试；本次结果不完整，未应答不等于没有证照",
    ),
    Reason.PEER_UNREACHABLE: _M(
        code=2,
        owner=Owner.NETWORK,
        zh="无法连接对方省（市）",
        next_step="ask again later; operators check the link to that province",
        zh_step="请稍后重试；请节点管理员检查到该省（市）的网络线路",
    ),
    Reason.PEER_ERROR: _M(
        code=299,
        owner=Owner.PEER,
        zh="对方省（市）返回错误",
        next_step="tell the operator of that province the exchange id",
        zh_step="请把交换编号告知该省（市）节点管理员查明原因",
    ),
    Reason.NO_RECORD: _M(
        code=3,
        owner=Owner.ISSUER,
        zh="无记录",
        next_step="check type and number; ask the issuer whether the certificate was filed",
        zh_step="请核对证照类型与编号；仍无记录的，请向发证单位确认证照是否已归集",
    ),
    Reason.BAD_PARAMETER: _M(
        code=4,
        owner=Owner.CALLER,
        zh="参数错误",
        next_step="correct the named field",
        zh_step="请按提示改正所列字段后重新提交",
    ),
    Reason.MISSING_PARAMETER: _M(
        code=5,
        owner=Owner.CALLER,
        zh="缺少必填参数",
        next_step="fill in the named field",
        zh_step="请补填所列字段后重新提交",
    ),
    Reason.TOO_LARGE: _M(
        code=4,
        owner=Owner.CALLER,
        zh="请求过大",
        next_step="send less in one request",
        zh_step="请减少单次请求的内容，分几次提交",
    ),
    Reason.NOT_DELIVERABLE: _M(
        code=11,
        owner=Owner.ISSUER,
        zh="证照当前状态不可提供",
        next_step="see the status; ask the issuer",
        zh_step="请查看证照状态，并向发证单位了解注销、冻结或过期的原因",
    ),
    # The issuer's: a fault of the node that makes the copy is INTERNAL, and only another file can be copied.
    Reason.COPY_FAILED: _M(
        code=14,
        owner=Owner.ISSUER,
        zh="加注件制作失败",
        next_step="tell the issuer what the detail says: this file has to be issued anew; its face data can be asked for meanwhile",
        zh_step="请发证单位重新制发该证照文件；期间可改为获取照面信息",
    ),
    Reason.SIGNATURE_INVALID: _M(
        code=13,
        owner=Owner.PEER,
        zh="签名验证失败",
        next_step="the sender's operator checks its keys against the membership document",
        zh_step="请发送方节点管理员核对签名密钥与成员名单是否一致",
    ),
    Reason.OVERLOADED: _M(
        code=16,
        owner=Owner.NODE,
        zh="节点繁忙，请稍后再试",
        next_step="wait and ask again",
        zh_step="请稍等片刻后重试；反复出现时请告知节点管理员",
    ),
    Reason.OUT_OF_SCOPE: _M(
        code=17,
        owner=Owner.CALLER,
        zh="超出本应用或经办人的访问范围",
        next_step="use the item, unit and operator registered for this application",
        zh_step="请改用本业务系统登记的事项、单位和经办人，或请节点管理员变更登记",
    ),
    Reason.HOLDER_CODE_INVALID: _M(
        code=103,
        owner=Owner.CALLER,
        zh="持证主体代码或类型不正确",
        next_step="check the number and its type",
        zh_step="请核对持证主体证件号码及其类型后重新填写",
    ),
    Reason.USE_LIST_MISSING: _M(
        code=201,
        owner=Owner.CALLER,
        zh="用证清单中没有该事项",
        next_step="ask the list manager to publish a line for this matter",
        zh_step="请本省（市）清单管理员为该事项编制并发布用证清单条目",
    ),
    Reason.USE_LIST_NOT_IN_FORCE: _M(
        code=202,
        owner=Owner.CALLER,
        zh="用证清单未生效、已过期或已撤销",
        next_step="ask the list manager about the line's dates and status",
        zh_step="请向本省（市）清单管理员确认该条目的有效期和状态",
    ),
    Reason.USE_LIST_SUPERSEDED: _M(
        code=210,
        owner=Owner.CALLER,
        zh="所引用的用证清单版本已被新版本取代",
        next_step="apply again: the node quotes the version that is in force",
        zh_step="请重新提交申请，系统会引用现行版本",
    ),
    Reason.USE_LIST_UNKNOWN_VERSION: _M(
        code=210,
        owner=Owner.NODE,
        zh="供证方尚未同步到所引用的用证清单版本",
        next_step="wait until that province has fetched the newer list, and ask again",
        zh_step="请等供证方同步到新版清单后再提交，一般不超过一分钟",
    ),
    Reason.USE_LIST_UNDECIDED: _M(
        code=201,
        owner=Owner.PEER,
        zh="供证方尚未审定该用证清单",
        next_step="ask that province's list manager to decide the line",
        zh_step="请供证方清单管理员审定该条目",
    ),
    Reason.USE_LIST_REJECTED: _M(
        code=201,
        owner=Owner.PEER,
        zh="供证方未同意该用证清单",
        next_step="see that province's reasons; the list manager publishes a line that it can accept",
        zh_step="请查看供证方的理由，由用证方清单管理员修改条目后重新发布",
    ),
    Reason.USE_LIST_SUSPENDED: _M(
        code=202,
        owner=Owner.CALLER,
        zh="用证方已暂停该用证清单",
        next_step="ask your province's list manager when the line will be resumed",
        zh_step="请向用证方清单管理员了解何时恢复该条目",
    ),
    Reason.LINE_SUSPENDED_THERE: _M(
        code=202,
        owner=Owner.PEER,
        zh="供证方已暂停该用证清单",
        next_step="ask that province's list manager when the line will be resumed",
        zh_step="请向供证方清单管理员了解何时恢复该条目",
    ),
    Reason.MATTER_MISMATCH: _M(
        code=204,
        owner=Owner.CALLER,
        zh="事项、证照类型与用途不一致",
        next_step="apply with the item, types and purpose of the line",
        zh_step="请按用证清单条目中的事项、证照类型和用途重新申请",
    ),
    Reason.OUTPUT_NOT_ALLOWED: _M(
        code=205,
        owner=Owner.CALLER,
        zh="获取方式或照面项不在允许范围内",
        next_step="ask only for outputs and fields the line allows",
        zh_step="请只申请清单允许的获取方式和照面项",
    ),
    Reason.TYPE_NOT_OFFERED: _M(
        code=206,
        owner=Owner.PEER,
        zh="该省（市）不提供此类证照",
        next_step="see the catalogue of that province",
        zh_step="请查看供证方证照目录，改用该省（市）已提供的证照类型",
    ),
    Reason.REPLAYED: _M(
        code=207,
        owner=Owner.PEER,
        zh="重复的报文",
        next_step="the sender makes a new message with a new nonce",
        zh_step="请发送方换用新的流水号重新发送，勿重发旧报文",
    ),
    Reason.CLOCK_SKEW: _M(
        code=208,
        owner=Owner.PEER,
        zh="双方时钟相差过大或报文已过期",
        next_step="operators compare both clocks with the time service",
        zh_step="请双方节点管理员与时间服务器核对时钟（certmesh doctor）",
    ),
    Reason.NOT_FOR_US: _M(
        code=4,
        owner=Owner.PEER,
        zh="报文的接收方不是本节点",
        next_step="the sender checks the recipients",
        zh_step="请发送方节点管理员核对接收方省（市）代码",
    ),
    # As a wrong signature (13): to whoever has to decide, neither is worth anything.
    Reason.CERTIFICATE_REVOKED: _M(
        code=13,
        owner=Owner.PEER,
        zh="对方证书已被吊销",
        next_step="that province has its CA issue another and the members sign a membership document that names it",
        zh_step="请证书被吊销的省（市）换发证书，并由各成员签署新的成员名单",
    ),
    Reason.REVOCATION_STALE: _M(
        code=13,
        owner=Owner.NODE,
        zh="证书吊销列表已过期或缺失，无法确认对方证书是否有效",
        next_step="the operator of the node that refuses fetches the CA's current revocation list; see certmesh doctor",
        zh_step="请拒绝方节点管理员更新证书吊销列表（certmesh doctor 可查看）",
    ),
    Reason.VERSION_CONFLICT: _M(
        code=210,
        owner=Owner.PEER,
        zh="版本冲突",
        next_step="compare the versions both provinces hold",
        zh_step="请双方节点管理员比对所持有的版本后再试",
    ),
    Reason.USE_CODE_SPENT: _M(
        code=211,
        owner=Owner.CALLER,
        zh="用证码已使用、过期或无效",
        next_step="submit a new application",
        zh_step="请重新提交用证申请，取得新的用证码",
    ),
    Reason.PERIOD_OVER: _M(
        code=211,
        owner=Owner.CALLER,
        zh="该 Idempotency-Key 属于常用授权已结束的一个周期",
        next_step="retrieve with another Idempotency-Key: it makes another use; the application still stands",
        zh_step="请更换 Idempotency-Key 后重新获取（作为新的一次使用）；常用授权仍有效，无须重新申请",
    ),
    # Stop orders (停用指令): `certmesh orders` names the order, who gave it and why.
    Reason.KEY_STOPPED: _M(
        code=13,
        owner=Owner.PEER,
        zh="对方使用的密钥已被停用",
        next_step="that province puts another key into use, or lifts its stop with another key",
        zh_step="请密钥被停用的省（市）启用新密钥，或用其他密钥解除停用",
    ),
    Reason.TYPE_STOPPED: _M(
        code=206,
        owner=Owner.PEER,
        zh="该省（市）已停用此类证照的共享",
        next_step="ask the providing province when it will lift the stop",
        zh_step="请向供证方了解何时解除对该证照类型的停用",
    ),
    Reason.LINE_STOPPED: _M(
        code=202,
        owner=Owner.CALLER,
        zh="该用证清单已被停用",
        next_step="ask your province's list manager about the stop order on this line",
        zh_step="请向本省（市）清单管理员了解该条目的停用指令",
    ),
    Reason.UNIT_STOPPED: _M(
        code=202,
        owner=Owner.CALLER,
        zh="该用证单位已被停用",
        next_step="ask your province's data bureau about the stop order on this unit",
        zh_step="请向本省（市）数据主管部门了解对本单位的停用指令",
    ),
    Reason.APPLICATION_STOPPED: _M(
        code=211,
        owner=Owner.CALLER,
        zh="该用证申请已被停用",
        next_step="ask your province's data bureau about the stop order, or submit a new application",
        zh_step="请向本省（市）数据主管部门了解停用指令，或重新提交申请",
    ),
    Reason.OPERATOR_STOPPED: _M(
        code=17,
        owner=Owner.CALLER,
        zh="该经办人已被停用",
        next_step="another operator goes on; your province's data bureau knows the stop order",
        zh_step="请改由其他经办人办理，并向本省（市）数据主管部门了解停用指令",
    ),
    Reason.PEER_STOPPED: _M(
        code=1,
        owner=Owner.PEER,
        zh="该省（市）已被其他成员共同停用",
        next_step="the provinces that signed the stop decide when it is lifted; see `certmesh orders`",
        zh_step="由签署停用指令的各省（市）决定何时解除，可用 certmesh orders 查看",
    ),
    Reason.ORDER_REFUSED: _M(
        code=4,
        owner=Owner.CALLER,
        zh="停用指令不被接受",
        next_step="correct what the detail names; `certmesh orders` shows the orders that are known",
        zh_step="请改正所列内容；已有指令可用 certmesh orders 查看",
    ),
    Reason.LIMIT_REACHED: _M(
        code=16,
        owner=Owner.CALLER,
        zh="已达到用证次数限额",
        next_step="wait until the limit's window ends, or ask the list manager for a higher limit",
        zh_step="请等限额周期结束后再试，或请清单管理员提高限额",
    ),
    Reason.LIST_REFUSED: _M(
        code=4,
        owner=Owner.CALLER,
        zh="清单变更不被接受",
        next_step="correct what the detail names, and try the step again",
        zh_step="请按提示改正清单内容后重做这一步",
    ),
    Reason.FOUR_EYES: _M(
        code=1,
        owner=Owner.CALLER,
        zh="须由另一名管理员办理",
        next_step="another manager takes this step: nobody reviews or publishes what they drafted",
        zh_step="请由另一名管理员办理这一步，起草人不得自行审核或发布",
    ),
    # 授权凭据 (check 6): the line's mode is HOLDER or ENTRUST.
    Reason.CONSENT_MISSING: _M(
        code=203,
        owner=Owner.CALLER,
        zh="缺少持证主体授权",
        next_step="ask the holder for consent, in the home province's app or at the counter, and apply with it",
        zh_step="请先取得持证主体授权（户籍地或注册地应用内，或在窗口办理），再提交申请",
    ),
    Reason.CONSENT_MISMATCH: _M(
        code=203,
        owner=Owner.CALLER,
        zh="授权凭据与本次申请不符",
        next_step="ask the holder for a consent to this unit, item, types and outputs",
        zh_step="请持证主体按本单位、事项、证照类型和获取方式重新授权",
    ),
    Reason.CONSENT_ENDED: _M(
        code=203,
        owner=Owner.CALLER,
        zh="持证主体授权已到期、未生效或已撤回",
        next_step="ask the holder whether to give a new consent; without one nothing is shared",
        zh_step="请询问持证主体是否重新授权；未获授权不得用证",
    ),
    Reason.HANDLE_UNKNOWN: _M(
        code=103,
        owner=Owner.CALLER,
        zh="证件号替代码无效或已过期",
        next_step="check the holder's document again: that makes a new handle",
        zh_step="请重新核验持证主体证件，取得新的替代码",
    ),
    # 人工核验: only lines flagged for it (7.3).
    Reason.REVIEW_PENDING: _M(
        code=214,
        owner=Owner.PEER,
        zh="供证方需人工核验，请稍后查询",
        next_step="wait until that province's reviewer has decided, then ask for the verdict again",
        zh_step="请等供证方核验人员办理后，再次查询核验结果",
    ),
    Reason.REVIEW_REJECTED: _M(
        code=204,
        owner=Owner.PEER,
        zh="供证方人工核验未通过",
        next_step="see the reviewer's reason; apply again only where it no longer holds",
        zh_step="请查看供证方核验意见；所述情形消除后方可重新申请",
    ),
    Reason.ANOMALY_STOPPED: _M(
        code=17,
        owner=Owner.CALLER,
        zh="用证行为异常，已暂停该经办人",
        next_step="the province's data bureau looks into the alarm; the pause ends by itself at the time that is named",
        zh_step="请等提示的时间过后再办，数据主管部门会核查告警；急件请改由其他经办人办理",
    ),
    Reason.PEER_DOWN: _M(
        code=2,
        owner=Owner.NETWORK,
        zh="对方省（市）节点已知不可达，未等待其应答",
        next_step="ask again when that province is back; this node looks for it by itself",
        zh_step="请等该省（市）恢复后再查询，本节点会自动探测其恢复",
    ),
    Reason.NOT_CHOSEN: _M(
        code=209,
        owner=Owner.CALLER,
        zh="本次检索未选择该省（市）",
        next_step="name the province in areaCodes, or leave them empty to ask every province",
        zh_step="如需检索该省（市），请将其列入检索范围，或不限定范围",
    ),
    Reason.DOWNLOAD_SPENT: _M(
        code=211,
        owner=Owner.CALLER,
        zh="下载地址已使用、已过期或不属于本应用",
        next_step="retrieve the file again for a new address",
        zh_step="请重新获取文件，取得新的下载地址",
    ),
    Reason.FILE_MISMATCH: _M(
        code=13,
        owner=Owner.PEER,
        zh="文件校验未通过",
        next_step="tell the providing province the exchange id; the file was discarded",
        zh_step="文件已丢弃；请把交换编号告知供证方节点管理员核查原件",
    ),
    Reason.LOG_FORKED: _M(
        code=212,
        owner=Owner.PEER,
        zh="对方存证日志出现分叉",
        next_step="keep the file under exhibits/ and show it to the other members: that province signed two logs",
        zh_step="请节点管理员保存 exhibits 目录中的文件，并向其他成员出示",
    ),
    Reason.LOG_LOST: _M(
        code=216,
        owner=Owner.NODE,
        zh="本节点存证日志已回退，签名与对外交换暂停",
        next_step="the node's operator stops it and puts back the database that holds what was signed; see certmesh doctor",
        zh_step="请节点管理员停止节点，恢复含有已签名记录的数据库后再启动（详见 certmesh doctor）",
    ),
    Reason.CONTENT_HELD: _M(
        code=17,
        owner=Owner.CALLER,
        zh="内容已被留存保全，不得删除",
        next_step="release the hold first, on the ground that ends it: certmesh contents release SUBJECT",
        zh_step="请先按程序解除留存保全，再办理删除",
    ),
    Reason.NOT_PROVEN: _M(
        code=215,
        owner=Owner.NODE,
        zh="证据尚不齐全，暂不能制作证据包",
        next_step="read the detail; where a head waits for its witnesses or a province is down, try again in some minutes",
        zh_step="请看具体原因；日志头尚待见证或对方省（市）未连通的，请过几分钟再试",
    ),
    Reason.INTERNAL: _M(
        code=900,
        owner=Owner.NODE,
        zh="内部错误",
        next_step="give the operator the request id",
        zh_step="请把请求编号告知节点管理员查看日志",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One refusal. `detail` names fields, lines or provinces, never a person or a number.

    `retry_after_s`: asking again makes sense after so many seconds, at most `MAX_RETRY_S`; 0 says nothing about it. `by`: the province
    whose word it is; "" where this node says so itself. It does not travel: whoever hears a refusal knows from whom.
    """

    reason: Reason
    detail: str = ""
    retry_after_s: int = 0
    by: str = field(default="", compare=False)

    @property
    def code(self) -> int:
        """The canonical code of REQUIREMENTS §4.4."""
        return MEANINGS[self.reason].code

    @property
    def owner(self) -> Owner:
        """Who has to act; the "node" of a refusal by another province is a peer to us."""
        owner = MEANINGS[self.reason].owner
        return Owner.PEER if self.by and owner is Owner.NODE else owner

    @property
    def zh(self) -> str:
        """The sentence a clerk reads."""
        return MEANINGS[self.reason].zh

    @property
    def next_step(self) -> str:
        """What to do now."""
        return MEANINGS[self.reason].next_step

    @property
    def zh_step(self) -> str:
        """What to do now, for a clerk; true from whichever side one reads it."""
        return MEANINGS[self.reason].zh_step

    def to_dict(self) -> dict[str, object]:
        """The shape used in REST answers, logs and evidence."""
        return {
            "code": self.code,
            "reason": self.reason.value,
            "owner": self.owner.value,
            "message": self.zh,
            "detail": self.detail,
            "nextStep": self.next_step,
            "nextStepZh": self.zh_step,
            "retryAfter": self.retry_after_s,
        }


def from_word(reason: str, detail: str, retry_after_s: int = 0) -> Refusal:
    """The refusal a peer named; a word this version does not know becomes PEER_ERROR and stands in the detail."""
    wait = max(0, min(retry_after_s, MAX_RETRY_S))
    if reason in Reason.__members__:
        return Refusal(reason=Reason(reason), detail=detail, retry_after_s=wait)
    return Refusal(reason=Reason.PEER_ERROR, detail=f"{reason[:64]}: {detail}", retry_after_s=wait)
