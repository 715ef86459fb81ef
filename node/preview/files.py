"""The files of a package as references find them, and small helpers for their XML. References are relative, absolute or plainly wrong.

Seen in the wild (PARTS, item 5): relative to the file that holds them, to the package, to the document's folder; ".." and other case.
"""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from trust.errors import DocumentError
from trust.ofd.container import normal_path
from trust.ofd.markup import MAX_ELEMENTS, parse_xml
from trust.ofd.package import Package

MAX_PART = 32 * 1024 * 1024
"""Bytes of one XML part that a preview reads: its tree takes some ten times as much memory."""


def local(element: ET.Element) -> str:
    """The element's name without its namespace: both namespaces, and none, are seen."""
    return element.tag.rpartition("}")[2]


def children(parent: ET.Element, *names: str) -> Iterator[ET.Element]:
    """The children with one of these names."""
    return (child for child in parent if local(child) in names)


def child(parent: ET.Element | None, name: str) -> ET.Element | None:
    """The first child of this name."""
    return None if parent is None else next(children(parent, name), None)


def text_of(parent: ET.Element | None, name: str) -> str:
    """The text of the first child of this name, stripped; empty if there is none."""
    found = child(parent, name)
    return "" if found is None else (found.text or "").strip()


def flag(element: ET.Element, name: str, *, default: bool) -> bool:
    """An attribute that is true or false."""
    return element.get(name, str(default)).strip().casefold() in {"true", "1"}


class Files:
    """A package's files by reference."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._by_name = {path.casefold(): path for path in package.entries}
        self._folder = _folder(package.doc_roots[0])
        self.root = package.doc_roots[0]

    def find(self, reference: str, base: str) -> str:
        """The path that `reference`, found in the file or folder `base`, means.

        Raises:
            DocumentError: no such file.
        """
        wanted = reference.strip().replace("\\", "/")
        folders = ("", _folder(base), self._folder) if wanted.startswith("/") else (_folder(base), "", self._folder)
        for folder in folders:
            path = normal_path(f"{folder}/{wanted}")
            if path is not None and path.casefold() in self._by_name:
                return self._by_name[path.casefold()]
        raise DocumentError("a part that is referred to is not in the package")

    def read(self, path: str) -> bytes:
        """A file's bytes.

        Raises:
            DocumentError: damaged.
        """
        return self._package.read(path)

    def xml(self, path: str) -> ET.Element:
        """A file's element tree.

        Raises:
            DocumentError: damaged, or too large.
        """
        data = self._package.read(path)
        if len(data) > MAX_PART:
            raise DocumentError(f"{path}: more than {MAX_PART} bytes")
        return parse_xml(data, path, most=MAX_PART, elements=MAX_ELEMENTS)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
