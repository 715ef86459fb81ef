"""What a page is made of: texts and outlines, a form that many pages share, and what is filled in. Lengths are millimetres, y downwards.

The vocabulary of `writer`, and of whoever draws with it; no XML here.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_ASCII_END = "\x80"


class Font(StrEnum):
    """The fonts a page may name, by names that every Chinese system knows; the reader's machine has them or something like them."""

    SONG = "宋体"
    HEI = "黑体"
    KAI = "楷体"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Text:
    """A line of text from (x, y), its baseline's beginning. `spacing` is added between characters; colours are "r g b".

    `turn` (radians, clockwise) is for single characters that stand round a circle.
    """

    text: str
    x: float
    y: float
    size: float
    font: Font = Font.SONG
    color: str = "0 0 0"
    spacing: float = 0.0
    turn: float = 0.0

    def __repr__(self) -> str:
        return f"Text({self.x:g}, {self.y:g})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """An outline in the page's coordinates, as AbbreviatedData (table 36); a colour that is empty is not used. Ends and joins are round."""

    data: str
    stroke: str = ""
    fill: str = ""
    width: float = 0.35


Mark = Text | Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What is printed before anything is filled in."""

    width: float
    height: float
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Page:
    """A document of one page: its title, its form, what is filled in, and custom data (short name, value) as of GB/T 36903."""

    title: str
    form: Form
    marks: tuple[Mark, ...]
    custom_data: tuple[tuple[str, str], ...]
    created: date

    def __repr__(self) -> str:
        return f"Page({self.title!r})"


def advance(text: str, size: float) -> float:
    """The width that a text is given: Chinese characters are square, ASCII is half as wide."""
    return sum(size / 2 if char < _ASCII_END else size for char in text)
