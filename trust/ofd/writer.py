"""Writes small, valid OFD packages (GB/T 33190-2016): one A4 page with a border, a title, one line per face field and a 样例 mark.

For demonstrations and tests, where no issued file may be used: it embeds no fonts and makes no seals. Equal faces give equal bytes.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count
from xml.etree import ElementTree as ET

from trust.gm import sm3

NAMESPACE = "http://www.ofdspec.org/2016"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment zip can name: no clock in the bytes
_WIDTH, _HEIGHT, _MARGIN = 210.0, 297.0, 15.0  # A4, millimetres
_TITLE_SIZE, _LINE_SIZE, _MARK_SIZE = 9.0, 4.5, 40.0
_TOP, _PITCH = 62.0, 9.0  # where the lines begin, and their distance
_ROOM = _WIDTH - 4 * _MARGIN  # the width a line of text may take
_FONT_ID = 1
_MARK = "样例"
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2
_ASCII_END = "\x80"

ET.register_namespace("ofd", NAMESPACE)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CertificateFace:
    """What a certificate shows: its title, (label, value) lines, and the custom data (short name, value) of GB/T 36903."""

    title: str
    lines: tuple[tuple[str, str], ...]
    custom_data: tuple[tuple[str, str], ...]
    created: date

    def __repr__(self) -> str:
        return f"CertificateFace({self.title!r})"


def write_certificate(face: CertificateFace) -> bytes:
    """The package that shows `face`.

    Raises:
        ValueError: a text holds characters that XML cannot carry.
    """
    texts = (face.title, *(text for pair in (*face.lines, *face.custom_data) for text in pair))
    if any(_NOT_XML.search(text) for text in texts):
        raise ValueError("a certificate's face holds characters that XML cannot carry")
    ids = count(_FONT_ID + 1)
    page = _page(face, ids)
    parts = {
        "OFD.xml": _root(face),
        "Doc_0/Document.xml": _document(page_id=next(ids), max_id=next(ids)),
        "Doc_0/PublicRes.xml": _resources(),
        "Doc_0/Pages/Page_0/Content.xml": page,
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as container:
        for name, element in parts.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # written alike on every system
            entry.external_attr = 0o100644 << 16
            container.writestr(
                entry, ET.tostring(element, encoding="UTF-8", xml_declaration=True), zipfile.ZIP_DEFLATED
            )
    return target.getvalue()


def _make(name: str, text: str | None = None, /, **attributes: str) -> ET.Element:
    element = ET.Element(f"{{{NAMESPACE}}}{name}", attributes)
    element.text = text
    return element


def _with(parent: ET.Element, *children: ET.Element) -> ET.Element:
    parent.extend(children)
    return parent


def _root(face: CertificateFace) -> ET.Element:
    custom = _with(_make("CustomDatas"), *(_make("CustomData", value, Name=name) for name, value in face.custom_data))
    seed = "\x00".join([face.title, *(text for pair in (*face.custom_data, *face.lines) for text in pair)])
    info = _with(
        _make("DocInfo"),
        _make("DocID", sm3(seed.encode()).hex()[:32]),
        _make("Title", face.title),
        _make("CreationDate", face.created.isoformat()),
        _make("Creator", "certmesh"),
        *([custom] if face.custom_data else []),
    )
    return _with(
        _make("OFD", Version="1.1", DocType="OFD"),
        _with(_make("DocBody"), info, _make("DocRoot", "Doc_0/Document.xml")),
    )


def _document(*, page_id: int, max_id: int) -> ET.Element:
    common = _with(
        _make("CommonData"),
        _make("MaxUnitID", str(max_id)),
        _with(_make("PageArea"), _make("PhysicalBox", f"0 0 {_WIDTH:g} {_HEIGHT:g}")),
        _make("PublicRes", "PublicRes.xml"),
    )
    pages = _with(_make("Pages"), _make("Page", ID=str(page_id), BaseLoc="Pages/Page_0/Content.xml"))
    return _with(_make("Document"), common, pages)


def _resources() -> ET.Element:
    font = _make("Font", ID=str(_FONT_ID), FontName="宋体", FamilyName="宋体")
    return _with(_make("Res", BaseLoc="Res"), _with(_make("Fonts"), font))


def _page(face: CertificateFace, ids: Iterator[int]) -> ET.Element:
    size = min(_TITLE_SIZE, _ROOM / max(1.0, _advance(face.title, 1)))
    layer = _with(
        _make("Layer", ID=str(next(ids))),
        _border(ids),
        _text(ids, _MARK, x=(_WIDTH - 2 * _MARK_SIZE) / 2, y=130, size=_MARK_SIZE, color="225 225 225"),
        _text(ids, face.title, x=(_WIDTH - _advance(face.title, size)) / 2, y=36, size=size, color="0 0 0"),
        *_lines(face, ids),
    )
    return _with(_make("Page"), _with(_make("Content"), layer))


def _border(ids: Iterator[int]) -> ET.Element:
    width, height = _WIDTH - 2 * _MARGIN, _HEIGHT - 2 * _MARGIN
    path = _make(
        "PathObject", ID=str(next(ids)), Boundary=f"{_MARGIN:g} {_MARGIN:g} {width:g} {height:g}", LineWidth="0.6"
    )
    data = f"M 0 0 L {width:g} 0 L {width:g} {height:g} L 0 {height:g} C"
    return _with(path, _make("StrokeColor", Value="170 40 40"), _make("AbbreviatedData", data))


def _lines(face: CertificateFace, ids: Iterator[int]) -> Iterator[ET.Element]:
    """One line per field. Many fields stand closer together and smaller, long ones are printed smaller: the page has no second."""
    pitch = min(_PITCH, (_HEIGHT - _TOP - 2 * _MARGIN) / max(1, len(face.lines)))
    for place, (label, value) in enumerate(face.lines):
        line = f"{label}：{value}"
        size = min(_LINE_SIZE, pitch / 2, _ROOM / _advance(line, 1))
        yield _text(ids, line, x=2 * _MARGIN, y=_TOP + place * pitch, size=size, color="0 0 0")


def _advance(text: str, size: float) -> float:
    """The width of a text: Chinese characters are square, ASCII is half as wide."""
    return sum(size / 2 if char < _ASCII_END else size for char in text)


def _text(ids: Iterator[int], text: str, *, x: float, y: float, size: float, color: str) -> ET.Element:
    width = _advance(text, size)
    element = _make("TextObject", ID=str(next(ids)), Font=str(_FONT_ID), Size=f"{size:.3f}")
    element.set("Boundary", f"{x:.3f} {y:.3f} {max(width, size):.3f} {size * 1.5:.3f}")
    code = _make("TextCode", text, X="0", Y=f"{size:.3f}")
    if len(text) > 1:
        code.set("DeltaX", " ".join(f"{_advance(char, size):.3f}" for char in text[:-1]))
    return _with(element, _make("FillColor", Value=color), code)
