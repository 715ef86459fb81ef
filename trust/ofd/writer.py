"""Writes one-page OFD documents (GB/T 33190-2016): texts and outlines, over a form that many pages share (a template page, clause 7.9).

For what this project draws itself, never for issued files. No fonts are embedded and nothing is signed: `page_entries` gives the entries
that `trust.ofd.signatures` signs and zips. Equal pages give equal bytes.
"""

import math
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import count
from xml.etree import ElementTree as ET

from trust.gm import sm3
from trust.ofd.marks import Font, Form, Mark, Page, Shape, Text, advance
from trust.ofd.package import NAMESPACES

_NAMESPACE = NAMESPACES[0]
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2
_LINE = 1.5  # the height of a text's box, in sizes: some glyphs reach below their line
_REACH = 2  # half the side of a turned text's box, in sizes

_FONT_IDS = {font: str(number) for number, font in enumerate(Font, 1)}
PAGE_ID = len(Font) + 1
"""The page's object ID, which a stamp names."""

_FORM_ID = PAGE_ID + 1

ET.register_namespace("ofd", _NAMESPACE)


def page_entries(page: Page) -> dict[str, bytes]:
    """The entries of the package that shows `page`.

    Raises:
        ValueError: a text holds characters that XML cannot carry.
    """
    form, free = _form(page.form)
    marks = _with(_make("Layer", ID=str(free), Type="Body"), *_drawn(page.marks, count(free + 1), page.form))
    max_id = free + len(page.marks)
    use = _make("Template", TemplateID=str(_FORM_ID), ZOrder="Background")
    return {
        "OFD.xml": _xml(_root(page)),
        "Doc_0/Document.xml": _xml(_document(page.form, max_id)),
        "Doc_0/PublicRes.xml": _xml(_resources()),
        "Doc_0/Tpls/Tpl_0/Content.xml": form,
        "Doc_0/Pages/Page_0/Content.xml": _xml(_with(_make("Page"), use, _with(_make("Content"), marks))),
    }


@lru_cache(maxsize=64)
def _form(form: Form) -> tuple[bytes, int]:
    """A form's entry and the first object ID that it leaves free; kept, because thousands of pages share one."""
    layer = _with(
        _make("Layer", ID=str(_FORM_ID + 1), Type="Background"), *_drawn(form.marks, count(_FORM_ID + 2), form)
    )
    return _xml(_with(_make("Page"), _with(_make("Content"), layer))), _FORM_ID + 2 + len(form.marks)


def _make(name: str, text: str | None = None, /, **attributes: str) -> ET.Element:
    if text is not None and _NOT_XML.search(text):
        raise ValueError("a page holds characters that XML cannot carry")
    element = ET.Element(f"{{{_NAMESPACE}}}{name}", attributes)
    element.text = text
    return element


def _with(parent: ET.Element, *children: ET.Element) -> ET.Element:
    parent.extend(children)
    return parent


def _xml(root: ET.Element) -> bytes:
    data: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return data


def _root(page: Page) -> ET.Element:
    custom = _with(
        _make("CustomDatas"), *(_make("CustomData", value, Name=_name(name)) for name, value in page.custom_data)
    )
    filled = (mark.text for mark in page.marks if isinstance(mark, Text))
    seed = "\x00".join([page.title, *(text for pair in page.custom_data for text in pair), *filled])
    info = _with(
        _make("DocInfo"),
        _make("DocID", sm3(seed.encode("utf-8", "surrogatepass")).hex()[:32]),
        _make("Title", page.title),
        _make("CreationDate", page.created.isoformat()),
        _make("Creator", "certmesh"),
        *([custom] if page.custom_data else []),
    )
    return _with(
        _make("OFD", Version="1.1", DocType="OFD"),
        _with(_make("DocBody"), info, _make("DocRoot", "Doc_0/Document.xml")),
    )


def _name(text: str) -> str:
    """An attribute's value, under the rule of `_make`."""
    return str(_make("Name", text).text)


def _document(form: Form, max_id: int) -> ET.Element:
    common = _with(
        _make("CommonData"),
        _make("MaxUnitID", str(max_id)),
        _with(_make("PageArea"), _make("PhysicalBox", f"0 0 {form.width:g} {form.height:g}")),
        _make("PublicRes", "PublicRes.xml"),
        _make("TemplatePage", ID=str(_FORM_ID), BaseLoc="Tpls/Tpl_0/Content.xml"),
    )
    pages = _with(_make("Pages"), _make("Page", ID=str(PAGE_ID), BaseLoc="Pages/Page_0/Content.xml"))
    return _with(_make("Document"), common, pages)


def _resources() -> ET.Element:
    fonts = (_make("Font", ID=number, FontName=font, FamilyName=font) for font, number in _FONT_IDS.items())
    return _with(_make("Res", BaseLoc="Res"), _with(_make("Fonts"), *fonts))


def _drawn(marks: Iterable[Mark], ids: Iterator[int], form: Form) -> Iterator[ET.Element]:
    """The marks as page objects. Outlines have the page for their boundary, so their data can be the page's."""
    for number, mark in zip(ids, marks, strict=False):
        if isinstance(mark, Shape):
            yield _shape(mark, str(number), form)
        else:
            yield _text(mark, str(number))


def _shape(shape: Shape, number: str, form: Form) -> ET.Element:
    element = _make("PathObject", ID=number, Boundary=f"0 0 {form.width:g} {form.height:g}")
    if shape.stroke:
        element.attrib |= {"LineWidth": f"{shape.width:g}", "Cap": "Round", "Join": "Round"}
        element.append(_make("StrokeColor", Value=shape.stroke))
    else:
        element.set("Stroke", "false")
    if shape.fill:
        element.set("Fill", "true")
        element.append(_make("FillColor", Value=shape.fill))
    return _with(element, _make("AbbreviatedData", shape.data))


def _text(text: Text, number: str) -> ET.Element:
    element = _make("TextObject", ID=number, Font=_FONT_IDS[text.font], Size=f"{text.size:.3f}")
    if text.turn:
        reach = _REACH * text.size
        element.set("Boundary", _numbers(text.x - reach, text.y - reach, 2 * reach, 2 * reach))
        cos, sin = math.cos(text.turn), math.sin(text.turn)
        element.set("CTM", _numbers(cos, sin, -sin, cos, reach, reach))
        start = 0.0
    else:
        width = advance(text.text, text.size) + text.spacing * (len(text.text) - 1)
        element.set("Boundary", _numbers(text.x, text.y - text.size, max(width, text.size), text.size * _LINE))
        start = text.size
    code = _make("TextCode", text.text, X="0", Y=f"{start:.3f}")
    if len(text.text) > 1:
        code.set("DeltaX", _numbers(*(advance(char, text.size) + text.spacing for char in text.text[:-1])))
    return _with(element, _make("FillColor", Value=text.color), code)


def _numbers(*values: float) -> str:
    return " ".join(f"{value:.3f}" for value in values)
