"""Files that try to hurt: every one is answered with one sentence, at once and within bounds, and none is read."""

import io
import struct
import zipfile
from collections.abc import Callable

import pytest

from node.lists import files
from node.lists.sheet import MAX_FILE_BYTES
from node.ports.lists import Kind
from tests.node.lists.entries import PROVINCE, TODAY, USELIST
from tests.node.lists.workbooks import NS, packed, parts, sheet, text_cell


def said(name: str, data: bytes) -> str:
    """The one problem of a file that cannot be read."""
    found = files.read((name, data), Kind.USELIST, province=PROVINCE, today=TODAY)
    (problem,) = found.problems
    assert not found.rows
    assert problem.zh
    return problem.message


def bomb() -> bytes:
    """200 MB of blanks in 200 kB."""
    return packed(parts(sheet("")) | {"xl/media.xml": b" " * 200_000_000})


def understated() -> bytes:
    """The directory says of a part that it has 10 bytes; it has 30 MB."""
    data = bytearray(packed({"xl/workbook.xml": b"<a>" + b" " * 30_000_000}))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(data)


def many_parts() -> bytes:
    return packed({f"xl/{number}.xml": b"" for number in range(600)})


def repeated_text() -> bytes:
    """A text of 30 kB that 200,000 cells refer to: 6 GB."""
    row = "<row>{}</row>".format('<c t="s"><v>0</v></c>' * 100)
    return packed(parts(sheet(row * 2_000), f'<sst xmlns="{NS}"><si><t>{"x" * 30_000}</t></si></sst>'))


def far_cell(reference: str) -> bytes:
    return packed(parts(sheet(f"<row>{text_cell('A1', 'x')}{text_cell(reference, 'x')}</row>")))


def promised() -> bytes:
    """It says that it shares a hundred milliard texts; readers that reserve room for them end the process."""
    return packed(parts(sheet(""), f'<sst xmlns="{NS}" count="99999999999" uniqueCount="99999999999"/>'))


def counted_cells() -> bytes:
    """A row far down by its own number, whose cells have no references."""
    return packed(parts(sheet('<row r="1048576"><c t="inlineStr"><is><t>x</t></is></c></row>')))


def wide_row() -> bytes:
    """Cells without references: 300 in a row."""
    return packed(parts(sheet("<row>{}</row>".format('<c t="inlineStr"><is><t>x</t></is></c>' * 300))))


def entities() -> bytes:
    """A document type that reads a local file into a cell."""
    kind = '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    return packed(parts(sheet(f"<row>{text_cell('A1', '&e;')}</row>", before=kind)))


def laughs() -> bytes:
    """Entities that grow by ten at every step."""
    steps = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    kind = f'<!DOCTYPE a [<!ENTITY e0 "ha">{steps}]>'
    return packed(parts(sheet(f"<row>{text_cell('A1', '&e9;')}</row>", before=kind)))


def encrypted() -> bytes:
    data = bytearray(packed(parts(sheet(""))))
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        data[at + 8] |= 1
        at += 4
    return bytes(data)


def deep() -> bytes:
    return packed(parts(sheet("<a>" * 1_000 + "</a>" * 1_000)))


def truncated() -> bytes:
    whole = files.write(Kind.USELIST, [USELIST], "xlsx")
    return whole[: len(whole) // 2]


def spoiled() -> bytes:
    """One byte of one part changed: its checksum is wrong."""
    whole = bytearray(files.write(Kind.USELIST, [USELIST], "xlsx"))
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        at = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
    whole[at + 80] ^= 0xFF
    return bytes(whole)


def other_office() -> bytes:
    """An OpenDocument sheet with a cell that repeats itself a million times."""
    repeated = '<table:table-cell table:number-columns-repeated="1000000"/>'
    return packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": repeated.encode()})


WORKBOOKS = [
    pytest.param(bomb, "unpacks to more", id="a zip bomb"),
    pytest.param(understated, "not an XLSX file, or a damaged", id="a part longer than its header says"),
    pytest.param(many_parts, "unpacks to more", id="hundreds of parts"),
    pytest.param(repeated_text, "unpacks to more", id="one long text in very many cells"),
    pytest.param(lambda: far_cell("A1048576"), "has a value in row 1048576", id="a cell in the last row"),
    pytest.param(lambda: far_cell("XFD1"), "has a value in column 16384", id="a cell in the last column"),
    pytest.param(lambda: far_cell("A99999999999"), "is damaged", id="a cell in no row at all"),
    pytest.param(promised, "the list is empty", id="a count of texts that would fill all memory"),
    pytest.param(counted_cells, "has a value in row 1048576", id="a far row whose cells have no references"),
    pytest.param(wide_row, "has a value in column 201", id="a row of very many cells without references"),
    pytest.param(entities, "has a document type", id="an entity that reads a file"),
    pytest.param(laughs, "has a document type", id="entities that multiply"),
    pytest.param(encrypted, "a damaged or encrypted one", id="an encrypted workbook"),
    pytest.param(deep, "unpacks to more", id="elements nested a thousand deep"),
    pytest.param(truncated, "a damaged or encrypted one", id="half a workbook"),
    pytest.param(spoiled, "a damaged or encrypted one", id="a workbook with a wrong byte"),
    pytest.param(lambda: b"use_list_id,version\r\n", "not an XLSX file", id="a CSV file under another name"),
    pytest.param(lambda: packed({"a.txt": b"x"}), "not an XLSX workbook", id="another kind of archive"),
    pytest.param(other_office, "not an XLSX workbook", id="an OpenDocument sheet"),
    pytest.param(lambda: packed(parts("<worksheet")), "is damaged", id="XML that breaks off"),
    pytest.param(lambda: b"", "not an XLSX file", id="nothing"),
    pytest.param(lambda: bytes(MAX_FILE_BYTES + 1), "larger than 32 MiB", id="a file that is too large"),
    pytest.param(lambda: packed(parts(sheet(""))), "the list is empty", id="an empty sheet"),
]


@pytest.mark.parametrize(("make", "expected"), WORKBOOKS)
def test_a_workbook_that_no_program_saves_is_refused_in_one_sentence(make: Callable[[], bytes], expected: str) -> None:
    assert expected in said("list.xlsx", make())


TEXTS = [
    pytest.param("list.csv", b"\xff\xfeu\x00", "neither UTF-8 nor GB 18030", id="UTF-16"),
    pytest.param("list.csv", b'"' + b"x" * 10_000_000 + b'"\r\n', "not well-formed CSV", id="a cell of 10 MB"),
    pytest.param("list.csv", b'a,"b\r\n', "not well-formed CSV", id="a quote that is never closed"),
    pytest.param("list.csv", b"," * 100_000 + b"x", "more than 200 cells", id="very many columns"),
    pytest.param("list.csv", b"a\r\n" * 60_010, "more than 60000 rows", id="very many rows"),
    pytest.param("list.csv", b"", "the list is empty", id="an empty CSV file"),
    pytest.param("list.toml", b"a = " + b"[" * 100_000, "not TOML", id="brackets nested very deep"),
    pytest.param(
        "list.toml", b".".join([b"a"] * 500_000) + b"=1", "has more than 200 dots", id="a key of half a million parts"
    ),
    pytest.param("list.toml", b"#" * (4 * 1024 * 1024 + 1), "larger than 4 MiB", id="TOML that is too large"),
    pytest.param("list.toml", b"\xff", "not TOML", id="TOML in no UTF-8"),
    pytest.param("list.toml", b"lines = 7", "holds [[lines]] tables and nothing else", id="no tables"),
    pytest.param("list.xls", b"", "ends in none of .toml, .csv and .xlsx", id="an old format"),
    pytest.param("list", b"", "ends in none of .toml, .csv and .xlsx", id="a name without ending"),
]


@pytest.mark.parametrize(("name", "data", "expected"), TEXTS)
def test_a_text_that_is_no_list_is_refused_in_one_sentence(name: str, data: bytes, expected: str) -> None:
    assert expected in said(name, data)


def test_formats_alone_far_down_do_no_harm() -> None:
    """Programs leave them behind: cells with a style and no value are not there."""
    row = "".join(text_cell(f"{letter}1", text) for letter, text in (("A", "用证清单标识"), ("B", "版本号")))
    held = parts(sheet(f'<row r="1">{row}</row><row r="1048576"><c r="XFD1048576" s="0"/></row>'))
    found = files.read(("list.xlsx", packed(held)), Kind.USELIST, province=PROVINCE, today=TODAY)

    assert all("is missing; add it" in problem.message for problem in found.problems)


def test_a_cell_of_ten_megabytes_is_one_problem_of_its_row() -> None:
    whole = files.write(Kind.USELIST, [USELIST], "xlsx")
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/sharedStrings.xml"
    held[name] = held[name].replace(USELIST["purpose"].encode(), b"x" * 10_000_000)
    found = files.read(("list.xlsx", packed(held)), Kind.USELIST, province=PROVINCE, today=TODAY)

    assert found.sentences() == ["sheet 用证清单, row 2, 用证事由: the cell has more than 32767 characters; shorten it"]
