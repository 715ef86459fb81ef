"""Boxes on pages (ST_Box, GB/T 33190-2016 clause 7.3), in millimetres, bounded."""

import math
from dataclasses import dataclass

from trust.errors import DocumentError

MAX_SIDE = 5000.0  # a page beyond it is no certificate
_MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Box:
    """Left, top, width and height."""

    x: float
    y: float
    width: float
    height: float

    def __str__(self) -> str:
        return numbers(self.x, self.y, self.width, self.height)


A4 = Box(0.0, 0.0, 210.0, 297.0)


def read_box(text: str, what: str) -> Box:
    """The box that a text names; `what` names it in the error.

    Raises:
        DocumentError: not four numbers, without area, or out of bounds.
    """
    try:
        x, y, width, height = map(float, text[:_MAX_TEXT].split())
    except ValueError as error:
        raise DocumentError(f"{what}: not a box of four numbers") from error
    sane = all(math.isfinite(side) and abs(side) <= MAX_SIDE for side in (x, y, width, height))
    if not (sane and width > 0 and height > 0):
        raise DocumentError(f"{what}: a box without area, or beyond {MAX_SIDE:g} mm")
    return Box(x, y, width, height)


def numbers(*values: float) -> str:
    """Numbers as OFD writes them: a micrometre is enough."""
    return " ".join(f"{round(value, 3) + 0.0:.10g}" for value in values)


def decimals(*values: float) -> str:
    """Numbers of a CTM: a scale of six digits is right to a micrometre over any page. Never with an exponent."""
    return " ".join(f"{round(value, 6) + 0.0:.6f}".rstrip("0").rstrip(".") for value in values)
