"""XML from strangers, bounded before it is believed: no document types, no entities, limited size, depth and number of elements.

Two passes over bounded bytes: `guard` runs expat without namespaces and builds nothing; only then does `parse_xml` build a tree. Entities
cannot be declared without a DOCTYPE, so refusing that (in any encoding expat reads) refuses expansion attacks and outside references.
"""

import re
from collections.abc import Iterable
from xml.etree import ElementTree as ET
from xml.parsers import expat

from trust.errors import DocumentError

MAX_XML = 64 * 1024 * 1024
MAX_DEPTH = 128
MAX_ELEMENTS = 2_000_000
MAX_TREE = 8 * 1024 * 1024
MAX_TREE_ELEMENTS = 100_000
"""Of XML that is made a tree, at some 440 bytes an element. A signature over 10,000 files has a fourth of them."""

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2


class _Counter:
    """Counts elements and depth while expat runs."""

    def __init__(self, where: str, most: int) -> None:
        self._where = where
        self._most = most
        self._depth = 0
        self._elements = 0

    def start(self, _name: str, _attributes: object) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH or self._elements > self._most:
            raise DocumentError(f"{self._where}: XML deeper than {MAX_DEPTH} or with more than {self._most} elements")

    def end(self, _name: str) -> None:
        self._depth -= 1

    def doctype(self, *_: object) -> None:
        raise DocumentError(f"{self._where}: XML with a DOCTYPE is refused")


def is_text(text: str) -> bool:
    """Whether XML can carry these characters."""
    return _NOT_XML.search(text) is None


def guard(pieces: Iterable[bytes], where: str, *, most: int = MAX_XML, elements: int = MAX_ELEMENTS) -> None:
    """Refuse XML that breaks a bound; `where` names it in the error. It comes in pieces, of which one at a time is held.

    Namespaces are not looked at: real parts hold odd prefixes.

    Raises:
        DocumentError: too large, too deep, too many elements, a DOCTYPE, or not well-formed.
    """
    counter, came = _Counter(where, elements), 0
    parser = expat.ParserCreate()
    parser.StartElementHandler = counter.start
    parser.EndElementHandler = counter.end
    parser.StartDoctypeDeclHandler = counter.doctype
    try:
        for piece in pieces:
            came += len(piece)
            if came > most:
                raise DocumentError(f"{where}: XML larger than {most} bytes")
            parser.Parse(piece, False)  # noqa: FBT003 - the C function's "this is all" has no name
        parser.Parse(b"", True)  # noqa: FBT003
    except (expat.ExpatError, ValueError, LookupError) as error:
        # expat raises ValueError and LookupError for encodings it cannot read.
        raise DocumentError(f"{where}: not well-formed XML") from error


def parse_xml(data: bytes, where: str, *, most: int = MAX_TREE, elements: int = MAX_TREE_ELEMENTS) -> ET.Element:
    """The element tree of guarded XML.

    Raises:
        DocumentError: as `guard`, or an unbound namespace prefix.
    """
    guard((data,), where, most=most, elements=elements)
    try:
        return ET.fromstring(data)  # noqa: S314 - guarded above: no DOCTYPE, so no entities
    except ET.ParseError as error:
        raise DocumentError(f"{where}: not well-formed XML") from error
