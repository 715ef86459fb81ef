"""Reading an import source into certificate records, every row checked wholly; and writing one, for demonstrations. No storage.

A source is a CSV file, a folder with manifest.csv in it, or a folder with one JSON object per certificate (`node.library.source`).
Columns (CSV) or keys (JSON), after GB/T 36903-2018; * must have a value:

    certificateIdentifier*  certificateName*  certificateTypeCode*  certificateTypeName (default: the type table's)
    certificateNumber*  certificateIssuingAuthorityName*  certificateIssuingAuthorityCode*  certificateIssuedDate*
    certificateEffectiveDate (default: issued)  certificateExpiringDate* (a day or 长期)
    certificateHolderName*  certificateHolderCode*  certificateHolderTypeCode*   several holders joined with ^
    certificateAreaCode*  status (default: VALID)  statusTime (default: issued)  supersededBy
    face         JSON list of {"name", "column", "value", "value_type"}; in a JSON source the list itself
    KZ_<name>    one face field each, instead of `face` or beside it
    file         the OFD file, relative to the manifest and inside its folder; in a JSON source <name>.ofd by default

Values are texts. A row without a file is metadata alone. Messages name columns and rules, never a value.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from node.library.dates import CHINA, LONG_TERM
from node.library.issued_file import FileFacts, FileMismatchError, FileProblemError, check_file
from node.library.quality import file_words, row_words
from node.library.record import CertificateRecord, FaceField
from node.library.row import COLUMNS, FACE_PREFIX, Fault, RowReader
from node.library.row_rules import read_record
from node.library.source import MANIFEST_NAME, ManifestError, RawRow, read_raw, root_of

_IDENTIFIER_LIKE = re.compile(r"1\.2\.156(\.[0-9A-Z]{1,32}){4,8}")

__all__ = ["Fault", "ManifestError", "Row", "RowError", "read_manifest", "write_manifest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row without a mistake. `file` is None where it names none; the record's `file_sm3` is of the bytes read when it was checked."""

    row_number: int
    source: str
    record: CertificateRecord
    file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """One mistake of one row. `column` is "" where the row as a whole is wrong. Row numbers: `node.library.source.RawRow`.

    `identifier` is what the row calls its certificate, where that has the characters of one; "" where it has not.
    """

    row_number: int
    source: str
    column: str
    code: Fault
    message: str
    identifier: str = field(default="", compare=False, repr=False)


def read_manifest(path: Path, *, today: date | None = None) -> Iterator[Row | RowError]:
    """The rows of a source, in order: a `Row` each, or a `RowError` for each of its mistakes.

    `today` bounds dates of birth and issue (default: today in China).

    Raises:
        ManifestError: the source cannot be read at all, or not beyond the rows already yielded.
    """
    bound = today or datetime.now(tz=CHINA).date()
    seen: set[str] = set()
    for raw in read_raw(path, frozenset(COLUMNS), FACE_PREFIX):
        yield from _checked(raw, root_of(path), bound, seen)


def _checked(raw: RawRow, root: Path, today: date, seen: set[str]) -> Iterator[Row | RowError]:
    reader = RowReader(values=raw.values, today=today)
    if raw.problem:
        reader.complain("", Fault.ROW, raw.problem)
        record, facts = None, None
    else:
        record, facts = read_record(reader), _file(reader, root)
        _note_identifier(reader, seen)
    for one in reader.problems:
        yield RowError(
            row_number=raw.number,
            source=raw.source,
            column=one.column,
            code=one.fault,
            message=one.message,
            identifier=_shown_identifier(reader),
        )
    if record is not None and not reader.problems:
        yield Row(
            row_number=raw.number,
            source=raw.source,
            record=_finished(raw, record, facts),
            file=facts.path if facts else None,
        )


def _identifier_text(reader: RowReader) -> str:
    value = reader.values.get("certificateIdentifier")
    return value.strip() if isinstance(value, str) else ""


def _shown_identifier(reader: RowReader) -> str:
    """The identifier as far as it is one: a cell can hold anything."""
    text = _identifier_text(reader)
    return text if _IDENTIFIER_LIKE.fullmatch(text) else ""


def _note_identifier(reader: RowReader, seen: set[str]) -> None:
    identifier = _identifier_text(reader)
    if identifier and identifier in seen:
        reader.complain("certificateIdentifier", Fault.DUPLICATE, "an earlier row has this identifier")
    seen.add(identifier)


def _file(reader: RowReader, root: Path) -> FileFacts | None:
    name = reader.text("file", default="")
    if not name:
        return None
    try:
        return check_file(root, name, _identifier_text(reader))
    except FileMismatchError as error:
        reader.complain("file", Fault.MISMATCH, str(error))
    except FileProblemError as error:
        reader.complain("file", Fault.FILE, str(error))
    return None


def _finished(raw: RawRow, record: CertificateRecord, facts: FileFacts | None) -> CertificateRecord:
    """The record with what is known of its file, and with everything that is unusual about row and file."""
    words = (*record.data_quality, *row_words(raw.values, record))
    if facts is None:
        return replace(record, data_quality=words)
    words = (*words, *file_words(facts.custom, record))
    return replace(record, file_sm3=facts.sm3, file_size=facts.size, file_format="ofd", data_quality=words)


def write_manifest(certificates: Iterable[tuple[CertificateRecord, bytes | None]], folder: Path) -> Path:
    """Write records and their files as a source that `read_manifest` reads: `manifest.csv`, and files/<SM3>.ofd beside it.

    The files are the bytes given, named by the record's `file_sm3`. Returns the manifest's path.
    """
    (folder / "files").mkdir(parents=True, exist_ok=True)
    path = folder / MANIFEST_NAME
    with path.open("w", encoding="utf-8-sig", newline="") as target:  # with a BOM: spreadsheets then see UTF-8
        writer = csv.DictWriter(target, COLUMNS)
        writer.writeheader()
        for record, file in certificates:
            name = ""
            if file is not None:
                name = f"files/{record.file_sm3}.ofd"
                (folder / name).write_bytes(file)
            writer.writerow(_columns(record) | {"file": name})
    return path


def _columns(record: CertificateRecord) -> dict[str, str]:
    face = [{name: getattr(one, name) for name in FaceField.__slots__} for one in record.face]
    return {
        "certificateIdentifier": record.identifier,
        "certificateName": record.name,
        "certificateTypeName": record.type_name,
        "certificateTypeCode": record.type_code,
        "certificateNumber": record.number,
        "certificateIssuingAuthorityName": record.issuer_name,
        "certificateIssuingAuthorityCode": record.issuer_code,
        "certificateIssuedDate": record.issued.isoformat(),
        "certificateEffectiveDate": record.valid_from.isoformat(),
        "certificateExpiringDate": LONG_TERM if record.valid_until is None else record.valid_until.isoformat(),
        "certificateHolderName": "^".join(one.name for one in record.holders),
        "certificateHolderCode": "^".join(one.code for one in record.holders),
        "certificateHolderTypeCode": "^".join(one.type_code for one in record.holders),
        "certificateAreaCode": record.area_code,
        "status": record.status.value,
        "statusTime": record.status_time.isoformat(timespec="milliseconds"),
        "supersededBy": record.superseded_by or "",
        "face": json.dumps(face, ensure_ascii=False) if face else "",
    }
