"""Path data: AbbreviatedData (GB/T 33190-2016, table 36) as SVG path data of M, L, Q, C and Z alone. Arcs become Bézier curves."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from node.preview import numbers
from node.preview.limits import Budget
from node.preview.numbers import Box, Matrix
from node.preview.svg import plain
from trust.errors import DocumentError

_TOKEN = re.compile(r"[A-Za-z]|[^\sA-Za-z,]+(?:[eE][-+]?\d+)?")
_OPERANDS = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}
_LEAST_RADIUS = 1e-6  # millimetres; below it an arc is a line
_LETTERS = {"S": "M", "M": "M", "L": "L", "Q": "Q", "B": "C"}

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """SVG path data and its control points, of which the curve never leaves the hull."""

    data: str
    points: tuple[Point, ...]

    def bounds(self, place: Matrix) -> Box:
        """The box round the control points under a matrix."""
        return numbers.bounds(list(self.points), place)


def parse_path(text: str, budget: Budget) -> Outline:
    """Read AbbreviatedData.

    Raises:
        DocumentError: an unknown operator, or operands that are missing or not numbers.
        LimitError: too many segments.
    """
    written: list[str] = []
    points: list[Point] = []
    for letter, values in _segments(text):
        budget.spend("segments")
        if letter == "C":
            written.append("Z")
        elif letter == "A":
            for curve in _arc(points[-1] if points else (0.0, 0.0), values):
                _write(written, points, "B", curve)
        else:
            _write(written, points, letter, values)
    if not points:
        raise DocumentError("AbbreviatedData: an empty path")
    if not written[0].startswith("M"):
        written.insert(0, "M0 0")  # where a path without M begins is not said; it is drawn from the origin
    return Outline(data="".join(written), points=tuple(points))


def _write(written: list[str], points: list[Point], letter: str, values: list[float]) -> None:
    written.append(_LETTERS[letter] + " ".join(map(plain, values)))
    points.extend(zip(values[::2], values[1::2], strict=True))


def _segments(text: str) -> Iterator[tuple[str, list[float]]]:
    """Operators with their operands; operands without an operator belong to the last one."""
    tokens = iter(_TOKEN.findall(text))
    letter = ""
    for token in tokens:
        values: list[float] = []
        if token.isalpha() and token.isascii():
            letter = token
        else:
            values.append(numbers.number(token, "AbbreviatedData"))
        needed = _OPERANDS.get(letter, -1)
        if needed < len(values):
            raise DocumentError("AbbreviatedData: an unknown operator")
        values += [numbers.number(next(tokens, ""), "AbbreviatedData") for _ in range(needed - len(values))]
        yield letter, values


def _arc(start: Point, values: list[float]) -> Iterator[list[float]]:
    """Bézier curves of at most a quarter turn for rx, ry, angle, large, sweep, x, y. The arithmetic is that of SVG 1.1, F.6.5 and F.6.6."""
    rx, ry, angle, large, sweep, x, y = values
    rx, ry, turn = abs(rx), abs(ry), math.radians(angle)
    cos, sin = math.cos(turn), math.sin(turn)
    half = ((start[0] - x) / 2, (start[1] - y) / 2)
    px, py = cos * half[0] + sin * half[1], cos * half[1] - sin * half[0]
    if min(rx, ry) < _LEAST_RADIUS or (px, py) == (0, 0):
        yield [*start, x, y, x, y]
        return
    enlarge = math.sqrt(max(1.0, (px / rx) ** 2 + (py / ry) ** 2))
    rx, ry = rx * enlarge, ry * enlarge
    rest = (rx * ry) ** 2 - (rx * py) ** 2 - (ry * px) ** 2
    factor = math.sqrt(max(0.0, rest) / ((rx * py) ** 2 + (ry * px) ** 2)) * (-1 if bool(large) == bool(sweep) else 1)
    cx, cy = factor * rx * py / ry, -factor * ry * px / rx
    first = math.atan2((py - cy) / ry, (px - cx) / rx)
    span = math.atan2((-py - cy) / ry, (-px - cx) / rx) - first
    span += math.tau * ((bool(sweep) and span < 0) - (not sweep and span > 0))
    middle = (start[0] + x) / 2, (start[1] + y) / 2
    place = (rx * cos, rx * sin, -ry * sin, ry * cos, cos * cx - sin * cy + middle[0], sin * cx + cos * cy + middle[1])
    yield from _turns(first, span, place)


def _turns(first: float, span: float, place: Matrix) -> Iterator[list[float]]:
    """Curves along the unit circle from one angle, over a span, under a matrix."""
    count = max(1, math.ceil(abs(span) / (math.pi / 2) - 1e-9))
    step = span / count
    reach = 4 / 3 * math.tan(step / 4)
    for turn in range(count):
        one, two = first + turn * step, first + (turn + 1) * step
        controls = (
            (math.cos(one) - reach * math.sin(one), math.sin(one) + reach * math.cos(one)),
            (math.cos(two) + reach * math.sin(two), math.sin(two) - reach * math.cos(two)),
            (math.cos(two), math.sin(two)),
        )
        yield [value for control in controls for value in numbers.moved(place, *control)]
