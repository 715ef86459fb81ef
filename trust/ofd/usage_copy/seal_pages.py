"""The OFD inside a seal as a usage copy needs it: the layers of its first page and of that page's templates, and what they refer to by ID.

A stranger's file: opened strictly, and all seals of one copy share a purse. Whatever is not understood is an error, and the seal becomes a
frame (`stamps`). Signatures and seals inside it are not followed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from trust.errors import DocumentError
from trust.ofd.container import open_container
from trust.ofd.package import children, read_package
from trust.ofd.signatures.paths import Paths
from trust.ofd.usage_copy.boxes import Box
from trust.ofd.usage_copy.documents import page_box
from trust.ofd.usage_copy.parts import Parts, Purse, child, text_of

_ORDER = {"Background": 0, "Body": 1, "Foreground": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of a file of resources, and the places that locations in it may start from."""

    element: ET.Element
    places: tuple[str, ...]


Known = Mapping[tuple[str, str], Entry]
"""Entries by element name and ID."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A page or template: its layers in their order, and what they may refer to."""

    layers: list[ET.Element]
    known: Known


@dataclass(frozen=True, slots=True, kw_only=True)
class SealPage:
    """The page's box, and its sheets in the order of drawing. `parts` finds the files that resources name."""

    area: Box
    sheets: list[Sheet]
    parts: Parts = field(repr=False)


def read_seal_page(data: bytes, purse: Purse) -> SealPage:
    """The first page of the first document of the package inside a seal.

    Raises:
        DocumentError: the package breaks a rule, misses a part, has annotations, or costs more than the purse holds.
    """
    _, files = open_container(data)
    purse.spend(sum(entry.file_size for entry in files.values()), "the seal's package")
    package = read_package(data)
    parts = Parts(package, Paths(package.entries), purse)
    return _Reader(parts, package.doc_roots[0]).page()


class _Reader:
    """Reads one document of a seal."""

    def __init__(self, parts: Parts, path: str) -> None:
        self._parts = parts
        self._path = path
        root = parts.read(path)
        common, pages = child(root, "CommonData"), child(root, "Pages")
        entry = None if pages is None else child(pages, "Page")
        if common is None or entry is None or child(root, "Annotations") is not None:
            raise DocumentError(f"{path}: a seal without a page, or with annotations")
        self._common, self._entry = common, entry

    def page(self) -> SealPage:
        known = dict(self._resources(self._common, {"PublicRes", "DocumentRes"}, self._path))
        path, page = self._parts.find(self._entry.get("BaseLoc", ""), self._path, self._path)
        behind: list[Sheet] = []
        before: list[Sheet] = []
        for order, sheet in self._templates(page, known):
            (before if order == "Foreground" else behind).append(sheet)
        sheets = [*behind, self._sheet(page, path, known), *before]
        return SealPage(area=page_box(page, path, self._common, self._path), sheets=sheets, parts=self._parts)

    def _templates(self, page: ET.Element, known: Known) -> Iterator[tuple[str, Sheet]]:
        """The templates that a page uses, each with its ZOrder. Their own templates are not followed: they could go in rings."""
        listed = {entry.get("ID", ""): entry for entry in children(self._common, {"TemplatePage"})}
        for use in children(page, {"Template"}):
            entry = listed.get(use.get("TemplateID", ""))
            if entry is None:
                raise DocumentError(f"{self._path}: a template page is missing")
            path, content = self._parts.find(entry.get("BaseLoc", ""), self._path, self._path)
            yield use.get("ZOrder", entry.get("ZOrder", "Background")), self._sheet(content, path, known)

    def _sheet(self, page: ET.Element, path: str, known: Known) -> Sheet:
        content = child(page, "Content")
        layers = [] if content is None else list(children(content, {"Layer"}))
        layers.sort(key=lambda layer: _ORDER.get(layer.get("Type", "Body"), _ORDER["Body"]))
        return Sheet(layers=layers, known={**known, **dict(self._resources(page, {"PageRes"}, path))})

    def _resources(self, parent: ET.Element, names: set[str], near: str) -> Iterator[tuple[tuple[str, str], Entry]]:
        """The entries of the files of resources that the children of these names refer to; later ones count."""
        for reference in children(parent, names):
            path, root = self._parts.find(text_of(reference), near, self._path)
            base = root.get("BaseLoc", "").replace("\\", "/")
            folder = base if base.startswith("/") else f"{path.rpartition('/')[0]}/{base}"
            for element in (entry for group in root for entry in group):
                key = element.tag.rpartition("}")[2], element.get("ID", "").strip()
                yield key, Entry(element=element, places=(f"{folder}/", path, self._path))
