"""Completeness receipts in SQLite. See `node.ports.receipts.Receipts`."""

from collections.abc import Mapping
from datetime import datetime

from node.storage.sqlite.session import Session
from node.storage.sqlite.values import to_ms
from trust.envelope import LogProof
from trust.merkle import HASH_BYTES

_PUT = """
INSERT OR REPLACE INTO answer_proof (subject, province, kept_at, entry, idx, path, checkpoint) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_OF = "SELECT province, entry, idx, path, checkpoint FROM answer_proof WHERE subject = ? ORDER BY province"
# Rows are kept in the order of time, so the first that stays ends the search.
_PURGE = """
DELETE FROM answer_proof WHERE id IN (SELECT id FROM answer_proof WHERE id <
  coalesce((SELECT id FROM answer_proof WHERE kept_at >= ? ORDER BY id LIMIT 1), 9223372036854775807) ORDER BY id LIMIT ?)
"""


class SqliteReceipts:
    """Table answer_proof; a path is its hashes joined."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, subject: str, proofs: Mapping[str, LogProof], kept_at: datetime) -> None:
        """Keep or replace."""
        at = to_ms(kept_at)
        for province, one in proofs.items():
            row = (subject, province, at, one.entry, one.index, b"".join(one.path), one.checkpoint)
            self._session.write(_PUT, row)

    def of(self, subject: str) -> Mapping[str, LogProof]:
        """The proofs of a subject."""
        return {
            province: LogProof(entry=entry, index=index, path=_hashes(path), checkpoint=checkpoint)
            for province, entry, index, path, checkpoint in self._session.rows(_OF, (subject,))
        }

    def purge(self, before: datetime, limit: int) -> int:
        """Forget what was kept before."""
        return self._session.write(_PURGE, (to_ms(before), limit))


def _hashes(path: bytes) -> tuple[bytes, ...]:
    return tuple(path[at : at + HASH_BYTES] for at in range(0, len(path), HASH_BYTES))
