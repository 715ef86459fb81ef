"""Whole lists in files: .toml (read only), .csv and .xlsx, read with every problem found and written so that they read back the same.

Bytes are untrusted and bounded before they are parsed. Reading a big file takes seconds: a node has a child do it (`worker`).
Not the store, nor what becomes of the entries.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path, PurePath
from typing import Any, Literal

from node.errors import ConfigError
from node.library.codes import Codes, default_codes
from node.library.dates import CHINA
from node.lists.cells import text_of
from node.lists.csv_file import read_csv, write_csv
from node.lists.fields import FIELDS
from node.lists.grid import Judged, read_grid
from node.lists.sheet import MAX_FILE_BYTES, Sheet, UnreadableError, with_duplicates
from node.lists.toml_file import TABLES, read_toml
from node.lists.xlsx_read import read_xlsx
from node.lists.xlsx_write import write_xlsx
from node.ports.lists import Kind


def read(
    source: Path | tuple[str, bytes],
    kind: Kind,
    *,
    province: str,
    codes: Codes | None = None,
    today: date | None = None,
) -> Sheet:
    """Read a list from a file, or from (name, bytes). The name's ending says the format. Blocks for as long as it takes.

    Whatever is wrong with the content stands in the sheet. `today` is the day at which codes must hold (default: today in China).

    Raises:
        ConfigError: the file cannot be opened.
    """
    name, data = source if isinstance(source, tuple) else (source.name, _bytes(source))
    judged = Judged(kind, province, codes or default_codes(), today or _today())
    try:
        return _read(PurePath(name).suffix.lower(), data, judged)
    except UnreadableError as error:
        return Sheet(kind=kind, problems=(error.problem,))


def founding(path: Path, kind: Kind, province: str) -> list[dict[str, Any]]:
    """The entries of a list that must be good, with all their members, in order of their keys.

    Raises:
        ConfigError: every problem, one a line, each with the file and its place there.
    """
    sheet = read(path, kind, province=province)
    if not sheet.good:
        raise ConfigError("\n".join(f"{path}: {sentence}" for sentence in sheet.sentences()))
    return sheet.entries(province)


def write(
    kind: Kind,
    entries: Iterable[Mapping[str, Any]],
    form: Literal["csv", "xlsx"],
    *,
    codes: Codes | None = None,
    today: date | None = None,
) -> bytes:
    """A file with a column for every member, Chinese headings in the first row. `read` gives the same entries, up to `MAX_ROWS`.

    The words that hold `today` (default: today in China) fill the drop-down lists of workbooks.

    Raises:
        ValueError: a text is longer than a workbook's cell can be; that of a good entry never is.
    """
    fields = [field for field in FIELDS[kind] if field.column]
    rows = ([text_of(field, entry.get(field.name)) for field in fields] for entry in entries)
    if form == "xlsx":
        return write_xlsx(kind, fields, rows, codes or default_codes(), today or _today())
    return write_csv([[field.heading for field in fields], *rows])


def _today() -> date:
    return datetime.now(tz=CHINA).date()


def _bytes(path: Path) -> bytes:
    """The file's bytes, one more than may be at most."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); correct the path or the rights") from error


def _read(ending: str, data: bytes, judged: Judged) -> Sheet:
    if len(data) > MAX_FILE_BYTES:
        limit = MAX_FILE_BYTES >> 20
        raise UnreadableError(f"larger than {limit} MiB; divide the file", f"超过{limit} MiB，请拆分文件")
    if ending == ".toml":
        table = TABLES[judged.kind]
        rows = [judged.row(number, raw) for number, raw in enumerate(read_toml(data, judged.kind))]
        return Sheet(kind=judged.kind, table=table, rows=with_duplicates(judged.kind, rows, table))
    if ending == ".csv":
        return read_grid(read_csv(data), judged)
    if ending == ".xlsx":
        return read_grid(read_xlsx(data, judged.kind), judged)
    raise UnreadableError(
        "its name ends in none of .toml, .csv and .xlsx; save it as one of them",
        "文件名应以 .toml、.csv 或 .xlsx 结尾，请另存为其中一种格式",
    )
