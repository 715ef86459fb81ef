"""The store in SQLite: one file per node, WAL, synchronous=FULL, group commit. DESIGN §7, §8; `store` says how it works.

Each noun has its module with its statements; `migrations/` are the schema, `schema.sql` shows what they add up to.
"""

from node.storage.sqlite.database import bring_up_to_date, open_sqlite, open_sqlite_read_only
from node.storage.sqlite.reader import SqliteReader
from node.storage.sqlite.store import SqliteStore

__all__ = ["SqliteReader", "SqliteStore", "bring_up_to_date", "open_sqlite", "open_sqlite_read_only"]
