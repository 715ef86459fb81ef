"""Drawing parameters (GB/T 33190-2016, clause 8.2): the object's own, then its DrawParam's and what that builds on, then the layer's."""

from dataclasses import dataclass
from xml.etree import ElementTree as ET

from node.preview import numbers
from node.preview.colours import BLACK, Paint, paint
from node.preview.files import child
from node.preview.resources import Resources
from node.preview.svg import Canvas, Value

MAX_RELATIVES = 16
DEFAULT_WIDTH = 0.353  # millimetres: table 24
HAIRLINE = 0.1  # millimetres: a width of 0 asks for the thinnest line the device has
MIN_DASH = 0.01  # millimetres; finer patterns are a grey line, and a burden
_MITER = 4.234  # table 24
_CAPS = {"Round": "round", "Square": "square"}
_JOINS = {"Round": "round", "Bevel": "bevel"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Where an object's drawing parameters are looked up, nearest first."""

    sources: tuple[ET.Element, ...] = ()

    def within(self, element: ET.Element, resources: Resources) -> "Style":
        """The style of an element inside what has this style."""
        found = [element]
        seen: set[str] = set()
        reference = element.get("DrawParam")
        while reference in resources.draw_params and reference not in seen and len(seen) < MAX_RELATIVES:
            seen.add(reference)
            found.append(resources.draw_params[reference])
            reference = found[-1].get("Relative")
        return Style(sources=(*found, *self.sources[: 4 * MAX_RELATIVES]))

    def get(self, name: str) -> str | None:
        """A parameter, or none."""
        return next((value for source in self.sources if (value := source.get(name)) is not None), None)

    def colour(self, name: str) -> ET.Element | None:
        """FillColor or StrokeColor, or none."""
        return next((found for source in self.sources if (found := child(source, name)) is not None), None)

    def line_width(self) -> float:
        """The width of lines in millimetres.

        Raises:
            DocumentError: not a number.
        """
        return max(numbers.number(self.get("LineWidth") or str(DEFAULT_WIDTH), "LineWidth"), 0.0) or HAIRLINE

    def stroke(self, resources: Resources, canvas: Canvas | None) -> dict[str, Value]:
        """The attributes of a stroke; black unless a colour is given.

        Raises:
            DocumentError: malformed numbers.
        """
        colour = self.colour("StrokeColor")
        chosen: Paint = BLACK if colour is None else paint(colour, resources, canvas)
        return {
            **chosen.attributes("stroke"),
            "stroke_width": self.line_width(),
            "stroke_linecap": _CAPS.get(self.get("Cap") or ""),
            "stroke_linejoin": _JOINS.get(self.get("Join") or ""),
            "stroke_miterlimit": max(numbers.number(self.get("MiterLimit") or str(_MITER), "MiterLimit"), 1.0),
            **self._dashes(),
        }

    def _dashes(self) -> dict[str, Value]:
        pattern = numbers.numbers(self.get("DashPattern") or "", "DashPattern")
        if not pattern or min(pattern) < 0 or sum(pattern) < MIN_DASH:
            return {}
        offset = numbers.number(self.get("DashOffset") or "0", "DashOffset")
        return {
            "stroke_dasharray": " ".join(f"{part:g}" for part in pattern[:MAX_RELATIVES]),
            "stroke_dashoffset": offset or None,
        }
