"""Writing a list as an XLSX workbook that clerks can fill in. Not reading one (`xlsx_read`).

Every column but numbers has the text format: a spreadsheet program then neither rounds long codes nor drops leading zeros, and a text that
begins with = + - or @ stays a text however often it is edited. Cells are written as texts, never as formulas. The library is
imported where it is used: most commands never need it.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from node.library.codes import Codes
from node.lists.fields import TITLES, Field, Form
from node.lists.forms import FORMS_ZH
from node.lists.sheet import MAX_ROWS
from node.lists.tables import holding, words
from node.ports.lists import Kind

_HELP = "填写说明"
_WIDTH = 22  # characters
_DROP_DOWN = 255  # Excel's limit for the words of a drop-down list


def write_xlsx(kind: Kind, fields: Sequence[Field], rows: Iterable[Sequence[str]], codes: Codes, today: date) -> bytes:
    """A workbook: the list under Chinese headings, frozen, with drop-down lists where words are closed; a second sheet explains columns.

    Raises:
        ValueError: a text is longer than a cell can be; that of a good entry never is.
    """
    from xlsxwriter import Workbook  # noqa: PLC0415 - see above

    target = io.BytesIO()
    workbook = Workbook(target, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False})
    heading = workbook.add_format({"bold": True, "num_format": "@", "bg_color": "#DDEBF7", "border": 1})
    needed = workbook.add_format({"bold": True, "num_format": "@", "bg_color": "#FCE4D6", "border": 1})
    text = workbook.add_format({"num_format": "@"})
    sheet = workbook.add_worksheet(TITLES[kind])
    sheet.freeze_panes(1, 0)
    for place, field in enumerate(fields):
        sheet.set_column(place, place, _WIDTH, None if field.form is Form.NUMBER else text)
        sheet.write_string(0, place, field.heading, needed if field.needed else heading)
        _drop_down(sheet, place, field, codes, today)
    for number, row in enumerate(rows, start=1):
        for place, (field, value) in enumerate(zip(fields, row, strict=True)):
            if field.form is Form.NUMBER and value.isdigit():
                sheet.write_number(number, place, int(value))
            elif value and sheet.write_string(number, place, value, text) != 0:
                raise ValueError(f"{field.name}: longer than a cell can be")  # the library leaves such a cell empty
    _explain(workbook.add_worksheet(_HELP), fields, heading, codes, today)
    workbook.close()
    return target.getvalue()


def _drop_down(sheet: Any, place: int, field: Field, codes: Codes, today: date) -> None:
    """A closed set of words is chosen, not typed."""
    known = holding(codes, field.table, today) if field.table and field.form is Form.TEXT else ()
    if known and len(",".join(known)) <= _DROP_DOWN:
        rule = {
            "validate": "list",
            "source": list(known),
            "error_title": field.heading,
            "error_message": "请从列表中选择",
        }
        sheet.data_validation(1, place, MAX_ROWS, place, rule)


def _explain(sheet: Any, fields: Sequence[Field], heading: Any, codes: Codes, today: date) -> None:
    sheet.freeze_panes(1, 0)
    for place, (title, width) in enumerate((("列标题", 20), ("数据项", 26), ("必填", 24), ("内容", 40), ("代码", 80))):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, title, heading)
    for number, field in enumerate(fields, start=1):
        known = (
            [_named(code, words(codes, field.table)[code].name) for code in holding(codes, field.table, today)]
            if field.table
            else []
        )
        for place, value in enumerate(
            (field.heading, field.name, _when(field, fields), _what(field), "、".join(known))
        ):
            sheet.write_string(number, place, value)


def _named(code: str, name: str) -> str:
    return f"{code} {name}" if name else code


def _when(field: Field, fields: Sequence[Field]) -> str:
    if field.needed_with is not None:
        other = next(one.heading for one in fields if one.name == field.needed_with[0])
        return f"{other}含{field.needed_with[1]}时必填"
    return "必填" if field.needed else ""


def _what(field: Field) -> str:
    if field.form is Form.FACE:
        return "每行一项：字段名|名称|数据类型|是否敏感（是或否）"
    if field.form is Form.TEXTS:
        return "多项用 ^ 连接或分行填写"
    return FORMS_ZH[field.form]
