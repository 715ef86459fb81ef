"""The sentence in which a notice is passed on to a person, in Chinese: who, what, when, how to object. REQUIREMENTS 8.4.

Never the content of a certificate, and its identifier only in part: the sentence ends up on telephones.
"""

from datetime import datetime

from federation.model.notice import Addressee, Notice
from federation.model.objection_notice import ObjectionNotice
from node.library.dates import CHINA

_SHOWN = 4  # characters of an identifier at its end
_OUTPUTS = {"FILE": "证照文件", "ORIGINAL": "证照原件", "DATA": "照面数据", "VERIFY": "证照核验"}


def sentence(notice: Notice) -> str:
    """What happened, in one sentence, and how to object."""
    whose = "您的" if notice.addressee is Addressee.HOLDER else "贵单位签发的"
    at = datetime.fromisoformat(notice.use_time).astimezone(CHINA)
    kind = _OUTPUTS.get(notice.output, notice.output)
    return (
        f"{whose}“{notice.certificate_type_name}”{masked(notice.certificate_identifier)}于{at:%Y年%m月%d日%H:%M}"
        f"由{notice.use_org_name}在办理“{notice.item_name}”时使用（{kind}），用证事由：{notice.use_cause}。"
        f"申请编号：{notice.apply_id}，告知编号：{notice.notice_id}。{notice.objection_entry}"
    )


def objection_sentence(notice: ObjectionNotice) -> str:
    """Where an objection stands, in one sentence; the issuing unit also reads what is objected to, and until when."""
    whose = "您的" if notice.addressee is Addressee.HOLDER else "贵单位签发的"
    what = f"{whose}“{notice.certificate_type_name}”{masked(notice.certificate_identifier)}"
    reason = f"，说明：{notice.reason}" if notice.reason else ""
    number = f"异议编号：{notice.objection_id}。"
    match notice.state:
        case "OPEN" if notice.addressee is Addressee.ISSUER:
            return f"{what}被提出异议（有误项：{notice.fields}），请于{notice.due}前核查答复。{number}"
        case "OPEN":
            return f"{what}被提出异议，发证省（市）将于{notice.due}前答复；期间用证时会标明有异议。{number}"
        case "CORRECTED":
            return f"{what}的异议已办结：已更正{reason}。{number}"
        case "REJECTED":
            return f"{what}的异议已办结：异议不成立{reason}。{number}"
        case "WITHDRAWN":
            return f"{what}的异议已撤回。{number}"
        case _:
            return f"{what}的异议办理情况有变化。{number}"


def masked(identifier: str) -> str:
    """The end of an identifier; nothing of one that is a digest."""
    return "" if ":" in identifier or len(identifier) <= _SHOWN else f"（标识末{_SHOWN}位{identifier[-_SHOWN:]}）"
