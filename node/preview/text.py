"""TextObject (GB/T 33190-2016, clause 11): which glyphs stand where. Fonts and outlines are `glyphs`' business."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from node.preview import numbers
from node.preview.files import children, flag, text_of
from node.preview.glyphs import Glyph, Glyphs
from node.preview.numbers import Matrix, then
from node.preview.resources import FontEntry
from trust.errors import DocumentError

BOLD = 600  # of 1000: from here a Weight is bold
BOLD_STROKE = 0.03  # ems; drawn round the outline where the font itself is not bold
_SLANT = math.tan(math.radians(12))
_NARROWEST = 0.5
_ENDS = "\r\n\t"  # that pretty-printers leave round a TextCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A character with the glyph number that CGTransform gives it, if any."""

    char: str
    number: int | None = None


class TextRun:
    """A TextObject that is going to be drawn."""

    def __init__(self, element: ET.Element, entry: FontEntry | None, glyphs: Glyphs) -> None:
        self._element = element
        self._entry = entry
        self._glyphs = glyphs
        self.size = numbers.number(element.get("Size", "0"), "Size")
        self._h_scale = numbers.number(element.get("HScale", "1"), "HScale")
        self._turn = math.radians(numbers.number(element.get("CharDirection", "0"), "CharDirection"))
        self._way = math.radians(numbers.number(element.get("ReadDirection", "0"), "ReadDirection"))
        self._italic = flag(element, "Italic", default=False)

    @property
    def bold(self) -> bool:
        """Whether the outlines must be made bolder: a bold font that is embedded already is."""
        weight = numbers.number(self._element.get("Weight", "400"), "Weight")
        has_file = self._entry is not None and self._entry.path is not None
        marked = self._entry is not None and self._entry.bold
        return (weight >= BOLD and not (has_file and marked)) or (marked and not has_file)

    def draw(self, line: float) -> None:
        """Place every glyph. `line` is the width of its outline in millimetres, or 0.

        Raises:
            DocumentError: malformed numbers.
            LimitError: too many glyphs.
        """
        shape = self._shape()
        for glyph, x, y, room in self._places():
            fit, shift = self._fit(glyph, room)
            placed = (shape[0] * fit, shape[1] * fit, *shape[2:4], x + shift, y)
            self._glyphs.place(glyph, placed, line / self.size if self.size else 0.0)

    def _fit(self, glyph: Glyph, room: float | None) -> tuple[float, float]:
        """How a stand-in for a Western letter fits the room the document gives it: narrowed where too wide, else in the middle."""
        natural = glyph.advance * self.size * self._h_scale
        if not glyph.pliable or room is None or natural <= 0:
            return 1.0, 0.0
        return (max(room / natural, _NARROWEST), 0.0) if natural > room else (1.0, (room - natural) / 2)

    def _shape(self) -> Matrix:
        """From ems to millimetres round the glyph's origin."""
        slant = self._italic and not (self._entry is not None and self._entry.italic and self._entry.path is not None)
        upright = (self.size * self._h_scale, 0.0, -self.size * _SLANT if slant else 0.0, self.size, 0.0, 0.0)
        cos, sin = math.cos(self._turn), math.sin(self._turn)
        return then(upright, (cos, sin, -sin, cos, 0.0, 0.0))

    def _places(self) -> Iterator[tuple[Glyph, float, float, float | None]]:
        x = y = 0.0
        start = 0
        cells = self._cells()
        for code in children(self._element, "TextCode"):
            text = _text(code)
            x, y = _start(code, "X", x), _start(code, "Y", y)
            line = [cell for place in range(start, start + len(text)) for cell in cells[place]]
            start += len(text)
            found = [self._glyphs.find(self._entry, cell.char, cell.number) for cell in line]
            yield from _walk(found, (x, y), self._steps(code, found))

    def _steps(self, code: ET.Element, glyphs: list[Glyph]) -> list[tuple[float, float]]:
        """The step behind each glyph but the last. Without deltas the text advances by its own widths along ReadDirection."""
        count = max(0, len(glyphs) - 1)
        across, down = (numbers.deltas(code.get(name, ""), count) for name in ("DeltaX", "DeltaY"))
        steps: list[tuple[float, float]] = []
        for place, glyph in enumerate(glyphs[:count]):
            if place < max(len(across), len(down)):
                steps.append((_at(across, place), _at(down, place)))
            else:
                reach = glyph.advance * self.size * self._h_scale
                steps.append((reach * math.cos(self._way), reach * math.sin(self._way)))
        return steps

    def _cells(self) -> list[list[Cell]]:
        """Per character the cells drawn for it: itself, or the glyphs of the CGTransform that begins there (clause 11.4)."""
        text = "".join(_text(code) for code in children(self._element, "TextCode"))
        cells = [[Cell(char=char)] for char in text]
        if self._entry is None or not self._glyphs.usable(self._entry):
            return cells  # glyph numbers mean nothing in another font
        for transform in children(self._element, "CGTransform"):
            _apply(transform, text, cells)
        return cells


def _apply(transform: ET.Element, text: str, cells: list[list[Cell]]) -> None:
    """Replace the characters of one CGTransform by its glyphs: one each, or all of them at its first character."""
    start = int(numbers.number(transform.get("CodePosition", "0"), "CodePosition"))
    listed = [int(value) for value in numbers.numbers(text_of(transform, "Glyphs"), "Glyphs")]
    codes = int(numbers.number(transform.get("CodeCount", "1"), "CodeCount"))
    if start < 0 or codes < 1:
        raise DocumentError("CGTransform: a position before the text")
    stop = min(start + codes, len(text))
    if len(listed) == codes:
        for place, value in zip(range(start, stop), listed, strict=False):
            cells[place] = [Cell(char=text[place], number=value)]
    elif listed and start < stop:
        cells[start:stop] = [
            [Cell(char=text[start], number=value) for value in listed],
            *([] for _ in range(start + 1, stop)),
        ]


def _walk(
    glyphs: list[Glyph], start: tuple[float, float], steps: list[tuple[float, float]]
) -> Iterator[tuple[Glyph, float, float, float | None]]:
    """Each glyph, where it stands, and the room to the next on the line; the last letter has as much as the one before."""
    x, y = start
    room: float | None = None
    for place, glyph in enumerate(glyphs):
        right, down = steps[place] if place < len(steps) else (0.0, 0.0)
        if down == 0 and right > 0:
            room = right
        elif place and not glyphs[place - 1].pliable:
            room = None
        yield glyph, x, y, room
        x, y = x + right, y + down


def _text(code: ET.Element) -> str:
    return (code.text or "").strip(_ENDS)


def _start(code: ET.Element, name: str, before: float) -> float:
    """X or Y of a TextCode; one that is left out is the one before's."""
    value = code.get(name)
    return before if value is None else numbers.number(value, name)


def _at(values: list[float], place: int) -> float:
    return values[place] if place < len(values) else 0.0
