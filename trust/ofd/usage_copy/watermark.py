"""The visible watermark of a usage copy: a tile of lines that says what it is for, turned, half transparent, all over the page.

It is an annotation (GB/T 33190-2016 clause 13.2), so the pages stay as they are. A cut-out still shows a tile: that decides the distances.
Its size follows the page and the length of the text: a short one is large, the longest still leaves several tiles.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from trust.ofd.building import make
from trust.ofd.usage_copy.boxes import Box, numbers
from trust.ofd.usage_copy.terms import CHINA, UsageTerms

_TURN = math.radians(-30)
_COS, _SIN = math.cos(_TURN), math.sin(_TURN)
_COLOUR, _ALPHA = "96 96 96", "72"  # of 255: legible over print, and print legible under it
_PITCH, _GAP = 1.45, 3.0  # ems from line to line, and between tiles
_NARROWEST = 21.0  # ems: an exchange's 32 hex digits fit on a line
_BROAD = 2.4  # how much broader than high a tile of a long text is
_WIDE, _HIGH, _SIZE = 0.5, 0.3, 1 / 46  # shares of the page's shorter side: a tile's width and height, and an em
_SMALLEST = 1.2  # millimetres: what a printer still prints, even if a tile is then larger than the page
_ASCII_END = "\x80"


@dataclass(frozen=True, slots=True)
class Tile:
    """The lines, and their greatest width in ems."""

    lines: tuple[str, ...]
    width: float


def make_tile(terms: UsageTerms) -> Tile:
    """The lines for these terms, broken into a block."""
    items = (
        "加注件",
        f"用途：{terms.cause}",
        f"用证单位：{terms.using_unit}",
        f"制作：{terms.creator}",
        f"制作时间：{terms.created.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
        f"有效期至：{terms.expires.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
        f"交换编号：{terms.exchange_id}",
    )
    room = max(_NARROWEST, math.sqrt(sum(map(ems, items)) * _PITCH * _BROAD))
    lines = tuple(line for item in items for line in broken(item, room))
    return Tile(lines, max(map(ems, lines)))


def ems(text: str) -> float:
    """The width of a text: Chinese characters are square, ASCII is half as wide."""
    return sum(0.5 if char < _ASCII_END else 1.0 for char in text)


def broken(text: str, room: float) -> Iterator[str]:
    """A text in lines of at most `room` ems."""
    line, width = "", 0.0
    for char in text:
        advance = ems(char)
        if width + advance > room:
            yield line
            line, width = "", 0.0
        line, width = line + char, width + advance
    yield line


def draw_tiles(tile: Tile, page: Box, font: str, identities: Iterator[str]) -> list[ET.Element]:
    """The objects of a page's watermark, in coordinates that begin at the page's upper left corner."""
    height = len(tile.lines) * _PITCH
    shorter = min(page.width, page.height)
    size = max(shorter * min(_SIZE, _WIDE / tile.width, _HIGH / height), _SMALLEST)
    whole = Box(0.0, 0.0, page.width, page.height)
    text = make_text(tile.lines, size, _PITCH * size)
    return [
        make(
            "TextObject",
            make("FillColor", Value=_COLOUR),
            *text,
            ID=next(identities),
            Font=font,
            Size=numbers(size),
            Boundary=str(whole),
            CTM=f"{_COS:.6f} {_SIN:.6f} {-_SIN:.6f} {_COS:.6f} {numbers(x, y)}",
            Alpha=_ALPHA,
        )
        for x, y in _places(page, tile.width * size, height * size, _GAP * size)
    ]


def make_text(lines: tuple[str, ...], size: float, pitch: float) -> list[ET.Element]:
    """The TextCode elements of lines that stand under one another. Each step is written: without it readers pile the characters up."""
    return [
        make("TextCode", text=line, X="0", Y=numbers(size + row * pitch), **_steps(line, size))
        for row, line in enumerate(lines)
    ]


def _steps(line: str, size: float) -> dict[str, str]:
    return {"DeltaX": numbers(*(ems(char) * size for char in line[:-1]))} if len(line) > 1 else {}


def _places(page: Box, width: float, height: float, gap: float) -> Iterator[tuple[float, float]]:
    """The upper left corners of all tiles that reach into the page: a turned grid, every second row shifted by half.

    Row by row, and in each only where it crosses the page: a long narrow page has few tiles in a large grid.
    """
    across, down, around = width + gap, height + gap, math.hypot(width, height)
    corners = [_turned_back(x, y) for x in (0.0, page.width) for y in (0.0, page.height)]
    first, last = (bound / down for bound in (min(y for _, y in corners) - around, max(y for _, y in corners) + around))
    for row in range(math.floor(first), math.ceil(last) + 1):
        top, shift = row * down, row % 2 / 2 * across
        # left * cos - top * sin is the tile's x on the page, left * sin + top * cos its y; the sine is negative.
        begin = max((top * _SIN - around) / _COS, (page.height + around - top * _COS) / _SIN)
        end = min((page.width + around + top * _SIN) / _COS, (-around - top * _COS) / _SIN)
        for column in range(math.ceil((begin - shift) / across), math.floor((end - shift) / across) + 1):
            left = column * across + shift
            outline = [_turned(left + right, top + low) for right in (0.0, width) for low in (0.0, height)]
            if _touches(outline, page):
                yield outline[0]


def _touches(outline: list[tuple[float, float]], page: Box) -> bool:
    """Whether the box around an outline reaches into the page."""
    xs, ys = [x for x, _ in outline], [y for _, y in outline]
    return min(xs) < page.width and max(xs) > 0 and min(ys) < page.height and max(ys) > 0


def _turned_back(x: float, y: float) -> tuple[float, float]:
    return x * _COS + y * _SIN, y * _COS - x * _SIN


def _turned(x: float, y: float) -> tuple[float, float]:
    return x * _COS - y * _SIN, x * _SIN + y * _COS
