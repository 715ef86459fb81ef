"""One certificate of the library: its GB/T 36903-2018 metadata (REQUIREMENTS §3.2), holders, face data, status and file digest.

No storage and no permission here. The record holds personal data: its repr shows the identifier alone, and errors name keys, not values.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from federation.model.application import Holder
from node.library.identifier import Identifier, parse

_JOINERS = re.compile(r"[,，]")


class Status(StrEnum):
    """The canonical statuses of REQUIREMENTS §3.6; what each permits stands in config/codes/certificate_statuses.toml."""

    VALID = "VALID"
    NOT_ACTIVE = "NOT_ACTIVE"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    TRANSFERRED = "TRANSFERRED"
    SUPERSEDED = "SUPERSEDED"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FaceField:
    """One item of 照面信息: the name people read, the column systems know, the value as printed, and the value's type."""

    name: str
    column: str
    value: str
    value_type: str = "string"

    def __repr__(self) -> str:
        return f"FaceField({self.column})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CertificateRecord:
    """A certificate's metadata.

    `valid_until` None is 长期. `version` is the identifier's. `file_sm3` (hex), `file_size` (bytes) and `file_format` describe the issued
    file: None, 0 and "" where there is none. `data_quality` holds the words of what is unusual but accepted.
    """

    identifier: str
    name: str
    type_name: str
    type_code: str
    number: str
    issuer_name: str
    issuer_code: str
    issued: date
    valid_from: date
    valid_until: date | None
    holders: tuple[Holder, ...]
    area_code: str
    status: Status
    status_time: datetime
    version: int
    superseded_by: str | None = None
    face: tuple[FaceField, ...] = ()
    file_sm3: str | None = None
    file_size: int = 0
    file_format: str = ""
    data_quality: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"CertificateRecord({self.identifier})"

    @property
    def parts(self) -> Identifier:
        """The identifier's parts."""
        return parse(self.identifier).identifier

    def status_on(self, day: date) -> Status:
        """The status as it counts on `day`: a VALID record is EXPIRED after its last day and NOT_ACTIVE before its first."""
        if self.status is not Status.VALID:
            return self.status
        if self.valid_until is not None and day > self.valid_until:
            return Status.EXPIRED
        return Status.NOT_ACTIVE if day < self.valid_from else Status.VALID

    def to_dict(self) -> dict[str, Any]:
        """JSON-able: days as yyyy-mm-dd, times in ISO 8601, `valid_until` null for 长期."""
        plain: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        plain |= {name: getattr(self, name).isoformat() for name in ("issued", "valid_from", "status_time")}
        plain["valid_until"] = None if self.valid_until is None else self.valid_until.isoformat()
        plain["holders"] = [{name: getattr(one, name) for name in Holder.__slots__} for one in self.holders]
        plain["face"] = [{name: getattr(one, name) for name in FaceField.__slots__} for one in self.face]
        plain["status"] = self.status.value
        plain["data_quality"] = list(self.data_quality)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "CertificateRecord":
        """The record that `to_dict` wrote.

        Raises:
            ValueError: a key is missing or unknown, or a day, time, status or holder cannot be read; no value is shown.
        """
        try:
            return cls(**{**plain, **_typed(plain)})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            # The cause may show a holder's data, so it is not chained.
            raise ValueError(f"not a certificate record ({type(error).__name__})") from None


def _typed(plain: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a record whose JSON form is not their own type."""
    until = plain["valid_until"]
    return {
        "issued": date.fromisoformat(plain["issued"]),
        "valid_from": date.fromisoformat(plain["valid_from"]),
        "valid_until": None if until is None else date.fromisoformat(until),
        "status_time": datetime.fromisoformat(plain["status_time"]).astimezone(UTC),
        "status": Status(plain["status"]),
        "holders": tuple(Holder(**one) for one in plain["holders"]),
        "face": tuple(FaceField(**one) for one in plain["face"]),
        "data_quality": tuple(plain["data_quality"]),
    }


def split_holders(names: str, codes: str, type_codes: str) -> tuple[Holder, ...]:
    """The holders of three texts that hold one part per holder, joined with ^ or, in some systems, a comma.

    The codes decide how many there are: no code holds a joiner, while one holder's name may well contain a comma. One code type may be
    said of all.

    Raises:
        ValueError: the texts differ in their number of parts.
    """
    count = len(re.split(r"[\^,，]", codes))
    kinds = _parts(type_codes, count)
    kinds = kinds * count if len(kinds) == 1 else kinds
    try:
        triples = list(zip(_parts(names, count), _parts(codes, count), kinds, strict=True))
    except ValueError as error:
        raise ValueError("names, codes and code types of the holders differ in number") from error
    return tuple(Holder(name=name, code=code, type_code=kind) for name, code, kind in triples)


def _parts(text: str, count: int) -> list[str]:
    parts = text.split("^") if "^" in text or count == 1 else _JOINERS.split(text)
    return [part.strip() for part in parts]
