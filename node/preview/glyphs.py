"""Glyphs as shared definitions of the SVG: the embedded font first, then the machine's, else the character itself or a box."""

from dataclasses import dataclass
from html import escape
from typing import Literal

from node.preview.files import Files
from node.preview.fonts import Face, load_face
from node.preview.limits import Budget
from node.preview.numbers import Box, Matrix, then
from node.preview.resources import FontEntry
from node.preview.svg import Canvas, matrix_text, rectangle, tag
from node.preview.system_fonts import SystemFonts
from trust.errors import DocumentError

Missing = Literal["text", "box"]
"""What stands for a character that no font holds: text, which a browser may have a font for, or a box."""

_BOX = Box(0.08, -0.8, 0.84, 0.88)  # in ems
_TURNED = "matrix(1 0 0 -1 0 0)"
_WESTERN_END = "\u0300"  # letters of the West are about half as wide as Chinese characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyph:
    """A glyph ready to be placed. `name` is its definition; empty for a blank. `scale` turns its units into ems.

    `pliable` is a Western letter of another font than the document asks for: its width is not what the document reckons with.
    """

    name: str
    scale: float
    advance: float  # ems
    pliable: bool


class Glyphs:
    """Finds glyphs and draws them. Fonts and outlines are opened once a page."""

    def __init__(self, *, files: Files, canvas: Canvas, budget: Budget, fonts: SystemFonts, missing: Missing) -> None:
        self._files = files
        self._canvas = canvas
        self._budget = budget
        self._fonts = fonts
        self._missing = missing
        self._embedded: dict[str, Face | None] = {}
        self._known: dict[tuple[FontEntry | None, str, int | None], Glyph] = {}

    def find(self, entry: FontEntry | None, char: str, number: int | None = None) -> Glyph:
        """The glyph of a number in the embedded font, else that of a character in any font.

        Raises:
            LimitError: too many glyphs or segments.
        """
        self._budget.spend("glyphs")
        key = (entry, char, number)
        if key not in self._known:
            self._known[key] = self._from_embedded(entry, char, number) or self._from_system(entry, char)
        return self._known[key]

    def usable(self, entry: FontEntry) -> bool:
        """Whether the font is embedded and could be opened: only then do glyph numbers mean something."""
        return entry.path is not None and self._face(entry.path) is not None

    def place(self, glyph: Glyph, place: Matrix, line: float = 0.0) -> None:
        """Draw a glyph; `place` carries ems, y downwards, to where it stands. `line` is the width of its outline in ems."""
        if glyph.name:
            scaled = then((glyph.scale, 0, 0, -glyph.scale, 0, 0), place)
            width = line / glyph.scale if line else None
            self._canvas.add(tag("use", href=f"#{glyph.name}", transform=matrix_text(scaled), stroke_width=width))

    def _from_embedded(self, entry: FontEntry | None, char: str, number: int | None) -> Glyph | None:
        face = None if entry is None or entry.path is None else self._face(entry.path)
        if entry is None or face is None:
            return None
        name = face.numbered(number) if number is not None else face.named(char)
        return None if name is None else self._defined(face, name, pliable=False)

    def _face(self, path: str) -> Face | None:
        if path not in self._embedded:
            try:
                self._embedded[path] = load_face(self._files.read(path))
            except DocumentError:
                self._embedded[path] = None
            if self._embedded[path] is None:
                self._budget.note(
                    "an embedded font cannot be read; another stands in: 嵌入字体无法读取，已用其他字体代替"
                )
        return self._embedded[path]

    def _from_system(self, entry: FontEntry | None, char: str) -> Glyph:
        for face in self._fonts.faces("" if entry is None else entry.name):
            name = face.named(char)
            found = None if name is None else self._defined(face, name, pliable=_western(char))
            if found is not None:
                return found
        return self._absent(char)

    def _defined(self, face: Face, name: str, *, pliable: bool) -> Glyph | None:
        data = face.outline(name)
        if data is None:
            return None
        self._budget.spend("segments", sum(map(str.isalpha, data)))
        return Glyph(
            name=self._canvas.define(("glyph", face, name), lambda identity: tag("path", id=identity, d=data))
            if data
            else "",
            scale=1 / face.units,
            advance=face.advance(name),
            pliable=pliable,
        )

    def _absent(self, char: str) -> Glyph:
        """What stands for a character that no font holds."""
        advance = 0.5 if _western(char) else 1.0
        if char.isspace():
            return Glyph(name="", scale=1.0, advance=advance, pliable=False)
        self._budget.note("no font holds some characters; install a Chinese font: 缺少中文字体，部分文字未能绘制")
        return Glyph(
            name=self._canvas.define(("absent", char), lambda identity: self._stand_in(identity, char)),
            scale=1.0,
            advance=advance,
            pliable=False,
        )

    def _stand_in(self, identity: str, char: str) -> str:
        # Glyphs are placed with y upwards; the stand-ins are turned over once more.
        if self._missing == "text":
            return tag("text", escape(char), id=identity, font_size=1.0, font_family="serif", transform=_TURNED)
        return tag("path", id=identity, d=rectangle(_BOX), transform=_TURNED, fill_opacity=0.25)


def _western(char: str) -> bool:
    return char < _WESTERN_END
