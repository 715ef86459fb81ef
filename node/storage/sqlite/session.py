"""One connection as the nouns see it: statements in, rows out, foreign errors translated here and nowhere else. No transactions."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from node.ports.store import StoreError

Row = tuple[Any, ...]
Parameters = Sequence[Any] | Mapping[str, Any]


def refuse_writing() -> None:
    """What a reading session does before a write.

    Raises:
        StoreError: always.
    """
    raise StoreError("this is the reading side of the store: write in a unit of work")


class Session:
    """Runs statements inline: they take microseconds. `before_write` is called before each one that writes."""

    __slots__ = ("_before_write", "_db")

    def __init__(self, db: sqlite3.Connection, before_write: Callable[[], None] = refuse_writing) -> None:
        self._db = db
        self._before_write = before_write

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a query.

        Raises:
            StoreError: SQLite refused.
        """
        try:
            return self._db.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"the database refused to be read: {error}") from error

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The first row of a query.

        Raises:
            StoreError: SQLite refused.
        """
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    def write(self, sql: str, parameters: Parameters = ()) -> int:
        """Run one statement; returns how many rows it changed.

        Raises:
            StoreError: SQLite refused, or this is the reading side.
        """
        self._before_write()
        try:
            return self._db.execute(sql, parameters).rowcount
        except sqlite3.Error as error:
            raise StoreError(f"the database refused a change: {error}") from error

    def write_many(self, sql: str, parameters: Iterable[Parameters]) -> int:
        """Run one statement for every row of parameters; returns how many rows they changed.

        Raises:
            StoreError: SQLite refused, or this is the reading side.
        """
        self._before_write()
        try:
            return self._db.executemany(sql, parameters).rowcount
        except sqlite3.Error as error:
            raise StoreError(f"the database refused a change: {error}") from error
