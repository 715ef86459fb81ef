"""Looking through one XML part of a workbook, element by element, within bounds. Not what the elements mean (`xlsx_parts`, `xlsx_read`).

expat does the parsing. A document type is refused before anything in it counts: without one there are no entities, neither such that
multiply nor such that fetch. Names of elements are taken without their prefix.
"""

from abc import ABC, abstractmethod
from typing import NoReturn
from xml.parsers import expat

from node.lists.sheet import UnreadableError
from node.lists.xlsx_package import too_big

MAX_ELEMENTS = 12_000_000
MAX_TEXT = 96 * 1024 * 1024  # characters
MAX_DEPTH = 64


class Part(ABC):
    """One pass over one part."""

    def __init__(self) -> None:
        """Nothing read yet."""
        self._elements = self._depth = 0
        self.text_read = 0

    def read(self, data: bytes) -> None:
        """Look through the part.

        Raises:
            UnreadableError: not XML, with a document type, or too large.
        """
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = _doctype
        parser.buffer_text = True
        try:
            parser.Parse(data, True)  # noqa: FBT003 - expat's own signature
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise damaged() from error

    @abstractmethod
    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    @abstractmethod
    def end(self, name: str) -> None:
        """An element ends."""

    @abstractmethod
    def text(self, text: str) -> None:
        """Text within the element that began last and has not ended."""

    def take(self, length: int) -> None:
        """Count characters; a text that is referred to counts each time."""
        self.text_read += length
        if self.text_read > MAX_TEXT:
            raise too_big()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._depth += 1
        if self._elements > MAX_ELEMENTS or self._depth > MAX_DEPTH:
            raise too_big()
        self.start(tag.rpartition(":")[2], attributes)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        self.end(tag.rpartition(":")[2])

    def _text(self, text: str) -> None:
        self.take(len(text))
        self.text(text)


def damaged() -> UnreadableError:
    """A workbook is not what programs save."""
    return UnreadableError("the workbook is damaged; save it again as XLSX", "工作簿已损坏，请重新保存为XLSX文件")


def _doctype(*_: object) -> NoReturn:
    raise UnreadableError(
        "the workbook has a document type, which spreadsheet programs never write; save it again as XLSX",
        "工作簿含有异常的文档类型声明，请用表格软件重新保存为XLSX文件",
    )
