"""A strict, bounded reader of OFD packages (GB/T 33190-2016, clause 7). It reads OFD.xml; pages, seals and pictures are for others.

Opening a package reads every entry once, so that a damaged entry or a DTD anywhere in it is found at the door. Real files differ from the
standard in names, case, namespaces and slashes: PARTS, "What real OFD files do".
"""

import zipfile
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.etree import ElementTree as ET

from trust.errors import DocumentError
from trust.ofd.container import MAX_ENTRY, clean_path, inflate, open_container, packed, pieces
from trust.ofd.markup import MAX_TREE, guard, parse_xml
from trust.ofd.zipping import Packed

NAMESPACES = ("http://www.ofdspec.org/2016", "http://www.ofdspec.org")
"""The standard's namespace, and the one of many issued certificates."""

MAX_CUSTOM_DATA = 1000
CUSTOM_LISTS = {"CustomDatas", "CuslomDatas"}
CUSTOM_ITEMS = {"CustomData", "CuslomData"}  # the misspelling is in issued files: REQUIREMENTS §3.2
_ROOT = "OFD.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """An opened package: its files' paths, the custom data of its first document, and the paths of its document roots.

    `custom_data` holds GB/T 36903 short names (ZZBS, CZZTDM, KZ_…) beside producers' own; it is personal data and stays out of the repr.
    """

    entries: tuple[str, ...]
    custom_data: dict[str, str] = field(repr=False)
    doc_roots: tuple[str, ...]
    _container: zipfile.ZipFile = field(repr=False)
    _files: dict[str, zipfile.ZipInfo] = field(repr=False)

    def read(self, name: str, *, most: int = MAX_ENTRY) -> bytes:
        """One file's bytes. A leading slash, backslashes and another case are accepted.

        Raises:
            DocumentError: no such file, a damaged one, or one larger than `most`.
        """
        path = _find(self._files, name)
        return inflate(self._container, self._files[path], path, most=most)

    def pieces(self, path: str) -> Iterator[bytes]:
        """The bytes of one of the entries, a bounded piece at a time.

        Raises:
            DocumentError: damaged.
        """
        return pieces(self._container, self._files[path], path)

    def packed(self, path: str) -> Packed:
        """One of the entries as it stands in the zip, to be written to another.

        Raises:
            DocumentError: damaged.
        """
        return packed(self._container, self._files[path], path)

    def under(self, root: str, *, without: Collection[str]) -> "Package":
        """The package of the same entries but those `without`, with the entry `root` in the place of OFD.xml.

        Raises:
            DocumentError: there is no such entry, or it does not describe what is left.
        """
        if root not in self._files:
            raise DocumentError(f"{root}: no such file in the package")
        files = {path: entry for path, entry in self._files.items() if path not in without}
        return _described(self._container, files | {_ROOT: self._files[root]})


def read_package(source: bytes | BinaryIO) -> Package:
    """Open a package: its bytes, or a file of it that stays open as long as the package is used.

    Raises:
        DocumentError: a rule is broken; the message says which.
    """
    container, files = open_container(source)
    if _ROOT not in files:
        raise DocumentError("no OFD.xml: not an OFD package")
    for path, entry in files.items():
        if path.casefold().endswith(".xml"):
            guard(pieces(container, entry, path), path)
        else:
            deque(pieces(container, entry, path), maxlen=0)  # only to find damage
    return _described(container, files)


def _described(container: zipfile.ZipFile, files: dict[str, zipfile.ZipInfo]) -> Package:
    """The package as its OFD.xml describes it."""
    bodies = doc_bodies(parse_xml(inflate(container, files[_ROOT], _ROOT, most=MAX_TREE), _ROOT))
    return Package(
        entries=tuple(files),
        custom_data=_custom_data(bodies[0]),
        doc_roots=tuple(_doc_root(body, files) for body in bodies),
        _container=container,
        _files=files,
    )


def _find(files: dict[str, zipfile.ZipInfo], name: str) -> str:
    path = clean_path(name.lstrip("/\\"))
    if path in files:
        return path
    wanted = path.casefold()
    found = next((other for other in files if other.casefold() == wanted), None)
    if found is None:
        raise DocumentError(f"{path}: no such file in the package")
    return found


def children(parent: ET.Element, names: set[str]) -> Iterator[ET.Element]:
    """The children in an OFD namespace with one of these local names."""
    return (child for child in parent if child.tag in {f"{{{space}}}{name}" for space in NAMESPACES for name in names})


def doc_bodies(root: ET.Element) -> list[ET.Element]:
    """The DocBody elements of an OFD.xml.

    Raises:
        DocumentError: another root, or none of them.
    """
    if root.tag not in {f"{{{space}}}OFD" for space in NAMESPACES}:
        raise DocumentError("OFD.xml: the root is not an OFD element of a known namespace")
    bodies = list(children(root, {"DocBody"}))
    if not bodies:
        raise DocumentError("OFD.xml: no DocBody")
    return bodies


def _doc_root(body: ET.Element, files: dict[str, zipfile.ZipInfo]) -> str:
    element = next(children(body, {"DocRoot"}), None)
    if element is None or not (element.text or "").strip():
        raise DocumentError("OFD.xml: a DocBody without DocRoot")
    return _find(files, (element.text or "").strip())


def _custom_data(body: ET.Element) -> dict[str, str]:
    """Names and texts of the document's CustomDatas; one name with two texts is refused, since readers would disagree."""
    found: dict[str, str] = {}
    for info in children(body, {"DocInfo"}):
        for group in children(info, CUSTOM_LISTS):
            for item in children(group, CUSTOM_ITEMS):
                name, text = item.get("Name", "").strip(), (item.text or "").strip()
                if found.setdefault(name, text) != text:
                    raise DocumentError("OFD.xml: one name of custom data with two values")
    if len(found) > MAX_CUSTOM_DATA:
        raise DocumentError(f"OFD.xml: more than {MAX_CUSTOM_DATA} custom data")
    return found
