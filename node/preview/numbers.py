"""Numbers of OFD: ST_Array, ST_Box, matrices and the "g n v" shorthand (GB/T 33190-2016, tables 2 and 46), finite and bounded."""

import math
import re
from typing import NamedTuple

from trust.errors import DocumentError

MAGNITUDE = 1e7
"""No coordinate of a page is larger: ten kilometres in millimetres."""

_DELTA = re.compile(r"g|[^\sg,]+")
_BOX, _MATRIX = 4, 6

Matrix = tuple[float, float, float, float, float, float]
"""a b c d e f: x' = ax + cy + e, y' = bx + dy + f, as in OFD and SVG alike."""

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Box(NamedTuple):
    """A rectangle, in millimetres; y runs down."""

    x: float
    y: float
    width: float
    height: float

    def corners(self) -> tuple[tuple[float, float], ...]:
        """The four corners, round."""
        right, bottom = self.x + self.width, self.y + self.height
        return (self.x, self.y), (right, self.y), (right, bottom), (self.x, bottom)

    def grown(self, by: float) -> "Box":
        """The box with a margin round it."""
        return Box(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)

    def holds(self, other: "Box") -> bool:
        """Whether the other lies inside."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and self.x + self.width >= other.x + other.width
            and self.y + self.height >= other.y + other.height
        )


def number(text: str, what: str) -> float:
    """One number; `what` names it in the error.

    Raises:
        DocumentError: not a finite number of bounded size.
    """
    try:
        value = float(text)
    except ValueError as error:
        raise DocumentError(f"{what}: not a number") from error
    if not abs(value) <= MAGNITUDE:  # NaN fails every comparison
        raise DocumentError(f"{what}: not finite, or larger than {MAGNITUDE:g}")
    return value


def numbers(text: str, what: str) -> list[float]:
    """An array of numbers between spaces or commas.

    Raises:
        DocumentError: as `number`.
    """
    return [number(part, what) for part in text.replace(",", " ").split()]


def box(text: str, what: str) -> Box:
    """A box: x y width height.

    Raises:
        DocumentError: not four numbers, or a negative side.
    """
    values = numbers(text, what)
    if len(values) != _BOX or values[2] < 0 or values[3] < 0:
        raise DocumentError(f"{what}: not a box")
    return Box(*values)


def matrix(text: str | None) -> Matrix:
    """A CTM; none is the identity.

    Raises:
        DocumentError: not six numbers.
    """
    if text is None:
        return IDENTITY
    values = numbers(text, "CTM")
    if len(values) != _MATRIX:
        raise DocumentError("CTM: not six numbers")
    return (values[0], values[1], values[2], values[3], values[4], values[5])


def point(text: str, what: str) -> tuple[float, float]:
    """A position: x y.

    Raises:
        DocumentError: not two numbers.
    """
    values = numbers(text, what)
    if len(values) != len(("x", "y")):
        raise DocumentError(f"{what}: not a position")
    return values[0], values[1]


def then(first: Matrix, second: Matrix) -> Matrix:
    """The matrix that does `first`, then `second`."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def moved(place: Matrix, x: float, y: float) -> tuple[float, float]:
    """A point under a matrix."""
    a, b, c, d, e, f = place
    return a * x + c * y + e, b * x + d * y + f


def bounds(points: list[tuple[float, float]], place: Matrix = IDENTITY) -> Box:
    """The box round points under a matrix. At least one point."""
    placed = [moved(place, x, y) for x, y in points]
    left, top = min(x for x, _ in placed), min(y for _, y in placed)
    return Box(left, top, max(x for x, _ in placed) - left, max(y for _, y in placed) - top)


def scale_of(place: Matrix) -> float:
    """The mean enlargement of a matrix."""
    return math.sqrt(abs(place[0] * place[3] - place[1] * place[2]))


def deltas(text: str, count: int) -> list[float]:
    """At most `count` steps of DeltaX or DeltaY, where "g n v" stands for n times v (table 46): never more is unrolled.

    Raises:
        DocumentError: not numbers.
    """
    steps: list[float] = []
    tokens = iter(_DELTA.findall(text))
    for token in tokens:
        if len(steps) >= count:
            break
        if token == "g":  # noqa: S105 - a token of a grammar
            times = int(number(next(tokens, ""), "a repeated delta"))
            steps += [number(next(tokens, ""), "a repeated delta")] * min(max(times, 0), count - len(steps))
        else:
            steps.append(number(token, "a delta"))
    return steps
