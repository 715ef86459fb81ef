"""Bring a database file to this program's schema: numbered .sql files, each in its own transaction. Never back.

Where a new table is derived from what the file already holds, it is filled in the same transaction (`_FILLED`).

`PRAGMA user_version` holds the number of the last one applied.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files

from node.ports.store import StoreError
from node.storage.sqlite.counterparts import fill

_FILLED: Mapping[int, Callable[[sqlite3.Connection], None]] = {19: fill}


def migrations() -> dict[int, str]:
    """The SQL text of every migration by its number, in order."""
    folder = files(__package__) / "migrations"
    texts = {
        int(found[1]): item.read_text()
        for item in folder.iterdir()
        if (found := re.match(r"(\d{4})_\w+\.sql$", item.name))
    }
    return dict(sorted(texts.items()))


def migrate(db: sqlite3.Connection) -> None:
    """Apply what is missing; two processes may do so at once. `db` is in autocommit mode.

    Raises:
        StoreError: the database is of a newer program.
    """
    steps = migrations()
    newest = max(steps)
    if _version(db) > newest:
        raise StoreError(
            f"the database has schema {_version(db)}, this program knows {newest}: it was opened by a newer certmesh; run that one"
        )
    for number, script in steps.items():
        if number > _version(db):
            _apply(db, number, script)


def is_older(db: sqlite3.Connection) -> bool:
    """Whether the database was made by an older program and not brought up since."""
    return _version(db) < max(migrations())


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _apply(db: sqlite3.Connection, number: int, script: str) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        if number > _version(db):  # otherwise another process was faster
            for statement in _statements(script):
                db.execute(statement)
            if number in _FILLED:
                _FILLED[number](db)
            db.execute(f"PRAGMA user_version = {number:d}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _statements(script: str) -> Iterator[str]:
    """Cut a script into statements; `executescript` would commit before it starts."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
