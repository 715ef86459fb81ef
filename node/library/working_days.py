"""Working days by the calendar of Chinese public holidays (法定节假日与调休): what a deadline of "five working days" is. P5.

Not a clock: days are those of Beijing time, and who asks says which day it is. The table is `config/codes/holidays.toml`, with its
source and date. A year that it does not have is counted by weekdays, and the answer says so (`Due.known`): the State Council publishes
one year ahead at most.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from node.library.codes import CodesError, codes_folder

FILE = "holidays.toml"
_SATURDAY = 5
_MOST = 3_650  # days that are looked at: a table that says no day is worked ends here and not never


class _Year(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    free: list[Annotated[list[date], Field(min_length=2, max_length=2)]]
    worked: list[date]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    source: str
    date: date
    years: dict[str, _Year]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The last day of a deadline. `known`: every day up to it is in a year whose holidays are known."""

    day: date
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingDays:
    """The calendar: the years it knows, the free days beside weekends, and the weekend days that are worked."""

    years: frozenset[int]
    free: frozenset[date]
    worked: frozenset[date]

    def is_worked(self, day: date) -> bool:
        """Whether offices work on a day."""
        if day in self.worked:
            return True
        return day.weekday() < _SATURDAY and day not in self.free

    def after(self, day: date, count: int) -> Due:
        """The `count`-th working day after a day, which is itself not counted (民法典 art. 201: the day of the event does not count).

        Raises:
            ValueError: `count` is not positive, or the table leaves no day to work on.
        """
        if count < 1:
            raise ValueError("a deadline has at least one day")
        left, known, last = count, True, day
        for ahead in range(1, _MOST):
            last = day + timedelta(days=ahead)
            known = known and last.year in self.years
            left -= self.is_worked(last)
            if not left:
                return Due(day=last, known=known)
        raise ValueError("no working days")


def load_working_days(folder: Path | None = None) -> WorkingDays:
    """Read the table from `folder`, by default from `codes_folder()`.

    Raises:
        CodesError: the file is missing, not TOML, or a day stands in another year than its own.
    """
    path = (folder or codes_folder()) / FILE
    try:
        table = _Table.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CodesError(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise CodesError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    _check(path, table.years)
    free = {
        first + timedelta(days=ahead)
        for year in table.years.values()
        for first, last in year.free
        for ahead in range((last - first).days + 1)
    }
    return WorkingDays(
        years=frozenset(int(year) for year in table.years),
        free=frozenset(free),
        worked=frozenset(day for year in table.years.values() for day in year.worked),
    )


def _check(path: Path, years: Mapping[str, _Year]) -> None:
    """A slip of the hand in one year must not reach into another."""
    for name, year in years.items():
        days = [*year.worked, *(day for span in year.free for day in span)]
        if not name.isdigit() or any(str(day.year) != name for day in days):
            raise CodesError(f"{path}: years.{name}: every day of a year's table is of that year")
        if any(last < first for first, last in year.free):
            raise CodesError(f"{path}: years.{name}.free: a span ends before it begins")


@cache
def default_working_days() -> WorkingDays:
    """The table of `codes_folder()`, read once.

    Raises:
        CodesError: as `load_working_days`.
    """
    return load_working_days()
