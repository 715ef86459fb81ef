"""Outlines drawn by this project for its demonstration certificates, as AbbreviatedData (GB/T 33190-2016, table 36). Millimetres.

The ornaments are invented and hold no star, wheel, wreath or building: nothing here may be taken for an emblem of the state. The words
样例 are strokes and not text, so that they are seen where no Chinese font is at hand.
"""

import math
from collections.abc import Iterable

Point = tuple[float, float]

_SAMPLE = (  # 样 and 例, each stroke as the points of its bends, in a square of 100
    (
        ((6, 32), (45, 32)),
        ((26, 6), (26, 96)),
        ((25, 35), (17, 53), (4, 70)),
        ((28, 40), (43, 58)),
        ((57, 7), (65, 20)),
        ((89, 6), (80, 20)),
        ((51, 24), (97, 24)),
        ((55, 45), (93, 45)),
        ((48, 67), (99, 67)),
        ((74, 24), (74, 97)),
    ),
    (
        ((26, 5), (17, 28), (4, 48)),
        ((18, 32), (18, 97)),
        ((31, 13), (67, 13)),
        ((46, 14), (41, 34), (29, 56)),
        ((44, 36), (64, 36), (58, 58), (47, 78), (31, 96)),
        ((39, 54), (52, 67)),
        ((77, 22), (77, 70)),
        ((95, 6), (95, 93), (84, 87)),
    ),
)
_STEPS_PER_WAVE = 6


def rectangle(x: float, y: float, width: float, height: float, *, rounded: float = 0.0) -> str:
    """A rectangle, with corners of this radius."""
    right, bottom, r = x + width, y + height, rounded
    if not r:
        return f"M {x:g} {y:g} L {right:g} {y:g} L {right:g} {bottom:g} L {x:g} {bottom:g} C"
    arc = f"A {r:g} {r:g} 0 0 1"
    return (
        f"M {x + r:g} {y:g} L {right - r:g} {y:g} {arc} {right:g} {y + r:g} L {right:g} {bottom - r:g} "
        f"{arc} {right - r:g} {bottom:g} L {x + r:g} {bottom:g} {arc} {x:g} {bottom - r:g} L {x:g} {y + r:g} "
        f"{arc} {x + r:g} {y:g} C"
    )


def ring(x: float, y: float, radius: float) -> str:
    """A circle round (x, y)."""
    arc = f"A {radius:g} {radius:g} 0 1 1"
    return f"M {x - radius:g} {y:g} {arc} {x + radius:g} {y:g} {arc} {x - radius:g} {y:g} C"


def rosette(x: float, y: float, radius: float, *, petals: int, depth: float, turn: float = 0.0) -> str:
    """A closed curve that swings `petals` times between radius x (1 - depth) and radius; `turn` is a part of one swing."""
    steps = petals * _STEPS_PER_WAVE
    points = []
    for step in range(steps):
        angle = math.tau * step / steps
        reach = radius * (1 - depth / 2 + depth / 2 * math.cos(petals * angle - math.tau * turn))
        points.append((x + reach * math.sin(angle), y - reach * math.cos(angle)))
    return _smooth(points)


def _smooth(points: list[Point]) -> str:
    """A closed curve near the points: quadratic pieces that meet half-way between them."""
    middles = [((x + u) / 2, (y + v) / 2) for (x, y), (u, v) in zip(points, points[1:] + points[:1], strict=True)]
    first = middles[-1]
    pieces = (f"Q {x:.2f} {y:.2f} {u:.2f} {v:.2f}" for (x, y), (u, v) in zip(points, middles, strict=True))
    return f"M {first[0]:.2f} {first[1]:.2f} {' '.join(pieces)} C"


def braid(x: float, y: float, width: float, height: float, *, band: float, strands: int = 3) -> tuple[str, ...]:
    """Waves that run round inside a rectangle, in a band of this width; each strand is a part of a wave behind the one before."""
    half = band / 2
    inner = (x + half, y + half, width - band, height - band)
    return tuple(_wave(*inner, swing=half, shift=strand / strands) for strand in range(strands))


def _wave(x: float, y: float, width: float, height: float, *, swing: float, shift: float) -> str:
    corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
    points: list[Point] = []
    for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
        length = math.hypot(bx - ax, by - ay)
        steps = round(length / (2.4 * swing)) * _STEPS_PER_WAVE  # whole waves on each side, a little longer than high
        across, down = (bx - ax) / length, (by - ay) / length
        for step in range(steps):
            at = length * step / steps
            off = swing * math.sin(math.tau * (step / _STEPS_PER_WAVE + shift))
            points.append((ax + across * at + down * off, ay + down * at - across * off))
    return _smooth(points)


def sample_words(x: float, y: float, size: float, *, gap: float = 0.15) -> str:
    """The strokes of 样例 from the top left corner (x, y) on, each character `size` wide; `gap` in sizes."""
    return " ".join(_strokes(glyph, x + place * size * (1 + gap), y, size) for place, glyph in enumerate(_SAMPLE))


def _strokes(glyph: Iterable[tuple[Point, ...]], x: float, y: float, size: float) -> str:
    lines = []
    for stroke in glyph:
        points = [f"{x + u * size / 100:.2f} {y + v * size / 100:.2f}" for u, v in stroke]
        lines.append(f"M {' L '.join(points)}")
    return " ".join(lines)
