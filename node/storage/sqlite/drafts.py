"""Drafts of the own lists and the steps taken, in SQLite. See `node.ports.lists.Drafts`.

A draft belongs to an import, and those of imports above the newest visible one are staged: unveiling changes one number. A draft that was
put by hand counts to the newest visible import. Of one entry there is at most one draft that is visible and one that is staged.
"""
# ruff: noqa: S608 - statements are put together from the constants of this module, values are bound

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from node.ports.lists import Action, DraftState, Kind, StoredDraft, StoredMove
from node.storage.sqlite.session import Row, Session
from node.storage.sqlite.values import from_ms, to_ms

_VISIBLE = "(SELECT coalesce(max(visible), 0) FROM list_import WHERE kind = :kind)"
_STAGED = f"({_VISIBLE} + 1)"

_PUT = f"""
INSERT INTO list_draft (kind, id, import, action, state, body, author, reviewer, reason, changed_at)
VALUES (:kind, :id, {_VISIBLE}, :action, :state, :body, :author, :reviewer, :reason, :changed_at)
"""
_STAGE = f"""
INSERT OR REPLACE INTO list_draft (kind, id, import, action, state, body, author, reviewer, reason, changed_at)
VALUES (:kind, :id, {_STAGED}, :action, 'DRAFT', :body, :author, :reviewer, :reason, :changed_at)
"""
_COLUMNS = "SELECT id, action, state, body, author, reviewer, reason, changed_at FROM list_draft"
_GET = f"{_COLUMNS} WHERE kind = :kind AND id = :id AND import <= {_VISIBLE}"
_REMOVE = f"DELETE FROM list_draft WHERE kind = :kind AND id = :id AND import <= {_VISIBLE}"
_AHEAD = "id > :after ORDER BY id LIMIT :limit"
_PAGE = f"{_COLUMNS} WHERE kind = :kind AND +import <= {_VISIBLE} AND {_AHEAD}"
_PAGE_IN_STATE = f"{_COLUMNS} WHERE kind = :kind AND state = :state AND +import <= {_VISIBLE} AND {_AHEAD}"
_PAGE_STAGED = f"{_COLUMNS} WHERE kind = :kind AND import = {_STAGED} AND {_AHEAD}"
_COUNTS = f"SELECT state, count(*) FROM list_draft WHERE kind = :kind AND +import <= {_VISIBLE} GROUP BY state"
_COUNT_STAGED = f"SELECT count(*) FROM list_draft WHERE kind = :kind AND import = {_STAGED}"
_REPLACED = f"""
DELETE FROM list_draft WHERE place IN (
  SELECT old.place FROM list_draft AS new CROSS JOIN list_draft AS old ON old.kind = :kind AND old.id = new.id
  WHERE new.kind = :kind AND new.import = {_STAGED} AND old.import <= {_VISIBLE}
)
"""
_UNVEIL = """
INSERT INTO list_import (kind, visible) VALUES (?, 1) ON CONFLICT (kind) DO UPDATE SET visible = visible + 1
"""
_DROP_STAGED = f"""
DELETE FROM list_draft WHERE place IN
  (SELECT place FROM list_draft WHERE kind = :kind AND import = {_STAGED} LIMIT :limit)
"""
_RECORD = "INSERT INTO list_move (kind, id, version, move, by, at, reason) VALUES (?, ?, ?, ?, ?, ?, ?)"
_MOVES = "SELECT version, move, by, at, reason FROM list_move WHERE kind = ? AND id = ? ORDER BY seq DESC LIMIT ?"


class SqliteDrafts:
    """Tables list_draft, list_import and list_move."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, draft: StoredDraft) -> None:
        """Keep or replace a draft."""
        if draft.state is DraftState.STAGED:
            self.stage([draft])
        else:
            self.remove(draft.kind, draft.id)
            self._session.write(_PUT, _values(draft))

    def get(self, kind: Kind, entry_id: str) -> StoredDraft | None:
        """The draft of an entry."""
        row = self._session.row(_GET, {"kind": kind, "id": entry_id})
        return _draft(kind, row) if row else None

    def remove(self, kind: Kind, entry_id: str) -> None:
        """Forget the draft."""
        self._session.write(_REMOVE, {"kind": kind, "id": entry_id})

    def page(self, kind: Kind, state: DraftState | None, after: str, limit: int) -> Sequence[StoredDraft]:
        """Drafts in the order of their ids."""
        values = {"kind": kind, "state": state, "after": after, "limit": limit}
        if state is DraftState.STAGED:
            found = [_draft(kind, row) for row in self._session.rows(_PAGE_STAGED, values)]
            return [replace(one, state=DraftState.STAGED) for one in found]
        rows = self._session.rows(_PAGE if state is None else _PAGE_IN_STATE, values)
        return [_draft(kind, row) for row in rows]

    def counts(self, kind: Kind) -> Mapping[DraftState, int]:
        """How many drafts stand where."""
        found = {DraftState(state): count for state, count in self._session.rows(_COUNTS, {"kind": kind})}
        staged = self._staged(kind)
        return {**found, DraftState.STAGED: staged} if staged else found

    def stage(self, drafts: Iterable[StoredDraft]) -> None:
        """Keep drafts of an import aside."""
        self._session.write_many(_STAGE, [_values(one) for one in drafts])

    def unveil(self, kind: Kind) -> int:
        """Make the staged drafts visible."""
        staged = self._staged(kind)
        if staged:
            self._session.write(_REPLACED, {"kind": kind})
            self._session.write(_UNVEIL, (kind,))
        return staged

    def drop_staged(self, kind: Kind, limit: int) -> int:
        """Forget some of what an import staged."""
        return self._session.write(_DROP_STAGED, {"kind": kind, "limit": limit})

    def record(self, moves: Iterable[StoredMove]) -> None:
        """Keep steps."""
        rows = ((m.kind, m.id, m.version, m.move, m.by, to_ms(m.at), m.reason) for m in moves)
        self._session.write_many(_RECORD, rows)

    def _staged(self, kind: Kind) -> int:
        row = self._session.row(_COUNT_STAGED, {"kind": kind})
        return int(row[0]) if row else 0

    def moves(self, kind: Kind, entry_id: str, limit: int) -> Sequence[StoredMove]:
        """The newest steps of an entry, oldest first."""
        return [
            StoredMove(kind=kind, id=entry_id, version=version, move=move, by=by, at=from_ms(at), reason=reason)
            for version, move, by, at, reason in reversed(self._session.rows(_MOVES, (kind, entry_id, limit)))
        ]


def _values(draft: StoredDraft) -> dict[str, object]:
    return {
        "kind": draft.kind,
        "id": draft.id,
        "action": draft.action,
        "state": draft.state,
        "body": draft.body,
        "author": draft.author,
        "reviewer": draft.reviewer,
        "reason": draft.reason,
        "changed_at": to_ms(draft.changed_at),
    }


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
