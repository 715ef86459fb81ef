"""A list as it came in a file: rows with entries and problems, each told with its place. Not the file formats (`files`)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from node.lists.fields import FIELDS, KEYS, completed
from node.lists.problem import Problem
from node.ports.lists import Kind

MAX_ROWS = 60_000
MAX_FILE_BYTES = 32 * 1024 * 1024
MAX_TOLD = 1_000
"""Problems of one sheet that are told; of the rest the number."""


class UnreadableError(Exception):
    """A file is none of a list; its arguments are the problem in English and in Chinese."""

    def __init__(self, message: str, zh: str) -> None:
        """Both say what to do."""
        super().__init__(message)
        self.problem = Problem("", message, zh)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: its number as the file's own program counts, the entry as far as it could be read, and everything wrong with it.

    `raw` holds what the row says and no defaults: `fields.completed` adds those.
    """

    number: int
    raw: dict[str, Any]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A list that was read. `problems` are of the file as a whole; with any of them there are no rows. `more` are known by number only.

    `title` is the name of a workbook's sheet. `table` is "" for spreadsheets; for TOML the name of the tables, and rows count from 0.
    """

    kind: Kind
    title: str = ""
    table: str = ""
    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()
    more: int = 0

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems and not self.more and not any(row.problems for row in self.rows)

    def entries(self, province: str) -> list[dict[str, Any]]:
        """The entries of a good sheet with all their members, in order of their keys."""
        whole = [completed(self.kind, row.raw, province) for row in self.rows]
        return sorted(whole, key=lambda one: (str(one.get(KEYS[self.kind])), int(one["version"])))

    def sentences(self, longest: int = MAX_TOLD) -> list[str]:
        """Every problem with its place, in English; after `longest` of them the number of the others."""
        return _shortened(list(self._told(zh=False)), longest, "and {} more problems")

    def sentences_zh(self, longest: int = MAX_TOLD) -> list[str]:
        """Every problem with its place, in Chinese; after `longest` of them the number of the others."""
        return _shortened(list(self._told(zh=True)), longest, "另有{}个问题")

    def _told(self, *, zh: bool) -> Iterator[str]:
        headings = {field.name: field.heading for field in FIELDS[self.kind]}
        colon = "：" if zh else ": "
        for one in self.problems:
            yield one.zh if zh else one.message
        for row in self.rows:
            for one in row.problems:
                place = self._place(row.number, zh=zh)
                name = one.field if self.table else headings.get(one.field, one.field)
                joint = "." if self.table else "，" if zh else ", "
                yield f"{place}{joint if name else ''}{name}{colon}{one.zh if zh else one.message}"

    def _place(self, number: int, *, zh: bool) -> str:
        if self.table:
            return f"{self.table}[{number}]"
        if zh:
            return f"工作表“{self.title}”第{number}行" if self.title else f"第{number}行"
        return f"sheet {self.title}, row {number}" if self.title else f"row {number}"


def _shortened(sentences: list[str], longest: int, more: str) -> list[str]:
    beyond = len(sentences) - longest
    return sentences if beyond <= 0 else [*sentences[:longest], more.format(beyond)]


def with_duplicates(kind: Kind, rows: Sequence[Row], table: str = "") -> tuple[Row, ...]:
    """The rows, those whose key (id and version) stands more than once with that problem on each of them."""
    places = defaultdict(list)
    for row in rows:
        key = row.raw.get(KEYS[kind])
        if isinstance(key, str):
            places[key, str(row.raw.get("version", 1))].append(row.number)
    others = {number: numbers for numbers in places.values() if len(numbers) > 1 for number in numbers}
    return tuple(_duplicate(kind, row, others[row.number], table) if row.number in others else row for row in rows)


def _duplicate(kind: Kind, row: Row, numbers: Sequence[int], table: str) -> Row:
    other = next(number for number in numbers if number != row.number)
    place, place_zh = (f"{table}[{other}]",) * 2 if table else (f"row {other}", f"第{other}行")
    problem = Problem(KEYS[kind], f"stands in {place} too; remove one of them", f"与{place_zh}重复，请删除其中一条")
    return replace(row, problems=(*row.problems, problem))
