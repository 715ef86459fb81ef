"""The outbox and the notices received, in SQLite. See `node.ports.notices.Notices`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from node.ports.notices import HolderUse, Letter, OutboxItem, OutboxState
from node.ports.store import StoreError
from node.storage.sqlite.session import Session
from node.storage.sqlite.values import from_ms, to_ms

_ENQUEUE = """
INSERT OR IGNORE INTO outbox (peer, notice_id, event, state, queued_at, exchange, application, certificate, signature, keyed)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
"""
_COLUMNS = """
seq, peer, notice_id, event, attempts, state, queued_at, exchange, application, certificate, signature, settled_at, detail, receipt
"""
# The state stands in the text, so that the partial index of that state serves it.
_HEAD = f"SELECT {_COLUMNS} FROM outbox WHERE peer = ? AND state = 'PENDING' ORDER BY seq LIMIT 1"  # noqa: S608 - our own names
_PAGES = {
    state: f"SELECT {_COLUMNS} FROM outbox WHERE peer = ? AND state = '{state.value}' AND seq < ? ORDER BY seq DESC LIMIT ?"  # noqa: S608
    for state in OutboxState
}
_TARGETS = "peer IN (SELECT peer FROM outbox_tally)"  # a few: so the indexes that begin with the target serve
_COPIES = f"SELECT {_COLUMNS} FROM outbox WHERE {_TARGETS} AND notice_id = ? ORDER BY peer"  # noqa: S608
_NAMED = {
    (name, state): f"""
SELECT seq FROM outbox WHERE {name} = ? AND {name} <> ''
AND state IN ('PENDING', 'DEFERRED') AND state = '{state.value}' AND seq > ? ORDER BY seq LIMIT ?
"""  # noqa: S608
    for name in ("exchange", "application")
    for state in (OutboxState.PENDING, OutboxState.DEFERRED)
}
_ONE = f"SELECT {_COLUMNS} FROM outbox WHERE seq = ?"  # noqa: S608
_SIGN = "UPDATE outbox SET certificate = ?, signature = ? WHERE seq = ?"
_COUNT_ATTEMPT = "UPDATE outbox SET attempts = attempts + 1, detail = ? WHERE seq = ?"
_SETTLE = """
UPDATE outbox SET state = ?1, settled_at = ?2, detail = ?3, receipt = ?4,
  attempts = CASE WHEN ?1 = 'PENDING' THEN 0 ELSE attempts END
WHERE seq = ?5
"""
_PURGE = """
DELETE FROM outbox WHERE seq IN (
  SELECT seq FROM outbox WHERE state = 'DELIVERED' AND settled_at < ? ORDER BY settled_at LIMIT ?
)
"""
_COUNTS = "SELECT peer, state, items FROM outbox_tally WHERE items > 0"
_RECEIVE = """
INSERT OR IGNORE INTO holder_use (notice_id, addressee, holder_key, provider, event, received_at, keyed)
VALUES (?, ?, ?, ?, ?, ?, 1)
"""
_USES_OF = """
SELECT notice_id, addressee, provider, event, received_at FROM holder_use
WHERE holder_key = ? ORDER BY received_at DESC, seq DESC LIMIT ?
"""
_RECEIVED_COUNT = "SELECT amount FROM tally WHERE name = 'holder_uses'"
_NEWEST = (1 << 63) - 1


class SqliteNotices:
    """Tables outbox and holder_use."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def enqueue(self, letter: Letter) -> bool:
        """Append to the target's queue, once."""
        state = OutboxState.DEFERRED if letter.deferred else OutboxState.PENDING
        row = (
            *(letter.target, letter.notice_id, letter.event, state.value, to_ms(letter.queued_at)),
            *(letter.exchange, letter.application, letter.certificate, letter.signature),
        )
        return self._session.write(_ENQUEUE, row) == 1

    def head(self, target: str) -> OutboxItem | None:
        """The oldest pending item."""
        row = self._session.row(_HEAD, (target,))
        return None if row is None else _item(row)

    def sign(self, seq: int, certificate: bytes, signature: bytes) -> None:
        """Keep the signature."""
        self._change(_SIGN, (certificate, signature, seq))

    def count_attempt(self, seq: int, detail: str) -> None:
        """One more refusal."""
        self._change(_COUNT_ATTEMPT, (detail, seq))

    def settle(
        self, seq: int, state: OutboxState, at: datetime | None = None, *, detail: str = "", receipt: str = ""
    ) -> None:
        """Set where it stands."""
        self._change(_SETTLE, (state.value, None if at is None else to_ms(at), detail, receipt, seq))

    def outbox_counts(self) -> Mapping[tuple[str, OutboxState], int]:
        """How many items stand where."""
        return {(target, OutboxState(state)): items for target, state, items in self._session.rows(_COUNTS)}

    def letters(self, target: str, state: OutboxState, before: int | None, limit: int) -> Sequence[OutboxItem]:
        """Items of a target, newest first."""
        below = _NEWEST if before is None else before
        return [_item(row) for row in self._session.rows(_PAGES[state], (target, below, limit))]

    def copies(self, notice_id: str) -> Sequence[OutboxItem]:
        """One event at every target."""
        return [_item(row) for row in self._session.rows(_COPIES, (notice_id,))]

    def about(
        self, state: OutboxState, exchange: str, application: str, limit: int, *, after: int = 0
    ) -> Sequence[OutboxItem]:
        """Items that a deferral names."""
        seqs: set[int] = set()
        for name, value in (("exchange", exchange), ("application", application)):
            seqs |= {seq for (seq,) in self._session.rows(_NAMED[name, state], (value, after, limit))}
        rows = (self._session.row(_ONE, (seq,)) for seq in sorted(seqs)[:limit])
        return [_item(row) for row in rows if row is not None]

    def purge_outbox(self, before: datetime, limit: int) -> int:
        """Forget what was delivered long ago."""
        return self._session.write(_PURGE, (to_ms(before), limit))

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


def _item(row: tuple[Any, ...]) -> OutboxItem:
    seq, target, notice_id, event, attempts, state, queued_at, exchange, application, *rest = row
    certificate, signature, settled_at, detail, receipt = rest
    return OutboxItem(
        seq=seq,
        target=target,
        notice_id=notice_id,
        event=event,
        attempts=attempts,
        state=OutboxState(state),
        queued_at=from_ms(queued_at),
        exchange=exchange,
        application=application,
        certificate=certificate,
        signature=signature,
        settled_at=None if settled_at is None else from_ms(settled_at),
        detail=detail,
        receipt=receipt,
    )
