"""The parts of an XLSX workbook, a ZIP of XML, unpacked within bounds: small archives stand for huge ones. Not what is in them."""

import io
import re
import zipfile
import zlib

from node.lists.sheet import MAX_ROWS, UnreadableError

MAX_UNPACKED_BYTES = 128 * 1024 * 1024
MAX_PARTS = 500
_CENTRAL = b"PK\x01\x02"  # the directory names each part behind these bytes
_KEPT = re.compile(r"xl/[A-Za-z0-9_./-]{1,200}\.(xml|rels)")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError)


def unpacked(data: bytes) -> dict[str, bytes]:
    """The XML parts of a workbook by name; macros and pictures are left packed.

    Raises:
        UnreadableError: no archive, a damaged or encrypted one, no workbook, or one that unpacks to too much.
    """
    if data.count(_CENTRAL) > MAX_PARTS:
        raise too_big()
    try:
        parts = _parts(data)
    except _BROKEN as error:
        raise UnreadableError(
            "not an XLSX file, or a damaged or encrypted one; save it again as XLSX without a password",
            "不是XLSX文件，或文件已损坏、已加密，请重新保存为不带密码的XLSX文件",
        ) from error
    if "xl/workbook.xml" not in parts:
        raise UnreadableError("not an XLSX workbook; save it again as XLSX", "不是XLSX工作簿，请重新保存为XLSX文件")
    return parts


def _parts(data: bytes) -> dict[str, bytes]:
    """A part that is longer than the directory says is cut there: its checksum or its XML is then wrong."""
    parts: dict[str, bytes] = {}
    left = MAX_UNPACKED_BYTES
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            left -= entry.file_size
            if left < 0:
                raise too_big()
            if _KEPT.fullmatch(entry.filename):
                with archive.open(entry) as part:
                    parts[entry.filename] = part.read(entry.file_size + 1)
    return parts


def too_big() -> UnreadableError:
    """A workbook is larger than a list can be."""
    return UnreadableError(
        f"unpacks to more than a list can be ({MAX_ROWS} rows); divide it or save it again as XLSX",
        f"解压后内容超过上限（{MAX_ROWS}行），请拆分文件或重新保存为XLSX文件",
    )
