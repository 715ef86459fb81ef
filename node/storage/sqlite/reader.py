"""The reading side of a database file: for look-ups beside the writer, and for `certmesh` commands while a daemon runs."""

import sqlite3

from node.ports.store import Nouns
from node.storage.sqlite.nouns import SqliteNouns
from node.storage.sqlite.session import Session


class SqliteReader:
    """Look-ups over what is committed; each statement sees the newest. Owns its connection."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._nouns = SqliteNouns.over(Session(db))

    @property
    def read(self) -> Nouns:
        """Look-ups."""
        return self._nouns

    def close(self) -> None:
        """Release the file; later look-ups raise StoreError."""
        self._db.close()
