"""What a value of each form must look like, and the sentences that say so. Not the judging of members (`values`)."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from node.lists.fields import Field, Form
from node.lists.problem import Problem

_UNSHOWABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
BLANKS = " \t\r\n\u00a0\u3000\ufeff\u200b"
FORMS_ZH = {
    Form.TEXT: "文本",
    Form.NUMBER: "整数",
    Form.DAY: "日期，如 2026-01-31",
    Form.TIME: "时间，如 2026-01-31T16:00:00Z",
    Form.TEXTS: "文本列表",
    Form.FACE: "照面项列表",
    Form.STEPS: "步骤列表",
}


def missing(field: Field) -> Problem:
    """A member that must be there is not."""
    return Problem(field.name, "is missing; add it", "缺少该项，请补充")


def wrong_kind(field: Field) -> Problem:
    """The value is of another kind."""
    return Problem(field.name, f"is not {field.form}; correct it", f"应为{FORMS_ZH[field.form]}，请更正")


def too_many(field: Field, value: Sequence[Any]) -> Problem:
    """A list is too long."""
    return Problem(
        field.name,
        f"has {len(value)} items, more than {field.items}; divide the entry",
        f"共{len(value)}项，超过{field.items}项，请拆分",
    )


def is_day(text: str) -> bool:
    """Whether a text is yyyy-mm-dd and such a day exists: no other ISO form, for days are compared as texts."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def is_time(text: str) -> bool:
    """Whether a text is yyyy-mm-ddThh:mm:ssZ and such a time exists."""
    try:
        return bool(_TIME.fullmatch(text)) and datetime.fromisoformat(text) is not None
    except ValueError:
        return False


def plain_problem(field: Field, value: str) -> Problem | None:
    """What any text must be: of bounded length, printable, without blanks around it."""
    long = len(value) > field.limit and not field.table and field.shape not in ("credit-code", "type-code")
    if long:
        return Problem(
            field.name,
            f"has {len(value)} characters, more than {field.limit}; shorten it",
            f"共{len(value)}个字，超过{field.limit}个字，请缩短",
        )
    if value.isprintable() and " " not in (value[:1], value[-1:]):  # most are; other blanks are not printable
        return None
    if _UNSHOWABLE.search(value):
        return Problem(
            field.name, "holds a character that cannot be shown; write it again", "含有不可显示的字符，请重新填写"
        )
    if value.strip(BLANKS) != value:
        return Problem(field.name, "begins or ends with a blank; remove it", "首尾有空格，请删除")
    return None
