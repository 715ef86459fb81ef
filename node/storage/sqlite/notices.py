"""The outbox and the notices received, in SQLite. See `node.ports.notices.Notices`."""

from collections.abc import Mapping, Sequence

from node.ports.notices import HolderUse, OutboxItem, OutboxState
from node.ports.store import StoreError
from node.storage.sqlite.session import Session
from node.storage.sqlite.values import from_ms, to_ms

_ENQUEUE = "INSERT OR IGNORE INTO outbox (peer, notice_id, event) VALUES (?, ?, ?)"
# The state stands in the text, so that the partial index outbox_pending serves it.
_HEAD = """
SELECT seq, notice_id, event, attempts FROM outbox WHERE peer = ? AND state = 'PENDING' ORDER BY seq LIMIT 1
"""
_COUNT_ATTEMPT = "UPDATE outbox SET attempts = attempts + 1 WHERE seq = ?"
_SETTLE = "UPDATE outbox SET state = ? WHERE seq = ?"
_COUNTS = "SELECT peer, state, items FROM outbox_tally WHERE items > 0"
_RECEIVE = """
INSERT OR IGNORE INTO holder_use (notice_id, addressee, holder_handle, provider, event, received_at)
VALUES (?, ?, ?, ?, ?, ?)
"""
_USES_OF = """
SELECT notice_id, addressee, provider, event, received_at FROM holder_use
WHERE holder_handle = ? ORDER BY received_at DESC, seq DESC LIMIT ?
"""
_RECEIVED_COUNT = "SELECT amount FROM tally WHERE name = 'holder_uses'"


class SqliteNotices:
    """Tables outbox and holder_use."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def enqueue(self, peer: str, notice_id: str, event: bytes) -> None:
        """Append to the peer's queue, once."""
        self._session.write(_ENQUEUE, (peer, notice_id, event))

    def head(self, peer: str) -> OutboxItem | None:
        """The oldest pending item."""
        row = self._session.row(_HEAD, (peer,))
        if row is None:
            return None
        seq, notice_id, event, attempts = row
        return OutboxItem(
            seq=seq, peer=peer, notice_id=notice_id, event=event, attempts=attempts, state=OutboxState.PENDING
        )

    def count_attempt(self, seq: int) -> None:
        """One more failed attempt."""
        self._change(_COUNT_ATTEMPT, (seq,))

    def settle(self, seq: int, state: OutboxState) -> None:
        """Set where it stands."""
        self._change(_SETTLE, (state, seq))

    def outbox_counts(self) -> Mapping[tuple[str, OutboxState], int]:
        """How many items stand where."""
        return {(peer, OutboxState(state)): items for peer, state, items in self._session.rows(_COUNTS)}

    def receive(self, use: HolderUse) -> bool:
        """Keep a notice, once."""
        row = (use.notice_id, use.addressee, use.holder_handle, use.provider, use.event, to_ms(use.received_at))
        return self._session.write(_RECEIVE, row) == 1

    def uses_of(self, holder_handle: str, limit: int) -> Sequence[HolderUse]:
        """Notices about one holder, newest first."""
        return [
            HolderUse(
                notice_id=notice_id,
                addressee=addressee,
                holder_handle=holder_handle,
                provider=provider,
                event=event,
                received_at=from_ms(received_at),
            )
            for notice_id, addressee, provider, event, received_at in self._session.rows(
                _USES_OF, (holder_handle, limit)
            )
        ]

    def received_count(self) -> int:
        """How many."""
        row = self._session.row(_RECEIVED_COUNT)
        assert row is not None, "the migration inserts the row"
        return int(row[0])

    def _change(self, sql: str, parameters: tuple[object, ...]) -> None:
        if not self._session.write(sql, parameters):
            raise StoreError("the outbox has no such item")
