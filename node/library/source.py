"""Where manifest rows come from: a CSV file, or a folder with one JSON file per certificate. Bytes to texts; the meaning is in `manifest`.

manifest.csv   UTF-8 (with or without BOM) or GBK; the first line names the columns
DIR            holds manifest.csv, or else any number of *.json, each one object with the same names as keys
"""

import codecs
import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

MANIFEST_NAME = "manifest.csv"
MAX_JSON = 10 * 1024 * 1024
MAX_LINE = 1024 * 1024  # characters; csv itself refuses fields above 131072
MAX_COLUMNS = 500
_LONG_NUMBER = re.compile(r"[0-9]{14,}[0-9Xx]?")


class ManifestError(Exception):
    """An import source cannot be read at all, or not further; the message names the file and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RawRow:
    """One row as texts. `number` counts as a spreadsheet does (the header is row 1), or the JSON files in order of name from 1.

    `source` is the file's name with long numbers masked, since files are often named by their holder's number. `problem` says why a JSON
    file has no values.
    """

    number: int
    source: str
    values: Mapping[str, Any]
    problem: str = ""


def root_of(path: Path) -> Path:
    """The folder that a manifest's relative file names start from."""
    return path if path.is_dir() else path.parent


def count_rows(path: Path) -> int:
    """How many rows a source has, for a progress bar: lines of the CSV but the first, or JSON files. Texts with line breaks count more.

    Raises:
        ManifestError: the file cannot be read.
    """
    source = path / MANIFEST_NAME if (path / MANIFEST_NAME).is_file() else path
    if source.is_dir():
        return sum(1 for _ in source.glob("*.json"))
    try:
        with source.open("rb") as file:
            return max(0, sum(1 for _ in file) - 1)
    except OSError as error:
        raise ManifestError(f"{_masked(source)}: cannot be read ({error.strerror})") from error


def read_raw(path: Path, columns: frozenset[str], prefix: str) -> Iterator[RawRow]:
    """The rows of a source. Column names are `columns` or begin with `prefix`.

    Raises:
        ManifestError: no such source, an unknown or doubled column, a text in neither encoding, an overlong line.
    """
    if not path.is_dir():
        yield from _csv_rows(path, columns, prefix)
    elif (path / MANIFEST_NAME).is_file():
        yield from _csv_rows(path / MANIFEST_NAME, columns, prefix)
    else:
        yield from _json_rows(path, columns, prefix)


def _encoding(path: Path) -> str:
    """UTF-8 where the whole file is, else GBK (as GB 18030, which contains it)."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while block := file.read(MAX_LINE):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "gb18030"
    except OSError as error:
        raise ManifestError(f"{_masked(path)}: cannot be read ({error.strerror})") from error
    return "utf-8-sig"


def _lines(file: TextIO, name: str) -> Iterator[str]:
    while line := file.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise ManifestError(f"{name}: a line longer than {MAX_LINE} characters")
        yield line


def _csv_rows(path: Path, columns: frozenset[str], prefix: str) -> Iterator[RawRow]:
    name = _masked(path)
    encoding = _encoding(path)
    try:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(_lines(file, name), strict=True)
            header = [title.strip() for title in next(reader, [])]
            _check_header(header, columns, prefix, name)
            for number, fields in enumerate(reader, start=2):
                if any(fields):
                    yield _csv_row(number, name, header, fields)
    except UnicodeDecodeError as error:
        raise ManifestError(f"{name}: neither UTF-8 nor GBK") from error
    except csv.Error as error:
        raise ManifestError(f"{name}: not well-formed CSV") from error


def _csv_row(number: int, name: str, header: list[str], fields: list[str]) -> RawRow:
    problem = "" if len(fields) == len(header) else "the row has not as many fields as the header"
    return RawRow(number=number, source=name, values=dict(zip(header, fields, strict=False)), problem=problem)


def _check_header(header: list[str], columns: frozenset[str], prefix: str, name: str) -> None:
    if not header or len(header) > MAX_COLUMNS:
        raise ManifestError(f"{name}: the first line names between 1 and {MAX_COLUMNS} columns")
    if len(set(header)) != len(header):
        raise ManifestError(f"{name}: a column stands there twice")
    unknown = [title for title in header if title not in columns and not title.startswith(prefix)]
    if unknown:
        raise ManifestError(f"{name}: unknown column in place {header.index(unknown[0]) + 1}")


def _json_rows(folder: Path, columns: frozenset[str], prefix: str) -> Iterator[RawRow]:
    sidecars = sorted(path for path in folder.glob("*.json") if path.is_file())
    if not sidecars:
        raise ManifestError(f"{_masked(folder)}: neither {MANIFEST_NAME} nor *.json in it")
    for number, path in enumerate(sidecars, start=1):
        values, problem = _json_object(path)
        unknown = any(key not in columns and not key.startswith(prefix) for key in values)
        problem = problem or ("an unknown key" if unknown else "")
        file = path.with_suffix(".ofd")
        default = {"file": file.name} if file.is_file() else {}
        yield RawRow(number=number, source=_masked(path), values=default | values, problem=problem)


def _json_object(path: Path) -> tuple[dict[str, Any], str]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_JSON + 1)
        if len(data) > MAX_JSON:
            return {}, f"JSON larger than {MAX_JSON} bytes"
        value = json.loads(data)
    except (OSError, ValueError, RecursionError):
        return {}, "not readable JSON"
    return (value, "") if isinstance(value, dict) else ({}, "not a JSON object")


def _masked(path: Path) -> str:
    return _LONG_NUMBER.sub("…", path.name)
