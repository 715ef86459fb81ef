"""The entries of publications in SQLite, with all that ever stood in them. Heads and versions: `node.storage.sqlite.publications`.

A row stands in the versions from `since` to before `until` (0: still); rows above the newest version are staged. Text compares as UTF-8
bytes, which is the order of the keys. A look-up chooses its rows in one index before it reads any.
"""
# ruff: noqa: S608 - statements are put together from the constants of this module, values are bound

from collections.abc import Iterable, Sequence

from node.ports.lists import EntryChange, EntryKey, Kind, StoredEntry
from node.ports.store import StoreError
from node.storage.sqlite.session import Session

MANY = 4_000  # changed rows; beyond, walking the index of keys costs less than sorting them for every page

_START: EntryKey = ("", -1)  # before every key
_OF = "FROM publication_entry WHERE kind = :kind AND publisher = :publisher"
_STANDS = "since <= :version AND (until = 0 OR until > :version)"
_AHEAD = "(id, entry_version) > (:id, :entry)"

_CLOSE = """
UPDATE publication_entry SET until = :version
WHERE kind = :kind AND publisher = :publisher AND id = :id AND entry_version = :entry AND until = 0 AND since < :version
"""
_DROP = "DELETE " + _OF + " AND id = :id AND entry_version = :entry AND until = 0 AND since = :version"
_PUT = """
INSERT INTO publication_entry (kind, publisher, id, entry_version, since, until, bucket, leaf, body)
VALUES (:kind, :publisher, :id, :entry, :version, 0, :bucket, :leaf, :body)
ON CONFLICT (kind, publisher, id, entry_version, until, since) DO UPDATE SET leaf = excluded.leaf, body = excluded.body
"""
_OTHERS = f"""
SELECT EXISTS (SELECT 1 {_OF} AND since > :newest AND since < :version)
    OR EXISTS (SELECT 1 {_OF} AND since > :version)
    OR EXISTS (SELECT 1 {_OF} AND until > 0 AND until > :newest AND until < :version)
    OR EXISTS (SELECT 1 {_OF} AND until > 0 AND until > :version)
"""
_UNPUT = f"DELETE FROM publication_entry WHERE rowid IN (SELECT rowid {_OF} AND since > :newest LIMIT :limit)"
_REOPEN = f"""
UPDATE publication_entry SET until = 0
WHERE rowid IN (SELECT rowid {_OF} AND until > 0 AND until > :newest LIMIT :limit)
"""
_OPEN_LEAVES = f"SELECT leaf {_OF} AND bucket = :bucket AND until = 0 ORDER BY id, entry_version"
_LEAVES = f"""
SELECT leaf FROM (
  SELECT id, entry_version, leaf {_OF} AND bucket = :bucket AND until = 0 AND since <= :version
  UNION ALL
  SELECT id, entry_version, leaf {_OF} AND +bucket = :bucket AND until > 0 AND until > :version AND since <= :version
) ORDER BY id, entry_version
"""
_ENTRY = f"SELECT id, entry_version, body {_OF} AND id = :id AND +{_STANDS} ORDER BY entry_version"
_PAGE = f"SELECT id, entry_version, body {_OF} AND {_AHEAD} AND +{_STANDS} ORDER BY id, entry_version LIMIT :limit"

# Put: it stands in `version`, and came after `old`. Dropped: it stood in `old`, and nothing of its key stands in `version`.
_IS_PUT = "since > :old AND since <= :version AND (until = 0 OR until > :version)"
_IS_DROPPED = """until > 0 AND until > :old AND until <= :version AND since <= :old AND NOT EXISTS (
  SELECT 1 FROM publication_entry AS later WHERE later.kind = :kind AND later.publisher = :publisher
  AND later.id = publication_entry.id AND later.entry_version = publication_entry.entry_version
  AND later.since <= :version AND (later.until = 0 OR later.until > :version))"""
_COUNT = f"""
SELECT (SELECT count(*) FROM (SELECT 1 {_OF} AND since > :old AND since <= :version LIMIT :many))
     + (SELECT count(*) FROM (SELECT 1 {_OF} AND until > 0 AND until > :old AND until <= :version LIMIT :many))
"""
_FEW = f"""
SELECT id, entry_version, bucket, leaf, CASE WHEN chosen.put THEN body END FROM (
  SELECT rowid AS row, id AS at, entry_version AS nth, TRUE AS put {_OF} AND {_AHEAD} AND {_IS_PUT}
  UNION ALL
  SELECT rowid AS row, id AS at, entry_version AS nth, FALSE AS put {_OF} AND {_AHEAD} AND {_IS_DROPPED}
  ORDER BY at, nth LIMIT :limit
) AS chosen CROSS JOIN publication_entry ON publication_entry.rowid = chosen.row ORDER BY at, nth
"""
_WALK = f"""
SELECT id, entry_version, bucket, leaf, CASE WHEN until = 0 OR until > :version THEN body END
{_OF} AND {_AHEAD} AND (+{_IS_PUT} OR +{_IS_DROPPED}) ORDER BY id, entry_version LIMIT :limit
"""


class Entries:
    """Table publication_entry. `newest` is the number of the newest version held, 0 for none."""

    __slots__ = ("_many", "_session")

    def __init__(self, session: Session, many: int = MANY) -> None:
        self._session = session
        self._many = many

    def stage(self, kind: Kind, publisher: str, version: int, changes: Iterable[EntryChange]) -> None:
        """Close what the changes replace and open what they put; the last change of a key counts."""
        name = {"kind": kind, "publisher": publisher, "version": version}
        rows = {
            (one.id, one.version): {
                **name,
                "id": one.id,
                "entry": one.version,
                "bucket": one.bucket,
                "leaf": one.leaf,
                "body": one.body,
            }
            for one in changes
        }.values()
        self._session.write_many(_CLOSE, rows)
        self._session.write_many(_DROP, [row for row in rows if row["body"] is None])
        self._session.write_many(_PUT, [row for row in rows if row["body"] is not None])

    def check_only(self, kind: Kind, publisher: str, version: int, newest: int) -> None:
        """Check that nothing is staged for another version than this one.

        Raises:
            StoreError: something is.
        """
        row = self._session.row(_OTHERS, {"kind": kind, "publisher": publisher, "version": version, "newest": newest})
        if row and row[0]:
            raise StoreError(f"another version than {version} is staged; unstage it first")

    def unstage(self, kind: Kind, publisher: str, newest: int, limit: int) -> int:
        """Take back what stands above the newest version; returns how many rows, at most `limit`."""
        values = {"kind": kind, "publisher": publisher, "newest": newest}
        gone = self._session.write(_UNPUT, {**values, "limit": limit})
        return gone + self._session.write(_REOPEN, {**values, "limit": limit - gone}) if gone < limit else gone

    def leaves(self, kind: Kind, publisher: str, bucket: int, version: int | None) -> Sequence[bytes]:
        """The leaf hashes of a bucket, in a version or, for None, in the staged one."""
        values = {"kind": kind, "publisher": publisher, "bucket": bucket, "version": version}
        return [leaf for (leaf,) in self._session.rows(_OPEN_LEAVES if version is None else _LEAVES, values)]

    def entry(self, kind: Kind, publisher: str, entry_id: str, version: int) -> Sequence[StoredEntry]:
        """All versions of one entry that stand in a version of the publication."""
        values = {"kind": kind, "publisher": publisher, "id": entry_id, "version": version}
        return [StoredEntry(id=id_, version=nth, body=body) for id_, nth, body in self._session.rows(_ENTRY, values)]

    def page(
        self, kind: Kind, publisher: str, version: int, after: EntryKey | None, limit: int
    ) -> Sequence[StoredEntry]:
        """The entries that stood in a version, in order."""
        rows = self._session.rows(_PAGE, _values(kind, publisher, version, after, limit))
        return [StoredEntry(id=id_, version=nth, body=body) for id_, nth, body in rows]

    def changes(
        self, kind: Kind, publisher: str, since: int, until: int, after: EntryKey | None, limit: int
    ) -> Sequence[EntryChange]:
        """What leads from one version to a later one, in order."""
        values = {**_values(kind, publisher, until, after, limit), "old": since}
        counted = self._session.row(_COUNT, {**values, "many": self._many})
        few = since > 0 and counted is not None and counted[0] < self._many
        return [
            EntryChange(id=id_, version=nth, bucket=bucket, body=body, leaf=b"" if body is None else leaf)
            for id_, nth, bucket, leaf, body in self._session.rows(_FEW if few else _WALK, values)
        ]


def _values(kind: Kind, publisher: str, version: int, after: EntryKey | None, limit: int) -> dict[str, object]:
    entry_id, nth = after or _START
    return {"kind": kind, "publisher": publisher, "version": version, "id": entry_id, "entry": nth, "limit": limit}
