"""ASN.1 as seals and certificates carry it (X.690): a small bounded reader that keeps every element's bytes as they came, and a DER writer.

Signatures cover bytes, so nothing read here is ever encoded again. Indefinite lengths are read because CMS makers write them around
GB/T 35275 SignedData; tags above 30 are refused. Types stay unknown: whoever asks knows what should stand there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from trust.errors import DocumentError

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID, UTF8, IA5, BMP = 0x01, 0x02, 0x03, 0x04, 0x06, 0x0C, 0x16, 0x1E
UTC_TIME, GENERALIZED_TIME, SEQUENCE, SET = 0x17, 0x18, 0x30, 0x31
MAX_DEPTH = 32
MAX_NODES = 20_000
_CONSTRUCTED, _NUMBER, _LONG_TAG, _CONTEXT = 0x20, 0x1F, 0x1F, 0xA0
_LONG_FORM = 0x80  # X.690 clause 8.1.3: from here on the octet counts the length's octets; alone it means "until 00 00"
_MAX_LENGTH_BYTES = 4
_MAX_UNUSED_BITS = 7
_ARC = 40  # X.690 clause 8.19.4: the first two arcs share one number


@dataclass(frozen=True, slots=True)
class Node:
    """One element: its tag byte, its content, and all of its bytes (`raw`) as they were received."""

    tag: int
    content: bytes
    raw: bytes

    def children(self) -> list["Node"]:
        """The elements inside.

        Raises:
            DocumentError: not constructed, or what is inside does not parse.
        """
        if not self.tag & _CONSTRUCTED:
            raise DocumentError("ASN.1: an element that should hold others is primitive")
        nodes = []
        for node in elements(self.content):
            nodes.append(node)
            if len(nodes) > MAX_NODES:
                raise DocumentError(f"ASN.1: more than {MAX_NODES} elements")
        return nodes

    def expect(self, *tags: int) -> "Node":
        """This element, if it has one of the tags.

        Raises:
            DocumentError: it has another.
        """
        if self.tag not in tags:
            raise DocumentError(f"ASN.1: unexpected element with tag {self.tag:#04x}")
        return self


def context(number: int) -> int:
    """The tag byte of a constructed, context-specific [number]."""
    return _CONTEXT | number


def read(data: bytes) -> Node:
    """The one element that `data` is.

    Raises:
        DocumentError: it does not parse, or bytes follow it.
    """
    node, end = _element(data, 0, [0], 0)
    if end != len(data):
        raise DocumentError("ASN.1: bytes after the end")
    return node


def elements(data: bytes) -> Iterator[Node]:
    """The elements that stand one after the other in `data`; unbounded in number, so count them.

    Raises:
        DocumentError: one does not parse.
    """
    at = 0
    while at < len(data):
        node, at = _element(data, at, [0], 0)
        yield node


def _element(data: bytes, at: int, seen: list[int], depth: int) -> tuple[Node, int]:
    """The element at `at` and where it ends. `seen` counts what is walked through to find the ends of indefinite lengths."""
    seen[0] += 1
    if depth > MAX_DEPTH or seen[0] > MAX_NODES:
        raise DocumentError(f"ASN.1: deeper than {MAX_DEPTH} or more than {MAX_NODES} elements")
    if len(data) < at + 2 or data[at] & _NUMBER == _LONG_TAG:
        raise DocumentError("ASN.1: cut short, or a tag above 30")
    if data[at + 1] == _LONG_FORM:
        start, end = at + 2, _end_of_contents(data, at, seen, depth)
        return Node(data[at], data[start:end], data[at : end + 2]), end + 2
    start, length = _length(data, at + 1)
    if start + length > len(data):
        raise DocumentError("ASN.1: an element is longer than what holds it")
    return Node(data[at], data[start : start + length], data[at : start + length]), start + length


def _end_of_contents(data: bytes, at: int, seen: list[int], depth: int) -> int:
    if not data[at] & _CONSTRUCTED:
        raise DocumentError("ASN.1: a primitive element without a length")
    at += 2
    while data[at : at + 2] != b"\0\0":
        _, at = _element(data, at, seen, depth + 1)
    return at


def _length(data: bytes, at: int) -> tuple[int, int]:
    """Where the content begins, and its length."""
    first = data[at]
    if first < _LONG_FORM:
        return at + 1, first
    size = first - _LONG_FORM
    if size > _MAX_LENGTH_BYTES or len(data) < at + 1 + size:
        raise DocumentError("ASN.1: a length of more than four bytes")
    return at + 1 + size, int.from_bytes(data[at + 1 : at + 1 + size])


def number(node: Node) -> int:
    """The value of an INTEGER.

    Raises:
        DocumentError: not an INTEGER.
    """
    return int.from_bytes(node.expect(INTEGER).content, signed=True)


def oid(node: Node) -> str:
    """The dotted form of an OBJECT IDENTIFIER, or of the one an AlgorithmIdentifier begins with.

    Raises:
        DocumentError: neither.
    """
    if node.tag == SEQUENCE and (children := node.children()):
        node = children[0]
    content = node.expect(OID).content
    if not content or content[-1] >= _LONG_FORM:
        raise DocumentError("ASN.1: a damaged object identifier")
    arcs, value = [], 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if byte < _LONG_FORM:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // _ARC, 2)
    return ".".join(map(str, (first, arcs[0] - first * _ARC, *arcs[1:])))


def bits(node: Node) -> bytes:
    """The octets of a BIT STRING.

    Raises:
        DocumentError: not a BIT STRING, or its unused bits are set.
    """
    content = node.expect(BIT_STRING).content
    unused = content[0] if content else _MAX_UNUSED_BITS + 1
    if unused > _MAX_UNUSED_BITS or (unused and (len(content) == 1 or content[-1] & ((1 << unused) - 1))):
        raise DocumentError("ASN.1: a damaged BIT STRING")
    return content[1:]


def octets(node: Node) -> bytes:
    """The octets of an OCTET STRING, whole or (as indefinite lengths bring with them) in pieces.

    Raises:
        DocumentError: not an OCTET STRING.
    """
    if node.tag == OCTET_STRING | _CONSTRUCTED:
        return b"".join(piece.expect(OCTET_STRING).content for piece in node.children())
    return node.expect(OCTET_STRING).content


def encode(tag: int, *parts: bytes) -> bytes:
    """One element with definite length around the parts."""
    content = b"".join(parts)
    length = len(content)
    if length < _LONG_FORM:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, _LONG_FORM | size)) + length.to_bytes(size) + content


def encode_integer(value: int) -> bytes:
    """An INTEGER that is not negative."""
    return encode(INTEGER, value.to_bytes(value.bit_length() // 8 + 1))


def encode_bits(value: bytes) -> bytes:
    """A BIT STRING of whole octets."""
    return encode(BIT_STRING, b"\0", value)


def encode_time(moment: datetime) -> bytes:
    """A GeneralizedTime in whole seconds, UTC."""
    return encode(GENERALIZED_TIME, moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())


def encode_oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    return encode(OID, *(_base128(arc) for arc in (first * _ARC + second, *rest)))


def _base128(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | _LONG_FORM)
    return bytes(reversed(out))
