"""Contents in SQLite. See `node.ports.contents.Contents`."""

from collections.abc import Sequence
from datetime import datetime

from node.ports.contents import StoredContent
from node.storage.sqlite.session import Row, Session
from node.storage.sqlite.values import from_ms, to_ms

_PUT = """
INSERT OR IGNORE INTO content (commitment, label, subject, exchange_id, sealed, kept_at) VALUES (?, ?, ?, ?, ?, ?)
"""
_ROWS = "SELECT commitment, label, subject, exchange_id, sealed, kept_at FROM content"
_GET = "SELECT commitment, label, subject, exchange_id, sealed, kept_at FROM content WHERE commitment = ?"
_OF = f"{_ROWS} WHERE subject = ? ORDER BY id DESC LIMIT ?"
_OLDER = """
SELECT commitment, label, subject, exchange_id, sealed, kept_at FROM content
WHERE kept_at < ? AND sealed <> x'' AND NOT EXISTS (SELECT 1 FROM hold WHERE hold.subject = content.subject)
ORDER BY kept_at, id LIMIT ?
"""
_OVERWRITE = "UPDATE content SET sealed = zeroblob(length(sealed)) WHERE commitment = ?"
_ERASE = "UPDATE content SET sealed = x'' WHERE commitment = ? AND sealed <> x''"


class SqliteContents:
    """Table content. What is erased is overwritten first; the write-ahead log forgets it when it starts over."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, content: StoredContent) -> None:
        """Keep it once."""
        c = content
        row = (c.commitment, c.label, c.subject, c.exchange_id, c.sealed, to_ms(c.kept_at))
        self._session.write(_PUT, row)

    def get(self, commitment: str) -> StoredContent | None:
        """The content."""
        row = self._session.row(_GET, (commitment,))
        return None if row is None else _content(row)

    def of(self, subject: str, limit: int) -> Sequence[StoredContent]:
        """Those of a subject."""
        return [_content(row) for row in self._session.rows(_OF, (subject, limit))]

    def older(self, before: datetime, limit: int) -> Sequence[StoredContent]:
        """Those kept before."""
        return [_content(row) for row in self._session.rows(_OLDER, (to_ms(before), limit))]

    def erase(self, commitment: str) -> bool:
        """Empty the row."""
        self._session.write(_OVERWRITE, (commitment,))
        return self._session.write(_ERASE, (commitment,)) == 1


def _content(row: Row) -> StoredContent:
    commitment, label, subject, exchange_id, sealed, kept_at = row
    return StoredContent(
        commitment=commitment,
        label=label,
        subject=subject,
        exchange_id=exchange_id,
        sealed=sealed,
        kept_at=from_ms(kept_at),
    )
