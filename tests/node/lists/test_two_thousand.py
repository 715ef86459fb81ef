"""A use list of 2,000 lines, forty of them faulty and each in another way: exactly forty sentences, each with its place and its remedy."""

from itertools import count
from typing import Any

import pytest

from node.lists import files
from node.lists.fields import FIELDS
from node.ports.lists import Kind
from tests.node.lists.entries import ORG_CODE, PROVINCE, TODAY, TYPE_CODE, USELIST
from tests.node.lists.workbooks import book

HEADING = {field.name: field.heading for field in FIELDS[Kind.USELIST]}
ROWS = 2_000
ALPHABET = (
    "a unified social credit code has digits and capitals but no I, O, S, V, Z, "
    "and digits in places 3 to 8; correct the code"
)

# (member, what stands in its cell, the heading's sentence); rows are spread over the list.
FAULTS: tuple[tuple[str, Any, str], ...] = (
    ("use_list_id", "", "is missing; add it"),
    (
        "use_list_id",
        "a/b",
        "has letters, digits, '.', '_' and '-' only, and begins with a letter or digit; correct it",
    ),
    ("use_list_id", "L" * 65, "has 65 characters, more than 64; shorten it"),
    ("version", "0", "is not between 1 and 999; correct the number"),
    ("version", "first", "is not a whole number; correct it"),
    ("status", "DRAFT", "DRAFT is not a known code; write one of ACTIVE, SUSPENDED, WITHDRAWN"),
    ("effective", "soon", "is not a time such as 2026-01-31T16:00:00Z; correct it"),
    ("consumer_province", "310000", "is not our own province; write 320000 or leave it out"),
    ("provider_provinces", "", "is missing; add it"),
    ("provider_provinces", "310000^310001", "item 2: 310001 is not a known code; did you mean 310000?"),
    ("provider_provinces", "310000^上海市", "item 2: stands twice; remove one"),
    ("scene_name", "景" * 201, "has 201 characters, more than 200; shorten it"),
    ("scene_type", "窗口", "窗口 is not a known code; did you mean 服务窗口?"),
    (
        "scene_type",
        "xyz",
        "xyz is not a known code; write one of 服务窗口, 网上办事, 自助终端, 执法, 社会化应用",
    ),
    ("item_code", "事项一", "an item code has letters, digits, '.', '_' and '-' only; correct it"),
    (
        "item_code",
        "1.13E+32",
        "the spreadsheet made a number of it and lost digits; format the column as text and write it again",
    ),
    ("item_name", "", "is missing; add it"),
    ("item_name", "#N/A", "the cell holds the error #N/A; write the value"),
    ("business_code", "B" * 33, "has 33 characters, more than 32; shorten it"),
    ("use_org_code", "", "is missing; add it"),
    ("use_org_code", ORG_CODE[:17] + "8", "the check character is wrong (expected P); correct the code"),
    ("use_org_code", ORG_CODE[:17], "a unified social credit code has 18 characters, not 17; correct the code"),
    (
        "use_org_code",
        "1132O700DEMA00216P",
        ALPHABET,
    ),
    ("type_codes", TYPE_CODE[:20], "item 1: a certificate type code has 21 characters, not 20; correct the code"),
    ("type_codes", f"{TYPE_CODE}^{TYPE_CODE}", "item 2: stands twice; remove one"),
    (
        "type_codes",
        "11100000MB03271698901",
        "item 1: in the authority's 18 characters the check character is wrong (expected 9); correct the code",
    ),
    ("purpose", "因" * 201, "has 201 characters, more than 200; shorten it"),
    ("legal_basis", "法" * 501, "has 501 characters, more than 500; shorten it"),
    ("legal_basis", "依\u2028据", "holds a character that cannot be shown; write it again"),
    ("auth_mode", "WHIM", "WHIM is not a known code; write one of DUTY, HOLDER, ENTRUST"),
    ("output_modes", "FILE^FAX", "item 2: FAX is not a known code; write one of FILE, ORIGINAL, DATA, VERIFY"),
    ("output_modes", "IMAGE", "item 1: IMAGE is not a known code; write one of FILE, ORIGINAL, DATA, VERIFY"),
    ("allowed_fields", "", "is missing, but output_modes has DATA; add it or remove DATA"),
    ("allowed_fields", "KZ A", "item 1: a face field's column has no blanks and neither ^ nor |; correct it"),
    ("daily_limit", "-1", "is not between 0 and 1000000000; correct the number"),
    ("rate_per_minute", "many", "is not a whole number; correct it"),
    ("app_ids", "a" * 65, "item 1: has 65 characters, more than 64; shorten it"),
    ("operator_scope", "clerk one", "item 1: an account has no blanks and neither ^ nor |; correct it"),
    ("valid_from", "31.1.2026", "is not a day such as 2026-01-31; correct it"),
    ("valid_to", "2025-12-31", "is before valid_from; correct one of the two"),
)


def whole_list() -> tuple[list[list[str]], list[str]]:
    """The cells of the list, and the sentences that must be told."""
    names = [field.name for field in FIELDS[Kind.USELIST] if field.column]
    rows, sentences = [[HEADING[name] for name in names]], []
    faults = iter(FAULTS)
    for number in range(2, ROWS + 2):
        line = {name: "^".join(value) if isinstance(value, list) else str(value) for name, value in USELIST.items()}
        line["use_list_id"] = f"320000-NR-{number}"
        if number % 50 == 17:
            name, cell, message = next(faults)
            line[name] = cell
            sentences.append(f"row {number}, {HEADING[name]}: {message}")
        rows.append([line.get(name, "") for name in names])
    assert next(faults, None) is None
    return rows, sentences


def test_there_are_forty_different_faults() -> None:
    assert len({(name, message) for name, _, message in FAULTS}) == len(FAULTS) == 40


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_list_of_two_thousand_lines_tells_exactly_its_forty_faults(form: str) -> None:
    rows, sentences = whole_list()
    if form == "csv":
        quoted = ('"' + '","'.join(row) + '"' for row in rows)
        data = "\r\n".join(quoted).encode("gb18030")
    else:
        data, sentences = book(rows, "清单"), [f"sheet 清单, {one}" for one in sentences]
    sheet = files.read((f"list.{form}", data), Kind.USELIST, province=PROVINCE, today=TODAY)

    assert sheet.sentences() == sentences
    assert len(sheet.rows) == ROWS
    assert sum(1 for row in sheet.rows if not row.problems) == ROWS - 40


def test_the_same_forty_are_told_in_chinese() -> None:
    rows, _ = whole_list()
    sheet = files.read(("list.xlsx", book(rows)), Kind.USELIST, province=PROVINCE, today=TODAY)
    told = sheet.sentences_zh()

    assert len(told) == 40
    for number, sentence in zip(count(17, 50), told, strict=False):
        assert sentence.startswith(f"工作表“Sheet1”第{number}行，")
