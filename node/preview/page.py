"""One page as SVG: templates, layers, annotations, seals and a watermark, one over the other (GB/T 33190-2016, clauses 7.6, 13 and 18)."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from node.preview import numbers
from node.preview.document import Document, Stamp
from node.preview.files import Files, child, children
from node.preview.glyphs import Glyphs, Missing
from node.preview.limits import Budget, LimitError, Limits
from node.preview.numbers import IDENTITY, Box, Matrix
from node.preview.painter import Painter
from node.preview.seals import SealPicture, find_picture
from node.preview.stage import Stage
from node.preview.svg import Canvas, matrix_text, rectangle
from node.preview.system_fonts import SystemFonts
from node.preview.watermark import lay_watermark
from trust.errors import DocumentError
from trust.ofd import Package, read_package, read_usage_copy
from trust.ofd.usage_copy.original import open_original
from trust.ofd.usage_copy.terms import CHINA

_LAYERS = {"Background": 0, "Body": 1, "Foreground": 2}
MAX_TOLD = 80  # characters of the issuer and of the certificate's name in a note
_MULTIPLY = "mix-blend-mode:multiply"
"""Ink on paper: the white of a seal's picture hides nothing, and what is printed stays legible under it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A page drawn: its SVG, its size in millimetres, how many pages the document has, and what the reader must know."""

    svg: str
    area: Box
    pages: int
    notes: tuple[str, ...]


def draw_page(
    data: bytes,
    *,
    page: int = 1,
    watermark: str = "",
    limits: Limits | None = None,
    fonts: tuple[Path, ...] = (),
    missing: Missing = "text",
) -> Drawing:
    """Draw a page, counted from 1, of a package's first document. For strangers' files use `render_page`: this runs where it is called.

    Raises:
        DocumentError: the package breaks a rule, there is no such page, or (LimitError) it costs too much.
    """
    budget = Budget(limits or Limits())
    artist = _Artist(data, Canvas(budget), budget, SystemFonts(fonts), missing)
    area = artist.draw(page)
    _note_copy(artist.package, budget)
    if watermark:
        lay_watermark(watermark, area, artist.stage.canvas, artist.stage.glyphs)
    return Drawing(svg=artist.stage.canvas.svg(area), area=area, pages=artist.document.page_count, notes=budget.notes)


def _note_copy(package: Package, budget: Budget) -> None:
    """Say whose original a usage copy shows, by its own word."""
    copy = read_usage_copy(package)
    if copy is not None:
        told = open_original(package).custom_data
        whose = " ".join(told.get(name, "")[:MAX_TOLD] for name in ("ZZBFJG", "ZZMC")).strip()
        until = f"{copy.terms.expires.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
        budget.note(
            f"a usage copy until {until}, not verified here: 加注件（未核验），原件 {whose or '未注明'}，有效期至 {until}"
        )


class _Artist:
    """Draws pages of one package. A seal may hold a package of its own, whose seals are not followed."""

    def __init__(self, data: bytes, canvas: Canvas, budget: Budget, fonts: SystemFonts, missing: Missing) -> None:
        self.package = read_package(data)
        files = Files(self.package)
        glyphs = Glyphs(files=files, canvas=canvas, budget=budget, fonts=fonts, missing=missing)
        self.stage = Stage(files=files, budget=budget, canvas=canvas, glyphs=glyphs)
        self.document = Document(files, budget)
        self._fonts = fonts
        self._missing: Missing = missing

    def draw(self, place: int, *, seals: bool = True) -> Box:
        """Draw a page in its own coordinates and return its box.

        Raises:
            DocumentError: no such page, or (LimitError) it costs too much.
        """
        identity, page, path = self.document.page(place)
        area = self.document.page_box(page)
        sheets = [(order, content, where) for order, content, where in self.document.templates(page)]
        for behind in (True, False):
            for order, content, where in sheets:
                if (order != "Foreground") == behind:
                    self._layers(content, where)
            if behind:
                self._layers(page, path)
        self._annotations(identity)
        if seals:
            self._stamps(identity)
        return area

    def _layers(self, page: ET.Element, path: str) -> None:
        painter = Painter(stage=self.stage, resources=self.document.page_resources(page, path))
        content = child(page, "Content")
        layers = [] if content is None else list(children(content, "Layer"))
        for layer in sorted(layers, key=lambda layer: _LAYERS.get(layer.get("Type", "Body"), 1)):
            painter.block(layer)

    def _annotations(self, identity: str) -> None:
        painter = Painter(stage=self.stage, resources=self.document.resources)
        try:
            for appearance in self.document.appearances(identity):
                area = numbers.box(appearance.get("Boundary", "0 0 0 0"), "Boundary")
                with self.stage.canvas.group(transform=matrix_text((1.0, 0.0, 0.0, 1.0, area.x, area.y))):
                    painter.block(appearance)
        except LimitError:
            raise
        except DocumentError:
            self.stage.budget.note("an annotation cannot be shown: 注释无法显示")

    def _stamps(self, identity: str) -> None:
        for stamp in self.document.stamps(identity):
            try:
                self._stamp(stamp)
            except LimitError:
                raise
            except DocumentError:
                self.stage.budget.note("a seal cannot be shown: 印章无法显示")

    def _stamp(self, stamp: Stamp) -> None:
        canvas = self.stage.canvas
        picture = next(self._pictures(stamp), None)
        if picture is None:
            raise DocumentError("a stamp without a picture")
        shift: Matrix = (1.0, 0.0, 0.0, 1.0, stamp.box.x, stamp.box.y)
        cut = None if stamp.clip is None else canvas.clip([(rectangle(stamp.clip), False, IDENTITY)])
        with (
            canvas.group(transform=matrix_text(shift), style=_MULTIPLY),
            canvas.group(clip_path=cut),
        ):
            if picture.kind == "ofd":
                self._inner_page(picture, stamp.box)
            else:
                painter = Painter(stage=self.stage, resources=self.document.resources)
                size: Matrix = (stamp.box.width, 0.0, 0.0, stamp.box.height, 0.0, 0.0)
                with canvas.group(transform=matrix_text(size)):
                    canvas.add(painter.picture(("seal", picture.data), lambda: picture.data))

    def _pictures(self, stamp: Stamp) -> Iterator[SealPicture]:
        """The pictures in the files of a stamp, best first; a file that is no seal, such as a raw signature, has none."""
        for source in stamp.sources:
            with suppress(DocumentError):
                found = find_picture(self.stage.files.read(source))
                if found is not None:
                    yield found

    def _inner_page(self, picture: SealPicture, box: Box) -> None:
        """The first page of the package inside a seal, stretched to the stamp."""
        canvas = self.stage.canvas
        inner = _Artist(picture.data, canvas, self.stage.budget, self._fonts, self._missing)
        with canvas.aside() as drawn:
            area = inner.draw(1, seals=False)
        across, down = box.width / area.width, box.height / area.height
        with canvas.group(transform=matrix_text((across, 0.0, 0.0, down, -area.x * across, -area.y * down))):
            canvas.add("".join(drawn))
