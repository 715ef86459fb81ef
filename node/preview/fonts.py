"""Glyph outlines out of font files, embedded or of the machine. TrueType, OpenType (CFF) and collections; no hinting, no shaping."""

import contextlib
import io
import logging
from typing import Any

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont

MAX_FONT = 64 * 1024 * 1024
_SYMBOL = 0xF000  # where symbol fonts keep their characters: OpenType specification, cmap, platform 3 encoding 0

logging.getLogger("fontTools").setLevel(
    logging.CRITICAL
)  # it reports the odd tables of strangers' fonts, which are no news


class Face:
    """A font that could be opened. What goes wrong later in a damaged one reads as "no such glyph"."""

    def __init__(self, font: TTFont) -> None:
        self._font: Any = font
        self._glyphs: Any = font.getGlyphSet()
        self._characters = _characters(font)
        self.units = min(max(int(self._font["head"].unitsPerEm), 16), 16384)  # the range of the OpenType specification

    def named(self, char: str) -> str | None:
        """The glyph of a character, or none."""
        code = ord(char)
        return self._characters.get(code) or self._characters.get(_SYMBOL + code)

    def numbered(self, index: int) -> str | None:
        """The glyph of a number; none for 0, which stands for a missing glyph."""
        with contextlib.suppress(Exception):
            return str(self._font.getGlyphName(index)) if 0 < index < self._font["maxp"].numGlyphs else None
        return None

    def outline(self, glyph: str) -> str | None:
        """SVG path data in font units, y upwards; empty for a blank, none for a damaged glyph."""
        with contextlib.suppress(Exception):
            pen: Any = SVGPathPen(self._glyphs)
            self._glyphs[glyph].draw(pen)
            return str(pen.getCommands())
        return None

    def advance(self, glyph: str) -> float:
        """The glyph's advance, in ems."""
        with contextlib.suppress(Exception):
            return float(self._glyphs[glyph].width) / self.units
        return 1.0


def load_face(data: bytes, *, number: int = 0) -> Face | None:
    """Open a font, or one of a collection; none if it cannot be used."""
    if len(data) > MAX_FONT:
        return None
    with contextlib.suppress(Exception):  # fontTools raises whatever a damaged table leads to
        return Face(TTFont(io.BytesIO(data), fontNumber=number, lazy=True))
    return None


def _characters(font: Any) -> dict[int, str]:
    """Characters to glyphs: the best Unicode table, else whatever tables there are. Subsets may have none."""
    with contextlib.suppress(Exception):
        best = font.getBestCmap()
        if best:
            return dict(best)
        return {code: name for table in font["cmap"].tables for code, name in table.cmap.items()}
    return {}
