"""Draws page blocks: paths, text, pictures, composites (GB/T 33190-2016, clauses 8 to 12), each in its Boundary, CTM and clips.

An object that cannot be read is left out and noted; one that costs too much ends the preview. Not drawn: video, ImageMask, text as clip.
Text is not cut at its Boundary: real files state it too small for their glyphs.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from xml.etree import ElementTree as ET

from node.preview import numbers
from node.preview.clips import clips
from node.preview.colours import BLACK, NONE, Paint, alpha, paint
from node.preview.files import child, flag, local, text_of
from node.preview.images import data_uri, picture_tag
from node.preview.limits import LimitError
from node.preview.numbers import IDENTITY, Box, Matrix
from node.preview.paths import Outline, parse_path
from node.preview.patterns import fill_with_pattern
from node.preview.resources import Resources
from node.preview.stage import Stage
from node.preview.style import Style
from node.preview.svg import matrix_text, rectangle, tag
from node.preview.text import BOLD_STROKE, TextRun
from trust.errors import DocumentError

MAX_DEPTH = 24
"""Blocks, composites and patterns in one another."""

SLACK = 0.1
"""Millimetres by which a drawing may leave its Boundary uncut: producers round."""

UNIT = Box(0.0, 0.0, 1.0, 1.0)
"""What a picture fills before its CTM (clause 10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Painter:
    """Draws with the resources of one page, in the style of what surrounds the object."""

    stage: Stage
    resources: Resources
    style: Style = field(default_factory=Style)
    depth: int = 0

    def block(self, parent: ET.Element) -> None:
        """Draw every object of a layer, block, appearance or content, in order.

        Raises:
            LimitError: too much, or too deep.
        """
        if self.depth > MAX_DEPTH:
            raise LimitError("preview: drawings too deep in one another")
        inner = replace(self, style=self.style.within(parent, self.resources), depth=self.depth + 1)
        for element in parent:
            inner.draw(element)

    def draw(self, element: ET.Element) -> None:
        """Draw one object; what is no object is passed over.

        Raises:
            LimitError: too much, or too deep.
        """
        self.stage.budget.spend("objects")
        try:
            if flag(element, "Visible", default=True) and alpha(element) > 0:
                self._drawn(element)
        except LimitError:
            raise
        except DocumentError:
            self.stage.budget.note("an object of the page cannot be drawn: 页面中有无法绘制的对象")

    def _drawn(self, element: ET.Element) -> None:
        match local(element):
            case "PageBlock":
                self.block(element)
            case "PathObject":
                self._path(element)
            case "TextObject":
                self._text(element)
            case "ImageObject":
                self._image(element)
            case "CompositeObject":
                self._composite(element)
            case _:
                pass

    def _path(self, element: ET.Element) -> None:
        style = self.style.within(element, self.resources)
        outline = parse_path(text_of(element, "AbbreviatedData"), self.stage.budget)
        even_odd = element.get("Rule") == "Even-Odd"
        stroke = flag(element, "Stroke", default=True)
        fill = style.colour("FillColor") if flag(element, "Fill", default=False) else None
        place = numbers.matrix(element.get("CTM"))
        reach = style.line_width() * numbers.scale_of(place) if stroke else 0.0
        with self._frame(element, place, outline.bounds(place), SLACK + reach):
            pattern = child(fill, "Pattern")
            if pattern is not None:
                self._pattern(pattern, outline, even_odd=even_odd)
            self.stage.canvas.add(
                tag(
                    "path",
                    d=outline.data,
                    fill_rule="evenodd" if even_odd else None,
                    **self._paint(fill if pattern is None else None).attributes("fill"),
                    **(style.stroke(self.resources, self.stage.canvas) if stroke else {}),
                )
            )

    def _paint(self, colour: ET.Element | None) -> Paint:
        return NONE if colour is None else paint(colour, self.resources, self.stage.canvas)

    def _pattern(self, pattern: ET.Element, outline: Outline, *, even_odd: bool) -> None:
        cell = child(pattern, "CellContent")
        if cell is not None:
            fill_with_pattern(
                pattern, outline, self.stage.canvas, even_odd=even_odd, draw_cell=lambda: self.block(cell)
            )

    def _text(self, element: ET.Element) -> None:
        canvas = self.stage.canvas
        style = self.style.within(element, self.resources)
        run = TextRun(element, self.resources.fonts.get(element.get("Font", "")), self.stage.glyphs)
        colour = style.colour("FillColor")
        ink = BLACK if colour is None else paint(colour, self.resources, None)
        attributes = ink.attributes("fill") if flag(element, "Fill", default=True) else NONE.attributes("fill")
        line = 0.0
        if flag(element, "Stroke", default=False):
            attributes |= style.stroke(self.resources, None)
            line = style.line_width()
        elif run.bold:
            attributes |= ink.attributes("stroke")
            line = BOLD_STROKE * run.size
        with self._frame(element, numbers.matrix(element.get("CTM")), None, 0.0), canvas.group(**attributes):
            run.draw(line)

    def _image(self, element: ET.Element) -> None:
        boundary = numbers.box(element.get("Boundary", "0 0 0 0"), "Boundary")
        text = element.get("CTM")
        place = numbers.matrix(text) if text else (boundary.width, 0.0, 0.0, boundary.height, 0.0, 0.0)
        path = self.resources.pictures.get(element.get("ResourceID", ""))
        if path is None:
            raise DocumentError("a picture is not among the resources")
        picture = self.picture((self.stage.files, path), lambda: self.stage.files.read(path))
        with self._frame(element, place, numbers.bounds(list(UNIT.corners()), place), SLACK):
            self.stage.canvas.add(picture)

    def picture(self, key: Hashable, read: Callable[[], bytes]) -> str:
        """The markup of a picture that fills the unit square; it is decoded once.

        Raises:
            DocumentError: it cannot be read.
        """

        def make(identity: str) -> str:
            return picture_tag(identity, data_uri(read(), self.stage.budget))

        return tag("use", href=f"#{self.stage.canvas.define(('picture', key), make)}")

    def _composite(self, element: ET.Element) -> None:
        unit = self.resources.composites.get(element.get("ResourceID", ""))
        content = child(unit, "Content")
        if unit is None or content is None:
            raise DocumentError("a composite unit is not among the resources")
        size = Box(0.0, 0.0, *(numbers.number(unit.get(side, "0"), side) for side in ("Width", "Height")))
        place = numbers.matrix(element.get("CTM"))
        with self._frame(element, place, numbers.bounds(list(size.corners()), place), SLACK):
            self.block(content)

    @contextmanager
    def _frame(self, element: ET.Element, place: Matrix, drawn: Box | None, slack: float) -> Iterator[None]:
        """The object's place: Boundary, Alpha, clips, CTM. It is cut at its Boundary where what is drawn leaves it (clause 8.5)."""
        boundary = numbers.box(element.get("Boundary", "0 0 0 0"), "Boundary")
        inside = Box(0.0, 0.0, boundary.width, boundary.height)
        shift = (1.0, 0.0, 0.0, 1.0, boundary.x, boundary.y)
        cuts = list(clips(element, place, self.stage))
        if drawn is not None and inside.width > 0 and inside.height > 0 and not inside.grown(slack).holds(drawn):
            cuts.append(self.stage.canvas.clip([(rectangle(inside.grown(slack)), False, IDENTITY)]))
        opacity = alpha(element)
        with ExitStack() as stack:
            group = self.stage.canvas.group
            stack.enter_context(group(transform=matrix_text(shift), opacity=opacity if opacity < 1 else None))
            for cut in cuts:
                stack.enter_context(group(clip_path=cut))
            stack.enter_context(group(transform=matrix_text(place)))
            yield
