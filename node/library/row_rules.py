"""The rules that turn one import row into a certificate record. Texts and lengths are checked in `row`, files in `issued_file`.

Rules: GB/T 36903-2018 metadata and lengths (REQUIREMENTS §3.2), identifiers (§3.4), holder codes (§3.5), statuses (§3.6), areas (§3.7).
"""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from federation.model.application import Holder
from node.library.codes import default_codes
from node.library.dates import parse_day, parse_moment, parse_until
from node.library.holder import check_holder_code
from node.library.identifier import Identifier, Parsed, parse
from node.library.record import CertificateRecord, FaceField, Status, split_holders
from node.library.row import CONTROL, FACE_PREFIX, Fault, RowReader

MAX_FACE_FIELDS = 200
MAX_FACE_TEXT = 4096
ISSUER_DIFFERS = "ISSUER_DIFFERS"
"""Data quality: the issuer's code is not the one in the identifier, as in older data that carry an area code there."""

_AREA = re.compile(r"[0-9]{6}")
_ISSUER = re.compile(r"[0-9A-Z]{6,18}")


def read_record(reader: RowReader) -> CertificateRecord | None:
    """The row's record without a file, or None where `reader.problems` says why there is none."""
    parsed = reader.read("certificateIdentifier", Fault.IDENTIFIER, parse)
    parts = parsed.identifier if parsed else None
    type_code = _type_code(reader, parts)
    issued, valid_from, valid_until = _days(reader)
    record_fields: dict[str, Any] = {
        "identifier": str(parts),
        "name": reader.text("certificateName"),
        "type_name": reader.text("certificateTypeName", default=_type_name(type_code)),
        "type_code": type_code,
        "number": reader.text("certificateNumber"),
        "issuer_name": reader.text("certificateIssuingAuthorityName"),
        "issuer_code": reader.read("certificateIssuingAuthorityCode", Fault.BAD_VALUE, _issuer_code),
        "issued": issued,
        "valid_from": valid_from,
        "valid_until": valid_until,
        "holders": _holders(reader),
        "area_code": reader.read("certificateAreaCode", Fault.AREA, _area_code),
        "status": reader.read("status", Fault.STATUS, _status, default=Status.VALID),
        "status_time": _status_time(reader, issued),
        "superseded_by": reader.read("supersededBy", Fault.IDENTIFIER, _other_identifier, default=""),
        "face": _face(reader),
    }
    if reader.problems or parsed is None:
        return None
    version = parsed.identifier.version
    return CertificateRecord(
        **record_fields, version=version, data_quality=_quality(parsed, record_fields["issuer_code"])
    )


def _quality(parsed: Parsed, issuer_code: str) -> tuple[str, ...]:
    words = tuple(word.value for word in parsed.warnings)
    return words if issuer_code == parsed.identifier.issuer_code else (*words, ISSUER_DIFFERS)


def _type_code(reader: RowReader, parts: Identifier | None) -> str:
    """The type code; no list of all types is public, so only the identifier can contradict it."""
    code = reader.text("certificateTypeCode")
    if code and parts and code != parts.type_code:
        reader.complain("certificateTypeCode", Fault.MISMATCH, "the identifier holds another type code")
    return code


def _type_name(type_code: str) -> str | None:
    known = default_codes().certificate_types.get(type_code)
    return known.name if known else None


def _days(reader: RowReader) -> tuple[date | None, date | None, date | None]:
    issued = reader.read("certificateIssuedDate", Fault.DATE, parse_day)
    written = reader.read("certificateEffectiveDate", Fault.DATE, parse_day, default="")
    start = written or issued
    until = reader.read("certificateExpiringDate", Fault.DATE, parse_until)
    if issued and issued > reader.today:
        reader.complain("certificateIssuedDate", Fault.DATE, "the certificate is issued in the future")
    if start and until and until < start:
        reader.complain("certificateExpiringDate", Fault.DATE, "the validity ends before it begins")
    return issued, start, until


def _status_time(reader: RowReader, issued: date | None) -> datetime | None:
    written = reader.read("statusTime", Fault.DATE, parse_moment, default="")
    return written or (parse_moment(issued.isoformat()) if issued else None)


def _holders(reader: RowReader) -> tuple[Holder, ...]:
    names, codes = reader.text("certificateHolderName"), reader.text("certificateHolderCode")
    kinds = reader.text("certificateHolderTypeCode")
    if not (names and codes and kinds):
        return ()
    try:
        holders = split_holders(names, codes, kinds)
        return tuple(_checked(one, reader.today) for one in holders)
    except ValueError as error:
        reader.complain("certificateHolderCode", Fault.HOLDER, str(error))
        return ()


def _checked(holder: Holder, today: date) -> Holder:
    if not holder.name:
        raise ValueError("a holder without a name")
    code = check_holder_code(holder.type_code, holder.code, today=today)
    return Holder(name=holder.name, code=code, type_code=holder.type_code)


def _issuer_code(text: str) -> str:
    if not _ISSUER.fullmatch(text):
        raise ValueError("an issuer code is 6 to 18 digits and capitals")
    return text


def _area_code(text: str) -> str:
    if not _AREA.fullmatch(text) or default_codes().province_of(text) is None:
        raise ValueError("an area code is six digits of one of the provinces in the region table")
    return text


def _status(text: str) -> Status:
    if text not in Status.__members__:
        raise ValueError(f"a status is one of {', '.join(Status)}")
    return Status(text)


def _other_identifier(text: str) -> str:
    return str(parse(text).identifier)


def _face(reader: RowReader) -> tuple[FaceField, ...]:
    """The face fields of the column `face` and of the columns KZ_<name>."""
    listed = reader.values.get("face") or []
    try:
        items = json.loads(listed) if isinstance(listed, str) else listed
        fields = [*_face_items(items), *_face_columns(reader.values)]
    except (ValueError, RecursionError, TypeError):
        reader.complain(
            "face", Fault.FACE, f"a list of name, column, value, value_type as texts of at most {MAX_FACE_TEXT}"
        )
        return ()
    if len(fields) > MAX_FACE_FIELDS:
        reader.complain("face", Fault.FACE, f"at most {MAX_FACE_FIELDS} face fields")
    return tuple(fields)


def _face_items(items: Any) -> list[FaceField]:
    if not isinstance(items, list):
        raise TypeError
    fields = [FaceField(**item) for item in items]
    for one in fields:
        _check_texts(one.name, one.column, one.value, one.value_type)
    return fields


def _face_columns(values: Mapping[str, Any]) -> list[FaceField]:
    named = {column: value for column, value in values.items() if column.startswith(FACE_PREFIX) and value}
    _check_texts(*named, *named.values())
    return [
        FaceField(name=column.removeprefix(FACE_PREFIX), column=column, value=value) for column, value in named.items()
    ]


def _check_texts(*texts: Any) -> None:
    if any(not isinstance(text, str) or len(text) > MAX_FACE_TEXT or CONTROL.search(text) for text in texts):
        raise ValueError
