"""Certificate identifiers (证照标识) of GB/T 36904-2018: reading, making, and the check characters in circulation.

    1.2.156.3005.2 . type code (21) . issuer code (18) . serial . version (3) . check (1)

Not a register of identifiers: whether a certificate exists is the library's to say. Rules, vectors and the older systems' habits:
REQUIREMENTS §3.4. An identifier holds no personal data, so errors may show the part that is wrong, but they name the rule alone.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from node.library.holder import is_credit_code

ROOT = "1.2.156.3005.2"
FOREIGN_ROOT = "1.2.156.3003.2"
"""A root that one vendor's certificates carry (REQUIREMENTS §3.4)."""

MAX_IDENTIFIER = 128
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LAST_DIGIT = 9
_MAX_VERSION = 999
_PARTS = 5
_TYPE_CODE = re.compile(r"[0-9A-Z]{21}")
_ISSUER_CODE = re.compile(r"[0-9A-Z]{6,18}")
_SERIAL = re.compile(r"[0-9A-Z]+")
_VERSION = re.compile(r"[0-9]{3}")
_CHECK = re.compile(r"[0-9A-Z]")


WRONG_CHECK = "the check character is wrong (ISO/IEC 7064 MOD 37,36)"


class IdentifierError(ValueError):
    """A text is not a certificate identifier; the message names the rule that is broken."""


class Quality(StrEnum):
    """What is unusual about an identifier that is accepted nevertheless."""

    LEGACY_CHECK = "LEGACY_CHECK"
    NONSTANDARD_ISSUER = "NONSTANDARD_ISSUER"
    FOREIGN_ROOT = "FOREIGN_ROOT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """The parts of an identifier. `str()` gives back the text it was read from."""

    type_code: str
    issuer_code: str
    serial: str
    version: int
    check: str
    root: str = ROOT

    def __str__(self) -> str:
        return f"{self.root}.{self.type_code}.{self.issuer_code}.{self.serial}.{self.version:03}.{self.check}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """An accepted identifier, with what is unusual about it."""

    identifier: Identifier
    warnings: tuple[Quality, ...]


def check_character(body: str) -> str:
    """The check character over type code, issuer code, serial and version without dots: ISO/IEC 7064 MOD 37,36."""
    product = 36
    for char in body:
        total = (product + _ALPHABET.index(char)) % 36 or 36
        product = total * 2 % 37
    return _ALPHABET[(37 - product) % 36]


def legacy_check_character(body: str) -> str:
    """The check character of a widespread older routine: letters count one too much, the first modulus is muddled. REQUIREMENTS §3.4."""
    product = 36
    for char in body:
        index = _ALPHABET.index(char)
        value = index if index <= _LAST_DIGIT else index + 1
        total = product + value
        if value > _LAST_DIGIT and total > 37:  # noqa: PLR2004 - the routine's two moduli
            total %= 37
        elif value <= _LAST_DIGIT and total > 36:  # noqa: PLR2004
            total %= 36
        product = (total % 36 or 36) * 2 % 37
    return _ALPHABET[36 - product]


def _part(pattern: re.Pattern[str], text: str, rule: str) -> str:
    if not pattern.fullmatch(text):
        raise IdentifierError(rule)
    return text


def _split(text: str) -> Identifier:
    """Cut a text into its parts and check the form of each, but not the check character."""
    if len(text) > MAX_IDENTIFIER:
        raise IdentifierError(f"an identifier has at most {MAX_IDENTIFIER} characters")
    root = next((known for known in (ROOT, FOREIGN_ROOT) if text.startswith(f"{known}.")), None)
    if root is None:
        raise IdentifierError(f"an identifier begins with {ROOT}")
    parts = text[len(root) + 1 :].split(".")
    if len(parts) != _PARTS:
        raise IdentifierError(
            "after its root an identifier has five parts: type, issuer, serial, version, check character"
        )
    return Identifier(
        root=root,
        type_code=_part(_TYPE_CODE, parts[0], "the type code is 21 digits and capitals"),
        issuer_code=_part(_ISSUER_CODE, parts[1], "the issuer code is 6 to 18 digits and capitals"),
        serial=_part(_SERIAL, parts[2], "the serial is made of digits and capitals"),
        version=_version(int(_part(_VERSION, parts[3], "the version is three digits"))),
        check=_part(_CHECK, parts[4], "the check character is one digit or capital"),
    )


def _version(number: int) -> int:
    if not 1 <= number <= _MAX_VERSION:
        raise IdentifierError("versions run from 001 to 999")
    return number


def _body(identifier: Identifier) -> str:
    return f"{identifier.type_code}{identifier.issuer_code}{identifier.serial}{identifier.version:03}"


def parse(text: str) -> Parsed:
    """Read an identifier; surrounding white space is dropped, nothing else is mended.

    Raises:
        IdentifierError: the text breaks a rule of form, or neither check routine yields its check character.
    """
    identifier = _split(text.strip())
    warnings = []
    if identifier.check != check_character(_body(identifier)):
        if identifier.check != legacy_check_character(_body(identifier)):
            raise IdentifierError(WRONG_CHECK)
        warnings.append(Quality.LEGACY_CHECK)
    if not is_credit_code(identifier.issuer_code):
        warnings.append(Quality.NONSTANDARD_ISSUER)
    if identifier.root == FOREIGN_ROOT:
        warnings.append(Quality.FOREIGN_ROOT)
    return Parsed(identifier=identifier, warnings=tuple(warnings))


def make(type_code: str, issuer_code: str, serial: str, version: int) -> str:
    """The identifier of these parts, with its check character.

    Raises:
        IdentifierError: a part breaks a rule of form.
    """
    body = f"{type_code}.{issuer_code}.{serial}.{_version(version):03}"
    draft = _split(f"{ROOT}.{body}.0")
    return f"{ROOT}.{body}.{check_character(_body(draft))}"
