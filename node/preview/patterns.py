"""Patterns (GB/T 33190-2016, clause 8.3.3) as repeated cells inside a clip. ReflectMethod and RelativeTo="Page" are not followed."""

import math
from collections.abc import Callable
from xml.etree import ElementTree as ET

from node.preview import numbers
from node.preview.numbers import IDENTITY, Box, Matrix
from node.preview.paths import Outline
from node.preview.svg import Canvas, matrix_text, rectangle, tag
from trust.errors import DocumentError

MAX_CELLS = 4096
MIN_STEP = 0.01  # millimetres from cell to cell


def fill_with_pattern(
    pattern: ET.Element, outline: Outline, canvas: Canvas, *, even_odd: bool, draw_cell: Callable[[], None]
) -> None:
    """Fill an outline with the cells of a pattern.

    Raises:
        DocumentError: malformed numbers, or more cells than a page may have.
    """
    width, height = (numbers.number(pattern.get(side, "0"), side) for side in ("Width", "Height"))
    across = numbers.number(pattern.get("XStep", "0"), "XStep") or width
    down = numbers.number(pattern.get("YStep", "0"), "YStep") or height
    place = numbers.matrix(pattern.get("CTM"))
    columns, rows = _reach(outline.bounds(_inverse(place)), across, down)
    if len(columns) * len(rows) > MAX_CELLS:
        raise DocumentError("a pattern of too many cells")

    def make(identity: str) -> str:
        with canvas.aside() as drawn:
            draw_cell()
        edge = canvas.clip([(rectangle(Box(0.0, 0.0, width, height)), False, IDENTITY)])
        return tag("g", "".join(drawn), id=identity, clip_path=edge)

    cell = canvas.define(("cell", pattern), make)
    with (
        canvas.group(clip_path=canvas.clip([(outline.data, even_odd, IDENTITY)])),
        canvas.group(transform=matrix_text(place)),
    ):
        for row in rows:
            for column in columns:
                canvas.add(tag("use", href=f"#{cell}", x=column * across, y=row * down))


def _reach(area: Box, across: float, down: float) -> tuple[range, range]:
    """The columns and rows of cells that cover an area."""
    if min(across, down) < MIN_STEP:
        raise DocumentError("a pattern without extent")
    return (
        range(math.floor(area.x / across), math.ceil((area.x + area.width) / across)),
        range(math.floor(area.y / down), math.ceil((area.y + area.height) / down)),
    )


def _inverse(place: Matrix) -> Matrix:
    a, b, c, d, e, f = place
    size = a * d - b * c
    if size == 0:
        raise DocumentError("a pattern without extent")
    return d / size, -b / size, -c / size, a / size, (c * f - d * e) / size, (b * e - a * f) / size
