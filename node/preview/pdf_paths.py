"""SVG path data replayed on a path of PDF, which knows no quadratic curves. Only the absolute letters that our SVG holds: M L H V Q C Z."""

import re
from collections.abc import Iterator
from typing import Protocol

_TOKEN = re.compile(r"[MLHVQCZ]|[-+]?[\d.]+(?:e[-+]?\d+)?")
_OPERANDS = {"M": 2, "L": 2, "H": 1, "V": 1, "Q": 4, "C": 6, "Z": 0}


class PdfPath(Protocol):
    """What a path of reportlab does."""

    def moveTo(self, x: float, y: float) -> None: ...  # noqa: D102, N802 - reportlab's names
    def lineTo(self, x: float, y: float) -> None: ...  # noqa: D102, N802
    def curveTo(self, x1: float, y1: float, x2: float, y2: float, x3: float, y3: float) -> None: ...  # noqa: D102, N802
    def close(self) -> None: ...  # noqa: D102


def replay(data: str, path: PdfPath, place: tuple[float, ...] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)) -> None:
    """Replay path data under a matrix. Curves survive that, since matrices keep their control points."""
    a, b, c, d, e, f = place
    start = here = (0.0, 0.0)

    def put(x: float, y: float) -> tuple[float, float]:
        return a * x + c * y + e, b * x + d * y + f

    for letter, values in _segments(data):
        points = _points(letter, values, here)
        match letter:
            case "M":
                start = points[0]
                path.moveTo(*put(*start))
            case "Z":
                path.close()
                points = [start]
            case "Q" | "C":
                one, two, three = (put(*point) for point in points)
                path.curveTo(*one, *two, *three)
            case _:
                path.lineTo(*put(*points[0]))
        here = points[-1]


def _points(letter: str, values: list[float], here: tuple[float, float]) -> list[tuple[float, float]]:
    """A segment's points; a quadratic curve's become those of a cubic one."""
    match letter:
        case "H":
            return [(values[0], here[1])]
        case "V":
            return [(here[0], values[0])]
        case "Q":
            x1, y1, x, y = values
            near = here[0] + (x1 - here[0]) * 2 / 3, here[1] + (y1 - here[1]) * 2 / 3
            return [near, (x + (x1 - x) * 2 / 3, y + (y1 - y) * 2 / 3), (x, y)]
        case _:
            return list(zip(values[::2], values[1::2], strict=True))


def _segments(data: str) -> Iterator[tuple[str, list[float]]]:
    tokens = iter(_TOKEN.findall(data))
    letter = "M"
    for token in tokens:
        first: list[float] = []
        if token.isalpha():
            letter = token
        else:
            first.append(float(token))
        yield letter, first + [float(next(tokens)) for _ in range(_OPERANDS[letter] - len(first))]
        letter = "L" if letter == "M" else letter  # SVG 1.1, 8.3.2: more points behind a move are lines
