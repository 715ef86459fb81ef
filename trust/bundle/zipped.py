"""Writes and reads the zip (APPNOTE 4.3) of a proof bundle. Equal parts give equal bytes, and only those bytes are read.

Parts are stored, not deflated: any unzip opens it, sizes say what will come out, and no library's idea of compression has to last as long
as a case file. No comments, no extra fields, no dates. The reader takes the names and sizes from the directory, within bounds, writes the
zip again from the parts, and compares: so a changed byte is found wherever it is, also where other readers do not look.
"""

import re
import struct
import zlib
from collections.abc import Mapping
from itertools import pairwise
from zipfile import ZIP_STORED

from trust.errors import BundleError
from trust.ofd.zipping import Packed, write_zip

MAX_BUNDLE_BYTES = 256 << 20
MAX_PART_BYTES = 128 << 20  # as of a file that a usage copy is made of
MAX_PARTS = 2048
MAX_NAME = 128  # characters
DIRECTORY = "the zip's directory"
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*(?:/[a-z0-9][a-z0-9_.-]*){0,3}", re.ASCII)
_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL_BYTES = 30
_PIECE = 4096


def write_bundle(parts: Mapping[str, bytes]) -> bytes:
    """The zip of the parts, in their order.

    Raises:
        BundleError: a name, a size or their number is out of bounds.
    """
    for name, data in parts.items():
        _check_name(name)
        if len(data) > MAX_PART_BYTES:
            raise BundleError(name, f"a part has at most {MAX_PART_BYTES} bytes")
    if not 0 < len(parts) <= MAX_PARTS or sum(map(len, parts.values())) > MAX_BUNDLE_BYTES:
        raise BundleError("", f"a bundle has 1 to {MAX_PARTS} parts and at most {MAX_BUNDLE_BYTES} bytes")
    return write_zip(
        {
            name: Packed(data=data, method=ZIP_STORED, crc=zlib.crc32(data), size=len(data))
            for name, data in parts.items()
        }
    )


def read_bundle(data: bytes) -> dict[str, bytes]:
    """The parts of a zip that is exactly in this form, in their order. Bounded before anything is copied.

    Raises:
        BundleError: it is not; `part` names where.
    """
    if not _END.size <= len(data) <= MAX_BUNDLE_BYTES:
        raise BundleError("", f"a bundle has at most {MAX_BUNDLE_BYTES} bytes, and is a zip")
    sizes = _listed(data)
    parts: dict[str, bytes] = {}
    at = 0
    for name, size in sizes:
        begin = at + _LOCAL_BYTES + len(name)
        parts[name] = data[begin : begin + size]
        at = begin + size
    right = write_bundle(parts)
    if right != data:
        raise BundleError(_where(data, right, sizes), "a byte of the zip is not what it has to be")
    return parts


def _listed(data: bytes) -> list[tuple[str, int]]:
    """Names and sizes as the directory lists them, in order: they fill the zip up to the directory exactly."""
    magic, disk, start, here, count, length, at, comment = _END.unpack_from(data, len(data) - _END.size)
    whole = at + length + _END.size == len(data)
    if magic != b"PK\x05\x06" or (disk, start, comment) != (0, 0, 0) or here != count or not whole:
        raise BundleError(
            DIRECTORY, "the zip's end record does not fit: the file is cut, has something behind it, or is no bundle"
        )
    if not 0 < count <= MAX_PARTS:
        raise BundleError(DIRECTORY, f"a bundle has 1 to {MAX_PARTS} parts")
    found: list[tuple[str, int]] = []
    place, stop, offset = at, at + length, 0
    for _ in range(count):
        name, size = _entry(data, place, stop, offset)
        place += _CENTRAL.size + len(name)
        offset += _LOCAL_BYTES + len(name) + size
        found.append((name, size))
    if place != stop or offset != at:
        raise BundleError(DIRECTORY, "the directory does not list what is in the zip")
    if len({name for name, _ in found}) != count:
        raise BundleError(DIRECTORY, "the directory names a part twice")
    return found


def _entry(data: bytes, place: int, stop: int, offset: int) -> tuple[str, int]:
    """Name and size of the part whose line of the directory begins at `place`, and whose own place is `offset`."""
    if place + _CENTRAL.size > stop:
        raise BundleError(DIRECTORY, "the directory ends early")
    fields = _CENTRAL.unpack_from(data, place)
    magic, method, packed, size, name_length, begins = (
        fields[0],
        fields[4],
        fields[8],
        fields[9],
        fields[10],
        fields[16],
    )
    raw = data[place + _CENTRAL.size : min(place + _CENTRAL.size + name_length, stop)]
    name = raw.decode("ascii", errors="replace")
    _check_name(name)
    if magic != b"PK\x01\x02" or method != ZIP_STORED or packed != size or len(raw) != name_length:
        raise BundleError(name, "its line of the zip's directory is not that of a stored part")
    if size > MAX_PART_BYTES or begins != offset:
        raise BundleError(name, f"a part has at most {MAX_PART_BYTES} bytes and follows the one before it")
    return name, size


def _check_name(name: str) -> None:
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        raise BundleError(DIRECTORY, "a part's name is up to four words of small letters, digits, dots and dashes")


def _first_difference(one: bytes, other: bytes) -> int:
    """Where two texts differ first: found by pieces, since a byte takes Python a thousand times longer than it takes a comparison."""
    begin = next((at for at in range(0, len(one), _PIECE) if one[at : at + _PIECE] != other[at : at + _PIECE]), 0)
    pairs = zip(one[begin : begin + _PIECE], other[begin : begin + _PIECE], strict=False)
    return next((begin + at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _where(data: bytes, right: bytes, sizes: list[tuple[str, int]]) -> str:
    """The part in whose bytes, or in whose line of the directory, two zips differ first."""
    differs = _first_difference(data, right)
    lengths = [_LOCAL_BYTES + len(name) + size for name, size in sizes]
    lengths += [_CENTRAL.size + len(name) for name, _ in sizes]
    edges = [0]
    for length in lengths:
        edges.append(edges[-1] + length)
    names = [name for name, _ in sizes] * 2
    places = (name for name, (begin, end) in zip(names, pairwise(edges), strict=True) if begin <= differs < end)
    return next(places, DIRECTORY)
