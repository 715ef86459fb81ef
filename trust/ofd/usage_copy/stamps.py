"""The seals that an original's signatures show on its pages (StampAnnot, GB/T 33190-2016 clause 18.2.2), as annotations of a usage copy.

Readers draw stamps for the signatures that OFD.xml names; a copy's OFD.xml names the provider's. Whether a seal is genuine is said by the
verification of the original, not by its picture. A picture that is an OFD is drawn as it is (`vectors`). A seal without a picture that
readers decode, or with an OFD that is damaged, too large or unusual, becomes a frame that says 印章 and the seal's name.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from trust.errors import DocumentError
from trust.ofd.building import make
from trust.ofd.markup import is_text, parse_xml
from trust.ofd.package import Package
from trust.ofd.signatures import der
from trust.ofd.signatures.listing import SignatureFile, find_all, read_list, read_signature_file
from trust.ofd.signatures.paths import Paths
from trust.ofd.signatures.seal import Seal, read_seal, read_seal_signature
from trust.ofd.usage_copy.boxes import Box, decimals, numbers, read_box
from trust.ofd.usage_copy.pictures import Drawable, Picture, read_picture
from trust.ofd.usage_copy.watermark import broken, make_text

MAX_STAMPS = 1000
_INK = "170"  # of 255: a picture with a white ground does not hide the print under it
_RED = "200 30 30"
_NAME, _ROOM, _PITCH = 32, 8.0, 1.4  # characters of a seal's name in a frame; ems of a line; ems from line to line


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A seal on a page: the page's ID, where it is, the part of it that is shown (relative to it), its picture and its name."""

    page: str
    box: Box
    clip: Box
    picture: Picture | None
    name: str


def read_stamps(package: Package, paths: Paths, location: str) -> list[Stamp]:
    """The stamps of all signatures in a list that OFD.xml names with `location`.

    Raises:
        DocumentError: the list, a Signature.xml or a stamp is missing or malformed, or there are too many.
    """
    found = []
    for line in read_list(package, paths, location):
        if line.path is None:
            raise DocumentError(f"{line.listing}: a Signature.xml is missing")
        for stamp in _stamps(package, read_signature_file(package, paths, line.path), line.path):
            found.append(stamp)
            if len(found) > MAX_STAMPS:
                raise DocumentError(f"{line.listing}: more than {MAX_STAMPS} stamps")
    return found


def _stamps(package: Package, file: SignatureFile, path: str) -> Iterator[Stamp]:
    shown = list(find_all(parse_xml(file.raw, path), "StampAnnot"))
    seal = _seal(package, file) if shown else None
    picture = None if seal is None else read_picture(seal.picture)
    for element in shown:
        box = read_box(element.get("Boundary", ""), f"{path}: a stamp's Boundary")
        clip = element.get("Clip")
        yield Stamp(
            page=element.get("PageRef", "").strip(),
            box=box,
            clip=read_box(clip, f"{path}: a stamp's Clip") if clip else Box(0.0, 0.0, box.width, box.height),
            picture=picture,
            name="" if seal is None else seal.name,
        )


def _seal(package: Package, file: SignatureFile) -> Seal | None:
    """The seal in the signature, else the file beside it."""
    with suppress(DocumentError, IndexError):
        if file.value_path is not None:
            return read_seal_signature(der.read(package.read(file.value_path))).seal
    with suppress(DocumentError):
        if file.seal_path is not None:
            return read_seal(package.read(file.seal_path))
    return None


def draw_stamp(stamp: Stamp, picture: Drawable | None, font: str, identities: Iterator[str]) -> ET.Element:
    """What a stamp looks like; without a picture, a frame. What leaves an object's Boundary is not shown (clause 8.5): the clip."""
    box, clip = stamp.box, stamp.clip
    shown = Box(0.0, 0.0, clip.width, clip.height)
    parts = _frame(stamp, shown, font, identities) if picture is None else [_picture(stamp, shown, picture, identities)]
    return make("Appearance", *parts, Boundary=str(Box(box.x + clip.x, box.y + clip.y, clip.width, clip.height)))


def _picture(stamp: Stamp, shown: Box, picture: Drawable, identities: Iterator[str]) -> ET.Element:
    """The picture, stretched from what it fills to the stamp's box."""
    area = picture.area
    across, down = stamp.box.width / area.width, stamp.box.height / area.height
    return make(
        picture.element,
        ID=next(identities),
        ResourceID=picture.identity,
        Boundary=str(shown),
        CTM=decimals(across, 0, 0, down, -stamp.clip.x - area.x * across, -stamp.clip.y - area.y * down),
        **({"Alpha": _INK} if picture.opaque else {}),
    )


def _frame(stamp: Stamp, shown: Box, font: str, identities: Iterator[str]) -> Iterator[ET.Element]:
    box, clip = stamp.box, stamp.clip
    right, low = numbers(box.width), numbers(box.height)
    yield make(
        "PathObject",
        make("StrokeColor", Value=_RED),
        make("AbbreviatedData", text=f"M 0 0 L {right} 0 L {right} {low} L 0 {low} C"),
        ID=next(identities),
        Boundary=str(shown),
        CTM=numbers(1, 0, 0, 1, -clip.x, -clip.y),
        LineWidth="0.5",
    )
    name = stamp.name.strip()[:_NAME]
    lines = ("印章", *broken(name, _ROOM)) if name and is_text(name) else ("印章",)
    size = min(box.width / (_ROOM + 1), box.height / ((len(lines) + 1) * _PITCH))
    yield make(
        "TextObject",
        make("FillColor", Value=_RED),
        *make_text(lines, size, size * _PITCH),
        ID=next(identities),
        Font=font,
        Size=numbers(size),
        Boundary=str(shown),
        CTM=numbers(1, 0, 0, 1, size / 2 - clip.x, size / 2 - clip.y),
    )
