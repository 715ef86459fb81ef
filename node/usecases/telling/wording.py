"""The sentence in which a notice is passed on to a person, in Chinese: who, what, when, how to object. REQUIREMENTS 8.4.

Never the content of a certificate, and its identifier only in part: the sentence ends up on telephones.
"""

from datetime import datetime

from federation.model.notice import Addressee, Notice
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


def masked(identifier: str) -> str:
    """The end of an identifier; nothing of one that is a digest."""
    return "" if ":" in identifier or len(identifier) <= _SHOWN else f"（标识末{_SHOWN}位{identifier[-_SHOWN:]}）"
