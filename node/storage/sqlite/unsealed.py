"""Rows of older programs in SQLite, marked by migration 0026. See `node.ports.unsealed.UnsealedRows`."""

from collections.abc import Sequence

from node.ports.store import StoreError
from node.ports.unsealed import Kept, Unsealed
from node.storage.sqlite.session import Session

# By table: what its content is bound to, by whom it is found ("" for none), and the content.
_COLUMNS = {
    Kept.LETTER: (("peer", "notice_id"), "", "event"),
    Kept.USE: (("notice_id",), "holder_key", "event"),
    Kept.CONSENT: (("consent_id",), "grantor_key", "document"),
    Kept.OBJECTION: (("objection_id",), "", "document"),
    Kept.INTENT: (("sender", "exchange_id", "method"), "", "intent"),
}
_SOME = {
    kept: f"SELECT rowid, {content}, {person or repr('')}, {', '.join(place)} FROM {kept.value} WHERE keyed = 0 LIMIT ?"  # noqa: S608 - our own names
    for kept, (place, person, content) in _COLUMNS.items()
}
_SEAL = {
    kept: f"UPDATE {kept.value} SET {content} = ?1, {f'{person} = ?2, ' if person else ''}keyed = 1 WHERE rowid = ?3 AND keyed = 0"  # noqa: S608
    for kept, (_, person, content) in _COLUMNS.items()
}


class SqliteUnsealed:
    """Column keyed of five tables."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def some(self, limit: int) -> Sequence[Unsealed]:
        """Rows that are not sealed yet."""
        found: list[Unsealed] = []
        for kept, sql in _SOME.items():
            if left := limit - len(found):
                found += [
                    Unsealed(kept=kept, row=row, content=content, person=person, place=tuple(place))
                    for row, content, person, *place in self._session.rows(sql, (left,))
                ]
        return found

    def seal(self, sealed: Unsealed) -> None:
        """Replace what lay open."""
        if not self._session.write(_SEAL[sealed.kept], (sealed.content, sealed.person, sealed.row)):
            raise StoreError(f"no such row of {sealed.kept.value} is unsealed")
