"""The parts of a package by location, bounded in all, and the small helpers for their XML. Knows nothing of documents or pages."""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from trust.errors import DocumentError
from trust.ofd.building import standardise
from trust.ofd.markup import parse_xml
from trust.ofd.package import Package, children
from trust.ofd.signatures.paths import Paths

MAX_READ = 64 * 1024 * 1024  # bytes of XML for one copy; the real files at hand need less than a megabyte
_EACH = 1024  # bytes that opening a part counts for


class Purse:
    """What may be read: a small file may name one large part a thousand times, and one tiny part a million times."""

    def __init__(self, what: str, most: int = MAX_READ) -> None:
        """`what` is read of it, in the words of the error: `most` bytes."""
        self._what = what
        self._most = self._left = most

    def spend(self, size: int, path: str) -> None:
        """Take off what reading this many bytes costs.

        Raises:
            DocumentError: there is not as much left.
        """
        cost = size + _EACH
        if cost > self._left:
            raise DocumentError(f"{path}: {self._what} of more than {self._most} bytes")
        self._left -= cost


class Parts:
    """The parts of a package by location, paid out of a purse."""

    def __init__(self, package: Package, paths: Paths, purse: Purse) -> None:
        self._package = package
        self._paths = paths
        self._purse = purse

    def read(self, path: str) -> ET.Element:
        """The XML part with this path.

        Raises:
            DocumentError: malformed, or more than may be read.
        """
        return standardise(parse_xml(self._bytes(path), path))

    def _bytes(self, path: str) -> bytes:
        data = self._package.read(path)
        self._purse.spend(len(data), path)
        return data

    def find(self, location: str, near: str, root: str) -> tuple[str, ET.Element]:
        """The part that a location means, seen from the file it stands in or from the document's root, with its path.

        Raises:
            DocumentError: missing, malformed, or more than one copy may read.
        """
        path = self._paths.find(location, near) or self._paths.find(location, root)
        if path is None:
            raise DocumentError(f"{near}: it names a part that is not in the package")
        return path, self.read(path)

    def find_file(self, location: str, places: Iterable[str]) -> tuple[str, bytes]:
        """The file of any kind that a location means, seen from the first of these files from which there is one, with its path.

        Raises:
            DocumentError: missing, or more than may be read.
        """
        path = next((found for near in places if (found := self._paths.find(location, near))), None)
        if path is None:
            raise DocumentError("a resource names a file that is not in the package")
        return path, self._bytes(path)


def child(parent: ET.Element, name: str) -> ET.Element | None:
    """The first child of this name."""
    return next(children(parent, {name}), None)


def text_of(element: ET.Element | None) -> str:
    """An element's text, stripped; empty without an element."""
    return "" if element is None else (element.text or "").strip()
