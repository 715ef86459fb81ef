"""The reader of workbooks against two others, and what the standard allows that few programs write."""

import io
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

from node.lists.mending import Cell
from node.lists.xlsx_read import read_xlsx
from node.ports.lists import Kind
from tests.node.lists.workbooks import NS, packed, parts, sheet, text_cell

VALUES = (
    st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), min_size=1, max_size=20)
    | st.integers(-(10**12), 10**12)
    | st.integers(-(10**6), 10**6).map(lambda one: one + 0.375)
    | st.booleans()
    | st.dates(date(1901, 1, 1), date(2100, 1, 1))
    | st.datetimes(datetime(1901, 1, 1), datetime(2100, 1, 1)).map(lambda one: one.replace(microsecond=0))  # noqa: DTZ001
)


def rows_of(data: bytes) -> list[list[Cell]]:
    return [list(cells) for _, cells in read_xlsx(data, Kind.USELIST).rows]


def saved(workbook: Workbook) -> bytes:
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def day_or_time(value: Any) -> Any:
    """A midnight is the day: a spreadsheet does not tell them apart."""
    midnight = isinstance(value, datetime) and value.time() == datetime.min.time()
    return value.date() if midnight else value


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(VALUES, min_size=1, max_size=4), min_size=1, max_size=4))
def test_what_another_program_wrote_is_read_as_two_others_read_it(rows: list[list[Any]]) -> None:
    workbook = Workbook()
    page = workbook.active
    assert page is not None
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row, start=1):
            target = page.cell(number, place)
            target.value = value
            if isinstance(value, str):
                target.data_type = "s"  # also a text that looks like a formula
    data = saved(workbook)
    read = rows_of(data)
    theirs = load_workbook(io.BytesIO(data)).active
    assert theirs is not None
    calamine = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()

    for mine, expected, other, third in zip(read, rows, theirs.iter_rows(values_only=True), calamine, strict=True):
        assert [day_or_time(one) for one in mine] == [day_or_time(one) for one in expected]
        if not any(isinstance(one, str) and "_x" in one for one in expected):
            assert [day_or_time(one) for one in other][: len(mine)] == [day_or_time(one) for one in mine]
            assert [day_or_time(one) for one in third][: len(mine)] == [day_or_time(one) for one in mine]


FORMATS = [
    pytest.param("yyyy-mm-dd", True, id="ISO"),
    pytest.param('yyyy"年"m"月"d"日"', True, id="Chinese"),
    pytest.param('[$-804]yyyy"年"m"月"d"日";@', True, id="Chinese with its language"),
    pytest.param("[DBNum1]m/d/yy", True, id="Chinese numerals"),
    pytest.param('0.00"days"', False, id="a number with a word of letters that dates have"),
    pytest.param("[Red]0", False, id="a coloured number"),
    pytest.param("General", False, id="no format"),
    pytest.param("\\d0", False, id="a letter shown as it is"),
    pytest.param("@", False, id="text"),
]


@pytest.mark.parametrize(("number_format", "is_day"), FORMATS)
def test_a_number_is_a_day_by_its_format(number_format: str, *, is_day: bool) -> None:
    workbook = Workbook()
    page = workbook.active
    assert page is not None
    page["A1"] = 46053
    page["A1"].number_format = number_format

    assert rows_of(saved(workbook)) == [[date(2026, 1, 31) if is_day else 46053]]


@pytest.mark.parametrize("number", [14, 22, 31, 58])
def test_built_in_formats_of_days_count_also_those_of_chinese_programs(number: int) -> None:
    styles = f'<styleSheet xmlns="{NS}"><cellXfs><xf numFmtId="0"/><xf numFmtId="{number}"/></cellXfs></styleSheet>'
    held = parts(sheet('<row><c s="1"><v>46053</v></c><c s="0"><v>46053</v></c></row>'))
    held["xl/styles.xml"] = styles.encode()

    assert rows_of(packed(held)) == [[date(2026, 1, 31), 46053]]


def test_days_that_count_from_1904_are_read_so() -> None:
    workbook = Workbook()
    workbook.epoch = datetime(1904, 1, 1)  # noqa: DTZ001 - spreadsheets have no zones
    page = workbook.active
    assert page is not None
    page["A1"] = date(2026, 1, 31)

    assert rows_of(saved(workbook)) == [[date(2026, 1, 31)]]


def test_days_before_march_1900_are_right_in_spite_of_the_day_that_never_was() -> None:
    workbook = Workbook()
    page = workbook.active
    assert page is not None
    for place, number in (("A1", 59), ("B1", 61)):
        page[place] = number
        page[place].number_format = "yyyy-mm-dd"

    assert rows_of(saved(workbook)) == [[date(1900, 2, 28), date(1900, 3, 1)]]


SHARED = (
    f'<sst xmlns="{NS}"><si><r><t>采</t></r><r><t>矿</t></r><rPh sb="0" eb="1"><t>cai</t></rPh></si>'
    "<si><t>a_x000D_b_x005F_x0041_</t></si></sst>"
)
ODD = [
    pytest.param('<row><c t="s"><v>0</v></c></row>', [["采矿"]], id="a text in pieces, its reading left out"),
    pytest.param('<row><c t="s"><v>1</v></c></row>', [["a\rb_x0041_"]], id="characters that XML cannot hold"),
    pytest.param('<row><c t="str"><f>A2</f><v>x</v></c></row>', [["x"]], id="a formula's last result"),
    pytest.param('<row><c t="e"><v>#REF!</v></c></row>', [["#REF!"]], id="a formula's error"),
    pytest.param('<row><c t="b"><v>1</v></c><c t="b"><v>0</v></c></row>', [[True, False]], id="truth values"),
    pytest.param('<row><c t="d"><v>2026-01-31</v></c></row>', [["2026-01-31"]], id="a day as a text"),
    pytest.param(
        "<row><c><v>1e3</v></c><c><v>x</v></c><c><v>1e999</v></c></row>", [[1000, "x", "1e999"]], id="numbers"
    ),
    pytest.param('<row r="3"><c r="C3"><v>7</v></c></row>', [[None, None, 7]], id="a cell behind empty ones"),
    pytest.param('<row><c r="B1"><v>1</v></c><c><v>2</v></c></row>', [[None, 1, 2]], id="one that follows another"),
    pytest.param(f"<row>{text_cell('A1', '一')}</row>", [["一"]], id="a text of its own"),
    pytest.param("<row/><row><c/></row>", [], id="rows without values"),
]


@pytest.mark.parametrize(("cells", "expected"), ODD)
def test_what_the_standard_allows_is_read(cells: str, expected: list[list[Any]]) -> None:
    assert rows_of(packed(parts(sheet(cells), SHARED))) == expected


def test_prefixes_of_elements_and_absolute_names_of_parts_make_no_difference() -> None:
    prefixed = (
        f'<x:worksheet xmlns:x="{NS}"><x:sheetData><x:row><x:c><x:v>7</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    held = parts(prefixed)
    held["xl/_rels/workbook.xml.rels"] = held["xl/_rels/workbook.xml.rels"].replace(b'"worksheets', b'"/xl/worksheets')

    assert rows_of(packed(held)) == [[7]]


def test_rows_keep_their_numbers() -> None:
    cells = '<row r="2"><c><v>1</v></c></row><row><c/></row><row><c><v>2</v></c></row>'

    assert [number for number, _ in read_xlsx(packed(parts(sheet(cells))), Kind.USELIST).rows] == [2, 4]
