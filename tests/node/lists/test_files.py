"""Lists in files as people make them: headings in any order and language, several encodings, empty rows; what is wrong with its place."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from node.errors import ConfigError
from node.lists import files
from node.lists.fields import FIELDS, completed
from node.lists.sheet import Sheet
from node.ports.lists import Kind
from tests.node.lists.entries import GOOD, LINE, ORG_CODE, PROVINCE, TODAY, USELIST
from tests.node.lists.workbooks import book

HEADING = {field.name: field.heading for field in FIELDS[Kind.USELIST]}
FOUR = Path(__file__).parents[3] / "config" / "four-provinces" / "lists"


def cell(value: Any) -> str:
    return "^".join(value) if isinstance(value, list) else str(value)


def table(*rows: dict[str, Any], headings: dict[str, str] | None = None) -> list[list[str]]:
    names = list(USELIST)
    return [
        [(headings or HEADING).get(name, name) for name in names],
        *([cell(row[name]) for name in names] for row in rows),
    ]


def as_csv(rows: list[list[str]], separator: str = ",", encoding: str = "utf-8") -> bytes:
    return "\r\n".join(separator.join(f'"{one}"' for one in row) for row in rows).encode(encoding)


def read(name: str, data: bytes, kind: Kind = Kind.USELIST) -> Sheet:
    return files.read((name, data), kind, province=PROVINCE, today=TODAY)


def entry(sheet: Sheet) -> dict[str, Any]:
    assert sheet.sentences() == []
    return sheet.rows[0].raw


ROWS = table(USELIST)
READ = [
    pytest.param("a.csv", as_csv(ROWS), id="UTF-8"),
    pytest.param("a.csv", as_csv(ROWS, encoding="utf-8-sig"), id="UTF-8 with BOM"),
    pytest.param("a.CSV", as_csv(ROWS, encoding="gb18030"), id="GB 18030, as Excel in China saves it"),
    pytest.param("a.csv", as_csv(ROWS, ";"), id="semicolons"),
    pytest.param("a.csv", as_csv(ROWS, "\t"), id="tabs"),
    pytest.param("a.csv", as_csv([row[::-1] for row in ROWS]), id="columns in another order"),
    pytest.param("a.csv", as_csv(table(USELIST, headings={"": ""})), id="member names as headings"),
    pytest.param(
        "a.csv",
        as_csv(
            table(
                USELIST,
                headings={name: f" {one.replace('（', '(').replace('）', ')')} *" for name, one in HEADING.items()},
            )
        ),
        id="headings with blanks, other brackets and stars",
    ),
    pytest.param("a.csv", as_csv([[""] * 5, ROWS[0], [], ROWS[1], [" "] * 30]), id="empty rows between"),
    pytest.param("a.xlsx", book(ROWS), id="a workbook of another program"),
    pytest.param("a.xlsx", book(ROWS, "用证清单"), id="a workbook whose sheet has the title"),
]


@pytest.mark.parametrize(("name", "data"), READ)
def test_a_list_is_read_however_it_was_saved(name: str, data: bytes) -> None:
    assert entry(read(name, data)) == USELIST


def test_a_workbook_with_days_and_numbers_of_its_own_is_read() -> None:
    odd = USELIST | {"use_list_id": 17, "effective": "x"}
    names = list(odd)
    values = [cell(odd[name]) for name in names]
    for name, value in (
        ("use_list_id", 17),
        ("daily_limit", 500),
        ("valid_from", date(2026, 1, 1)),
        ("effective", datetime(2026, 2, 1, 8, 30)),  # noqa: DTZ001 - as a spreadsheet has it
    ):
        values[names.index(name)] = value  # type: ignore[call-overload]
    found = entry(read("a.xlsx", book([names, values])))

    assert (found["use_list_id"], found["valid_from"], found["daily_limit"]) == ("17", "2026-01-01", 500)
    assert found["effective"] == "2026-02-01T00:30:00Z"


HEADINGS = [
    pytest.param(
        [["用证单位代号" if one == "用证单位代码" else one for one in ROWS[0]], ROWS[1]],
        [
            "column I, 用证单位代号: is not a heading of this list; did you mean 用证单位代码?",
            "the column 用证单位代码 (use_org_code) is missing; add it",
        ],
        id="a heading misspelt",
    ),
    pytest.param(
        [[*ROWS[0], "颜色"], ROWS[1]], ["column W, 颜色: is not a heading of this list; remove it"], id="unknown"
    ),
    pytest.param([[*ROWS[0], "用证事由"], ROWS[1]], ["column W, 用证事由: stands twice; remove one"], id="twice"),
    pytest.param(
        [[one[0:5] + one[6:] for one in ROWS]][0],
        ["the column 应用场景类型 (scene_type) is missing; add it"],
        id="missing",
    ),
]


@pytest.mark.parametrize(("rows", "expected"), HEADINGS)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_headings_that_are_wrong_are_named(rows: list[list[str]], form: str, expected: list[str]) -> None:
    sheet = read(f"a.{form}", as_csv(rows) if form == "csv" else book(rows))

    assert sheet.sentences() == expected
    assert sheet.rows == ()


def test_a_problem_names_sheet_row_and_heading_in_both_languages() -> None:
    wrong = table(USELIST, USELIST | {"use_list_id": "L-2", "use_org_code": ORG_CODE[:17] + "8"})
    from_csv, from_book = read("a.csv", as_csv(wrong)), read("a.xlsx", book(wrong, "用证清单"))

    assert from_csv.sentences() == ["row 3, 用证单位代码: the check character is wrong (expected P); correct the code"]
    assert from_csv.sentences_zh() == ["第3行，用证单位代码：校验位错误（应为P），请更正代码"]
    assert from_book.sentences() == [f"sheet 用证清单, {from_csv.sentences()[0]}"]
    assert from_book.sentences_zh() == [f"工作表“用证清单”{from_csv.sentences_zh()[0]}"]


def test_a_key_that_stands_twice_is_told_at_both_rows() -> None:
    sheet = read("a.csv", as_csv(table(USELIST, USELIST | {"use_list_id": "L-2"}, USELIST)))

    assert sheet.sentences() == [
        "row 2, 用证清单标识: stands in row 4 too; remove one of them",
        "row 4, 用证清单标识: stands in row 2 too; remove one of them",
    ]


def test_two_versions_of_one_entry_are_two_entries() -> None:
    assert read("a.csv", as_csv(table(USELIST, USELIST | {"version": 2}))).good


def test_a_value_beyond_the_headings_is_told_with_its_column() -> None:
    assert read("a.csv", as_csv([ROWS[0], [*ROWS[1], "", "x"]])).sentences() == [
        "row 2: column X has a value but no heading; remove it"
    ]


def test_a_member_that_cannot_be_read_is_not_missing_too() -> None:
    sheet = read("a.csv", as_csv(table(USELIST | {"valid_to": "soon"})))

    assert sheet.sentences() == ["row 2, 有效截止日期: is not a day such as 2026-01-31; correct it"]


def test_very_many_problems_are_told_up_to_a_number() -> None:
    sheet = read("a.csv", as_csv(table(*({**USELIST, "use_list_id": f"L-{n}", "scene_type": "x"} for n in range(5)))))

    assert len(sheet.sentences(longest=3)) == 4
    assert sheet.sentences(longest=3)[-1] == "and 2 more problems"


def test_a_toml_list_names_the_table_and_the_member() -> None:
    wrong = LINE + LINE.replace('"JS-1"', '"JS-2"').replace('"DUTY"', '"WHIM"')

    assert read("a.toml", wrong.encode()).sentences() == [
        "lines[1].auth_mode: WHIM is not a known code; write one of DUTY, HOLDER, ENTRUST"
    ]


def test_an_entry_is_completed_with_its_province_and_everything_left_out() -> None:
    (line,) = read("a.toml", LINE.encode()).entries(PROVINCE)

    assert line == completed(Kind.USELIST, line, PROVINCE)
    assert (line["consumer_province"], line["version"], line["status"]) == (PROVINCE, 1, "ACTIVE")


@pytest.mark.parametrize("province", ["310000", "320000", "330000", "340000"])
@pytest.mark.parametrize(("kind", "name"), [(Kind.CATALOGUE, "catalogue"), (Kind.USELIST, "uselist")])
def test_the_sample_lists_are_good(province: str, kind: Kind, name: str) -> None:
    assert files.founding(FOUR / f"{province}-{name}.toml", kind, province)


def test_founding_entries_are_ordered_so_that_their_order_in_the_file_makes_no_new_version(tmp_path: Path) -> None:
    other = LINE.replace("JS-1", "JS-0")
    (tmp_path / "a.toml").write_text(LINE + other, encoding="utf-8")
    (tmp_path / "b.toml").write_text(other + LINE, encoding="utf-8")

    first, second = (files.founding(tmp_path / name, Kind.USELIST, PROVINCE) for name in ("a.toml", "b.toml"))
    assert first == second


def test_a_founding_list_that_is_wrong_names_its_file(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(files.write(Kind.CATALOGUE, [GOOD[Kind.CATALOGUE] | {"trust_level": "E"}], "csv"))
    with pytest.raises(ConfigError) as caught:
        files.founding(path, Kind.CATALOGUE, PROVINCE)

    assert str(caught.value) == f"{path}: row 2, 可信等级: E is not a known code; write one of A, B, C, D"


def test_a_list_that_is_not_there_is_named_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read \(No such file or directory\); correct"):
        files.read(tmp_path / "none.toml", Kind.USELIST, province=PROVINCE)


def test_an_empty_toml_list_is_an_empty_list(tmp_path: Path) -> None:
    (tmp_path / "empty.toml").touch()

    assert files.founding(tmp_path / "empty.toml", Kind.CATALOGUE, PROVINCE) == []
