"""A font of just the characters of one page, made of the outlines of the machine's fonts, so that the PDF needs none where it is opened.

PDF pages written by reportlab take TrueType alone, and Chinese fonts are mostly CFF in collections: the outlines that are needed are turned
into quadratic curves (fontTools' cu2qu) and put into a small TrueType font. A character that no font of the machine has is a blank box.
"""

import io
from collections.abc import Iterable, Iterator
from itertools import chain

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.svgLib.path import parse_path

from node.preview.fonts import Face
from node.preview.system_fonts import SystemFonts

UNITS = 1000  # of an em
_ASCENT, _DESCENT = 880, -120  # an ideographic em box
_ERROR = 1.0  # units by which a curve may be off
_BOX = "M100 -60L900 -60L900 820L100 820ZM140 -20L140 780L860 780L860 -20Z"
MAX_CHARACTERS = 5_000


def page_font(text: str, name: str = "宋", fonts: SystemFonts | None = None) -> bytes:
    """A TrueType font with the characters of a text; `name` says which kind of face is looked for first.

    Raises:
        ValueError: more different characters than a page has.
    """
    characters = sorted({*text, " ", "?"})
    if len(characters) > MAX_CHARACTERS:
        raise ValueError(f"more than {MAX_CHARACTERS} different characters on a page")
    faces = _Faces((fonts or SystemFonts()).faces(name))
    outlines = {".notdef": (_BOX, 1.0, 1)} | {_name(one): faces.outline(one) for one in characters}
    return _built(outlines, {ord(one): _name(one) for one in characters})


class _Faces:
    """The faces in their order, each opened only when those before it lack a character."""

    def __init__(self, faces: Iterable[Face]) -> None:
        self._opened: list[Face] = []
        self._more = iter(faces)

    def outline(self, character: str) -> tuple[str, float, int]:
        """Path data, its advance in ems, and the units that the path is in."""
        for face in chain(list(self._opened), self._next()):
            glyph = face.named(character)
            path = face.outline(glyph) if glyph is not None else None
            if glyph is not None and path is not None:
                return path, face.advance(glyph), face.units
        return ("", 1.0, UNITS) if character.isspace() else (_BOX, 1.0, UNITS)

    def _next(self) -> Iterator[Face]:
        for face in self._more:
            self._opened.append(face)
            yield face


def _name(character: str) -> str:
    return f"u{ord(character):05X}"


def _built(outlines: dict[str, tuple[str, float, int]], characters: dict[int, str]) -> bytes:
    """The font file; equal texts make equal files."""
    builder = FontBuilder(UNITS, isTTF=True)
    builder.setupGlyphOrder(list(outlines))
    builder.setupCharacterMap(characters)
    builder.setupGlyf({name: _glyph(path, units) for name, (path, _, units) in outlines.items()})
    table = builder.font["glyf"]
    metrics = {
        name: (round(advance * UNITS), getattr(table[name], "xMin", 0)) for name, (_, advance, _) in outlines.items()
    }
    builder.setupHorizontalMetrics(metrics)
    builder.setupHorizontalHeader(ascent=_ASCENT, descent=_DESCENT)
    builder.setupNameTable({"familyName": "Page", "styleName": "Regular", "psName": "Page-Regular"})
    builder.setupOS2(sTypoAscender=_ASCENT, sTypoDescender=_DESCENT)
    builder.setupPost()
    builder.updateHead(created=0, modified=0)
    builder.font.recalcTimestamp = False
    target = io.BytesIO()
    builder.save(target)
    return target.getvalue()


def _glyph(path: str, units: int) -> object:
    pen = TTGlyphPen(None)
    scale = 1.0 if units == 1 else UNITS / units
    parse_path(path, TransformPen(Cu2QuPen(pen, _ERROR), (scale, 0, 0, scale, 0, 0)))
    return pen.glyph()
