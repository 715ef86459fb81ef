"""SVG to PDF, on reportlab's canvas: the subset of SVG that `svg.Canvas` writes, with outlines as curves and shared glyphs as forms.

Not a reader of SVG in general. A group's opacity is passed to what it holds, and repeating gradients are drawn once. Why no SVG library:
fpdf2 misplaces nested clips and pictures, svglib loses the transparency of pictures, CairoSVG needs a system library beside its wheel.
"""

import base64
import io
import re
from typing import Any
from xml.etree import ElementTree as ET

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import FILL_EVEN_ODD, FILL_NON_ZERO, Canvas

from node.preview.page import Drawing
from node.preview.pdf_paths import replay

_POINT = 72 / 25.4  # points in a millimetre
_FAR = 100_000  # the bounds of a form, in its own units: no outline reaches so far
_REFERENCE = re.compile(r"url\(#(\w+)\)")
_CAPS = {"butt": 0, "round": 1, "square": 2}
_JOINS = {"miter": 0, "round": 1, "bevel": 2}
_INHERITED = frozenset(
    {
        "fill", "fill-opacity", "fill-rule", "stroke", "stroke-opacity", "stroke-width", "stroke-linecap",
        "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray", "stroke-dashoffset",
    }
)  # fmt: skip

Ink = dict[str, str]
"""Presentation attributes as SVG inherits them; `opacity` holds the product of the groups'."""


def to_pdf(drawing: Drawing) -> bytes:
    """The page as a PDF of one page, its size that of the OFD page."""
    area = drawing.area
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(area.width * _POINT, area.height * _POINT), pageCompression=1, invariant=1)
    canvas.transform(_POINT, 0, 0, -_POINT, -area.x * _POINT, (area.y + area.height) * _POINT)
    root = ET.fromstring(drawing.svg)  # noqa: S314 - our own SVG
    _Writer(canvas, root).draw(root, {"opacity": "1", "fill": "#000000", "stroke": "none"})
    canvas.showPage()
    canvas.save()
    return target.getvalue()


class _Writer:
    """Replays elements on a canvas. Definitions are looked up by id; each glyph and picture is stored once."""

    def __init__(self, canvas: Canvas, root: ET.Element) -> None:
        self._canvas: Any = canvas
        self._ids = {element.get("id", ""): element for element in root.iter() if element.get("id")}
        self._forms: set[str] = set()
        self._pictures: dict[str, ImageReader] = {}

    def draw(self, element: ET.Element, ink: Ink) -> None:
        """Draw an element and what it holds."""
        name = element.tag.rpartition("}")[2]
        if name == "defs":
            return
        inner = {**ink, **{key: value for key, value in element.attrib.items() if key in _INHERITED}}
        inner["opacity"] = str(float(ink["opacity"]) * float(element.get("opacity", "1")))
        self._canvas.saveState()
        self._enter(element)
        match name:
            case "path":
                self._path(element, inner)
            case "use":
                self._use(self._ids[element.get("href", "").removeprefix("#")], inner)
            case "image":
                self._image(element, inner)
            case _:
                for child in element:
                    self.draw(child, inner)
        self._canvas.restoreState()

    def _enter(self, element: ET.Element) -> None:
        """Take over the element's transform, clip and way of blending."""
        if element.get("transform"):
            self._canvas.transform(*_matrix(element))
        if element.get("x") or element.get("y"):
            self._canvas.translate(float(element.get("x", "0")), float(element.get("y", "0")))
        found = _REFERENCE.match(element.get("clip-path", ""))
        if found:
            self._clip(self._ids[found[1]])
        if "multiply" in element.get("style", ""):
            self._canvas.setBlendMode("Multiply")

    def _clip(self, clip: ET.Element) -> None:
        """All shapes of a clip as one path: the union of what they cover, as far as one rule can tell."""
        path = self._canvas.beginPath()
        for shape in clip:
            replay(shape.get("d", ""), path, _matrix(shape))
        even_odd = len(clip) == 1 and clip[0].get("clip-rule") == "evenodd"
        self._canvas.clipPath(path, stroke=0, fill=0, fillMode=FILL_EVEN_ODD if even_odd else FILL_NON_ZERO)

    def _use(self, target: ET.Element, ink: Ink) -> None:
        if target.tag.rpartition("}")[2] == "path" and "url" not in ink["fill"]:
            self._form(target, ink)
        else:
            self.draw(target, ink)

    def _form(self, target: ET.Element, ink: Ink) -> None:
        """A glyph: its outline is a form, drawn in the colours of where it is used."""
        ink = {**ink, **{key: value for key, value in target.attrib.items() if key in _INHERITED}}
        fill, stroke = ink["fill"] != "none", ink["stroke"] != "none"
        name = f"{target.get('id')}{'f' if fill else ''}{'s' if stroke else ''}"
        if name not in self._forms:
            self._forms.add(name)
            self._canvas.beginForm(name, -_FAR, -_FAR, _FAR, _FAR)
            path = self._canvas.beginPath()
            replay(target.get("d", ""), path, _matrix(target))
            self._canvas.drawPath(path, stroke=int(stroke), fill=int(fill), fillMode=FILL_NON_ZERO)
            self._canvas.endForm()
        self._colours(ink)
        self._canvas.doForm(name)

    def _path(self, element: ET.Element, ink: Ink) -> None:
        path = self._canvas.beginPath()
        replay(element.get("d", ""), path)
        mode = FILL_EVEN_ODD if ink.get("fill-rule") == "evenodd" else FILL_NON_ZERO
        shading = _REFERENCE.match(ink["fill"])
        if shading:
            self._canvas.saveState()
            self._canvas.setFillAlpha(_opacity(ink, "fill"))
            self._canvas.clipPath(path, stroke=0, fill=0, fillMode=mode)
            self._gradient(self._ids[shading[1]])
            self._canvas.restoreState()
        self._colours(ink)
        fill = ink["fill"] != "none" and not shading
        stroke = ink["stroke"] != "none"
        if fill or stroke:
            self._canvas.drawPath(path, stroke=int(stroke), fill=int(fill), fillMode=mode)

    def _colours(self, ink: Ink) -> None:
        """Set colours and line of what is drawn next. A shaded stroke is drawn in the shading's first colour."""
        canvas = self._canvas
        if ink["fill"].startswith("#"):
            canvas.setFillColor(HexColor(ink["fill"]))
        canvas.setFillAlpha(_opacity(ink, "fill"))
        if ink["stroke"] == "none":
            return
        shading = _REFERENCE.match(ink["stroke"])
        canvas.setStrokeColor(_stops(self._ids[shading[1]])[0][0] if shading else HexColor(ink["stroke"]))
        canvas.setStrokeAlpha(_opacity(ink, "stroke"))
        canvas.setLineWidth(float(ink.get("stroke-width", "1")))
        canvas.setLineCap(_CAPS[ink.get("stroke-linecap", "butt")])
        canvas.setLineJoin(_JOINS[ink.get("stroke-linejoin", "miter")])
        canvas.setMiterLimit(float(ink.get("stroke-miterlimit", "4")))
        dashes = [float(part) for part in ink.get("stroke-dasharray", "").split()]
        if dashes:
            canvas.setDash(dashes, float(ink.get("stroke-dashoffset", "0")))

    def _gradient(self, gradient: ET.Element) -> None:
        if gradient.get("gradientTransform"):
            self._canvas.transform(*_matrix(gradient, "gradientTransform"))
        stops = _stops(gradient)
        colours, positions = [colour for colour, _ in stops], [position for _, position in stops]
        place = {key: float(gradient.get(key, "0")) for key in ("x1", "y1", "x2", "y2", "cx", "cy", "r")}
        if gradient.tag.endswith("linearGradient"):
            ends = (place["x1"], place["y1"], place["x2"], place["y2"])
            self._canvas.linearGradient(*ends, colours, positions)
        else:
            self._canvas.radialGradient(place["cx"], place["cy"], max(place["r"], 1e-3), colours, positions)

    def _image(self, element: ET.Element, ink: Ink) -> None:
        key = element.get("id", "")
        if key not in self._pictures:
            data = base64.b64decode(element.get("href", "").partition(",")[2])
            self._pictures[key] = ImageReader(io.BytesIO(data))
        self._canvas.setFillAlpha(float(ink["opacity"]))
        self._canvas.transform(1, 0, 0, -1, 0, 1)  # pictures of PDF stand on their lower edge
        self._canvas.drawImage(self._pictures[key], 0, 0, 1, 1, mask="auto")


def _matrix(element: ET.Element, name: str = "transform") -> tuple[float, ...]:
    text = element.get(name, "matrix(1 0 0 1 0 0)")
    return tuple(float(part) for part in text.removeprefix("matrix(").removesuffix(")").split())


def _opacity(ink: Ink, kind: str) -> float:
    return float(ink["opacity"]) * float(ink.get(f"{kind}-opacity", "1"))


def _stops(gradient: ET.Element) -> list[tuple[Color, float]]:
    """Colours and positions in rising order; a gradient needs two."""
    stops = [(HexColor(stop.get("stop-color")), float(stop.get("offset", "0"))) for stop in gradient]
    stops.sort(key=lambda stop: stop[1])
    return stops if len(stops) > 1 else [*stops, *stops]
