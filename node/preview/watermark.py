"""A usage watermark over a preview: lines of text, tiled, turned and half transparent, so that a cut-out still tells what it was for."""

import math
from collections.abc import Iterator

from node.preview.glyphs import Glyph, Glyphs
from node.preview.numbers import IDENTITY, Box, moved
from node.preview.svg import Canvas, matrix_text, rectangle, tag

MAX_LINES = 6
MAX_LINE = 120
_TURN = math.radians(-30)
_SHARE = 1 / 45  # of the page's shorter side: the height of a line
_MIN_SIZE = 2.0  # millimetres
_PITCH = 1.6  # ems from line to line
_GAP = 5.0  # ems between tiles
_COLOUR, _OPACITY = "#606060", 0.28


def lay_watermark(text: str, area: Box, canvas: Canvas, glyphs: Glyphs) -> None:
    """Lay the lines of `text` over the page; more or longer ones than the bounds allow are cut.

    Raises:
        LimitError: too many glyphs.
    """
    size = max(min(area.width, area.height) * _SHARE, _MIN_SIZE)
    lines = [[glyphs.find(None, char) for char in line[:MAX_LINE]] for line in text.splitlines()[:MAX_LINES]]
    width = max((sum(glyph.advance for glyph in line) for line in lines), default=0.0) * size

    def make(identity: str) -> str:
        with canvas.aside() as drawn:
            _draw_lines(lines, size, glyphs)
        return tag("g", "".join(drawn), id=identity)

    tile = canvas.define(("watermark", text), make)
    step = (width + _GAP * size, (len(lines) * _PITCH + _GAP) * size)
    with (
        canvas.group(clip_path=canvas.clip([(rectangle(area), False, IDENTITY)])),
        canvas.group(fill=_COLOUR, fill_opacity=_OPACITY),
    ):
        for x, y in _places(area, step, reach=width):
            place = (math.cos(_TURN), math.sin(_TURN), -math.sin(_TURN), math.cos(_TURN), x, y)
            canvas.add(tag("use", href=f"#{tile}", transform=matrix_text(place)))


def _draw_lines(lines: list[list[Glyph]], size: float, glyphs: Glyphs) -> None:
    for row, line in enumerate(lines):
        x = 0.0
        for glyph in line:
            glyphs.place(glyph, (size, 0.0, 0.0, size, x, row * _PITCH * size))
            x += glyph.advance * size


def _places(area: Box, step: tuple[float, float], *, reach: float) -> Iterator[tuple[float, float]]:
    """Where tiles begin: a turned grid, every second row shifted, as far as a tile may reach into the page."""
    turned = (math.cos(_TURN), math.sin(_TURN), -math.sin(_TURN), math.cos(_TURN), area.x, area.y)
    around = area.grown(reach + step[1])
    span = math.hypot(around.width, around.height)
    columns, rows = math.ceil(span / step[0]), math.ceil(span / step[1])
    for row in range(-rows, rows + 1):
        for column in range(-columns, columns + 1):
            x, y = moved(turned, (column + row % 2 / 2) * step[0], row * step[1])
            if around.holds(Box(x, y, 0.0, 0.0)):
                yield x, y
