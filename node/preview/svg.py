"""The SVG being drawn: groups, shared definitions and a count of what it costs. It knows nothing of OFD.

The SVG it writes is a small subset that `pdf` reads again: g, use, path, image, text, clipPath, linearGradient, radialGradient.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from html import escape

from node.preview.limits import Budget
from node.preview.numbers import IDENTITY, Box, Matrix

Value = str | float | None


def plain(value: float) -> str:
    """A number for SVG: seven digits are a tenth of a micrometre on the largest page."""
    return format(value + 0.0, ".7g")


def matrix_text(place: Matrix) -> str | None:
    """A transform attribute; none for the identity."""
    return None if place == IDENTITY else f"matrix({' '.join(map(plain, place))})"


def tag(name: str, content: str | None = None, /, **attributes: Value) -> str:
    """An element. An attribute that is None is left out; an underscore in a name stands for a hyphen."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value if isinstance(value, str) else plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}/>" if content is None else f"<{name}{written}>{content}</{name}>"


def rectangle(area: Box) -> str:
    """A rectangle as path data."""
    return "M" + "L".join(f"{plain(x)} {plain(y)}" for x, y in area.corners()) + "Z"


class Canvas:
    """Collects markup; every piece is paid for."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._out: list[str] = []
        self._definitions: list[str] = []
        self._names: dict[Hashable, str] = {}
        self._count = 0

    def add(self, markup: str) -> None:
        """Draw this next."""
        self._budget.spend("svg_bytes", len(markup))
        self._out.append(markup)

    @contextmanager
    def group(self, **attributes: Value) -> Iterator[None]:
        """Draw what follows inside a group; without attributes, plainly."""
        if all(value is None for value in attributes.values()):
            yield
            return
        self.add(tag("g", "", **attributes).removesuffix("</g>"))
        try:
            yield
        finally:
            self._out.append("</g>")

    @contextmanager
    def aside(self) -> Iterator[list[str]]:
        """Collect what is drawn inside without showing it; for definitions."""
        kept, self._out = self._out, []
        try:
            yield self._out
        finally:
            self._out = kept

    def define(self, key: Hashable, make: Callable[[str], str]) -> str:
        """The name of a definition; `make` is called with a new one the first time the key is seen."""
        if key not in self._names:
            self._count += 1
            name = f"d{self._count}"
            markup = make(name)
            self._budget.spend("svg_bytes", len(markup))
            self._definitions.append(markup)
            self._names[key] = name
        return self._names[key]

    def clip(self, shapes: Iterable[tuple[str, bool, Matrix]]) -> str:
        """The clip-path attribute that keeps what lies inside any of the shapes: path data, whether even-odd, and place."""
        inside = "".join(
            tag("path", d=data, clip_rule="evenodd" if even_odd else None, transform=matrix_text(place))
            for data, even_odd, place in shapes
        )
        return f"url(#{self.define(('clip', inside), lambda name: tag('clipPath', inside, id=name))})"

    def svg(self, area: Box) -> str:
        """The whole picture, on white, of the size of the page in millimetres."""
        paper = tag("path", d=rectangle(area), fill="#ffffff")
        return tag(
            "svg",
            f"<defs>{''.join(self._definitions)}</defs>{paper}{''.join(self._out)}",
            xmlns="http://www.w3.org/2000/svg",
            width=f"{plain(area.width)}mm",
            height=f"{plain(area.height)}mm",
            viewBox=" ".join(map(plain, area)),
        )
