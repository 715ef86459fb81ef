"""The evidence log in SQLite. See `node.ports.evidence.Evidence`; `tail` holds what the running group has appended."""

from collections.abc import Mapping, Sequence
from typing import Any

from node.ports.evidence import LogEntry, LogHead
from node.ports.store import StoreError
from node.storage.sqlite.session import Parameters, Row, Session, refuse_writing
from node.storage.sqlite.tail import Tail
from trust.merkle import HASH_BYTES, finishing_entry

_HEAD = "SELECT size, root, (SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1) FROM head"
_ENTRIES = "SELECT idx, entry FROM evidence WHERE idx >= ? ORDER BY idx LIMIT ?"
_OF_EXCHANGE = "SELECT idx, entry FROM evidence WHERE exchange = ? AND of_peer = ? ORDER BY idx LIMIT ?"
_ALL = -1  # SQLite's word for no limit
_NODE_HASH = "SELECT substr(hashes, ?, ?) FROM evidence WHERE idx = ?"
_LEAVES = "SELECT substr(hashes, 1, ?) FROM evidence WHERE idx >= ? AND idx < ? ORDER BY idx"
_NODE_HASHES = """
WITH RECURSIVE wanted (idx, rest) AS (
  VALUES (:first, :count) UNION ALL SELECT idx + :stride, rest - 1 FROM wanted WHERE rest > 1
)
SELECT substr(hashes, :place, :length) FROM wanted CROSS JOIN evidence USING (idx) ORDER BY idx
"""  # CROSS JOIN: in this order, one look-up for each
_CHECKPOINTS = "SELECT note FROM checkpoint WHERE size > ? ORDER BY size LIMIT ?"
_MAX_LEVEL = 62  # an index fits 63 bits


class SqliteEvidence:
    """Tables evidence, head and checkpoint. Without a tail it is the reading side."""

    __slots__ = ("_session", "_tail")

    def __init__(self, session: Session, tail: Tail | None = None) -> None:
        self._session = session
        self._tail = tail

    def append(self, entry: Mapping[str, Any]) -> int:
        """Append one entry; it is inserted with the others of its group."""
        if self._tail is None:
            refuse_writing()
        assert self._tail is not None, "refused above"
        return self._tail.append(entry)

    def head(self) -> LogHead:
        """As of the last committed group."""
        row = self._session.row(_HEAD)
        assert row is not None, "the migration inserts the row"
        size, root, note = row
        return LogHead(size=size, root=root, checkpoint=note or b"")

    def entries(self, start: int, limit: int) -> Sequence[LogEntry]:
        """Entries from `start` on."""
        return _entries(self._rows(_ENTRIES, (start, limit)))

    def of_exchange(self, exchange_id: str, *, of_peer: bool = False, limit: int | None = None) -> Sequence[LogEntry]:
        """Entries of one exchange."""
        return _entries(self._rows(_OF_EXCHANGE, (exchange_id, int(of_peer), _ALL if limit is None else limit)))

    def node_hash(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree."""
        if 0 <= level <= _MAX_LEVEL and 0 <= index < 1 << _MAX_LEVEL - level:
            place = (level * HASH_BYTES + 1, HASH_BYTES, finishing_entry(level, index))
            for (found,) in self._rows(_NODE_HASH, place):
                return bytes(found)
        raise StoreError(f"the log has no complete subtree {index} at level {level}")

    def node_hashes(self, level: int, start: int, count: int) -> bytes:
        """The hashes of complete subtrees side by side: one statement, for the leaves one walk."""
        if not (0 <= level <= _MAX_LEVEL and start >= 0 and count > 0 and start + count <= 1 << _MAX_LEVEL - level):
            raise StoreError(f"the log has no {count} complete subtrees from {start} on at level {level}")
        if level == 0:
            rows = self._rows(_LEAVES, (HASH_BYTES, start, start + count))
        else:
            place = {"place": level * HASH_BYTES + 1, "length": HASH_BYTES}
            wanted = {"first": finishing_entry(level, start), "stride": 1 << level, "count": count}
            rows = self._rows(_NODE_HASHES, place | wanted)
        if len(rows) != count:
            raise StoreError(f"the log has no {count} complete subtrees from {start} on at level {level}")
        return b"".join(found for (found,) in rows)

    def checkpoints(self, start_size: int, limit: int) -> Sequence[bytes]:
        """Signed checkpoints beyond a size."""
        return [note for (note,) in self._session.rows(_CHECKPOINTS, (start_size, limit))]

    def _rows(self, sql: str, parameters: Parameters) -> list[Row]:
        """Query, after what earlier units of the group appended is in the table."""
        if self._tail is not None:
            self._tail.flush(self._session)
        return self._session.rows(sql, parameters)


def _entries(rows: list[Row]) -> list[LogEntry]:
    return [LogEntry(index=index, entry=entry) for index, entry in rows]
