"""Verification of certificate data (证照信息核验): is what a certificate is said to say what was issued? REQUIREMENTS S8, clause 8.3.

Nothing of the certificate comes back but one code. No comparing here: `node.usecases.presented.comparison`.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from federation.model.refusal import Refusal

MAX_CLAIMS = 64


class InfoResult(IntEnum):
    """核验结果, REQUIREMENTS §3.6: 0 to 3 say that the data are right, and in which state the certificate is."""

    VALID = 0
    NOT_ACTIVE = 1
    SUSPENDED = 2
    NO_LONGER_VALID = 3
    AMBIGUOUS = 4
    NO_SUCH = 5
    MISMATCH = 6
    PARTLY_WRONG = 7


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Claim:
    """One value as it was presented, by its name. Personal data: not in the repr."""

    name: str
    value: str

    def __repr__(self) -> str:
        return f"Claim({self.name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoQuery:
    """What is presented of one certificate of the application's holder; `identifier` "" where it is not known.

    `basic` are claims on list metadata by the names of S6, `surface` on face fields by their columns.
    """

    apply_id: str
    use_code: str = field(repr=False)
    identifier: str = field(default="", repr=False)
    type_code: str
    number: str = field(repr=False)
    holder_name: str = field(default="", repr=False)
    basic: tuple[Claim, ...] = ()
    surface: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoAnswer:
    """The result, or a refusal. `disputed`: the data are right as issued, and somebody objects to them (异议中)."""

    refusal: Refusal | None = None
    result: InfoResult = InfoResult.NO_SUCH
    disputed: bool = False
