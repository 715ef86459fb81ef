"""The parts of a workbook beside its sheets: which there are, the texts they share, which styles show days. ECMA-376 part 1."""

import posixpath
import re
from collections.abc import Mapping

from node.lists.xlsx_xml import Part, damaged

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LITERAL = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]')  # of a number format: what is shown as it is, and conditions
_CLOCK = re.compile(r"[ymdhs]", re.IGNORECASE)
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Numbers of built-in formats that show days or times; 27 to 36 and 50 to 58 are those of Chinese, Japanese and Korean programs."""


def unescaped(text: str) -> str:
    """A text with the characters that XML cannot hold, which programs write as _x000D_."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class Texts(Part):
    """The shared texts, in order. Of a text in several styles the pieces are joined; readings above characters are left out."""

    def __init__(self) -> None:
        """No texts yet."""
        super().__init__()
        self.texts: list[str] = []
        self._pieces: list[str] = []
        self._taking = self._reading = False

    def start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 - the part's signature
        """An element begins."""
        if name == "si":
            self._pieces = []
        elif name == "rPh":
            self._reading = True
        elif name == "t":
            self._taking = not self._reading

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "si":
            self.texts.append(unescaped("".join(self._pieces)))
        elif name == "rPh":
            self._reading = False
        elif name == "t":
            self._taking = False

    def text(self, text: str) -> None:
        """A piece of a text."""
        if self._taking:
            self._pieces.append(text)


class _Elements(Part):
    """The attributes of some elements, in order, with the name of the element around them. Their text does not matter."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, dict[str, str]]] = []
        self._names = names
        self._around: list[str] = [""]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name in self._names:
            self.found.append((self._around[-1], name, attributes))
        self._around.append(name)

    def end(self, name: str) -> None:  # noqa: ARG002 - the part's signature
        """An element ends."""
        self._around.pop()

    def text(self, text: str) -> None:
        """Of no interest."""


def date_styles(part: bytes) -> frozenset[str]:
    """The numbers of the cell styles that show days or times.

    Raises:
        UnreadableError: the part is damaged or too large.
    """
    look = _Elements("numFmt", "xf")
    look.read(part)
    formats = {one.get("numFmtId", ""): one.get("formatCode", "") for _, name, one in look.found if name == "numFmt"}
    styles = [one.get("numFmtId", "") for around, name, one in look.found if (around, name) == ("cellXfs", "xf")]
    return frozenset(str(place) for place, number in enumerate(styles) if _is_date(number, formats))


def _is_date(number: str, formats: Mapping[str, str]) -> bool:
    if number in formats:
        return bool(_CLOCK.search(_LITERAL.sub("", formats[number]).replace("General", "")))
    return number.isascii() and number.isdigit() and len(number) < 10 and int(number) in _BUILT_IN_DATES  # noqa: PLR2004


def sheet_parts(parts: Mapping[str, bytes]) -> dict[str, str]:
    """The names of a workbook's sheets, in order, each with the name of its part.

    Raises:
        UnreadableError: the parts are damaged or too large.
    """
    look = _Elements("sheet")
    look.read(parts["xl/workbook.xml"])
    relations = _Elements("Relationship")
    relations.read(parts.get("xl/_rels/workbook.xml.rels", b"<none/>"))
    targets = {one.get("Id", ""): one.get("Target", "") for _, _, one in relations.found}
    found = {}
    for _, _, one in look.found:
        reference = next((value for name, value in one.items() if name.rpartition(":")[2] == "id"), "")
        path = posixpath.normpath(posixpath.join("/xl", targets.get(reference, "")))[1:]
        if path in parts:
            found[one.get("name", "")] = path
    if not found:
        raise damaged()
    return found


def counts_from_1904(parts: Mapping[str, bytes]) -> bool:
    """Whether the workbook's days count from 1904, as old programs for the Macintosh did.

    Raises:
        UnreadableError: the part is damaged or too large.
    """
    look = _Elements("workbookPr")
    look.read(parts["xl/workbook.xml"])
    return any(one.get("date1904") in ("1", "true", "on") for _, _, one in look.found)
