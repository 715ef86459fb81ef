"""Whether an XLSX file may be handed to the library that reads it: bounded in every way it can grow. Not what its cells mean (`xlsx_file`).

A workbook is a ZIP of XML. Small files can stand for huge ones: by compression, by one cell far down (readers allocate the
rectangle), by one long shared text that a million cells refer to, by entities. So the archive is unpacked here within bounds, every part is looked through by
a plain XML parser that takes no document type, and what is handed on is a new archive of just what was looked at.
"""

import io
import re
import zipfile
import zlib
from typing import NoReturn
from xml.parsers import expat

from node.lists.grid import MAX_COLUMNS
from node.lists.sheet import MAX_ROWS, UnreadableError

MAX_UNPACKED_BYTES = 128 * 1024 * 1024
MAX_PARTS = 500
MAX_ELEMENTS = 12_000_000
MAX_TEXT = 96 * 1024 * 1024  # characters of all cells together, shared texts counted as often as they stand
MAX_DEPTH = 64
_CENTRAL = b"PK\x01\x02"
_KEPT = re.compile(r"(\[Content_Types\]\.xml|_rels/\.rels|xl/[A-Za-z0-9_./-]{1,200}\.(xml|rels))")
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,7})\$?([0-9]{1,10})")
_DIGITS = re.compile(r"[0-9]{1,10}")
_HEADINGS = 50  # rows that may stand above or between the entries


def repacked(data: bytes) -> bytes:
    """The workbook, unpacked within bounds and packed again without what is not needed (macros, pictures).

    Raises:
        UnreadableError: it is no workbook, it is broken, or it is larger than a list can be.
    """
    if data.count(_CENTRAL) > MAX_PARTS:
        _too_big()
    try:
        parts = _unpacked(data)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        raise UnreadableError(
            "not an XLSX file, or a damaged or encrypted one; save it again as XLSX without a password",
            "不是XLSX文件，或文件已损坏、已加密，请重新保存为不带密码的XLSX文件",
        ) from error
    if "xl/workbook.xml" not in parts:
        raise UnreadableError("not an XLSX workbook; save it again as XLSX", "不是XLSX工作簿，请重新保存为XLSX文件")
    shared = _Look([])
    if "xl/sharedStrings.xml" in parts:
        shared.over(parts["xl/sharedStrings.xml"])
    for name, part in parts.items():
        if name.endswith(".xml") and name != "xl/sharedStrings.xml":
            _Look(shared.lengths).over(part)
    return _packed(parts)


def _unpacked(data: bytes) -> dict[str, bytes]:
    """The needed parts. A part that is longer than its header says is cut there, and its checksum or XML is then wrong."""
    parts: dict[str, bytes] = {}
    left = MAX_UNPACKED_BYTES
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            left -= entry.file_size
            if left < 0:
                _too_big()
            if _KEPT.fullmatch(entry.filename):
                with archive.open(entry) as part:
                    parts[entry.filename] = part.read(entry.file_size + 1)
    return parts


def _packed(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target.getvalue()


class _Look:
    """Looks through one part: how far its cells reach, and how much text they stand for. `lengths` are those of the shared texts."""

    def __init__(self, lengths: list[int]) -> None:
        self.lengths = lengths
        self._elements = self._depth = self._text = self._part = 0
        self._row = self._column = 0  # where the cell would be by counting, as readers place one without a reference
        self._reference = ""
        self._refers = self._in_value = False
        self._value: list[str] = []

    def over(self, part: bytes) -> None:
        """Look.

        Raises:
            UnreadableError: not XML, with a document type, or too large.
        """
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = _doctype
        parser.buffer_text = True
        try:
            parser.Parse(part, True)  # noqa: FBT003 - expat's own signature
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise UnreadableError(
                "the workbook is damaged; save it again as XLSX", "工作簿已损坏，请重新保存为XLSX文件"
            ) from error

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._depth += 1
        if self._elements > MAX_ELEMENTS or self._depth > MAX_DEPTH:
            _too_big()
        name = tag.rpartition(":")[2]
        if name == "row":
            self._row = _whole(attributes.get("r", ""), self._row + 1)
            self._column = 0
        elif name == "c":
            self._column += 1
            self._reference = attributes.get("r", "")
            self._refers = attributes.get("t") == "s"
        elif name in ("v", "is"):
            self._reach()
            self._in_value = name == "v"
            self._value.clear()
        elif name == "si":
            self._part = 0

    def _reach(self) -> None:
        """A cell with a value is where its reference says, or where counting puts it: both must be within bounds."""
        row, column = _place(self._reference)
        row, column = max(row, self._row), max(column, self._column)
        if row > MAX_ROWS + _HEADINGS:
            raise UnreadableError(
                f"has a value in row {row}; a list has at most {MAX_ROWS} rows: divide it, or delete what stands below",
                f"第{row}行有内容，表格最多{MAX_ROWS}行，请拆分文件或删除下方多余内容",
            )
        if column > MAX_COLUMNS:
            raise UnreadableError(
                f"has a value in column {column}; a list has at most {MAX_COLUMNS} columns: delete what is right of them",
                f"第{column}列有内容，表格最多{MAX_COLUMNS}列，请删除右侧多余内容",
            )

    def _characters(self, text: str) -> None:
        self._text += len(text)
        self._part += len(text)
        if self._in_value and self._refers:
            self._value.append(text)
        if self._text > MAX_TEXT:
            _too_big()

    def _end(self, tag: str) -> None:
        self._depth -= 1
        name = tag.rpartition(":")[2]
        if name == "si":
            self.lengths.append(self._part)
        elif name == "v":
            self._in_value = False
            if self._refers:
                self._text += self._shared("".join(self._value))
                if self._text > MAX_TEXT:
                    _too_big()

    def _shared(self, index: str) -> int:
        place = _whole(index, len(self.lengths))
        return self.lengths[place] if place < len(self.lengths) else 0


def _whole(text: str, default: int) -> int:
    """A number of at most ten digits."""
    return int(text) if _DIGITS.fullmatch(text) else default


def _place(reference: str) -> tuple[int, int]:
    """Row and column of a reference such as B7, from 1; (0, 0) where there is none."""
    if not reference:
        return 0, 0
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        _too_big()
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), column


def _doctype(*_: object) -> NoReturn:
    raise UnreadableError(
        "the workbook has a document type, which spreadsheet programs never write; save it again as XLSX",
        "工作簿含有异常的文档类型声明，请用表格软件重新保存为XLSX文件",
    )


def _too_big() -> NoReturn:
    raise UnreadableError(
        f"unpacks to more than a list can be ({MAX_ROWS} rows); divide it or save it again as XLSX",
        f"解压后内容超过上限（{MAX_ROWS}行），请拆分文件或重新保存为XLSX文件",
    )
