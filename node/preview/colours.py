"""Colours (GB/T 33190-2016, clause 8.3): Gray, RGB and CMYK, palettes, Alpha; axial and radial shadings as SVG gradients.

CMYK is converted by the plain formula, without a profile. A Gouraud shading becomes the mean of its colours. Patterns: `patterns`.
"""

import math
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from node.preview import numbers
from node.preview.files import child, children, local
from node.preview.resources import Resources
from node.preview.svg import Canvas, Value, matrix_text, tag
from trust.errors import DocumentError

OPAQUE = 255.0
MAX_STOPS = 256
_SPREAD = {"Repeat": "repeat", "Reflect": "reflect"}
_COUNTS = {1: "GRAY", 3: "RGB", 4: "CMYK"}

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """What SVG fills or strokes with, and how opaque that is, from 0 to 1."""

    value: str
    opacity: float = 1.0

    def attributes(self, kind: str) -> dict[str, Value]:
        """The attributes of a fill or a stroke."""
        return {kind: self.value, f"{kind}_opacity": self.opacity if self.opacity < 1 else None}


BLACK = Paint(value="#000000")
NONE = Paint(value="none")


def alpha(element: ET.Element) -> float:
    """An element's Alpha, from 0 to 1.

    Raises:
        DocumentError: not a number.
    """
    return min(max(numbers.number(element.get("Alpha", "255"), "Alpha") / OPAQUE, 0.0), 1.0)


def paint(element: ET.Element, resources: Resources, canvas: Canvas | None) -> Paint:
    """The paint of a CT_Color element. Without a canvas, as for text, a shading is the mean of its colours.

    Raises:
        DocumentError: malformed numbers.
    """
    for shading in element:
        if local(shading) in {"AxialShd", "RadialShd"} and canvas is not None:
            return Paint(value=_gradient(shading, resources, canvas), opacity=alpha(element))
        if local(shading).endswith("Shd"):
            return Paint(value=_mean(shading, resources), opacity=alpha(element))
    return Paint(value=_hex(_rgb(element, resources)), opacity=alpha(element))


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(min(max(part, 0.0), 1.0) * OPAQUE):02x}" for part in colour)


def _rgb(element: ET.Element, resources: Resources) -> Rgb:
    """A plain colour, each part from 0 to 1. How many values there are tells the space; real files name wrong ones."""
    space = resources.colour_spaces.get(element.get("ColorSpace", ""))
    text = element.get("Value")
    if text is None:
        text = _from_palette(element, space)
    bits = int(numbers.number("8" if space is None else space.get("BitsPerComponent", "8"), "BitsPerComponent"))
    full = 2.0 ** min(max(bits, 1), 16) - 1
    values = [_component(part) / full for part in text.split()]
    match _COUNTS.get(len(values)):
        case "GRAY":
            return values[0], values[0], values[0]
        case "RGB":
            return values[0], values[1], values[2]
        case "CMYK":
            c, m, y, k = values
            return (1 - c) * (1 - k), (1 - m) * (1 - k), (1 - y) * (1 - k)
        case _:
            raise DocumentError("a colour of neither one, three nor four values")


def _component(text: str) -> float:
    """A component: decimal, or hexadecimal behind a number sign."""
    if text.startswith("#"):
        try:
            return float(int(text[1:3], 16))
        except ValueError as error:
            raise DocumentError("a colour: not a number") from error
    return numbers.number(text, "a colour")


def _from_palette(element: ET.Element, space: ET.Element | None) -> str:
    palette = None if space is None else child(space, "Palette")
    entries = [] if palette is None else list(children(palette, "CV"))
    place = int(numbers.number(element.get("Index", "0"), "a colour's Index"))
    return (entries[place].text or "0") if 0 <= place < len(entries) else "0"


def _mean(shading: ET.Element, resources: Resources) -> str:
    colours = [_rgb(found, resources) for point in shading for found in children(point, "Color")][:MAX_STOPS]
    if not colours:
        raise DocumentError("a shading without colours")
    red, green, blue = (sum(parts) / len(colours) for parts in zip(*colours, strict=True))
    return _hex((red, green, blue))


def _stops(shading: ET.Element, resources: Resources) -> str:
    """The colour stops. Positions that are missing are spread evenly (table 29)."""
    segments = list(children(shading, "Segment"))[:MAX_STOPS]
    written: list[str] = []
    for place, segment in enumerate(segments):
        colour = child(segment, "Color")
        if colour is None:
            raise DocumentError("a shading's segment without a colour")
        offset = numbers.number(segment.get("Position", str(place / max(1, len(segments) - 1))), "Position")
        opacity = alpha(colour)
        written.append(
            tag(
                "stop",
                offset=min(max(offset, 0.0), 1.0),
                stop_color=_hex(_rgb(colour, resources)),
                stop_opacity=opacity if opacity < 1 else None,
            )
        )
    if not written:
        raise DocumentError("a shading without segments")
    return "".join(written)


def _gradient(shading: ET.Element, resources: Resources, canvas: Canvas) -> str:
    """A gradient in the object's own coordinates. Outside its ends SVG goes on with the end's colour, as Extend 3 asks."""
    name, attributes = (_axial if local(shading) == "AxialShd" else _radial)(shading)
    stops = _stops(shading, resources)
    spread = _SPREAD.get(shading.get("MapType", ""))
    key = ("gradient", name, tuple(attributes.items()), spread, stops)

    def make(identity: str) -> str:
        return tag(name, stops, id=identity, gradientUnits="userSpaceOnUse", spreadMethod=spread, **attributes)

    return f"url(#{canvas.define(key, make)})"


def _ends(shading: ET.Element) -> tuple[float, float, float, float]:
    """Start and end point. Where colours repeat, MapUnit is the length of one round (table 29)."""
    x1, y1 = numbers.point(shading.get("StartPoint", "0 0"), "StartPoint")
    x2, y2 = numbers.point(shading.get("EndPoint", "0 0"), "EndPoint")
    length, unit = math.dist((x1, y1), (x2, y2)), numbers.number(shading.get("MapUnit", "0"), "MapUnit")
    if shading.get("MapType", "Direct") != "Direct" and unit > 0 and length > 0:
        x2, y2 = x1 + (x2 - x1) * unit / length, y1 + (y2 - y1) * unit / length
    return x1, y1, x2, y2


def _axial(shading: ET.Element) -> tuple[str, dict[str, Value]]:
    x1, y1, x2, y2 = _ends(shading)
    return "linearGradient", {"x1": x1, "y1": y1, "x2": x2, "y2": y2}


def _radial(shading: ET.Element) -> tuple[str, dict[str, Value]]:
    """Two circles; Eccentricity flattens them to ellipses, turned by Angle round the end's centre."""
    fx, fy, cx, cy = _ends(shading)
    radius = max(numbers.number(shading.get("EndRadius", "0"), "EndRadius"), 0.0)
    start = max(numbers.number(shading.get("StartRadius", "0"), "StartRadius"), 0.0)
    flat = math.sqrt(1 - min(max(numbers.number(shading.get("Eccentricity", "0"), "Eccentricity"), 0.0), 0.999) ** 2)
    turn = math.radians(numbers.number(shading.get("Angle", "0"), "Angle"))
    cos, sin = math.cos(turn), math.sin(turn)
    shape = numbers.then(numbers.then((1, 0, 0, 1, -cx, -cy), (1, 0, 0, flat, 0, 0)), (cos, sin, -sin, cos, cx, cy))
    transform = matrix_text(shape) if flat < 1 else None
    return "radialGradient", {
        "cx": cx,
        "cy": cy,
        "r": radius,
        "fx": fx,
        "fy": fy,
        "fr": min(start, radius),
        "gradientTransform": transform,
    }
