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
_OF = f"""
{_ROWS} WHERE subject = ? AND (? = '' OR label = ?) AND (? = '' OR exchange_id = ?) ORDER BY id DESC LIMIT ?
"""
_LEFT = f"{_ROWS} WHERE subject = ? AND sealed <> x'' ORDER BY id LIMIT ?"
_OLDER = """
SELECT commitment, label, subject, exchange_id, sealed, kept_at FROM content
WHERE kept_at < ? AND sealed <> x'' AND NOT EXISTS (SELECT 1 FROM hold WHERE hold.subject = content.subject)
  AND NOT EXISTS (SELECT 1 FROM objection WHERE objection_id = content.subject AND state IN ('OPEN', 'CHECKING'))
ORDER BY kept_at, id LIMIT ?
"""
_OVERWRITE = "UPDATE content SET sealed = zeroblob(length(sealed)) WHERE commitment = ?"
_ERASE = "UPDATE content SET sealed = x'' WHERE commitment = ? AND sealed <> x''"
_BELONG = "INSERT OR IGNORE INTO subject_exchange (subject, exchange_id) VALUES (?, ?)"
_EXCHANGES = "SELECT exchange_id FROM subject_exchange WHERE subject = ? ORDER BY exchange_id"


class SqliteContents:
    """Tables content and subject_exchange. What is erased is overwritten first; the write-ahead log forgets it when it starts over."""

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

    def of(self, subject: str, limit: int, *, label: str = "", exchange_id: str = "") -> Sequence[StoredContent]:
        """Those of a subject."""
        return [
            _content(row) for row in self._session.rows(_OF, (subject, label, label, exchange_id, exchange_id, limit))
        ]

    def left(self, subject: str, limit: int) -> Sequence[StoredContent]:
        """Those that are not erased."""
        return [_content(row) for row in self._session.rows(_LEFT, (subject, limit))]

    def belong(self, subject: str, exchange_id: str) -> None:
        """Remember an exchange."""
        self._session.write(_BELONG, (subject, exchange_id))

    def exchanges(self, subject: str) -> Sequence[str]:
        """Those of a subject."""
        return [exchange_id for (exchange_id,) in self._session.rows(_EXCHANGES, (subject,))]

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
