"""The sentence in which a notice is passed on to a person, in Chinese: who, what, when, how to object. REQUIREMENTS 8.4.

Never the content of a certificate, and its identifier only in part: the sentence ends up on telephones.
"""

import re
from datetime import datetime

from federation.model.notice import OBJECTION_ENTRY, Addressee, Notice
from federation.model.objection_notice import ObjectionNotice
from node.library.dates import CHINA

_SHOWN = 4  # characters of an identifier at its end
_OUTPUTS = {"FILE": "证照文件", "ORIGINAL": "证照原件", "DATA": "照面数据", "VERIFY": "证照核验"}
_LONGEST = 64  # characters of one part
_LINK = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:/+[!-~]*"
    r"|(?:tel|sms|smsto|mailto):[!-~]*"
    r"|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}[!-~]*"
)
_WIDE = {ord(one) + 0xFEE0: one for one in ".0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}
_SPOKEN = ("certificate_type_name", "use_org_name", "item_name", "use_cause", "apply_id", "notice_id")


def spoken(text: str) -> str:
    """A part that another province wrote: one line, not long, and nothing that a telephone makes a link of."""
    plain = _LINK.sub("…", text[: 4 * _LONGEST].translate(_WIDE))
    line = " ".join("".join(one if one.isprintable() else " " for one in plain).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def sentence(notice: Notice) -> str:
    """What happened, in one sentence, and how to object."""
    whose = "您的" if notice.addressee is Addressee.HOLDER else "贵单位签发的"
    said = {name: spoken(getattr(notice, name)) for name in _SPOKEN}
    at = datetime.fromisoformat(notice.use_time).astimezone(CHINA)
    kind = _OUTPUTS.get(notice.output, spoken(notice.output))
    return (
        f"{whose}“{said['certificate_type_name']}”{masked(notice.certificate_identifier)}于{at:%Y年%m月%d日%H:%M}"
        f"由{said['use_org_name']}在办理“{said['item_name']}”时使用（{kind}），用证事由：{said['use_cause']}。"
        f"申请编号：{said['apply_id']}，告知编号：{said['notice_id']}。{OBJECTION_ENTRY}"
    )


def objection_sentence(notice: ObjectionNotice) -> str:
    """Where an objection stands, in one sentence; the issuing unit also reads what is objected to, and until when."""
    whose = "您的" if notice.addressee is Addressee.HOLDER else "贵单位签发的"
    what = f"{whose}“{spoken(notice.certificate_type_name)}”{masked(notice.certificate_identifier)}"
    reason = f"，说明：{spoken(notice.reason)}" if notice.reason else ""
    number, due = f"异议编号：{spoken(notice.objection_id)}。", spoken(notice.due)
    match notice.state:
        case "OPEN" if notice.addressee is Addressee.ISSUER:
            return f"{what}被提出异议（有误项：{spoken(notice.fields)}），请于{due}前核查答复。{number}"
        case "OPEN":
            return f"{what}被提出异议，发证省（市）将于{due}前答复；期间用证时会标明有异议。{number}"
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
    return (
        "" if ":" in identifier or len(identifier) <= _SHOWN else f"（标识末{_SHOWN}位{spoken(identifier[-_SHOWN:])}）"
    )
