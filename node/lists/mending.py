"""Mending what people and spreadsheet programs do to codes, where nothing else can be meant. Not the meaning of whole cells (`cells`)."""

import re
import unicodedata
from datetime import date, datetime

from node.library.codes import Codes
from node.lists.fields import Field, Form
from node.lists.forms import BLANKS
from node.lists.tables import words

Cell = str | int | float | bool | date | datetime | None
"""What a reader finds in a cell; anything else it hands over as text."""

_EXACT = 10**15  # beyond this a spreadsheet has dropped digits
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]+", re.IGNORECASE)
_FIXED_CODES = ("type-code", "credit-code")


def text_in(cell: Cell) -> str:
    """What stands in a cell, as a text with line ends of one kind and nothing around it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).replace("\r\n", "\n").replace("\r", "\n").strip(BLANKS)


def lost_digits(field: Field, cell: Cell, text: str) -> bool:
    """Whether a spreadsheet program took a code for a number that is too long for it."""
    if field.form is Form.NUMBER:
        return False
    if isinstance(cell, int | float):
        return abs(cell) >= _EXACT
    return field.is_code and bool(_SCIENTIFIC.fullmatch(text))


def mended_code(field: Field, text: str, codes: Codes) -> str:
    """A code without the slips of typing."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).removeprefix("’")
    text = text.removeprefix("'").strip(BLANKS)
    if field.shape in _FIXED_CODES:
        return re.sub(r"[\s\u200b\ufeff]", "", text).upper()
    return mended_word(field.table, text, codes) if field.table else text


def mended_word(table: str, text: str, codes: Codes) -> str:
    """The code that a text names: as it is, in small letters, by its Chinese name, or without its leading zeros."""
    known = words(codes, table)
    for candidate in (text, text.upper()):
        if candidate in known:
            return candidate
    named = [code for code, word in known.items() if word.name and word.name == text]
    if len(named) == 1:
        return named[0]
    lengths = {len(code) for code in known}
    padded = text.zfill(next(iter(lengths))) if text.isdigit() and len(lengths) == 1 else text
    return padded if padded in known else text
