"""The picture inside a seal, found in Seal.esl or SignedValue.dat by a small walk over its DER.

It looks only for the picture and believes nothing: whether a seal is genuine is for `trust.ofd` to say. In GM/T 0031-2014 and in
GB/T 38540-2020 the picture is SEQUENCE {type IA5String, data OCTET STRING, width INTEGER, height INTEGER}.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from trust.errors import DocumentError

MAX_SEAL = 16 * 1024 * 1024
MAX_NODES = 20_000
MAX_DEPTH = 24
_CONSTRUCTED = 0x20
_SEQUENCE, _IA5, _OCTETS, _INTEGER = 0x30, 0x16, 0x04, 0x02
_TEXTS = frozenset({_IA5, 0x0C, 0x13})  # some makers write UTF8String or PrintableString
_LONG = 0x80
_MAX_LENGTH_BYTES = 4
_MULTI_BYTE_TAG = 0x1F


@dataclass(frozen=True, slots=True, kw_only=True)
class SealPicture:
    """A seal's picture: its type word in lower case (png, bmp, gif, jpg, ofd) and its bytes."""

    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class _Node:
    tag: int
    start: int
    end: int


def find_picture(data: bytes) -> SealPicture | None:
    """The first picture in a seal or in a signature that holds one.

    Raises:
        DocumentError: not DER, or beyond the bounds.
    """
    if len(data) > MAX_SEAL:
        raise DocumentError(f"a seal of more than {MAX_SEAL} bytes")
    seen = 0
    pending = [(node, 0) for node in _nodes(data, 0, len(data))]
    while pending:
        node, depth = pending.pop()
        seen += 1
        if seen > MAX_NODES or depth > MAX_DEPTH:
            raise DocumentError("a seal of too many or too deep parts")
        if not node.tag & _CONSTRUCTED:
            continue
        inner = list(_nodes(data, node.start, node.end))
        if node.tag == _SEQUENCE and _is_picture(inner):
            kind = data[inner[0].start : inner[0].end].decode("ascii", errors="replace")
            return SealPicture(kind=kind.strip().lower(), data=data[inner[1].start : inner[1].end])
        pending.extend((child, depth + 1) for child in reversed(inner))
    return None


def _is_picture(nodes: list[_Node]) -> bool:
    tags = [node.tag for node in nodes]
    return len(tags) >= len(("type", "data", "width", "height")) and (
        tags[0] in _TEXTS and tags[1:4] == [_OCTETS, _INTEGER, _INTEGER]
    )


def _nodes(data: bytes, start: int, end: int) -> Iterator[_Node]:
    """The values between two places, one behind the other; definite lengths alone."""
    while start < end:
        if end - start < len(b"TL") or data[start] & _MULTI_BYTE_TAG == _MULTI_BYTE_TAG:
            raise DocumentError("a seal is not DER")
        tag, length, start = data[start], data[start + 1], start + 2
        if length & _LONG:
            size = length & ~_LONG
            if not 0 < size <= _MAX_LENGTH_BYTES or start + size > end:
                raise DocumentError("a seal is not DER")
            length, start = int.from_bytes(data[start : start + size]), start + size
        if start + length > end:
            raise DocumentError("a seal is not DER")
        yield _Node(tag, start, start + length)
        start += length
