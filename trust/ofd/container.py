"""The zip container of an OFD package, read strictly: bounded before anything is inflated, and nothing in it may point outside it.

Knows zip, not OFD (see `trust.ofd.package`). A package is read from bytes, or from a file, of which nothing but single entries is held in
memory: so files of a gigabyte can be verified. What real files do, and what attacks do: PARTS, "What real OFD files do", items 5 and 10.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from trust.errors import DocumentError
from trust.ofd.zipping import Packed

MAX_PACKAGE = 512 * 1024 * 1024
MAX_ENTRIES = 10_000
MAX_TOTAL = 512 * 1024 * 1024
MAX_ENTRY = 256 * 1024 * 1024
MAX_ON_DISK = 4 * 1024 * 1024 * 1024
"""Bytes of a package that is read from a file. It may inflate to `_GROWTH` times its size, or to `MAX_TOTAL` where that is more."""

MAX_HELD = 64 * 1024 * 1024
"""Bytes of one entry of such a package that are held at once; longer entries are read piece by piece, or not at all."""

MAX_NAME = 1024
MAX_DIRECTORY = MAX_ENTRIES * (MAX_NAME + 176)
"""Bytes of a zip's directory: for each entry a name, the 46 bytes before it (APPNOTE 4.3.12), extra fields and a short comment."""

MAX_RATIO = 200
RATIO_FREE = 4 * 1024 * 1024
"""Small entries may shrink as they like: a blank bitmap does. Above this size the ratio counts."""

_ENCRYPTED = 0x1 | 0x40 | 0x2000  # APPNOTE 4.4.4: encrypted, strongly encrypted, masked headers
_UTF8 = 0x800
_TAIL = 1 << 17  # bytes: the end record and its comment are shorter, and nothing else is read to the end
_ENTRY = b"PK\x01\x02"
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:")
_LENGTHS_AT, _LENGTHS = (
    26,
    struct.Struct("<2H"),
)  # APPNOTE 4.3.7: of name and extra field, behind 26 bytes of the local header
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_GROWTH = 2
_PIECE = 1 << 18  # bytes
_DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)


def open_container(source: bytes | BinaryIO) -> tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]:
    """Open a package's zip and check its directory. The result maps each file's clean path to its entry; folders are left out.

    A file stays the caller's to close, after the last entry was read.

    Raises:
        DocumentError: a rule is broken; the message says which.
    """
    held = isinstance(source, bytes)
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    size = stream.seek(0, io.SEEK_END)
    most = MAX_PACKAGE if held else MAX_ON_DISK
    if size > most:
        raise DocumentError(f"package larger than {most} bytes")
    stream.seek(0)
    if stream.read(4) != b"PK\x03\x04":
        raise DocumentError("not a zip file")
    try:
        container = zipfile.ZipFile(_Directory(stream))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise DocumentError("damaged zip directory") from error
    container.fp = stream
    entries = container.infolist()
    grown = 0 if held else size * _GROWTH
    _check_sums(entries, size, max(MAX_TOTAL, grown))
    return container, _by_path(entries, max(MAX_ENTRY, grown))


class _Directory(io.RawIOBase):
    """A package while zipfile reads its directory, which it takes into memory whole, wherever the end records say that it is.

    What is read at once is bounded, and so is the number of entries in it: each begins with the same four bytes.
    """

    def __init__(self, stream: BinaryIO) -> None:
        """`stream` stays the caller's."""
        self._stream = stream

    def read(self, size: int = -1, /) -> bytes:
        """As a file does.

        Raises:
            DocumentError: more than any directory needs.
        """
        if size > MAX_DIRECTORY:
            raise DocumentError(f"a zip directory of more than {MAX_DIRECTORY} bytes")
        data = self._stream.read(_TAIL if size < 0 else size)
        if data.count(_ENTRY) > MAX_ENTRIES:
            raise DocumentError(f"more than {MAX_ENTRIES} entries")
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """As a file does."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """As a file does."""
        return self._stream.tell()

    def seekable(self) -> bool:
        """It is."""
        return True


def _check_sums(entries: list[zipfile.ZipInfo], size: int, total: int) -> None:
    """The bounds over all entries. More compressed bytes than the file has means that entries overlap, as in a flat bomb."""
    if sum(entry.file_size for entry in entries) > total:
        raise DocumentError(f"more than {total} bytes when inflated")
    if sum(entry.compress_size for entry in entries) > size:
        raise DocumentError("entries overlap")


def _by_path(entries: Iterable[zipfile.ZipInfo], most: int) -> dict[str, zipfile.ZipInfo]:
    """Check every entry and key the files by clean path. Names that differ in case alone are duplicates: references come in any case."""
    files: dict[str, zipfile.ZipInfo] = {}
    folded: set[str] = set()
    for entry in entries:
        name = _decoded_name(entry)
        path = clean_path(name)
        _check_entry(entry, path, most)
        if name.endswith(("/", "\\")):
            continue
        if path.casefold() in folded:
            raise DocumentError(f"{path}: two entries of one name")
        folded.add(path.casefold())
        files[path] = entry
    return files


def _check_entry(entry: zipfile.ZipInfo, path: str, most: int) -> None:
    """The bounds and prohibitions of one entry."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise DocumentError(f"{path}: symbolic links and other special files are refused")
    if entry.flag_bits & _ENCRYPTED:
        raise DocumentError(f"{path}: encrypted entries are refused")
    if entry.compress_type not in _METHODS:
        raise DocumentError(f"{path}: only stored and deflated entries are read")
    if entry.file_size > most:
        raise DocumentError(f"{path}: larger than {most} bytes")
    if entry.file_size > max(RATIO_FREE, entry.compress_size * MAX_RATIO):
        raise DocumentError(f"{path}: inflates to more than {MAX_RATIO} times its size")


def _decoded_name(entry: zipfile.ZipInfo) -> str:
    """The entry's name. Without the UTF-8 flag zipfile reads CP437; real files hold UTF-8 or GBK bytes there."""
    if entry.flag_bits & _UTF8:
        return entry.orig_filename
    raw = entry.orig_filename.encode("cp437")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")


def clean_path(name: str) -> str:
    """A path inside the package: / between parts, no leading "./".

    Raises:
        DocumentError: absolute, climbing out, empty, too long, or holding control characters.
    """
    if _FORBIDDEN.search(name) or len(name) > MAX_NAME:
        raise DocumentError(f"an entry's name holds control characters or more than {MAX_NAME} characters")
    path = name.replace("\\", "/")
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if path.startswith("/") or _DRIVE.match(path) or ".." in parts or not parts:
        raise DocumentError(f"{path!r}: a name that leaves the package is refused")
    return "/".join(parts)


def inflate(container: zipfile.ZipFile, entry: zipfile.ZipInfo, path: str, *, most: int = MAX_ENTRY) -> bytes:
    """One entry's bytes, whole.

    Raises:
        DocumentError: the entry is damaged, larger than `most`, or more than is held of a package that is a file.
    """
    if entry.file_size > most:
        raise DocumentError(f"{path}: larger than {most} bytes")
    if entry.file_size > MAX_HELD and not isinstance(container.fp, io.BytesIO):
        raise DocumentError(f"{path}: more than {MAX_HELD} bytes where they have to be held whole")
    return b"".join(pieces(container, entry, path))


def pieces(container: zipfile.ZipFile, entry: zipfile.ZipInfo, path: str) -> Iterator[bytes]:
    """One entry's bytes, a bounded piece at a time.

    zipfile stops at the declared size, which is bounded, and checks the CRC at the end, but not that as much was there.

    Raises:
        DocumentError: the entry is damaged; pieces before that may have come.
    """
    came = 0
    try:
        with container.open(entry) as stream:
            while piece := stream.read(_PIECE):
                came += len(piece)
                yield piece
    except _DAMAGES as error:
        raise DocumentError(f"{path}: damaged zip entry") from error
    if came != entry.file_size:
        raise DocumentError(f"{path}: the zip entry is shorter than it says")


def packed(container: zipfile.ZipFile, entry: zipfile.ZipInfo, path: str) -> Packed:
    """One entry as it stands in the zip; its checksum was seen to be right when the package was opened.

    Raises:
        DocumentError: the entry is damaged.
    """
    stream = container.fp
    if stream is None:
        raise DocumentError(f"{path}: damaged zip entry")
    stream.seek(entry.header_offset + _LENGTHS_AT)
    name, extra = _LENGTHS.unpack(stream.read(_LENGTHS.size))
    stream.seek(name + extra, io.SEEK_CUR)
    return Packed(
        data=stream.read(entry.compress_size), method=entry.compress_type, crc=entry.CRC, size=entry.file_size
    )


def normal_path(path: str) -> str | None:
    """The path without empty parts, "." and ".."; None for one that leaves the package."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)
