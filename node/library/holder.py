"""Holder codes (持证主体代码): their check characters, their normal form, and which province a holder belongs to. REQUIREMENTS §3.5.

Kinds of code come from config/codes/holder_code_types.toml. No look-up of persons or companies, and nothing here ever shows a code in an
error: holder codes are personal data (DESIGN §2.8).

Normal form: compatibility forms (full-width digits) folded, letters in capitals, outer white space dropped; a 15-digit citizen number is
lengthened to 18 (year 19xx and check character added, GB 11643), so that one person has one code.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from operator import mul

from node.library.codes import Codes, default_codes

CREDIT_CODE = "001"
CITIZEN_ID = "111"
_CITIZEN = re.compile(r"[1-9][0-9]{16}[0-9X]")
_CITIZEN_15 = re.compile(r"[1-9][0-9]{14}")
_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_CHECKS = "10X98765432"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_CREDIT = re.compile(rf"[{_CREDIT_ALPHABET}]{{2}}[0-9]{{6}}[{_CREDIT_ALPHABET}]{{10}}")
_DOCUMENT = re.compile(r"[A-Z0-9]{5,18}")
_FREE = re.compile(r"[^\s^,，\x00-\x20\x7f]{1,64}")
_EARLIEST_BIRTH = date(1900, 1, 1)
_CHINA = timedelta(hours=8)


class HolderCodeError(ValueError):
    """A holder code is malformed; the message names the rule and never the code."""


def _citizen_check(first17: str) -> str:
    """GB 11643: ISO 7064 MOD 11-2."""
    return _CITIZEN_CHECKS[sum(int(char) * weight for char, weight in zip(first17, _CITIZEN_WEIGHTS, strict=True)) % 11]


def _credit_check(first17: str) -> str:
    """GB 32100: base 31, weights 3^i mod 31."""
    total = sum(map(mul, map(_CREDIT_ALPHABET.index, first17), _CREDIT_WEIGHTS))
    return _CREDIT_ALPHABET[-total % 31]


def is_credit_code(code: str) -> bool:
    """Whether `code` is a unified social credit code in normal form with a right check character. Leading letters are allowed."""
    return bool(_CREDIT.fullmatch(code)) and code[17] == _credit_check(code[:17])


def _day(digits: str) -> date | None:
    """The day yyyymmdd, None where the calendar has none. No error leaves: the calendar's own would show part of the number."""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def _check_citizen(code: str, today: date) -> str:
    if _CITIZEN_15.fullmatch(code):
        longer = f"{code[:6]}19{code[6:]}"
        code = longer + _citizen_check(longer)
    if not _CITIZEN.fullmatch(code):
        raise HolderCodeError("a citizen number has 18 characters, or 15 digits in its old form")
    if code[17] != _citizen_check(code[:17]):
        raise HolderCodeError("the check character of the citizen number is wrong (GB 11643)")
    birth = _day(code[6:14])
    if birth is None or not _EARLIEST_BIRTH <= birth <= today:
        raise HolderCodeError("the birth date in the citizen number is not a day between 1900 and today")
    return code


def _check_credit(code: str, _today: date) -> str:
    if not _CREDIT.fullmatch(code):
        raise HolderCodeError(
            "a unified social credit code has 18 characters of the GB 32100 alphabet, the third to eighth digits"
        )
    if not is_credit_code(code):
        raise HolderCodeError("the check character of the unified social credit code is wrong (GB 32100)")
    return code


def _check_document(code: str, _today: date) -> str:
    if not _DOCUMENT.fullmatch(code):
        raise HolderCodeError("a travel document number has 5 to 18 digits and capitals")
    return code


def _check_free(code: str, _today: date) -> str:
    if not _FREE.fullmatch(code):
        raise HolderCodeError("a holder code has 1 to 64 printable characters, without spaces, commas or ^")
    return code


_RULES: dict[str, Callable[[str, date], str]] = {
    "citizen-id": _check_citizen,
    "credit-code": _check_credit,
    "document": _check_document,
    "free": _check_free,
}


def check_holder_code(type_code: str, code: str, *, today: date | None = None, codes: Codes | None = None) -> str:
    """The normal form of a holder code of kind `type_code`. `today` is the last acceptable birth date (default: today in China).

    Raises:
        HolderCodeError: the kind is unknown, or the code breaks a rule of its kind.
    """
    kind = (codes or default_codes()).holder_types.get(type_code)
    if kind is None:
        raise HolderCodeError("the holder code type is none of GB/T 36903 Annex A")
    normal = unicodedata.normalize("NFKC", code).strip().upper()
    return _RULES[kind.rule](normal, today or (datetime.now(tz=UTC) + _CHINA).date())


def home_province(type_code: str, code: str, *, codes: Codes | None = None) -> str | None:
    """The province (xx0000) a holder code points to: where a citizen was registered, or a body was.

    A hint for the first hop, not a fact: people move. None for other kinds, and for provinces that regions.toml does not hold.
    """
    start = {CITIZEN_ID: 0, CREDIT_CODE: 2}.get(type_code)
    return None if start is None else (codes or default_codes()).province_of(code[start : start + 6])


def make_citizen_id(region6: str, birth: date, order: int) -> str:
    """A valid citizen number for an invented person; `order` is 0 to 999, odd for men.

    Raises:
        ValueError: region or order is out of range.
    """
    first17 = f"{region6}{birth:%Y%m%d}{order:03}"
    if not _CITIZEN.fullmatch(f"{first17}0"):
        raise ValueError("a region has six digits and an order is at most 999")
    return first17 + _citizen_check(first17)


def make_credit_code(authority2: str, region6: str, body9: str) -> str:
    """A valid unified social credit code for an invented body.

    Raises:
        ValueError: a part has the wrong length or characters outside the GB 32100 alphabet.
    """
    first17 = f"{authority2}{region6}{body9}"
    if not _CREDIT.fullmatch(f"{first17}0"):
        raise ValueError("a credit code is made of 2, 6 and 9 characters of the GB 32100 alphabet")
    return first17 + _credit_check(first17)
