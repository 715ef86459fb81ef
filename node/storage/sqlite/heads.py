"""The heads of the peers' logs, in SQLite. See `node.ports.heads.Heads`."""

from collections.abc import Sequence

from node.ports.heads import HeadRole, StoredHead
from node.ports.store import StoreError
from node.storage.sqlite.session import Session

_PUT = "INSERT INTO peer_head (province, role, size, root, note) VALUES (?, ?, ?, ?, ?)"
_ADVANCE = "UPDATE peer_head SET size = ?, root = ?, note = ? WHERE province = ? AND role = ? AND size = ?"
_HELD = "SELECT size FROM peer_head WHERE province = ? AND role = ?"
_DROP = "DELETE FROM peer_head WHERE province = ? AND role = ? AND note = ?"
_ALL = "SELECT province, role, size, root, note FROM peer_head ORDER BY province, role"


class SqliteHeads:
    """Table peer_head."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def advance(self, head: StoredHead, *, above: int) -> None:
        """Keep a head in place of the one of size `above`."""
        label = (head.province, head.role.value)
        held = self._session.row(_HELD, label)
        if (held[0] if held else 0) != above or head.size <= above:
            raise StoreError(f"the head held for {head.province} is not one of size {above} that this one extends")
        if held is None:
            self._session.write(_PUT, (*label, head.size, head.root, head.note))
        else:
            self._session.write(_ADVANCE, (head.size, head.root, head.note, *label, above))

    def drop(self, head: StoredHead) -> None:
        """Forget this head."""
        self._session.write(_DROP, (head.province, head.role.value, head.note))

    def all(self) -> Sequence[StoredHead]:
        """Every head held."""
        return [
            StoredHead(province=province, role=HeadRole(role), size=size, root=root, note=note)
            for province, role, size, root, note in self._session.rows(_ALL)
        ]
