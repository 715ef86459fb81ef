"""What a cell stands for: slips that can mean only one thing are mended, what cannot be read is told, and texts stay as they are."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.library.codes import default_codes
from node.lists.cells import value_of
from node.lists.fields import FIELDS, Field
from node.lists.mending import Cell
from node.lists.problem import Problem
from node.ports.lists import Kind
from tests.node.lists.entries import ORG_CODE, TYPE_CODE

FIELD = {field.name: field for kind in Kind for field in FIELDS[kind]}
HISTORY = FIELD["history_from"]

READ = [
    pytest.param("use_org_code", f"'{ORG_CODE}", ORG_CODE, id="an apostrophe that marks a text"),
    pytest.param("use_org_code", f" {ORG_CODE}\u3000", ORG_CODE, id="blanks around, one of them full-width"),
    pytest.param("use_org_code", "11320700 DEMA00216P", ORG_CODE, id="a blank within"),
    pytest.param("use_org_code", "１１３２０７００ＤＥＭＡ００２１６Ｐ", ORG_CODE, id="full-width characters"),
    pytest.param("use_org_code", ORG_CODE.lower(), ORG_CODE, id="small letters"),
    pytest.param("use_org_code", f"\u200b{ORG_CODE}\ufeff", ORG_CODE, id="characters without a width"),
    pytest.param("use_list_id", "Ab-1", "Ab-1", id="an id keeps its letters"),
    pytest.param("use_list_id", 17.0, "17", id="a number where a text belongs"),
    pytest.param("auth_mode", "duty", "DUTY", id="a word in small letters"),
    pytest.param("auth_mode", "依职能", "DUTY", id="a word's Chinese name"),
    pytest.param("auth_mode", "whim", "whim", id="an unknown word as it is"),
    pytest.param("holder_type_codes", 1.0, ["001"], id="a code whose zeros the spreadsheet dropped"),
    pytest.param("holder_type_codes", "1^111", ["001", "111"], id="zeros dropped in a list"),
    pytest.param("holder_type_codes", "统一社会信用代码", ["001"], id="a code's name"),
    pytest.param(
        "provider_provinces", "上海市、330000", ["310000", "330000"], id="names and codes, with a Chinese comma"
    ),
    pytest.param(
        "type_codes", f"{TYPE_CODE}\n{TYPE_CODE}^", [TYPE_CODE, TYPE_CODE], id="items on lines, one end too many"
    ),
    pytest.param("type_codes", f"{TYPE_CODE}\r\n{TYPE_CODE}", [TYPE_CODE, TYPE_CODE], id="line ends of another system"),
    pytest.param("related_item_names", "甲，乙^丙", ["甲，乙", "丙"], id="a comma in a text parts nothing"),
    pytest.param("purpose", "  用途（甲）：＝１ ", "用途（甲）：＝１", id="a text keeps its full-width characters"),
    pytest.param("purpose", "'甲'", "'甲'", id="a text keeps its apostrophes"),
    pytest.param("purpose", 3.5, "3.5", id="a fraction as a text"),
    pytest.param("history_from", date(2026, 1, 31), "2026-01-31", id="a day of the spreadsheet"),
    pytest.param("history_from", datetime(2026, 1, 31), "2026-01-31", id="a midnight"),  # noqa: DTZ001
    pytest.param("history_from", "2026/1/31", "2026-01-31", id="a day with strokes"),
    pytest.param("history_from", "20260131", "2026-01-31", id="a day in eight digits"),
    pytest.param("history_from", 20260131.0, "2026-01-31", id="a day as a number"),
    pytest.param("history_from", "2026年1月31日", "2026-01-31", id="a day in Chinese"),
    pytest.param("history_from", "２０２６-０１-３１", "2026-01-31", id="a day in full-width digits"),
    pytest.param("history_from", "2026-01-31 00:00:00", "2026-01-31", id="a day with a midnight"),
    pytest.param("effective", "2026-01-31T16:00:00Z", "2026-01-31T16:00:00Z", id="a time as lists have it"),
    pytest.param("effective", "2026-02-01", "2026-01-31T16:00:00Z", id="a day is its beginning in Beijing"),
    pytest.param("effective", "2026-02-01 08:30:00", "2026-02-01T00:30:00Z", id="a time without an offset"),
    pytest.param("effective", datetime(2026, 2, 1, 8, 30), "2026-02-01T00:30:00Z", id="a spreadsheet's time"),  # noqa: DTZ001
    pytest.param("daily_limit", 500.0, 500, id="a number"),
    pytest.param("daily_limit", "1,000", 1000, id="a number with separators"),
    pytest.param("daily_limit", "'５００", 500, id="a number as a full-width text"),
    pytest.param("daily_limit", -5, -5, id="a number below 0, which rules refuse"),
    pytest.param("daily_limit", "", None, id="an empty cell"),
    pytest.param("purpose", None, None, id="no cell"),
    pytest.param("purpose", " \u3000\n", None, id="only blanks"),
    pytest.param(
        "surface_schema",
        "KZ_A|甲|文本|是\nKZ_B",
        [
            {"column_name": "KZ_A", "name": "甲", "value_type": "TEXT", "sensitive": True},
            {"column_name": "KZ_B", "sensitive": False},
        ],
        id="face fields, one in full and one in short",
    ),
]
UNREAD = [
    pytest.param("use_org_code", 1.132e17, "the spreadsheet made a number of it and lost digits", id="a rounded code"),
    pytest.param(
        "use_org_code", "1.132E+17", "the spreadsheet made a number of it", id="a rounded code, saved as text"
    ),
    pytest.param("purpose", "#REF!", "the cell holds the error #REF!", id="a formula that failed"),
    pytest.param("history_from", "31.1.2026", "is not a day such as 2026-01-31", id="a day in another order"),
    pytest.param("history_from", "2026-01-31 08:00:00", "is not a day such as", id="a time where a day belongs"),
    pytest.param("history_from", "长期", "is not a day such as", id="no end where a beginning is needed"),
    pytest.param("effective", "soon", "is not a time such as 2026-01-31T16:00:00Z", id="a time in words"),
    pytest.param("daily_limit", "many", "is not a whole number", id="a number in words"),
    pytest.param("daily_limit", 1.5, "is not a whole number", id="half a call"),
    pytest.param("daily_limit", True, "is not a whole number", id="a truth value"),
    pytest.param(
        "surface_schema", "A|b|TEXT|maybe", "item 1: is not column|name|type|sensitive", id="perhaps sensitive"
    ),
    pytest.param("surface_schema", "A^B|b|TEXT|是|x", "item 2: is not column|name|type|sensitive", id="five parts"),
    pytest.param("purpose", "x" * 32_768, "the cell has more than 32767 characters", id="a cell beyond Excel's limit"),
]


@pytest.mark.parametrize(("name", "cell", "expected"), READ)
def test_a_cell_is_read(name: str, cell: Cell, expected: object) -> None:
    assert value_of(FIELD[name], cell, default_codes()) == expected


@pytest.mark.parametrize(("name", "cell", "expected"), UNREAD)
def test_a_cell_that_cannot_be_read_is_a_problem_of_its_member(name: str, cell: Cell, expected: str) -> None:
    found = value_of(FIELD[name], cell, default_codes())

    assert isinstance(found, Problem)
    assert found.field == name
    assert found.message.startswith(expected)


def test_an_open_end_is_no_day_where_none_is_needed() -> None:
    optional = next(field for field in FIELDS[Kind.CATALOGUE] if field.name == "valid_to")

    assert value_of(optional, "长期", default_codes()) is None


@given(field=st.sampled_from(list(FIELD.values())), text=st.text() | st.floats() | st.integers() | st.datetimes())
def test_whatever_stands_in_a_cell_it_is_read_or_told(field: Field, text: Cell) -> None:
    found = value_of(field, text, default_codes())

    assert found is None or isinstance(found, str | int | list | Problem)
