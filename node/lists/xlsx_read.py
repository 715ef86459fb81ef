"""Reading the cells of an XLSX sheet (ECMA-376 part 1, 18.3) out of untrusted bytes. Not what the cells mean (`cells`), nor writing.

Why not a library: python-calamine 0.9 allocates what a file says of itself and ends the process over uniqueCount="99999999999", and
openpyxl bounds neither rows nor texts. Tests hold this reader against both. Read are values only: of a formula its last result; no styles
but whether a number shows a day.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import isfinite

from node.lists.fields import TITLES
from node.lists.grid import MAX_COLUMNS, Grid
from node.lists.mending import Cell
from node.lists.sheet import MAX_ROWS, UnreadableError
from node.lists.xlsx_package import unpacked
from node.lists.xlsx_parts import Texts, counts_from_1904, date_styles, sheet_parts, unescaped
from node.lists.xlsx_xml import Part, damaged
from node.ports.lists import Kind

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_DIGITS = re.compile(r"[0-9]{1,7}")
_HEADINGS = 50  # rows that may stand above or between the entries
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets have no zones
_EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001 - likewise
_FALSE_LEAP_DAY = 60  # programs count a 29 February 1900 that never was
_LAST_DAY = 2_958_466  # the day after 9999-12-31


def read_xlsx(data: bytes, kind: Kind) -> Grid:
    """The cells of the sheet that has the kind's title, or of the first one.

    Raises:
        UnreadableError: no workbook, a broken one, or one that is larger than a list can be.
    """
    parts = unpacked(data)
    sheets = sheet_parts(parts)
    title = TITLES[kind] if TITLES[kind] in sheets else next(iter(sheets))
    texts = Texts()
    if "xl/sharedStrings.xml" in parts:
        texts.read(parts["xl/sharedStrings.xml"])
    styles = date_styles(parts["xl/styles.xml"]) if "xl/styles.xml" in parts else frozenset()
    cells = _Cells(texts.texts, styles, _EPOCH_1904 if counts_from_1904(parts) else _EPOCH)
    cells.read(parts[sheets[title]])
    return Grid(title=title, rows=cells.rows)


class _Cells(Part):
    """The rows of a sheet. A cell without a value is not there, whatever its style and place."""

    def __init__(self, texts: Sequence[str], date_styles: frozenset[str], epoch: datetime) -> None:
        super().__init__()
        self.rows: list[tuple[int, list[Cell]]] = []
        self._texts = texts
        self._date_styles = date_styles
        self._epoch = epoch
        self._row = self._column = 0
        self._cells: list[Cell] = []
        self._type = self._style = ""
        self._pieces: list[str] | None = None
        self._taking = self._inline = self._reading = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "c":
            self._place(attributes.get("r", ""))
            self._type, self._style = attributes.get("t", "n"), attributes.get("s", "")
            self._pieces = None
        elif name == "v":
            self._pieces, self._taking = [], True
        elif name == "is":
            self._pieces, self._inline = [], True
        elif name == "t":
            self._taking = self._inline and not self._reading
        elif name == "rPh":
            self._reading = True
        elif name == "row":
            number = attributes.get("r", "")
            self._row = int(number) if _DIGITS.fullmatch(number) else self._row + 1
            self._column = 0
            self._cells = []

    def end(self, name: str) -> None:
        """An element ends."""
        if name in ("v", "t"):
            self._taking = False
        elif name == "is":
            self._inline = False
        elif name == "rPh":
            self._reading = False
        elif name == "c" and self._pieces is not None:
            self._put(self._value("".join(self._pieces)))
        elif name == "row" and self._cells:
            self.rows.append((self._row, self._cells))
            self._cells = []

    def text(self, text: str) -> None:
        """A piece of a value."""
        if self._taking and self._pieces is not None:
            self._pieces.append(text)

    def _place(self, reference: str) -> None:
        """A cell stands where its reference says, without one behind the cell before."""
        if not reference:
            self._column += 1
            return
        match = _REFERENCE.fullmatch(reference)
        if match is None:
            raise damaged()
        self._row, self._column = int(match[2]), 0
        for letter in match[1]:
            self._column = self._column * 26 + ord(letter) - ord("A") + 1

    def _put(self, value: Cell) -> None:
        if self._row > MAX_ROWS + _HEADINGS:
            raise UnreadableError(
                f"has a value in row {self._row}; a list has at most {MAX_ROWS} rows: divide it, or delete what is below",
                f"第{self._row}行有内容，表格最多{MAX_ROWS}行，请拆分文件或删除下方多余内容",
            )
        if self._column > MAX_COLUMNS:
            raise UnreadableError(
                f"has a value in column {self._column}; a list has at most {MAX_COLUMNS}: delete what is right of them",
                f"第{self._column}列有内容，表格最多{MAX_COLUMNS}列，请删除右侧多余内容",
            )
        self._cells.extend([None] * (self._column - len(self._cells)))
        self._cells[self._column - 1] = value

    def _value(self, text: str) -> Cell:
        if self._type == "s":
            place = int(text) if _DIGITS.fullmatch(text.strip()) else len(self._texts)
            if place >= len(self._texts):
                raise damaged()
            self.take(len(self._texts[place]))
            return self._texts[place]
        if self._type == "n":
            return self._number(text)
        return text.strip() == "1" if self._type == "b" else unescaped(text)

    def _number(self, text: str) -> Cell:
        """A number, or the day and time that it stands for by its style; what is neither stays a text."""
        try:
            number = float(text)
        except ValueError:
            return text
        if not isfinite(number):
            return text
        if self._style in self._date_styles and 0 <= number < _LAST_DAY:
            return self._moment(number)
        return int(number) if number.is_integer() else number

    def _moment(self, number: float) -> Cell:
        days = number + 1 if number < _FALSE_LEAP_DAY and self._epoch is _EPOCH else number
        try:
            moment = self._epoch + timedelta(days=int(days), seconds=round(days % 1 * 86_400))
        except OverflowError:
            return str(number)
        return moment if moment.time() != datetime.min.time() else date(moment.year, moment.month, moment.day)
