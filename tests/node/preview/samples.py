"""Small OFD packages and fonts made for one test each."""

import io
import zipfile
from collections.abc import Iterable, Mapping

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image

NS = "http://www.ofdspec.org/2016"
UNITS = 1000
SQUARE = "M0 0V500H500V0Z"
"""What every glyph of a made font looks like in SVG."""


def package(
    content: str = "",
    *,
    common: str = "",
    document: str = "",
    page: str = "",
    body: str = "",
    files: Mapping[str, bytes | str] | None = None,
    ns: str = NS,
    box: str = "0 0 100 50",
) -> bytes:
    """One page of 100 x 50 mm with `content` in its layer; `page` stands beside the content, the rest where its name says."""
    area = f"<o:PageArea><o:PhysicalBox>{box}</o:PhysicalBox></o:PageArea>"
    parts: dict[str, bytes | str] = {
        "OFD.xml": xml(
            "OFD", f"<o:DocBody><o:DocInfo/><o:DocRoot>Doc_0/Document.xml</o:DocRoot>{body}</o:DocBody>", ns
        ),
        "Doc_0/Document.xml": xml(
            "Document",
            f"<o:CommonData>{area}{common}</o:CommonData>"
            f'<o:Pages><o:Page ID="1" BaseLoc="Pages/P.xml"/></o:Pages>{document}',
            ns,
        ),
        "Doc_0/Pages/P.xml": xml("Page", f"{page}<o:Content><o:Layer ID='9'>{content}</o:Layer></o:Content>", ns),
        **(files or {}),
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as container:
        for name, data in parts.items():
            container.writestr(name, data)
    return target.getvalue()


def xml(root: str, inner: str, ns: str = NS, attributes: str = "") -> str:
    return f'<o:{root} xmlns:o="{ns}" {attributes}>{inner}</o:{root}>'


def resources(inner: str) -> dict[str, str]:
    """The entry to merge into `files`; the document refers to it with RESOURCES as `common`."""
    return {"Doc_0/Res.xml": xml("Res", inner, attributes='BaseLoc="Res"')}


RESOURCES = "<o:DocumentRes>Res.xml</o:DocumentRes>"


def picture(kind: str = "PNG", size: tuple[int, int] = (4, 3), colour: str = "red") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, kind)
    return target.getvalue()


def font(characters: Iterable[str]) -> bytes:
    """A TrueType font in which every character is a square of half an em, advancing by 600."""
    builder = FontBuilder(UNITS, isTTF=True)
    codes = sorted({ord(char) for char in characters})
    names = [".notdef", *(f"u{code:X}" for code in codes)]
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({code: f"u{code:X}" for code in codes})
    pen = TTGlyphPen(None)
    for place, point in enumerate([(0, 0), (0, 500), (500, 500), (500, 0)]):
        (pen.lineTo if place else pen.moveTo)(point)
    pen.closePath()
    square = pen.glyph()
    builder.setupGlyf(dict.fromkeys(names, square))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (600, 0)))
    builder.setupHorizontalHeader()
    builder.setupPost()
    target = io.BytesIO()
    builder.save(target)
    return target.getvalue()


def der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    length = bytes([len(body)]) if len(body) < 128 else b"\x83" + len(body).to_bytes(3)
    return bytes([tag]) + length + body


def seal(data: bytes, kind: bytes = b"png") -> bytes:
    """A seal as far as its picture goes: SES_ESPictrueInfo (GB/T 38540-2020, 6.1) in two SEQUENCEs."""
    size = der(0x02, b"\x28")
    return der(0x30, der(0x30, der(0x02, b"\x04")), der(0x30, der(0x16, kind), der(0x04, data), size, size))
