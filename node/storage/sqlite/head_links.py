"""Links between heads, in SQLite. See `node.ports.head_links.HeadLinks`."""

from datetime import datetime

from node.ports.head_links import HeadLink
from node.storage.sqlite.session import Row, Session
from node.storage.sqlite.values import to_ms
from trust.merkle import HASH_BYTES

_PUT = """
INSERT INTO head_link (province, size, root, to_size, to_note, path, holds, kept_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (province, size) DO UPDATE SET root = excluded.root, to_size = excluded.to_size, to_note = excluded.to_note,
  path = excluded.path, holds = excluded.holds, kept_at = excluded.kept_at
  WHERE holds AND (NOT excluded.holds OR excluded.to_size >= to_size)
"""
_COLUMNS = "SELECT province, size, root, to_size, to_note, path, holds FROM head_link"
_OF = f"{_COLUMNS} WHERE province = ? AND size = ?"
_BROKEN = f"{_COLUMNS} WHERE NOT holds ORDER BY province, size LIMIT ?"
_ENDS = """
SELECT to_note FROM head_link WHERE province = ? AND to_size > ? AND holds GROUP BY to_size ORDER BY to_size LIMIT ?
"""
_MARK = "SELECT row FROM head_link_mark WHERE province = ?"
_ADVANCE = (
    "INSERT INTO head_link_mark (province, row) VALUES (?, ?) ON CONFLICT (province) DO UPDATE SET row = excluded.row"
)
_PURGE = """
DELETE FROM head_link WHERE (province, size) IN
  (SELECT province, size FROM head_link WHERE kept_at < ? AND kept_at <
    coalesce((SELECT kept_at FROM exchange_proofs ORDER BY id LIMIT 1), 9223372036854775807) ORDER BY kept_at LIMIT ?)
"""


class SqliteHeadLinks:
    """Tables head_link and head_link_mark."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, link: HeadLink, kept_at: datetime) -> None:
        """Keep the one that leads furthest, or does not hold."""
        one, path = link, b"".join(link.path)
        row = (one.province, one.size, one.root, one.to_size, one.to_note, path, int(one.holds), to_ms(kept_at))
        self._session.write(_PUT, row)

    def of(self, province: str, size: int) -> HeadLink | None:
        """The link of a head."""
        row = self._session.row(_OF, (province, size))
        return None if row is None else _link(row)

    def ends(self, province: str, above: int, limit: int) -> list[bytes]:
        """The heads that links lead to."""
        return [note for (note,) in self._session.rows(_ENDS, (province, above, limit))]

    def mark(self, province: str) -> int:
        """How far."""
        row = self._session.row(_MARK, (province,))
        return 0 if row is None else int(row[0])

    def advance(self, province: str, row: int) -> None:
        """Set the mark."""
        self._session.write(_ADVANCE, (province, row))

    def broken(self, limit: int) -> list[HeadLink]:
        """Those that do not hold."""
        return [_link(row) for row in self._session.rows(_BROKEN, (limit,))]

    def purge(self, before: datetime, limit: int) -> int:
        """Forget old links."""
        return self._session.write(_PURGE, (to_ms(before), limit))


def _link(row: Row) -> HeadLink:
    province, size, root, to_size, to_note, joined, holds = row
    path = tuple(joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES))
    return HeadLink(
        province=province, size=size, root=root, to_size=to_size, to_note=to_note, path=path, holds=bool(holds)
    )
