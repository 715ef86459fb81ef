"""One spreadsheet cell and the value it stands for, both ways. Slips of typing are mended where nothing else can be meant.

Mended: outer blanks everywhere; in codes also full-width characters, blanks within, a leading apostrophe (how a spreadsheet is told that
a number is a text), small letters, and the Chinese name of a code instead of the code. Days are Excel's own or 2026-01-31, 2026/1/31,
20260131, 2026年1月31日; times without an offset are Beijing time. Items of a list stand on their own lines or are joined by ^ (GB/T 36902);
a face field is column|name|type|sensitive. What cannot be read is a problem, never a guess.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from federation.model.uselist import utc_text
from node.library.codes import Codes
from node.library.dates import parse_day, parse_moment
from node.lists.fields import Field, Form
from node.lists.forms import BLANKS, is_time, wrong_kind
from node.lists.mending import Cell, lost_digits, mended_code, mended_word, text_in
from node.lists.problem import Problem

MAX_CELL_CHARS = 32_767  # Excel's own limit
_SHEET_ERROR = re.compile(r"#(REF!|N/A|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!)")
_NUMBER = re.compile(r"-?([0-9]{1,15}|[0-9]{1,3}(,[0-9]{3}){1,4})")
_ITEMS = re.compile(r"[\^\n]")
_CODE_ITEMS = re.compile(r"[\^\n,，、;；]")
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00)?$")
_OPEN_END = "长期"
_YES = {"是": True, "敏感": True, "true": True, "1": True, "y": True, "yes": True}
_NO = {"否": False, "": False, "false": False, "0": False, "n": False, "no": False}
_SENSITIVE = _YES | _NO
_FACE_PARTS = 4


def value_of(field: Field, cell: Cell, codes: Codes) -> Any:
    """The value a cell stands for, None for an empty one; a `Problem` where it cannot be read. What the value must be, `rules` says."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = text_in(cell)
    if not text:
        return None
    if len(text) > MAX_CELL_CHARS:
        return Problem(
            field.name,
            f"the cell has more than {MAX_CELL_CHARS} characters; shorten it",
            f"单元格超过{MAX_CELL_CHARS}个字，请缩短",
        )
    if _SHEET_ERROR.fullmatch(text):
        return Problem(
            field.name, f"the cell holds the error {text}; write the value", f"单元格为错误值{text}，请填写实际内容"
        )
    if lost_digits(field, cell, text):
        return Problem(
            field.name,
            "the spreadsheet made a number of it and lost digits; format the column as text and write it again",
            "表格软件将其转为数字并丢失了末尾数位，请把该列设为文本格式后重新填写",
        )
    return _READ[field.form](field, cell, text, codes)


def text_of(field: Field, value: Any) -> str:
    """What to write into a cell for a value, so that `value_of` reads it back."""
    if field.form is Form.TEXTS and isinstance(value, list):
        return "^".join(map(str, value))
    if field.form is Form.FACE and isinstance(value, list):
        return "^".join(map(_face_text, value))
    return "" if value is None else str(value)


def _read_text(field: Field, _cell: Cell, text: str, codes: Codes) -> Any:
    return mended_code(field, text, codes) if field.is_code else text


def _read_texts(field: Field, _cell: Cell, text: str, codes: Codes) -> Any:
    items = (_CODE_ITEMS if field.is_code else _ITEMS).split(text)
    found = [mended_code(field, one, codes) if field.is_code else one.strip(BLANKS) for one in items]
    return [one for one in found if one]


def _read_number(field: Field, cell: Cell, text: str, _codes: Codes) -> Any:
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell
    plain = unicodedata.normalize("NFKC", text).removeprefix("'")
    return int(plain.replace(",", "")) if _NUMBER.fullmatch(plain) and plain.isascii() else wrong_kind(field)


def _read_day(field: Field, _cell: Cell, text: str, _codes: Codes) -> Any:
    plain = _MIDNIGHT.sub("", unicodedata.normalize("NFKC", text).removeprefix("'"))
    if plain == _OPEN_END and not field.needed:
        return None
    try:
        return parse_day(plain).isoformat() if ":" not in plain else wrong_kind(field)
    except ValueError:
        return wrong_kind(field)


def _read_time(field: Field, _cell: Cell, text: str, _codes: Codes) -> Any:
    plain = unicodedata.normalize("NFKC", text).removeprefix("'")
    if is_time(plain):
        return plain
    try:
        return utc_text(parse_moment(plain))
    except (ValueError, OverflowError):
        return wrong_kind(field)


def _read_face(field: Field, _cell: Cell, text: str, codes: Codes) -> Any:
    found = []
    for place, item in enumerate(filter(None, (one.strip(BLANKS) for one in _ITEMS.split(text))), start=1):
        parts = [one.strip(BLANKS) for one in re.split(r"[|｜]", item)]
        sensitive = _SENSITIVE.get(parts[3].lower()) if len(parts) == _FACE_PARTS else False
        if len(parts) > _FACE_PARTS or sensitive is None:
            return Problem(
                field.name,
                f"item {place}: is not column|name|type|sensitive (是 or 否); correct it",
                f"第{place}项：应写作“字段名|名称|数据类型|是否敏感（是或否）”，请更正",
            )
        values = dict(zip(("column_name", "name", "value_type"), parts, strict=False))
        if values.get("value_type"):
            values["value_type"] = mended_word("value_types", values["value_type"], codes)
        found.append({name: one for name, one in values.items() if one} | {"sensitive": sensitive})
    return found


def _face_text(one: Any) -> str:
    if not isinstance(one, dict):
        return str(one)
    parts = [str(one.get(name, "")) for name in ("column_name", "name", "value_type")]
    return "|".join([*parts, "是" if one.get("sensitive") is True else "否"])


def _read_steps(field: Field, _cell: Cell, _text: str, _codes: Codes) -> Any:
    return wrong_kind(field)


_READ: dict[Form, Callable[[Field, Cell, str, Codes], Any]] = {
    Form.TEXT: _read_text,
    Form.TEXTS: _read_texts,
    Form.NUMBER: _read_number,
    Form.DAY: _read_day,
    Form.TIME: _read_time,
    Form.FACE: _read_face,
    Form.STEPS: _read_steps,
}
