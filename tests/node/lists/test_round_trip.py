"""What was written is read back the same, whatever stands in it; and other authors' programs read what we wrote, and write what we read."""

import csv
import io
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from node.library.codes import default_codes
from node.library.holder import make_credit_code
from node.lists import files
from node.lists.cells import text_of
from node.lists.fields import FIELDS, TITLES, Field, Form, completed
from node.lists.rules import problems
from node.lists.tables import holding
from node.ports.lists import Kind
from tests.node.lists.entries import GOOD, PROVINCE, TODAY, USELIST

CODES = default_codes()
SIGNS = st.sampled_from(
    ["=", "+", "-", "@", "'", "''", "'=", "＝", "＋", "－", "＠", "#REF!x", "_x000D_", '"', ",", ";"]
)
_BLANKS = " \t\n\u00a0\u3000\ufeff\u200b"
_PLAIN = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="^\ufffe\uffff\u200b\ufeff")
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def plain(longest: int) -> st.SearchStrategy[str]:
    """Texts that rules admit, many of them such that spreadsheets would compute them."""
    text = st.builds(
        lambda sign, rest: (sign + rest)[:longest].strip(), st.just("") | SIGNS, st.text(_PLAIN, max_size=longest)
    )
    return text.filter(lambda one: bool(one) and one.strip(_BLANKS) == one and one != "#REF!")


CREDIT = st.text(_CREDIT, min_size=9, max_size=9).map(lambda body: make_credit_code("11", "320000", body))
TYPE_CODES = st.builds(lambda code, serial: f"{code}{serial:03}", CREDIT, st.integers(0, 999))
DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1)).map(date.isoformat)
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda one: f"{one:%Y-%m-%dT%H:%M:%SZ}")  # noqa: DTZ001
_ID = st.from_regex(r"[0-9A-Za-z][0-9A-Za-z._-]{0,40}", fullmatch=True)
_NAME = st.from_regex(r"[A-Za-z_=+@＝-][A-Za-z_0-9=+（），、；-]{0,20}", fullmatch=True)
SHAPED = {
    "type-code": TYPE_CODES,
    "credit-code": CREDIT,
    "id": _ID,
    "item-code": _ID,
    "column": _NAME,
    "app": _NAME,
    "account": _NAME,
    "validity": st.sampled_from(["1年", "6月", "10天", "长期"]),
    "latency": st.sampled_from(["1h", "30m", "2d"]),
    "digest": st.binary(min_size=32, max_size=32).map(bytes.hex),
}
FACE = st.fixed_dictionaries(
    {
        "column_name": _NAME,
        "name": plain(20).map(lambda one: one.replace("|", "/").replace("｜", "/")),
        "value_type": st.sampled_from(["TEXT", "NUMBER", "DATE"]),
        "sensitive": st.booleans(),
    }
)


def one_text(field: Field) -> st.SearchStrategy[str]:
    if field.table:
        return st.sampled_from(holding(CODES, field.table, TODAY))
    return SHAPED[field.shape] if field.shape else plain(min(field.limit, 60))


def values(field: Field) -> st.SearchStrategy[Any]:
    """Good values of a member."""
    if field.form is Form.TEXTS:
        return st.lists(one_text(field), min_size=1, max_size=4, unique=True)
    if field.form is Form.FACE:
        return st.lists(FACE, min_size=1, max_size=3, unique_by=lambda one: one["column_name"])
    if field.form is Form.NUMBER:
        return st.integers(field.low, field.high)
    if field.form is Form.DAY:
        return DAYS
    return TIMES if field.form is Form.TIME else one_text(field)


def entries(kind: Kind) -> st.SearchStrategy[dict[str, Any]]:
    """Entries of good members; the rules between members may be broken, which reading does not mind."""
    chosen = {field.name: values(field) for field in FIELDS[kind] if field.column and not field.given}
    needed = {field.name for field in FIELDS[kind] if field.needed}
    return st.fixed_dictionaries(
        {name: one for name, one in chosen.items() if name in needed},
        optional={name: one for name, one in chosen.items() if name not in needed},
    )


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", list(Kind))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_entries_are_read_back_as_they_were_written(kind: Kind, form: Any, data: st.DataObject) -> None:
    written = [completed(kind, one, PROVINCE) for one in data.draw(st.lists(entries(kind), max_size=3))]
    sheet = files.read(
        (f"list.{form}", files.write(kind, written, form)), kind, province=PROVINCE, codes=CODES, today=TODAY
    )

    assert sheet.problems == ()
    assert [completed(kind, row.raw, PROVINCE) for row in sheet.rows] == written
    for row in sheet.rows:
        rules = problems(kind, row.raw, province=PROVINCE, codes=CODES, today=TODAY)
        assert [one for one in row.problems if "stands in row" not in one.message] == rules


@pytest.mark.parametrize("kind", list(Kind))
def test_other_programs_see_the_cells_that_we_wrote(kind: Kind) -> None:
    data = files.write(kind, [GOOD[kind]], "xlsx")
    headings = [field.heading for field in FIELDS[kind] if field.column]
    texts = [text_of(field, GOOD[kind].get(field.name)) for field in FIELDS[kind] if field.column]
    openpyxl = [
        [str(cell.value or "") for cell in row] for row in load_workbook(io.BytesIO(data))[TITLES[kind]].iter_rows()
    ]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(TITLES[kind])
    calamine = [[str(int(cell) if isinstance(cell, float) else cell) for cell in row] for row in sheet.to_python()]

    assert openpyxl == [headings, texts]
    assert [row + [""] * (len(headings) - len(row)) for row in calamine] == [headings, texts]


def test_a_workbook_computes_nothing_and_changes_no_code() -> None:
    """Every cell is a text of the text format; a choice of words has its drop-down list; the headings stay in sight."""
    data = files.write(Kind.USELIST, [USELIST | {"purpose": '=HYPERLINK("http://x")', "use_list_id": "1E5"}], "xlsx")
    page = load_workbook(io.BytesIO(data))["用证清单"]
    cells = {str(head.value): cell for head, cell in zip(page[1], page[2], strict=True)}
    choices = {str(one.formula1) for one in page.data_validations.dataValidation}

    assert (cells["用证事由"].data_type, cells["用证事由"].number_format) == ("s", "@")
    assert (cells["用证清单标识"].value, cells["用证清单标识"].number_format) == ("1E5", "@")
    assert page.freeze_panes == "A2"
    assert '"DUTY,HOLDER,ENTRUST"' in choices
    assert '"服务窗口,网上办事,自助终端,执法,社会化应用"' in choices


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "＝1", "'=x", "'"])
def test_a_csv_cell_that_would_be_computed_is_guarded_and_read_back(text: str) -> None:
    data = files.write(Kind.USELIST, [USELIST | {"purpose": text}], "csv")
    head, row = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    sheet = files.read(("list.csv", data), Kind.USELIST, province=PROVINCE, today=TODAY)

    assert row[head.index("用证事由")] == f"'{text}"
    assert sheet.rows[0].raw["purpose"] == text
    assert data.startswith(b"\xef\xbb\xbf")


def test_a_text_that_no_cell_can_hold_is_never_lost_silently() -> None:
    with pytest.raises(ValueError, match="purpose: longer than a cell can be"):
        files.write(Kind.USELIST, [USELIST | {"purpose": "x" * 32_768}], "xlsx")
