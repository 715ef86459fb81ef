"""The page of an OFD seal as a composite unit (CompositeGraphicUnit, GB/T 33190-2016 clause 12) of a usage copy, with fresh IDs.

A unit, because it stands in the resources once however many stamps show it (a riding seal has one per page), and a CompositeObject brings
what a stamp needs, Boundary, CTM and Alpha, without touching the objects inside. Issuing systems that convert from PDF write stamp
annotations in just this form, so readers know it. Scaling every object by itself would have to understand clips, patterns and shadings.

Only elements that are known to need nothing but IDs, references and files are copied; any other is an error, and the seal becomes a frame.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from xml.etree import ElementTree as ET

from trust.errors import DocumentError
from trust.ofd.building import NAMESPACE, make
from trust.ofd.usage_copy.boxes import numbers
from trust.ofd.usage_copy.pictures import Drawable, read_picture
from trust.ofd.usage_copy.seal_pages import Entry, Known, SealPage
from trust.ofd.usage_copy.shelf import Shelf

MAX_ELEMENTS = 6000
"""Drawn by one seal, units counted as often as they are shown: about two thousand objects. The real seal at hand has 86."""

MAX_DEPTH = 48
_UNIT = "CompositeGraphicUnit"
_SHOWN = {"PathObject", "TextObject", "ImageObject", "CompositeObject"}
_KNOWN = {
    *(*_SHOWN, "PageBlock", "AbbreviatedData", "TextCode", "CGTransform", "Glyphs", "Clips", "Clip", "Area", "Path", "Text"),
    *("FillColor", "StrokeColor", "Color", "BackColor", "BorderColor", "Border", "Pattern", "CellContent", "Segment", "Point"),
    *("AxialShd", "RadialShd", "GouraudShd", "LaGouraudShd", "Content", _UNIT, "ColorSpace", "Palette", "CV", "DrawParam"),
    *("Font", "FontFile", "MultiMedia", "MediaFile"),
}  # fmt: skip
_LEFT_OUT = {"Actions", "Thumbnail", "Substitution"}  # what a click does, and what stands in for a unit
_OPTIONAL = {
    "DrawParam": "DrawParam",
    "Relative": "DrawParam",
    "ColorSpace": "ColorSpace",
    "Substitution": "MultiMedia",
    "ImageMask": "MultiMedia",
}
"""What attributes refer to. Where that is missing readers do without it, and so does the copy: a real seal has such a ColorSpace."""

_NEEDED = {
    ("TextObject", "Font"): "Font",
    ("Text", "Font"): "Font",
    ("ImageObject", "ResourceID"): "MultiMedia",
    ("CompositeObject", "ResourceID"): _UNIT,
}
_WHITE = {"255 255 255", "255", "0 0 0 0"}  # RGB, gray, CMYK
_SUFFIX = re.compile(r"[a-z0-9]{1,5}")


def copy_seal_page(page: SealPage, shelf: Shelf, identities: Iterator[str]) -> Drawable:
    """Put the page among a copy's resources as one unit, with everything it refers to.

    Raises:
        DocumentError: it shows nothing, too much, or what is not known here. The shelf then holds parts of it.
    """
    copier = _Copier(page, shelf, identities)
    blocks = [
        make("PageBlock", *copier.layer(layer, sheet.known), ID=next(identities))
        for sheet in page.sheets
        for layer in sheet.layers
    ]
    if not any(len(block) for block in blocks):
        raise DocumentError("a seal whose page shows nothing")
    identity, area = next(identities), page.area
    width, height = numbers(area.x + area.width), numbers(area.y + area.height)
    shelf.put(make(_UNIT, make("Content", *blocks), ID=identity, Width=width, Height=height))
    return Drawable(element="CompositeObject", identity=identity, area=area, opaque=copier.opaque)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Where:
    """Where an element stands: what it may refer to, where its files' locations start, and how deep it is."""

    known: Known
    places: tuple[str, ...] = ()
    depth: int = 0

    def deeper(self) -> "_Where":
        if self.depth >= MAX_DEPTH:
            raise DocumentError(f"a seal with elements deeper than {MAX_DEPTH}, or that refer to themselves")
        return replace(self, depth=self.depth + 1)


class _Copier:
    """Copies the elements of one seal. `opaque` says afterwards whether anything of it would hide print."""

    def __init__(self, page: SealPage, shelf: Shelf, identities: Iterator[str]) -> None:
        self._parts = page.parts
        self._shelf = shelf
        self._identities = identities
        self._copied: dict[int, tuple[str, int]] = {}  # by the entry's identity in memory, which `page` keeps
        self._files: dict[str, str] = {}
        self._drawn = 0
        self.opaque = False

    def layer(self, layer: ET.Element, known: Known) -> list[ET.Element]:
        """The objects of a layer. A unit has no layers, so the layer's drawing parameters become the objects'."""
        shared = layer.get("DrawParam")
        if shared is not None:
            for element in layer.iter():
                name = _local(element)
                if name == "CompositeObject" or (name in _SHOWN and "DrawParam" in element.attrib):
                    raise DocumentError("a seal whose layer and objects have drawing parameters")
                if name in _SHOWN:
                    element.set("DrawParam", shared)
        return self._children(layer, _Where(known=known))

    def _children(self, parent: ET.Element, where: _Where) -> list[ET.Element]:
        inner = where.deeper()
        return [self._copy(element, inner) for element in parent if _local(element) not in _LEFT_OUT]

    def _copy(self, element: ET.Element, where: _Where) -> ET.Element:
        name = _local(element)
        if name not in _KNOWN:
            raise DocumentError("a seal with an element that is not known here")
        self._count(1)
        copied = make(name, *self._children(element, where), **self._attributes(element, name, where))
        if name in {"FontFile", "MediaFile"}:
            copied.text = self._file(element.text or "", where, picture=name == "MediaFile")
        elif not len(copied):
            copied.text = element.text
        if name == "FillColor" and " ".join(element.get("Value", "").split()) in _WHITE:
            self.opaque = True
        return copied

    def _attributes(self, element: ET.Element, name: str, where: _Where) -> dict[str, str]:
        """The attributes, with fresh IDs, and references to the copies of what they mean."""
        found: dict[str, str] = {}
        for key, value in element.attrib.items():
            kind = _NEEDED.get((name, key)) or _OPTIONAL.get(key)
            if kind is not None:
                if key not in _OPTIONAL or (kind, value.strip()) in where.known:
                    found[key] = self._reference(kind, value.strip(), where)
            elif key == "Profile":
                found[key] = self._file(value, where, picture=False)
            elif key not in {"ID", "Thumbnail"} and not key.startswith("{"):
                found[key] = value
        return {"ID": next(self._identities), **found} if name in _SHOWN or "ID" in element.attrib else found

    def _reference(self, kind: str, identity: str, where: _Where) -> str:
        """The ID of the copy of an entry, which is made once."""
        entry = where.known.get((kind, identity))
        if entry is None:
            raise DocumentError("a seal that refers to what is not among its resources")
        if id(entry.element) in self._copied:
            copied, cost = self._copied[id(entry.element)]
            self._count(cost)
        else:
            before = self._drawn
            copied = self._entry(entry, where)
            self._copied[id(entry.element)] = copied, self._drawn - before
        return copied

    def _entry(self, entry: Entry, where: _Where) -> str:
        element = self._copy(entry.element, replace(where.deeper(), places=entry.places))
        self._shelf.put(element)
        return element.get("ID", "")

    def _file(self, location: str, where: _Where, *, picture: bool) -> str:
        """The new location of a file that a resource names."""
        path, data = self._parts.find_file(location, where.places)
        if path not in self._files:
            suffix = path.rpartition(".")[2].lower()
            self._files[path] = self._shelf.store(data, suffix if _SUFFIX.fullmatch(suffix) else "bin")
        shown = read_picture(data) if picture else None
        self.opaque = self.opaque or (picture and (shown is None or shown.opaque))
        return self._files[path]

    def _count(self, more: int) -> None:
        self._drawn += more
        if self._drawn > MAX_ELEMENTS:
            raise DocumentError(f"a seal with more than {MAX_ELEMENTS} elements")


def _local(element: ET.Element) -> str:
    """The name of an element of the standard's namespace; empty for any other."""
    space, _, name = element.tag.rpartition("}")
    return name if space == f"{{{NAMESPACE}" else ""
