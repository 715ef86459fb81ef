"""Cosigned heads in SQLite. See `node.ports.cosignatures.Cosignatures`."""

import json
from collections.abc import Collection, Sequence

from node.ports.cosignatures import KEPT, CosignedHead, GivenCosignature, StoredCosignature
from node.ports.store import StoreError
from node.storage.sqlite.session import Session

_LAST = "SELECT size, seconds FROM cosigned_head ORDER BY size DESC LIMIT 1"
_OFFER = "INSERT INTO cosigned_head (size, seconds, note) VALUES (?, ?, ?)"
# Few rows: the newest, and of older ones at most one for each number of cosignatures.
_COUNT = "(SELECT count(*) FROM cosignature AS c WHERE c.size = {}.size)"
_PRUNE = f"""
DELETE FROM cosigned_head
WHERE size NOT IN (SELECT size FROM cosigned_head ORDER BY size DESC LIMIT ?)
  AND EXISTS (SELECT 1 FROM cosigned_head AS later
              WHERE later.size > cosigned_head.size AND {_COUNT.format("later")} >= {_COUNT.format("cosigned_head")})
"""  # noqa: S608 - put together of constants
_HEAD = "SELECT 1 FROM cosigned_head WHERE size = ?"
_PUT = "INSERT OR REPLACE INTO cosignature (size, province, seconds, line) VALUES (?, ?, ?, ?)"
_NEWEST = """
SELECT size, seconds, note FROM cosigned_head WHERE ? <= (
  SELECT count(*) FROM cosignature AS c WHERE c.size = cosigned_head.size
  AND (? IS NULL OR c.province IN (SELECT value FROM json_each(?)))
) ORDER BY size DESC LIMIT 1
"""
_LINES = "SELECT province, seconds, line FROM cosignature WHERE size = ? ORDER BY province"
_BY_PROVINCE = "SELECT province, max(size) FROM cosignature GROUP BY province ORDER BY province"
_GIVEN = "SELECT log, size, seconds, note FROM cosigned_peer WHERE log = ?"
_GIVE = """
INSERT INTO cosigned_peer (log, size, seconds, note) VALUES (?, ?, ?, ?)
ON CONFLICT (log) DO UPDATE SET size = excluded.size, seconds = excluded.seconds, note = excluded.note
"""

_TAKE_BACK = "DELETE FROM cosigned_peer WHERE log = ? AND note = ?"


class SqliteCosignatures:
    """Tables cosigned_head, cosignature and cosigned_peer."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def offer(self, head: CosignedHead) -> None:
        """Keep a head of the own log."""
        last = self._session.row(_LAST)
        if last and (head.size <= last[0] or head.seconds < last[1]):
            raise StoreError(f"a head of size {last[0]} was offered before, at {last[1]}")
        self._session.write(_OFFER, (head.size, head.seconds, head.note))
        self._session.write(_PRUNE, (KEPT,))

    def put(self, size: int, cosignature: StoredCosignature) -> bool:
        """Keep or replace a peer's cosignature."""
        if self._session.row(_HEAD, (size,)) is None:
            return False
        self._session.write(_PUT, (size, cosignature.province, cosignature.seconds, cosignature.line))
        return True

    def newest(self, *, least: int = 0, by: Collection[str] | None = None) -> CosignedHead | None:
        """The largest head with at least so many cosignatures."""
        counted = None if by is None else json.dumps(sorted(by))
        row = self._session.row(_NEWEST, (least, counted, counted))
        if row is None:
            return None
        lines = tuple(
            StoredCosignature(province=province, seconds=seconds, line=line)
            for province, seconds, line in self._session.rows(_LINES, (row[0],))
        )
        return CosignedHead(size=row[0], seconds=row[1], note=row[2], cosignatures=lines)

    def by_province(self) -> Sequence[tuple[str, int]]:
        """The largest size that each peer cosigned."""
        return [(province, size) for province, size in self._session.rows(_BY_PROVINCE)]

    def give(self, cosignature: GivenCosignature) -> None:
        """Note what this node cosigns."""
        before = self.given(cosignature.log)
        if before and (cosignature.size < before.size or cosignature.seconds < before.seconds):
            raise StoreError(f"a head of size {before.size} of {before.log} was cosigned before, at {before.seconds}")
        self._session.write(_GIVE, (cosignature.log, cosignature.size, cosignature.seconds, cosignature.note))

    def given(self, log: str) -> GivenCosignature | None:
        """What this node cosigned last."""
        row = self._session.row(_GIVEN, (log,))
        return None if row is None else GivenCosignature(log=row[0], size=row[1], seconds=row[2], note=row[3])

    def take_back(self, given: GivenCosignature) -> None:
        """Forget this."""
        self._session.write(_TAKE_BACK, (given.log, given.note))
