"""The page as plain text for a terminal or a file: a wide character takes two columns. No colours, no control characters."""

import re
import unicodedata
from collections.abc import Iterator

from node.paper.sheet import Section, Sheet

WIDTH = 100  # columns
_LABEL = 24
_PIECE = re.compile(r"\s|[!-~]+[，。；：、）”]*|.[，。；：、）”]*", re.DOTALL)


def to_text(sheet: Sheet) -> str:
    """The page, its lines at most `WIDTH` columns wide."""
    return "\n".join(line.rstrip() for line in _lines(sheet)) + "\n"


def _lines(sheet: Sheet) -> Iterator[str]:
    yield _centred(sheet.title)
    yield "=" * WIDTH
    yield from wrapped(f"【{sheet.conclusion}】", WIDTH)
    for problem in sheet.problems:
        yield from wrapped(f"  ✗ {problem}", WIDTH)
    for section in sheet.sections:
        yield ""
        yield f"— {section.title} —"
        yield from _table(section) if section.heads else _pairs(section)
    yield "-" * WIDTH
    for number, note in enumerate(sheet.notes, 1):
        yield from wrapped(f"注{number}：{note}", WIDTH)
    yield ""
    yield "".join(padded(one, WIDTH // len(sheet.signing)) for one in sheet.signing)


def _pairs(section: Section) -> Iterator[str]:
    for label, value in section.rows:
        yield from _row((label, value), (_LABEL, WIDTH - _LABEL))


def _table(section: Section) -> Iterator[str]:
    whole = sum(section.widths)
    widths = tuple(WIDTH * one // whole for one in section.widths)
    for row in (section.heads, *section.rows):
        yield from _row(row, widths)


def _row(cells: tuple[str, ...], widths: tuple[int, ...]) -> Iterator[str]:
    """The lines of one row: each cell is broken in its column, one column is left between two."""
    broken = [wrapped(cell, width - 1) for cell, width in zip(cells, widths, strict=True)]
    for at in range(max(map(len, broken))):
        yield "".join(
            padded(one[at] if at < len(one) else "", width) for one, width in zip(broken, widths, strict=True)
        )


def columns(value: str) -> int:
    """How many columns a text takes."""
    return sum(_wide(one) for one in value)


def _wide(one: str) -> int:
    return 2 if unicodedata.east_asian_width(one) in "WFA" else 0 if unicodedata.combining(one) else 1


def padded(value: str, width: int) -> str:
    """With blanks behind it up to a width."""
    return value + " " * max(0, width - columns(value))


def _centred(value: str) -> str:
    return " " * ((WIDTH - columns(value)) // 2) + value


def wrapped(value: str, width: int) -> list[str]:
    """Broken into lines of at most so many columns: between wide characters anywhere, numbers and words only where longer than a line."""
    lines, line, used = list[str](), "", 0
    for piece in _pieces(value, width):
        wide = columns(piece)
        if used + wide > width:
            lines.append(line)
            line, used, piece = "", 0, piece.lstrip()  # noqa: PLW2901 - a line does not begin with the blank it was broken at
            wide = columns(piece)
        line, used = line + piece, used + wide
    return [*lines, line]


def _pieces(value: str, width: int) -> Iterator[str]:
    """What is not broken: a run of narrow characters without blanks, a wide character with the closing marks behind it."""
    for found in _PIECE.finditer(value):
        piece = found[0]
        if columns(piece) <= width:
            yield piece
        else:
            yield from piece
