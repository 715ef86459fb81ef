"""Reviews in SQLite. See `node.ports.reviews.Reviews`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from node.ports.reviews import ReviewState, StoredReview
from node.ports.store import StoreError
from node.storage.sqlite.session import Row, Session
from node.storage.sqlite.values import from_array, from_ms, to_array, to_ms

_COLUMNS = (
    "consumer, apply_id, content, state, line, line_version, use_org_code, use_org_name, item_code, item_name, type_codes, "
    "sealed, queued_at, expires_at, decided_at, reviewer, reason"
)
_DROP_EXPIRED = "DELETE FROM review WHERE consumer = ? AND apply_id = ? AND expires_at <= ?"
_PUT = f"INSERT OR IGNORE INTO review ({_COLUMNS}) VALUES ({', '.join('?' * 17)})"  # noqa: S608 - constants
_GET = f"SELECT {_COLUMNS} FROM review WHERE consumer = ? AND apply_id = ?"  # noqa: S608 - constants
_SETTLE = """
UPDATE review SET state = ?, reviewer = ?, reason = ?, decided_at = ?
WHERE consumer = ? AND apply_id = ? AND state = 'WAITING'
"""
_PAGE = f"""
SELECT {_COLUMNS} FROM review
WHERE (:state IS NULL OR (state = :state AND (state <> 'WAITING' OR expires_at > :now)))
  AND (:only = '' OR consumer = :only)
  AND (:at IS NULL OR (queued_at, consumer, apply_id) > (:at, :consumer, :apply_id))
ORDER BY queued_at, consumer, apply_id LIMIT :limit
"""  # noqa: S608 - constants
_WAITING = "SELECT count(*) FROM review WHERE consumer = ? AND line = ? AND state = 'WAITING' AND expires_at > ?"
_COUNTS = "SELECT state, count(*) FROM review WHERE state <> 'WAITING' OR expires_at > ? GROUP BY state"
_PURGE = """
DELETE FROM review WHERE (consumer, apply_id) IN (
  SELECT consumer, apply_id FROM review WHERE expires_at < ? LIMIT ?
)
"""
_ERASE = "DELETE FROM review WHERE apply_id = ?"


class SqliteReviews:
    """Table review."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, review: StoredReview) -> None:
        """Queue a review."""
        r = review
        decided_at = None if r.decided_at is None else to_ms(r.decided_at)
        line = (r.use_list_id, r.line_version, r.use_org_code, r.use_org_name, r.item_code, r.item_name)
        row = (
            *(r.consumer, r.apply_id, r.content, r.state.value, *line, to_array(r.type_codes), r.sealed),
            *(to_ms(r.queued_at), to_ms(r.expires_at), decided_at, r.reviewer, r.reason),
        )
        self._session.write(_DROP_EXPIRED, (r.consumer, r.apply_id, to_ms(r.queued_at)))
        if not self._session.write(_PUT, row):
            raise StoreError("a review of this application is held already")

    def get(self, consumer: str, apply_id: str) -> StoredReview | None:
        """One review."""
        row = self._session.row(_GET, (consumer, apply_id))
        return None if row is None else _review(row)

    def settle(
        self, consumer: str, apply_id: str, state: ReviewState, *, reviewer: str, reason: str, at: datetime
    ) -> bool:
        """Decide a waiting review."""
        row = (state.value, reviewer, reason, to_ms(at), consumer, apply_id)
        return self._session.write(_SETTLE, row) == 1

    def page(
        self,
        state: ReviewState | None,
        now: datetime,
        after: tuple[datetime, str, str] | None,
        limit: int,
        consumer: str = "",
    ) -> Sequence[StoredReview]:
        """Reviews, oldest first."""
        at, last, apply_id = (None, "", "") if after is None else (to_ms(after[0]), *after[1:])
        asked = {"state": None if state is None else state.value, "now": to_ms(now), "only": consumer, "limit": limit}
        rows = self._session.rows(_PAGE, {**asked, "at": at, "consumer": last, "apply_id": apply_id})
        return [_review(row) for row in rows]

    def waiting(self, consumer: str, use_list_id: str, now: datetime) -> int:
        """How many wait under one line."""
        row = self._session.row(_WAITING, (consumer, use_list_id, to_ms(now)))
        assert row is not None, "a count is a row"
        count: int = row[0]
        return count

    def counts(self, now: datetime) -> Mapping[ReviewState, int]:
        """How many are in each state."""
        found: dict[str, int] = dict(self._session.rows(_COUNTS, (to_ms(now),)))
        return {state: found.get(state.value, 0) for state in ReviewState}

    def erase(self, apply_id: str) -> int:
        """Forget those of an application."""
        return self._session.write(_ERASE, (apply_id,))

    def purge(self, before: datetime, limit: int) -> int:
        """Forget what expired."""
        return self._session.write(_PURGE, (to_ms(before), limit))


def _review(row: Row) -> StoredReview:
    consumer, apply_id, content, state, line, version, org_code, org_name, item_code, item_name, *rest = row
    types, sealed, queued_at, expires_at, decided_at, reviewer, reason = rest
    return StoredReview(
        consumer=consumer,
        apply_id=apply_id,
        content=content,
        state=ReviewState(state),
        use_list_id=line,
        line_version=version,
        use_org_code=org_code,
        use_org_name=org_name,
        item_code=item_code,
        item_name=item_name,
        type_codes=from_array(types),
        sealed=sealed,
        queued_at=from_ms(queued_at),
        expires_at=from_ms(expires_at),
        decided_at=None if decided_at is None else from_ms(decided_at),
        reviewer=reviewer,
        reason=reason,
    )
