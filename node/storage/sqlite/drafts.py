"""Drafts of the own lists and the steps taken, in SQLite. See `node.ports.lists.Drafts`."""

from collections.abc import Iterable, Mapping, Sequence

from node.ports.lists import Action, DraftState, Kind, StoredDraft, StoredMove
from node.storage.sqlite.session import Row, Session
from node.storage.sqlite.values import from_ms, to_ms

_PUT = """
INSERT OR REPLACE INTO list_draft (kind, staged, id, action, state, body, author, reviewer, reason, changed_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_COLUMNS = "SELECT id, action, state, body, author, reviewer, reason, changed_at FROM list_draft"
_GET = f"{_COLUMNS} WHERE kind = ? AND staged = 0 AND id = ?"
_REMOVE = "DELETE FROM list_draft WHERE kind = ? AND staged = 0 AND id = ?"
_PAGE = f"{_COLUMNS} WHERE kind = ? AND staged = ? AND id > ? ORDER BY id LIMIT ?"
_PAGE_IN_STATE = f"{_COLUMNS} WHERE kind = ? AND state = ? AND id > ? ORDER BY id LIMIT ?"
_COUNTS = "SELECT state, count(*) FROM list_draft WHERE kind = ? GROUP BY state"
_REPLACED = """
DELETE FROM list_draft WHERE kind = :kind AND staged = 0
AND id IN (SELECT id FROM list_draft WHERE kind = :kind AND staged = 1)
"""
_UNVEIL = "UPDATE list_draft SET staged = 0, state = 'DRAFT' WHERE kind = ? AND staged = 1"
_DROP_STAGED = "DELETE FROM list_draft WHERE kind = ? AND staged = 1"
_RECORD = "INSERT INTO list_move (kind, id, version, move, by, at, reason) VALUES (?, ?, ?, ?, ?, ?, ?)"
_MOVES = "SELECT version, move, by, at, reason FROM list_move WHERE kind = ? AND id = ? ORDER BY seq DESC LIMIT ?"


class SqliteDrafts:
    """Tables list_draft and list_move."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, draft: StoredDraft) -> None:
        """Keep or replace a draft."""
        self._session.write(_PUT, _values(draft, draft.state))

    def get(self, kind: Kind, entry_id: str) -> StoredDraft | None:
        """The draft of an entry."""
        row = self._session.row(_GET, (kind, entry_id))
        return _draft(kind, row) if row else None

    def remove(self, kind: Kind, entry_id: str) -> None:
        """Forget the draft."""
        self._session.write(_REMOVE, (kind, entry_id))

    def page(self, kind: Kind, state: DraftState | None, after: str, limit: int) -> Sequence[StoredDraft]:
        """Drafts in the order of their ids."""
        if state is None or state is DraftState.STAGED:
            rows = self._session.rows(_PAGE, (kind, state is not None, after, limit))
        else:
            rows = self._session.rows(_PAGE_IN_STATE, (kind, state, after, limit))
        return [_draft(kind, row) for row in rows]

    def counts(self, kind: Kind) -> Mapping[DraftState, int]:
        """How many drafts stand where."""
        return {DraftState(state): count for state, count in self._session.rows(_COUNTS, (kind,))}

    def stage(self, drafts: Iterable[StoredDraft]) -> None:
        """Keep drafts of an import aside."""
        self._session.write_many(_PUT, (_values(one, DraftState.STAGED) for one in drafts))

    def unveil(self, kind: Kind) -> int:
        """Make the staged drafts visible."""
        self._session.write(_REPLACED, {"kind": kind})
        return self._session.write(_UNVEIL, (kind,))

    def drop_staged(self, kind: Kind) -> int:
        """Forget what an import staged."""
        return self._session.write(_DROP_STAGED, (kind,))

    def record(self, moves: Iterable[StoredMove]) -> None:
        """Keep steps."""
        rows = ((m.kind, m.id, m.version, m.move, m.by, to_ms(m.at), m.reason) for m in moves)
        self._session.write_many(_RECORD, rows)

    def moves(self, kind: Kind, entry_id: str, limit: int) -> Sequence[StoredMove]:
        """The newest steps of an entry, oldest first."""
        return [
            StoredMove(kind=kind, id=entry_id, version=version, move=move, by=by, at=from_ms(at), reason=reason)
            for version, move, by, at, reason in reversed(self._session.rows(_MOVES, (kind, entry_id, limit)))
        ]


def _values(draft: StoredDraft, state: DraftState) -> tuple[object, ...]:
    d = draft
    staged = state is DraftState.STAGED
    return d.kind, staged, d.id, d.action, state, d.body, d.author, d.reviewer, d.reason, to_ms(d.changed_at)


def _draft(kind: Kind, row: Row) -> StoredDraft:
    entry_id, action, state, body, author, reviewer, reason, changed_at = row
    return StoredDraft(
        kind=kind,
        id=entry_id,
        action=Action(action),
        state=DraftState(state),
        body=body,
        author=author,
        reviewer=reviewer,
        reason=reason,
        changed_at=from_ms(changed_at),
    )
