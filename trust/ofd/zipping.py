"""Writes the zip of a package (APPNOTE 4.3), with entries that were packed before: what an original holds is not deflated a second time.

The counterpart of `container`, which reads. No clock, no comments, no extra fields: equal entries give equal bytes.
"""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from zipfile import ZIP_DEFLATED, ZIP_STORED

_LEVEL = 6
_RAW = -15  # zlib's word for deflate without a header of its own
_VERSION = 20  # APPNOTE 4.4.3.2: deflate
_UNIX_FILE = 3 << 8, 0o100644 << 16  # made by, and attributes: written alike on every system
_UTF8 = 0x800
_MIDNIGHT_1980 = 0, 0x21  # the first moment zip can name
_LOCAL, _CENTRAL, _END = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s4H2LH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """An entry's bytes as they stand in a zip: stored or deflated, with the checksum and size of what they hold."""

    data: bytes = field(repr=False)
    method: int
    crc: int
    size: int


def pack(data: bytes) -> Packed:
    """Deflate; what does not get smaller is stored."""
    deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    deflated = deflater.compress(data) + deflater.flush()
    shrinks = len(deflated) < len(data)
    return Packed(
        data=deflated if shrinks else data,
        method=ZIP_DEFLATED if shrinks else ZIP_STORED,
        crc=zlib.crc32(data),
        size=len(data),
    )


def write_zip(entries: Mapping[str, Packed]) -> bytes:
    """The zip of the entries, in their order. They are within the bounds of `container`, so nothing needs zip64."""
    bodies: list[bytes] = []
    directory: list[bytes] = []
    at = 0
    for name, entry in entries.items():
        raw = name.encode()
        flags = 0 if raw.isascii() else _UTF8
        sizes = entry.crc, len(entry.data), entry.size
        common = (_VERSION, flags, entry.method, *_MIDNIGHT_1980, *sizes, len(raw), 0)
        made_by, attributes = _UNIX_FILE
        bodies += (_LOCAL.pack(b"PK\x03\x04", *common), raw, entry.data)
        directory += (_CENTRAL.pack(b"PK\x01\x02", made_by | _VERSION, *common, 0, 0, 0, attributes, at), raw)
        at += _LOCAL.size + len(raw) + len(entry.data)
    listed = b"".join(directory)
    end = _END.pack(b"PK\x05\x06", 0, 0, len(entries), len(entries), len(listed), at, 0)
    return b"".join((*bodies, listed, end))
