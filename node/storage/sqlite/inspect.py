"""Look at a database file without changing it: `certmesh doctor`. No migration, no writing, and an end in bounded time."""

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from node.storage.sqlite.database import connect
from node.storage.sqlite.migrate import migrations

MAX_PROBLEMS = 10
_STEPS = 10_000  # of SQLite's virtual machine between two looks at the clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What the file says of itself. `finished`: quick_check was through in time; `problems` are its lines."""

    schema: int
    newest: int
    wal_bytes: int
    size_bytes: int
    finished: bool
    problems: tuple[str, ...]


def inspect(path: Path, *, limit_s: float, monotonic: Callable[[], float] = time.monotonic) -> Inspection:
    """Look at a file that is there; a daemon may be writing to it.

    A file that is no database is a finding and no error.
    """
    try:
        db = connect(f"{path.absolute().as_uri()}?mode=rw")  # a WAL cannot be read through mode=ro after a crash
    except sqlite3.Error as error:
        return _inspection(path, 0, problems=(str(error),))
    schema = 0
    try:
        db.execute("PRAGMA query_only = ON")
        schema = int(db.execute("PRAGMA user_version").fetchone()[0])
        problems, finished = _quick_check(db, monotonic() + limit_s, monotonic)
        return _inspection(path, schema, problems=problems, finished=finished)
    except sqlite3.Error as error:
        return _inspection(path, schema, problems=(str(error),))
    finally:
        db.close()


def _quick_check(db: sqlite3.Connection, end: float, monotonic: Callable[[], float]) -> tuple[tuple[str, ...], bool]:
    """The lines of quick_check other than "ok", and whether it came to its end."""
    db.set_progress_handler(lambda: int(monotonic() > end), _STEPS)
    try:
        lines = [str(row[0]) for row in db.execute(f"PRAGMA quick_check({MAX_PROBLEMS})")]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return (), False
        raise
    finally:
        db.set_progress_handler(None, 0)
    return tuple(line for line in lines if line != "ok"), True


def _inspection(path: Path, schema: int, *, problems: tuple[str, ...], finished: bool = True) -> Inspection:
    return Inspection(
        schema=schema,
        newest=max(migrations()),
        wal_bytes=_size(path.with_name(path.name + "-wal")),
        size_bytes=_size(path),
        finished=finished,
        problems=problems,
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
