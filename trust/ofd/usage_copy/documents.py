"""A document's pages and annotations as a usage copy needs them, and the root that it shows instead (GB/T 33190-2016 clause 7.5)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from trust.errors import DocumentError
from trust.ofd.building import make
from trust.ofd.package import children
from trust.ofd.usage_copy.boxes import A4, Box, read_box
from trust.ofd.usage_copy.parts import Parts, child, text_of

MAX_PAGES = 1000
_ID = re.compile(r"[0-9]{1,10}")
_BEFORE_RESOURCES = {"MaxUnitID", "PageArea", "PublicRes"}
_AFTER_ANNOTATIONS = {"CustomTags", "Attachments", "Extensions"}


@dataclass(frozen=True, slots=True)
class Page:
    """A page's ID and its physical box."""

    identity: str
    box: Box


class Document:
    """One document of a package, by the path of its root; `max_id` is what it says of its IDs. `moved` changes it."""

    def __init__(self, parts: Parts, path: str) -> None:
        self._parts = parts
        self._path = path
        self._root = parts.read(path)
        self._common = self._need("CommonData")
        stated = text_of(child(self._common, "MaxUnitID"))
        self.max_id = int(stated) if _ID.fullmatch(stated) else 0

    def _need(self, name: str) -> ET.Element:
        found = child(self._root, name)
        if found is None:
            raise DocumentError(f"{self._path}: a document without {name}")
        return found

    def pages(self) -> list[Page]:
        """The pages in their order.

        Raises:
            DocumentError: none, too many, one that is missing, without an ID of its own, or without a usable size.
        """
        listed = list(children(self._need("Pages"), {"Page"}))
        if not 0 < len(listed) <= MAX_PAGES:
            raise DocumentError(f"{self._path}: a document of no or more than {MAX_PAGES} pages")
        identities = [element.get("ID", "").strip() for element in listed]
        if "" in identities or len(set(identities)) < len(identities):
            raise DocumentError(f"{self._path}: a page without an ID of its own")
        boxes = (self._box(element.get("BaseLoc", "")) for element in listed)
        return [Page(identity, box) for identity, box in zip(identities, boxes, strict=True)]

    def _box(self, location: str) -> Box:
        path, page = self._parts.find(location, self._path, self._path)
        return page_box(page, path, self._common, self._path)

    def annotations(self) -> dict[str, list[ET.Element]]:
        """The annotations that pages have, by page ID, in their order.

        Raises:
            DocumentError: the list names a file that is missing or malformed.
        """
        found: dict[str, list[ET.Element]] = {}
        location = text_of(child(self._root, "Annotations"))
        if location:
            path, listing = self._parts.find(location, self._path, self._path)
            for page in children(listing, {"Page"}):
                _, file = self._parts.find(text_of(child(page, "FileLoc")), path, self._path)
                found.setdefault(page.get("PageID", "").strip(), []).extend(children(file, {"Annot"}))
        return found

    def moved(self, *, annotations: str, resources: str, max_id: int) -> ET.Element:
        """The root with other annotations, one more file of resources, and a greater MaxUnitID."""
        for element in list(children(self._common, {"MaxUnitID"})):
            self._common.remove(element)
        self._common.insert(0, make("MaxUnitID", text=str(max_id)))
        self._common.insert(_after(self._common, _BEFORE_RESOURCES), make("PublicRes", text=resources))
        for element in list(children(self._root, {"Annotations"})):
            self._root.remove(element)
        self._root.insert(_before(self._root, _AFTER_ANNOTATIONS), make("Annotations", text=annotations))
        return self._root


def page_box(page: ET.Element, path: str, common: ET.Element, root: str) -> Box:
    """A page's physical box, else the document's, else A4; `path` and `root` are where page and document stand.

    Raises:
        DocumentError: not a usable size.
    """
    for holder, where in ((child(page, "Area"), path), (child(common, "PageArea"), root)):
        text = "" if holder is None else text_of(child(holder, "PhysicalBox"))
        if text:
            return read_box(text, f"{where}: PhysicalBox")
    return A4


def _positions(parent: ET.Element, names: set[str]) -> Iterator[int]:
    wanted = set(children(parent, names))
    return (place for place, element in enumerate(parent) if element in wanted)


def _after(parent: ET.Element, names: set[str]) -> int:
    return max(_positions(parent, names), default=-1) + 1


def _before(parent: ET.Element, names: set[str]) -> int:
    return min(_positions(parent, names), default=len(parent))
