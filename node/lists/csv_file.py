"""CSV lists: UTF-8 or GB 18030 (as spreadsheets in China save), parted by comma, semicolon or tab. Not what the cells mean.

Spreadsheet programs run a cell that begins with = + - or @ as a formula. What is written therefore gets an apostrophe before such a text
(and before a text that begins with an apostrophe itself), and reading takes just that apostrophe away again: a list that went out and
came back is the same, and no program computes it. Full-width signs count too: programs set to Chinese take them for the others.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from node.lists.grid import MAX_COLUMNS, Grid
from node.lists.sheet import MAX_ROWS, UnreadableError

_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "'")
_SEPARATORS = ",;\t"


def read_csv(data: bytes) -> Grid:
    """The cells of a CSV file, all of them texts. Rows count as in a spreadsheet: a cell with line breaks is in one row.

    Raises:
        UnreadableError: neither encoding, not well-formed, a row too long, or too many rows.
    """
    text = _decoded(data)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(reader, start=1):
            if len(rows) > MAX_ROWS + 1:
                raise UnreadableError(f"more than {MAX_ROWS} rows; divide the file", f"超过{MAX_ROWS}行，请拆分文件")
            if len(cells) > MAX_COLUMNS:
                raise UnreadableError(
                    f"row {number} has more than {MAX_COLUMNS} cells; remove some",
                    f"第{number}行超过{MAX_COLUMNS}个单元格，请删除",
                )
            if any(cells):
                rows.append((number, [_opened(cell) for cell in cells]))
    except csv.Error as error:
        raise UnreadableError(
            f"not well-formed CSV near line {reader.line_num} ({error}); save it again from the spreadsheet program",
            f"第{reader.line_num}行附近不符合CSV格式，请用表格软件重新保存",
        ) from error
    return Grid(rows=rows)


def write_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file in UTF-8 with BOM (so that spreadsheet programs see the encoding) and the line ends of RFC 4180."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return target.getvalue().encode("utf-8-sig")


def guarded(cell: str) -> str:
    """A text that no spreadsheet program computes."""
    return f"'{cell}" if cell.startswith(_SIGNS) else cell


def _opened(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_SIGNS) else cell


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableError(
        "neither UTF-8 nor GB 18030; save it as CSV UTF-8", "编码既不是UTF-8也不是GB 18030，请另存为“CSV UTF-8”"
    )


def _separator(text: str) -> str:
    """The separator that stands most often in the first line; a comma where none does."""
    first = text.lstrip("\r\n").partition("\n")[0][:100_000]
    return max(_SEPARATORS, key=first.count)
