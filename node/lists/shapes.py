"""The forms of codes and short texts: check characters (GB 32100), type codes (GB/T 36902), item codes, spans. Not words of tables."""

import re
from collections.abc import Callable
from typing import NamedTuple

from node.library.holder import is_credit_code, make_credit_code
from node.lists.problem import Problem

CREDIT_CODE_LENGTH = 18
TYPE_CODE_LENGTH = 21  # GB/T 36902: credit code of the defining authority and three more
_SERIAL = re.compile(r"[0-9A-Z]{3}")


class _Shape(NamedTuple):
    pattern: re.Pattern[str]
    message: str
    zh: str


def _shape(pattern: str, message: str, zh: str) -> _Shape:
    return _Shape(re.compile(pattern), message, zh)


_SHAPES = {
    "id": _shape(
        r"[0-9A-Za-z][0-9A-Za-z._-]*",
        "has letters, digits, '.', '_' and '-' only, and begins with a letter or digit; correct it",
        "只能由字母、数字和“.”“_”“-”组成，且以字母或数字开头，请更正",
    ),
    "item-code": _shape(
        r"[0-9A-Za-z][0-9A-Za-z._-]*",
        "an item code has letters, digits, '.', '_' and '-' only; correct it",
        "事项编码只能由字母、数字和“.”“_”“-”组成，请更正",
    ),
    "column": _shape(
        r"[^\s^|]+",
        "a face field's column has no blanks and neither ^ nor |; correct it",
        "照面项字段名不得含空格及分隔符 ^ |，请更正",
    ),
    "face-name": _shape(
        r"[^|^\n]+", "holds | or ^ or a line break, which part items; remove it", "含分隔符 | ^ 或换行，请删除"
    ),
    "app": _shape(
        r"[^\s^|]+",
        "an app_id has no blanks and neither ^ nor |; correct it",
        "应用标识不得含空格及分隔符 ^ |，请更正",
    ),
    "account": _shape(
        r"[^\s^|]+",
        "an account has no blanks and neither ^ nor |; correct it",
        "账号不得含空格及分隔符 ^ |，请更正",
    ),
    "validity": _shape(
        r"长期|[1-9][0-9]{0,3}[年月日天]",
        "a span is written like 1年, 6月, 10天 or 长期; correct it",
        "有效期限应写作 1年、6月、10天 或 长期，请更正",
    ),
    "latency": _shape(
        r"[1-9][0-9]{0,3}[mhd]",
        "a latency is written like 30m, 1h or 2d; correct it",
        "更新时效应写作 30m（分钟）、1h（小时）或 2d（天），请更正",
    ),
    "digest": _shape(
        r"[0-9a-f]{64}",
        "is the SM3 of the line's content, 64 hex digits in small letters; copy it from the line",
        "应为清单内容的SM3摘要（64位小写十六进制），请从清单复制",
    ),
}


def shape_problem(shape: str, value: str, field: str) -> Problem | None:
    """What is wrong with the form of a text.

    Raises:
        KeyError: there is no such shape.
    """
    if shape in _CHECKED:
        return _CHECKED[shape](value, field)
    found = _SHAPES[shape]
    return None if found.pattern.fullmatch(value) else Problem(field, found.message, found.zh)


def _credit_code(value: str, field: str) -> Problem | None:
    if len(value) != CREDIT_CODE_LENGTH:
        return Problem(
            field,
            f"a unified social credit code has 18 characters, not {len(value)}; correct the code",
            f"统一社会信用代码应为18位，现为{len(value)}位，请更正代码",
        )
    if is_credit_code(value):
        return None
    try:
        expected = make_credit_code(value[:2], value[2:8], value[8:17])[17]
    except ValueError:
        return Problem(
            field,
            "a unified social credit code has digits and capitals but no I, O, S, V, Z, and digits in places 3 to 8; correct the code",
            "统一社会信用代码只含数字和大写字母（不含 I、O、S、V、Z），第3至8位为数字，请更正代码",
        )
    return Problem(
        field,
        f"the check character is wrong (expected {expected}); correct the code",
        f"校验位错误（应为{expected}），请更正代码",
    )


def _type_code(value: str, field: str) -> Problem | None:
    if len(value) != TYPE_CODE_LENGTH:
        return Problem(
            field,
            f"a certificate type code has 21 characters, not {len(value)}; correct the code",
            f"证照类型代码应为21位，现为{len(value)}位，请更正代码",
        )
    if not _SERIAL.fullmatch(value[CREDIT_CODE_LENGTH:]):
        return Problem(
            field,
            "the last three characters of a certificate type code are digits or capitals; correct the code",
            "证照类型代码的后3位应为数字或大写字母，请更正代码",
        )
    wrong = _credit_code(value[:CREDIT_CODE_LENGTH], field)
    if wrong is None:
        return None
    return Problem(
        field,
        f"in the authority's 18 characters {wrong.message}",
        f"前18位（定义机构代码）有误：{wrong.zh}",
    )


_CHECKED: dict[str, Callable[[str, str], Problem | None]] = {"credit-code": _credit_code, "type-code": _type_code}
