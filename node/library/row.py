"""One import row's texts: the columns and their lengths, and a reader that gathers every problem of a row instead of stopping at the first.

What the columns mean is in `node.library.manifest`, the rules over them in `row_rules`. Problems name the column and the rule, never a
value.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from node.library.identifier import MAX_IDENTIFIER

T = TypeVar("T")

FACE_PREFIX = "KZ_"
COLUMNS = {
    "certificateIdentifier": MAX_IDENTIFIER,
    "certificateName": 512,
    "certificateTypeName": 256,
    "certificateTypeCode": 21,
    "certificateNumber": 128,
    "certificateIssuingAuthorityName": 512,
    "certificateIssuingAuthorityCode": 18,
    "certificateIssuedDate": 32,
    "certificateEffectiveDate": 32,
    "certificateExpiringDate": 32,
    "certificateHolderName": 512,
    "certificateHolderCode": 512,
    "certificateHolderTypeCode": 64,
    "certificateAreaCode": 6,
    "status": 32,
    "statusTime": 40,
    "supersededBy": MAX_IDENTIFIER,
    "face": 131072,
    "file": 1024,
}
"""Every column with the greatest length of its text in characters (REQUIREMENTS §3.2)."""

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Fault(StrEnum):
    """What kind of mistake a row holds."""

    ROW = "ROW"
    MISSING = "MISSING"
    TOO_LONG = "TOO_LONG"
    BAD_VALUE = "BAD_VALUE"
    IDENTIFIER = "IDENTIFIER"
    HOLDER = "HOLDER"
    DATE = "DATE"
    STATUS = "STATUS"
    AREA = "AREA"
    FACE = "FACE"
    FILE = "FILE"
    VERDICT = "VERDICT"
    MISMATCH = "MISMATCH"
    DUPLICATE = "DUPLICATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake of a row: where, of what kind, and the rule it breaks."""

    column: str
    fault: Fault
    message: str


@dataclass(slots=True)
class RowReader:
    """Reads the columns of one row and gathers its problems; a column that cannot be read yields None, so that the others still are."""

    values: Mapping[str, Any]
    today: date
    problems: list[Problem] = field(default_factory=list)

    def complain(self, column: str, fault: Fault, message: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(column=column, fault=fault, message=message))

    def text(self, column: str, *, default: str | None = None) -> str:
        """The column's text; "" after a complaint. Without `default` a value must be there."""
        value = self.values.get(column)
        if value is not None and not isinstance(value, str):
            self.complain(column, Fault.BAD_VALUE, "a text is expected")
            return ""
        text = (value or "").strip() or default
        if text is None:
            self.complain(column, Fault.MISSING, "a value must stand here")
            return ""
        if len(text) > COLUMNS[column]:
            self.complain(column, Fault.TOO_LONG, f"at most {COLUMNS[column]} characters")
        elif CONTROL.search(text):
            self.complain(column, Fault.BAD_VALUE, "control characters are refused")
        else:
            return text
        return ""

    def read(self, column: str, fault: Fault, convert: Callable[[str], T], *, default: str | None = None) -> T | None:
        """The column's text through `convert`, whose ValueError becomes the problem; None where there is no value or a wrong one."""
        text = self.text(column, default=default)
        try:
            return convert(text) if text else None
        except ValueError as error:
            self.complain(column, fault, str(error))
            return None
