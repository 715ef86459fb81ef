"""The entries of publications in SQLite, with all that ever stood in them. Heads and versions: `node.storage.sqlite.publications`.

A row stands in the versions from `since` to before `until` (0: still); rows above the newest version are staged. Text compares as UTF-8
bytes, which is the order of the keys. A look-up chooses its rows in one index before it reads any: where the planner would choose another,
a plus sign keeps a term from it, or the index is named. `until <> 0` says to it that the index of closed rows will do.
"""
# ruff: noqa: S608 - statements are put together from the constants of this module, values are bound

from collections.abc import Iterable, Sequence

from federation.model.publication import EntryKey
from node.ports.lists import EntryChange, StoredEntry
from node.ports.store import StoreError
from node.storage.sqlite.session import Row, Session
from trust.entry_tree import bucket_of

MANY = 4_000  # changed rows; beyond, walking the index of keys costs less than sorting them for every page

_START: EntryKey = ("", -1)  # before every key
_FROM = "FROM publication_entry"
_OF = f"{_FROM} WHERE publication = :number"
_STANDS = "+since <= :version AND (until = 0 OR until > :version)"
_AHEAD = "(id, entry_version) > (:id, :entry)"

_CLOSE = f"""
UPDATE publication_entry SET until = :version
WHERE place = (SELECT place {_OF} AND id = :id AND entry_version = :entry AND until = 0 AND since < :version)
"""  # by its place: an update that searches the index it changes costs twice as much
_DROP = f"DELETE {_OF} AND id = :id AND entry_version = :entry AND until = 0 AND since = :version"
_PUT = """
INSERT INTO publication_entry (publication, id, entry_version, since, until, bucket, leaf, body)
VALUES (:number, :id, :entry, :version, 0, :bucket, :leaf, :body)
ON CONFLICT (publication, id, entry_version, until, since) DO UPDATE SET leaf = excluded.leaf, body = excluded.body
"""
_OTHERS = f"""
SELECT EXISTS (SELECT 1 {_OF} AND since > :newest AND since < :version)
    OR EXISTS (SELECT 1 {_OF} AND since > :version)
    OR EXISTS (SELECT 1 {_OF} AND until <> 0 AND until > :newest AND until < :version)
    OR EXISTS (SELECT 1 {_OF} AND until <> 0 AND until > :version)
"""
_UNPUT = f"DELETE {_FROM} WHERE place IN (SELECT place {_OF} AND since > :newest LIMIT :limit)"
_REOPEN = f"""
UPDATE publication_entry SET until = 0
WHERE place IN (SELECT place {_OF} AND until <> 0 AND until > :newest LIMIT :limit)
"""
_OPEN_LEAVES = f"SELECT leaf {_OF} AND bucket = :bucket AND until = 0 ORDER BY id, entry_version"
# What is staged closes its rows with one number, so that those of a bucket are found at once.
_LEAVES = f"""
SELECT leaf FROM (
  SELECT id, entry_version, leaf {_OF} AND bucket = :bucket AND until = 0 AND +since <= :version
  UNION ALL
  SELECT id, entry_version, leaf {_OF} AND bucket = :bucket AND +since <= :version AND until <> 0
  AND until = (SELECT min(until) {_OF} AND until <> 0 AND until > :version)
) ORDER BY id, entry_version
"""
_ENTRY = f"SELECT id, entry_version, body {_OF} AND id = :id AND {_STANDS} ORDER BY entry_version"
_PAGE = f"SELECT id, entry_version, body {_OF} AND {_AHEAD} AND {_STANDS} ORDER BY id, entry_version LIMIT :limit"

_COUNT = f"""
SELECT (SELECT count(*) FROM (SELECT 1 {_OF} AND since > :old AND since <= :version LIMIT :many))
     + (SELECT count(*) FROM (SELECT 1 {_OF} AND until <> 0 AND until > :old AND until <= :version LIMIT :many))
"""
# Of the rows of one key, the later one has the higher place. Where the last one opened is none of those closed, it is put. Where it is, or
# none was opened, and one that stood in `old` was closed, the key is dropped.
_FEW = f"""
SELECT at, nth, bucket, leaf, body FROM (
  SELECT at, nth, max(opened) AS opened, max(closed) AS closed FROM (
    SELECT id AS at, entry_version AS nth, place AS opened, 0 AS closed, NULL AS since
    {_FROM} INDEXED BY publication_entry_since
    WHERE publication = :number AND since > :old AND since <= :version AND {_AHEAD}
    UNION ALL
    SELECT id AS at, entry_version AS nth, 0 AS opened, place AS closed, since
    {_FROM} INDEXED BY publication_entry_until
    WHERE publication = :number AND until <> 0 AND until > :old AND until <= :version AND {_AHEAD}
  ) GROUP BY at, nth HAVING max(opened) > max(closed) OR min(since) <= :old ORDER BY at, nth LIMIT :limit
) LEFT JOIN publication_entry ON place = opened AND opened > closed ORDER BY at, nth
"""
_WALK = f"""
SELECT id, entry_version, bucket, leaf, CASE WHEN until = 0 OR until > :version THEN body END {_OF} AND {_AHEAD} AND (
  (+since > :old AND +since <= :version AND (+until = 0 OR +until > :version))
  OR (+until > :old AND +until <= :version AND +since <= :old AND NOT EXISTS (
    SELECT 1 FROM publication_entry AS later WHERE later.publication = :number
    AND later.id = publication_entry.id AND later.entry_version = publication_entry.entry_version
    AND +later.since <= :version AND (+later.until = 0 OR +later.until > :version)
  ))
) ORDER BY id, entry_version LIMIT :limit
"""


class Entries:
    """Table publication_entry. `newest` is the number of the newest version held, 0 for none."""

    __slots__ = ("_many", "_session")

    def __init__(self, session: Session, many: int = MANY) -> None:
        self._session = session
        self._many = many

    def stage(self, number: int, version: int, newest: int, changes: Iterable[EntryChange]) -> None:
        """Close what the changes replace and open what they put; the last change of a key counts."""
        rows = {(one.id, one.version): _row(number, version, one) for one in changes}.values()
        if newest:
            self._session.write_many(_CLOSE, rows)
        self._session.write_many(_DROP, [row for row in rows if row["body"] is None])
        self._session.write_many(_PUT, [row for row in rows if row["body"] is not None])

    def check_only(self, number: int, version: int, newest: int) -> None:
        """Check that nothing is staged for another version than this one.

        Raises:
            StoreError: something is.
        """
        row = self._session.row(_OTHERS, {"number": number, "version": version, "newest": newest})
        if row and row[0]:
            raise StoreError(f"another version than {version} is staged; unstage it first")

    def unstage(self, number: int, newest: int, limit: int) -> int:
        """Take back what stands above the newest version; returns how many rows, at most `limit`."""
        gone = self._session.write(_UNPUT, {"number": number, "newest": newest, "limit": limit})
        if gone == limit:
            return gone
        return gone + self._session.write(_REOPEN, {"number": number, "newest": newest, "limit": limit - gone})

    def leaves(self, number: int, bucket: int, version: int | None) -> Sequence[bytes]:
        """The leaf hashes of a bucket, in a version or, for None, in the staged one."""
        values = {"number": number, "bucket": bucket, "version": version}
        return [leaf for (leaf,) in self._session.rows(_OPEN_LEAVES if version is None else _LEAVES, values)]

    def entry(self, number: int, entry_id: str, version: int) -> Sequence[StoredEntry]:
        """All versions of one entry that stand in a version of the publication."""
        return _entries(self._session.rows(_ENTRY, {"number": number, "id": entry_id, "version": version}))

    def page(self, number: int, version: int, after: EntryKey | None, limit: int) -> Sequence[StoredEntry]:
        """The entries that stood in a version, in order."""
        entry_id, nth = after or _START
        values = {"number": number, "version": version, "id": entry_id, "entry": nth, "limit": limit}
        return _entries(self._session.rows(_PAGE, values))

    def changes(self, number: int, since: int, until: int, after: EntryKey | None, limit: int) -> Sequence[EntryChange]:
        """What leads from one version to a later one, in order."""
        entry_id, nth = after or _START
        values = {"number": number, "version": until, "old": since}
        few = since > 0 and self._are_few(values)
        rows = self._session.rows(_FEW if few else _WALK, {**values, "id": entry_id, "entry": nth, "limit": limit})
        return [_change(*row) for row in rows]

    def _are_few(self, values: dict[str, int]) -> bool:
        counted = self._session.row(_COUNT, {**values, "many": self._many})
        return counted is not None and counted[0] < self._many


def _row(number: int, version: int, change: EntryChange) -> dict[str, object]:
    return {
        "number": number,
        "version": version,
        "id": change.id,
        "entry": change.version,
        "bucket": change.bucket,
        "leaf": change.leaf,
        "body": change.body,
    }


def _entries(rows: Iterable[Row]) -> list[StoredEntry]:
    return [StoredEntry(id=entry_id, version=nth, body=body) for entry_id, nth, body in rows]


def _change(entry_id: str, nth: int, bucket: int | None, leaf: bytes | None, body: bytes | None) -> EntryChange:
    """A row of changes; of a key dropped, nothing but the key may have been read."""
    known = bucket_of(entry_id) if bucket is None else bucket
    return EntryChange(
        id=entry_id, version=nth, bucket=known, body=body, leaf=leaf if body is not None and leaf else b""
    )
