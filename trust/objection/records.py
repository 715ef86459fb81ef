"""What an objection, its withdrawal and each move say, and the rules of their form. Not signatures, not their order (`case`). P5."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from trust import canonical
from trust.errors import ObjectionError

CLAIM = "objection.claim"
"""The label of the commitment to what is claimed."""
MAX_DOCUMENTS = (
    5  # of one case: the objection, its withdrawal, and the moves CHECKING and the last one; and one to spare
)
MAX_REASON = 200  # characters
_SOONEST, _LATEST = (
    timedelta(days=5),
    timedelta(days=31),
)  # five working days: never fewer days than five, never a month
_MAX_FIELDS = 64
_HEX = re.compile(r"[0-9a-f]{64}")
_MAYBE_HEX = re.compile(r"([0-9a-f]{64})?")
_ID = re.compile(r"[0-9a-f]{32}")  # stands in the evidence of every province: no form that holds a number of a person
_WORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:/-]{0,63}")
_MAYBE_WORD = re.compile(r"([0-9A-Za-z][0-9A-Za-z._:/-]{0,63})?")
_PROVINCE = re.compile(r"[0-9]{2}0000")
_CERTIFICATE = re.compile(r"[0-9A-Za-z.:-]{1,200}")
_MAYBE_CERTIFICATE = re.compile(r"[0-9A-Za-z.:-]{0,200}")
_FIELD = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\u2028\u2029]{1,64}")
_REASON = re.compile(rf"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{{0,{MAX_REASON}}}")


class RaisedBy(StrEnum):
    """Who objects."""

    HOLDER = "HOLDER"
    USE_ORG = "USE_ORG"


class State(StrEnum):
    """Where a case stands. The last three are final."""

    OPEN = "OPEN"
    CHECKING = "CHECKING"
    CORRECTED = "CORRECTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An objection: `province` takes it, at its unit `unit`, and `owner`, the issuer's province, answers it.

    `id` is 32 hex digits, as a keyed digest gives them.
    `certificate` is a reference as evidence has it (`node.vault.Vault.reference`). `holder` is the handle of the holder who objects,
    `application` the one under which a using unit saw the certificate; the other is "". `fields` are what is wrong, as the face or the
    metadata name them. `claim` is the commitment to what is claimed. `raised` is a time with an offset, `due` the last day (ISO) for the
    answer. `salt` is what nobody can guess: logs hold the SM3 of the whole, and without it that would tell the holder to who tries every
    number; "" of older nodes.
    """

    id: str
    province: str
    owner: str
    by: RaisedBy
    unit: str
    certificate: str
    holder: str
    application: str
    fields: tuple[str, ...]
    claim: str
    raised: str
    due: str
    salt: str = ""

    @property
    def made(self) -> datetime:
        """When it was signed, by its signer's clock."""
        return datetime.fromisoformat(self.raised)

    @property
    def signer(self) -> str:
        """The province that signs it."""
        return self.province


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """Whoever objected takes it back: signed where it was raised, closed by the owner. `objection` is the SM3 (hex) of `Raised`."""

    id: str
    province: str
    objection: str
    at: str

    @property
    def made(self) -> datetime:
        """When it was signed, by its signer's clock."""
        return datetime.fromisoformat(self.at)

    @property
    def signer(self) -> str:
        """The province that signs it."""
        return self.province


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The owner's next word on a case: `number` counts from 1, `previous` is the SM3 (hex) of the move before, of `Raised` for the first.

    `reason` is for clerks: always there where it is REJECTED. `correction`, of CORRECTED alone, is the reference of the certificate that
    counts instead; "": the same one, with other data. `withdrawal`, of WITHDRAWN alone, is the SM3 (hex) of the withdrawal.
    """

    id: str
    owner: str
    number: int
    previous: str
    state: State
    at: str
    reason: str
    correction: str
    withdrawal: str

    @property
    def made(self) -> datetime:
        """When it was signed, by its signer's clock."""
        return datetime.fromisoformat(self.at)

    @property
    def signer(self) -> str:
        """The province that signs it."""
        return self.owner


Record = Raised | Withdrawn | Move

_FORMS: Mapping[type, Mapping[str, re.Pattern[str]]] = {
    Raised: {
        "id": _ID,
        "province": _PROVINCE,
        "owner": _PROVINCE,
        "unit": _MAYBE_WORD,
        "certificate": _CERTIFICATE,
        "holder": _MAYBE_HEX,
        "application": _MAYBE_WORD,
        "claim": _HEX,
        "salt": _MAYBE_HEX,
    },
    Withdrawn: {"id": _ID, "province": _PROVINCE, "objection": _HEX},
    Move: {
        "id": _ID,
        "owner": _PROVINCE,
        "previous": _HEX,
        "reason": _REASON,
        "correction": _MAYBE_CERTIFICATE,
        "withdrawal": _MAYBE_HEX,
    },
}


def payload(record: Record) -> bytes:
    """The canonical bytes that are signed."""
    return canonical.dumps(asdict(record))


def check(record: Record) -> None:
    """The rules of the form.

    Raises:
        ObjectionError: MALFORMED, with the member that breaks one.
    """
    for name, rule in _FORMS[type(record)].items():
        value = getattr(record, name)
        if not isinstance(value, str) or not rule.fullmatch(value):
            raise ObjectionError("MALFORMED", name)
    try:
        zoned = record.made.tzinfo is not None
    except (ValueError, TypeError) as error:
        raise ObjectionError("MALFORMED", "a time with an offset") from error
    if not zoned:
        raise ObjectionError("MALFORMED", "a time with an offset")
    match record:
        case Raised():
            _check_raised(record)
        case Move():
            _check_move(record)
        case Withdrawn():
            pass


def _check_raised(one: Raised) -> None:
    holder = one.by is RaisedBy.HOLDER
    if bool(one.holder) is not holder or bool(one.application) is holder:
        raise ObjectionError("MALFORMED", "holder, application: the one of a holder, the other of a using unit")
    fields: Any = one.fields  # as it came: the types above are a promise of ours, not of who sends it
    words = isinstance(fields, tuple) and all(isinstance(name, str) and _FIELD.fullmatch(name) for name in fields)
    if not words or not 1 <= len(fields) <= _MAX_FIELDS or len(set(fields)) != len(fields):
        raise ObjectionError("MALFORMED", f"fields: 1 to {_MAX_FIELDS} names, none twice")
    try:
        ahead = date.fromisoformat(one.due) - one.made.date()
    except (ValueError, TypeError) as error:
        raise ObjectionError("MALFORMED", "due: a day") from error
    if not _SOONEST - timedelta(days=1) <= ahead <= _LATEST:  # the offset may be another than that of Beijing
        raise ObjectionError("MALFORMED", "due: five working days after it was raised")


def _check_move(one: Move) -> None:
    number: Any = one.number
    if type(number) is not int or not 1 <= number < MAX_DOCUMENTS:
        raise ObjectionError("MALFORMED", "number")
    if one.state is State.OPEN:
        raise ObjectionError("MALFORMED", "state: no move leads back")
    if one.state is State.REJECTED and not one.reason.strip():
        raise ObjectionError("MALFORMED", "reason: a rejection has one")
    if one.correction and one.state is not State.CORRECTED:
        raise ObjectionError("MALFORMED", "correction: where it is corrected")
    if bool(one.withdrawal) is not (one.state is State.WITHDRAWN):
        raise ObjectionError("MALFORMED", "withdrawal: where it is withdrawn")
