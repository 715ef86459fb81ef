"""From a grid of cells to a sheet: headings, empty rows, and each row's entry with its problems. Not where the cells come from."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from node.library.codes import Codes
from node.lists.cells import value_of
from node.lists.fields import FIELDS, Field
from node.lists.mending import Cell
from node.lists.problem import Problem, quoted
from node.lists.rules import problems
from node.lists.sheet import MAX_ROWS, Row, Sheet, UnreadableError, with_duplicates
from node.ports.lists import Kind

MAX_COLUMNS = 200
_LONGEST_HEADING = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Cells with the numbers of their rows, in order; rows may differ in length. `title` is the name of the sheet, where it has one."""

    title: str = ""
    rows: Sequence[tuple[int, Sequence[Cell]]]


@dataclass(frozen=True, slots=True)
class Judged:
    """What judging a row takes."""

    kind: Kind
    province: str
    codes: Codes
    today: date

    def row(self, number: int, raw: dict[str, Any], found: Sequence[Problem] = ()) -> Row:
        """A row with what the rules say beside what was `found` already; a member that could not be read is not missing too."""
        unread = {one.field for one in found}
        rules = problems(self.kind, raw, province=self.province, codes=self.codes, today=self.today)
        return Row(number=number, raw=raw, problems=(*found, *(one for one in rules if one.field not in unread)))


def read_grid(grid: Grid, judged: Judged) -> Sheet:
    """The sheet of a grid whose first row that is not empty holds the headings.

    Raises:
        UnreadableError: there are no headings, or too many rows.
    """
    kind = judged.kind
    filled = [(number, cells) for number, cells in grid.rows if any(_filled(cell) for cell in cells)]
    if not filled:
        raise UnreadableError(
            "the list is empty; its first row names the columns", "表中没有内容；第一行应为列标题，请补充"
        )
    columns, found = _columns(kind, filled[0][1])
    if len(filled) - 1 > MAX_ROWS:
        raise UnreadableError(f"more than {MAX_ROWS} rows; divide the file", f"超过{MAX_ROWS}行，请拆分文件")
    if found:
        return Sheet(kind=kind, title=grid.title, problems=tuple(found))
    rows = [_row(number, cells, columns, judged) for number, cells in filled[1:]]
    return Sheet(kind=kind, title=grid.title, rows=with_duplicates(kind, rows))


def _filled(cell: Cell) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _row(number: int, cells: Sequence[Cell], columns: Sequence[Field | None], judged: Judged) -> Row:
    raw: dict[str, Any] = {}
    found = []
    for place, cell in enumerate(cells):
        field = columns[place] if place < len(columns) else None
        if field is None:
            if _filled(cell):
                found.append(_stray(place))
            continue
        value = value_of(field, cell, judged.codes)
        if isinstance(value, Problem):
            found.append(value)
        elif value is not None:
            raw[field.name] = value
    return judged.row(number, raw, found)


def _stray(place: int) -> Problem:
    letter = _letter(place)
    return Problem(
        "", f"column {letter} has a value but no heading; remove it", f"{letter}列有内容但没有列标题，请删除"
    )


def _letter(place: int) -> str:
    """A column as spreadsheets call it, from 0 for A."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _plain(heading: str) -> str:
    """A heading for comparison: no blanks, no mark of a needed column, brackets of one kind."""
    return "".join(unicodedata.normalize("NFKC", heading).split()).rstrip("*").lower()


def _columns(kind: Kind, cells: Sequence[Cell]) -> tuple[list[Field | None], list[Problem]]:
    """The members that the columns stand for, and what is wrong with the headings."""
    if len(cells) > MAX_COLUMNS:
        raise UnreadableError(f"more than {MAX_COLUMNS} columns; remove some", f"超过{MAX_COLUMNS}列，请删除多余的列")
    fields = [field for field in FIELDS[kind] if field.column]
    known = {_plain(name): field for field in fields for name in (field.name, field.heading)}
    columns: list[Field | None] = []
    found = []
    for place, cell in enumerate(cells):
        text = str(cell).strip() if _filled(cell) else ""
        field = known.get(_plain(text)) if text else None
        if text and field is None:
            found.append(_unknown(text, place, fields))
        elif field is not None and field in columns:
            found.append(_twice(field, place))
        columns.append(field)
    found += _missing(fields, columns)
    return columns, found


def _unknown(text: str, place: int, fields: Sequence[Field]) -> Problem:
    names = [name for field in fields for name in (field.heading, field.name)]
    near = get_close_matches(text, names, n=1, cutoff=0.5) if len(text) <= _LONGEST_HEADING else []
    hint, hint_zh = (f"did you mean {near[0]}?", f"是否应为“{near[0]}”？") if near else ("remove it", "请删除该列")
    shown, letter = quoted(text), _letter(place)
    return Problem(
        "",
        f"column {letter}, {shown}: is not a heading of this list; {hint}",
        f"{letter}列“{shown}”：不是本表的列标题，{hint_zh}",
    )


def _twice(field: Field, place: int) -> Problem:
    letter = _letter(place)
    return Problem(
        "",
        f"column {letter}, {field.heading}: stands twice; remove one",
        f"{letter}列“{field.heading}”：列标题重复，请删除一列",
    )


def _missing(fields: Sequence[Field], columns: Sequence[Field | None]) -> Iterator[Problem]:
    for field in fields:
        if field.needed and field not in columns:
            yield Problem(
                "",
                f"the column {field.heading} ({field.name}) is missing; add it",
                f"缺少必填列“{field.heading}”，请补充",
            )
