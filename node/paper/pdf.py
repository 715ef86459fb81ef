"""The page as a PDF of exactly one A4 page, its characters embedded and searchable. What is too long for a page is set smaller.

Takes up to a second of CPU: not for the event loop.
"""

import io
from html import escape
from threading import Lock

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Frame, KeepInFrame, PageTemplate, Paragraph, Spacer, Table
from reportlab.platypus.doctemplate import BaseDocTemplate

from node.paper.font import page_font
from node.paper.sheet import Section, Sheet
from node.preview.system_fonts import SystemFonts

_FONT = "certmesh-page"
_MARGIN, _WIDTH = 14 * mm, A4[0] - 28 * mm
_HEIGHT = A4[1] - 22 * mm
_GREEN, _RED, _GREY, _PALE = "#11602b", "#a40e0e", "#777777", "#f0f0f0"
_SCALES = (1.0, 0.92, 0.85, 0.78, 0.7, 0.62, 0.55, 0.48, 0.4)
_FAR = 1e6
_fonts = Lock()  # reportlab finds fonts by a name that holds for the whole process


def to_pdf(sheet: Sheet, fonts: SystemFonts | None = None) -> bytes:
    """The file. Equal pages on one machine make equal files."""
    font = page_font(_text(sheet), fonts=fonts)
    with _fonts:
        _register(font)
        target = io.BytesIO()
        document = BaseDocTemplate(target, pagesize=A4, invariant=1, title=sheet.title, lang="zh-CN")
        frame = Frame(_MARGIN, 11 * mm, _WIDTH, _HEIGHT, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
        document.addPageTemplates([PageTemplate(frames=[frame])])
        document.build(_fitted(sheet))
    return target.getvalue()


def _register(font: bytes) -> None:
    """Put this page's font in the place of the last one's: reportlab keeps the first of a name and of a face, and forgets none."""
    made = TTFont(_FONT, io.BytesIO(font))
    pdfmetrics._fonts.pop(_FONT, None)  # noqa: SLF001 - there is no public way to give a font back
    pdfmetrics._dynFaceNames.pop(made.face.name, None)  # noqa: SLF001
    pdfmetrics.registerFont(made)


def _text(sheet: Sheet) -> str:
    cells = (cell for one in sheet.sections for row in (one.heads, *one.rows) for cell in row)
    titles = (one.title for one in sheet.sections)
    return "".join(
        (sheet.title, sheet.conclusion, *sheet.problems, *titles, *cells, *sheet.notes, *sheet.signing, "✗注：123")
    )


def _fitted(sheet: Sheet) -> list[Flowable]:
    """The page in the largest of the sizes in which it is one page."""
    for scale in _SCALES:
        if sum(one.wrap(_WIDTH, _FAR)[1] for one in _Flow(scale).of(sheet)) <= _HEIGHT:
            return _Flow(scale).of(sheet)
    return [KeepInFrame(_WIDTH, _HEIGHT, _Flow(_SCALES[-1]).of(sheet), mode="truncate")]


class _Flow:
    """The parts of the page in a size: 1 is the usual one."""

    def __init__(self, scale: float) -> None:
        self._scale = scale

    def of(self, sheet: Sheet) -> list[Flowable]:
        """All of the page, in order."""
        colour = _GREEN if sheet.passed else _RED
        verdict = Table([[self._text(sheet.conclusion, 12, colour, alignment=1)]], [_WIDTH])
        verdict.setStyle([("BOX", (0, 0), (-1, -1), 1.4, HexColor(colour)), ("BOTTOMPADDING", (0, 0), (-1, -1), 5)])
        flow: list[Flowable] = [self._text(sheet.title, 15, alignment=1), self._gap(3), verdict, self._gap(1)]
        flow += [self._text(f"✗ {one}", 8.5, _RED) for one in sheet.problems]
        for section in sheet.sections:
            flow += [self._gap(2), self._text(section.title, 9.5), self._gap(0.8), self._table(section)]
        flow.append(self._gap(2))
        flow += [self._text(f"注{number}：{one}", 7) for number, one in enumerate(sheet.notes, 1)]
        signing = [self._text(one, 9) for one in sheet.signing]
        return [*flow, self._gap(4), Table([signing], [_WIDTH / len(signing)] * len(signing))]

    def _text(self, text: str, size: float, colour: str = "#000000", **more: float) -> Paragraph:
        points = size * self._scale
        style = ParagraphStyle(
            "page",
            fontName=_FONT,
            fontSize=points,
            leading=points * 1.32,
            wordWrap="CJK",
            textColor=HexColor(colour),
            **more,
        )
        return Paragraph(escape(text), style)

    def _gap(self, millimetres: float) -> Spacer:
        return Spacer(1, millimetres * self._scale * mm)

    def _table(self, section: Section) -> Table:
        whole = sum(section.widths)
        rows = [section.heads, *section.rows] if section.heads else list(section.rows)
        table = Table(
            [[self._text(one, 7.5) for one in row] for row in rows],
            [_WIDTH * one / whole for one in section.widths],
        )
        shaded = ((0, 0), (-1, 0)) if section.heads else ((0, 0), (0, -1))
        table.setStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.4, HexColor(_GREY)),
                ("BACKGROUND", *shaded, HexColor(_PALE)),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                *((side, (0, 0), (-1, -1), 1.2) for side in ("TOPPADDING", "BOTTOMPADDING")),
                *((side, (0, 0), (-1, -1), 3) for side in ("LEFTPADDING", "RIGHTPADDING")),
            ]
        )
        return table
