"""Objections in SQLite. See `node.ports.objections.Objections`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from node.ports.objections import CaseState, Errand, Part, StoredObjection
from node.ports.store import StoreError
from node.storage.sqlite.session import Row, Session
from node.storage.sqlite.values import from_ms, to_array, to_ms

_COLUMNS = (
    "objection_id, part, raiser, owner, certificate, state, raised_at, due, changed_at, app_id, baseline, refusal, "
    "taking_back, escalated, received_at"
)
_OPEN = "state IN ('OPEN', 'CHECKING')"  # as the partial indexes have it
_PUT = f"INSERT OR IGNORE INTO objection ({_COLUMNS}) VALUES ({', '.join('?' * 15)})"  # noqa: S608 - constants
_ADVANCE = """
UPDATE objection SET state = ?, changed_at = ?, refusal = ?, taking_back = ?, escalated = ? WHERE objection_id = ?
"""
_RECEIVED = "UPDATE objection SET received_at = ?, due = ? WHERE objection_id = ? AND received_at IS NULL"
_ADD = """
INSERT INTO objection_document (objection_id, place, document, keyed)
VALUES (?1, (SELECT count(*) FROM objection_document WHERE objection_id = ?1), ?2, 1)
"""
_GET = f"SELECT {_COLUMNS} FROM objection WHERE objection_id = ?"  # noqa: S608
_DOCUMENTS = "SELECT document FROM objection_document WHERE objection_id = ? ORDER BY place"
_PAGE = f"""
SELECT {_COLUMNS} FROM objection WHERE part = ? AND state = ? AND (due, objection_id) > (?, ?)
ORDER BY due, objection_id LIMIT ?
"""  # noqa: S608 - one part and state at a time: no row is looked at that is not shown
_OF_APP = f"SELECT {_COLUMNS} FROM objection WHERE app_id = ? ORDER BY raised_at DESC, objection_id LIMIT ?"  # noqa: S608
_RAISED_SINCE = "SELECT count(*) FROM objection WHERE app_id = ? AND raised_at >= ?"
_WAITING_OF = f"SELECT count(*) FROM objection WHERE raiser = ? AND {_OPEN}"  # noqa: S608
_DISPUTED = f"""
SELECT 1 FROM objection WHERE certificate = ? AND owner IN (SELECT value FROM json_each(?)) AND {_OPEN} LIMIT 1
"""  # noqa: S608
_ANY_WAITING = f"SELECT 1 FROM objection WHERE {_OPEN} LIMIT 1"  # noqa: S608
_TAKING_BACK = f"SELECT {_COLUMNS} FROM objection WHERE taking_back = 1 AND part = 'OWNER' ORDER BY changed_at LIMIT ?"  # noqa: S608
_OVERDUE = f"""
SELECT {_COLUMNS} FROM objection WHERE due < ? AND {_OPEN} AND escalated = 0 ORDER BY due, objection_id LIMIT ?
"""  # noqa: S608
_COUNTS = "SELECT part, state, amount FROM objection_tally WHERE amount > 0"
_LATE = f"SELECT count(*) FROM objection WHERE part = ? AND {_OPEN} AND due < ?"  # noqa: S608
_TELL = """
INSERT INTO objection_errand (objection_id, peer, wanted, attempts, parked) VALUES (?, ?, 1, 0, 0)
ON CONFLICT (objection_id, peer) DO UPDATE SET wanted = wanted + 1, attempts = 0, parked = 0
"""
_ERRAND = """
SELECT objection_id, wanted, attempts FROM objection_errand WHERE peer = ? AND parked = 0 ORDER BY attempts, seq LIMIT 1
"""
_PARK = "UPDATE objection_errand SET parked = 1 WHERE objection_id = ? AND peer = ? AND wanted = ?"
_PARKED = "SELECT peer, count(*) FROM objection_errand WHERE parked = 1 GROUP BY peer ORDER BY peer"
_TOLD = "DELETE FROM objection_errand WHERE objection_id = ? AND peer = ? AND wanted = ?"
_TRIED = "UPDATE objection_errand SET attempts = attempts + 1 WHERE objection_id = ? AND peer = ?"
_ERRANDS = "SELECT peer, count(*) FROM objection_errand GROUP BY peer ORDER BY peer"
_TO_PEER = "INSERT OR IGNORE INTO objection_peer (objection_id, peer) VALUES (?, ?)"
_PEERS = "SELECT peer FROM objection_peer WHERE objection_id = ? ORDER BY peer"
_UNTOLD = "SELECT peer, attempts FROM objection_errand WHERE objection_id = ?"
_ENDED = f"""
SELECT objection_id FROM objection WHERE NOT {_OPEN} AND changed_at < ?
  AND objection_id NOT IN (SELECT subject FROM hold) ORDER BY changed_at LIMIT ?
"""  # noqa: S608
_FORGET = tuple(
    f"DELETE FROM {table} WHERE objection_id = ?"  # noqa: S608
    for table in ("objection_document", "objection_errand", "objection_peer", "objection")
)


class SqliteObjections:
    """Tables objection, objection_document, objection_errand and objection_peer."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, case: StoredObjection, documents: Sequence[bytes]) -> None:
        """Keep a new case."""
        if not self._session.write(_PUT, _row_of(case)):
            raise StoreError("this objection is held already")
        self._add(case.objection_id, documents)

    def advance(self, case: StoredObjection, documents: Sequence[bytes]) -> None:
        """Replace what is known of a case, and add documents."""
        flags = (int(case.taking_back), int(case.escalated))
        row = (case.state, to_ms(case.changed_at), case.refusal, *flags, case.objection_id)
        if not self._session.write(_ADVANCE, row):
            raise StoreError("there is no such objection")
        self._add(case.objection_id, documents)

    def _add(self, objection_id: str, documents: Sequence[bytes]) -> None:
        for document in documents:
            self._session.write(_ADD, (objection_id, document))

    def received(self, objection_id: str, at: datetime, due: str) -> None:
        """The owner has been told."""
        self._session.write(_RECEIVED, (to_ms(at), due, objection_id))

    def get(self, objection_id: str) -> StoredObjection | None:
        """One case."""
        row = self._session.row(_GET, (objection_id,))
        return None if row is None else _case(row)

    def documents(self, objection_id: str) -> Sequence[bytes]:
        """Its documents."""
        return [document for (document,) in self._session.rows(_DOCUMENTS, (objection_id,))]

    def page(
        self, states: Sequence[CaseState], part: Part | None, after: tuple[str, str] | None, limit: int
    ) -> Sequence[StoredObjection]:
        """Cases, the one due first before others."""
        parts, place = (part,) if part else tuple(Part), after or ("", "")
        asked = ((each, state, *place, limit) for each in parts for state in states)
        found = [_case(row) for one in asked for row in self._session.rows(_PAGE, one)]
        return sorted(found, key=lambda case: (case.due, case.objection_id))[:limit]

    def of_app(self, app_id: str, limit: int) -> Sequence[StoredObjection]:
        """What a line system raised."""
        return [_case(row) for row in self._session.rows(_OF_APP, (app_id, limit))]

    def raised_since(self, app_id: str, since: datetime) -> int:
        """How many a line system raised."""
        return self._number(_RAISED_SINCE, (app_id, to_ms(since)))

    def waiting_of(self, raiser: str) -> int:
        """How many of a province wait."""
        return self._number(_WAITING_OF, (raiser,))

    def disputed(self, certificate: str, owners: Collection[str]) -> bool:
        """Whether one of these owners' waits about this certificate."""
        return self._session.row(_DISPUTED, (certificate, to_array([*owners]))) is not None

    def any_waiting(self) -> bool:
        """Whether any waits."""
        return self._session.row(_ANY_WAITING) is not None

    def taking_back(self, limit: int) -> Sequence[StoredObjection]:
        """Withdrawals that wait for a move."""
        return [_case(row) for row in self._session.rows(_TAKING_BACK, (limit,))]

    def overdue(self, today: str, limit: int) -> Sequence[StoredObjection]:
        """What is late and was not escalated."""
        return [_case(row) for row in self._session.rows(_OVERDUE, (today, limit))]

    def counts(self) -> Mapping[tuple[Part, CaseState], int]:
        """How many by part and state."""
        return {(Part(part), CaseState(state)): count for part, state, count in self._session.rows(_COUNTS)}

    def late(self, today: str) -> Mapping[Part, int]:
        """How many are late."""
        late = ((part, self._number(_LATE, (part, today))) for part in Part)
        return {part: count for part, count in late if count}

    def tell(self, objection_id: str, peer: str) -> None:
        """Queue a peer."""
        self._session.write(_TELL, (objection_id, peer))
        self._session.write(_TO_PEER, (objection_id, peer))

    def errand(self, peer: str) -> Errand | None:
        """What to tell a peer next."""
        row = self._session.row(_ERRAND, (peer,))
        if row is None:
            return None
        objection_id, wanted, attempts = row
        return Errand(objection_id=objection_id, peer=peer, wanted=wanted, attempts=attempts)

    def told(self, errand: Errand) -> None:
        """A peer was told."""
        self._session.write(_TOLD, (errand.objection_id, errand.peer, errand.wanted))

    def tried(self, errand: Errand) -> None:
        """A call failed."""
        self._session.write(_TRIED, (errand.objection_id, errand.peer))

    def park(self, errand: Errand) -> None:
        """The peer holds other documents."""
        self._session.write(_PARK, (errand.objection_id, errand.peer, errand.wanted))

    def parked(self) -> Mapping[str, int]:
        """How many are parked."""
        return dict(self._session.rows(_PARKED))

    def errands(self) -> Mapping[str, int]:
        """How many wait to be told."""
        return dict(self._session.rows(_ERRANDS))

    def peers(self, objection_id: str) -> Sequence[str]:
        """The peers that ever had something to be told."""
        return [peer for (peer,) in self._session.rows(_PEERS, (objection_id,))]

    def untold(self, objection_id: str) -> Mapping[str, int]:
        """The peers that wait to be told."""
        return dict(self._session.rows(_UNTOLD, (objection_id,)))

    def purge(self, before: datetime, limit: int) -> int:
        """Forget what ended."""
        doomed = [row[0] for row in self._session.rows(_ENDED, (to_ms(before), limit))]
        for sql in _FORGET:
            self._session.write_many(sql, [(objection_id,) for objection_id in doomed])
        return len(doomed)

    def _number(self, sql: str, parameters: tuple[object, ...]) -> int:
        row = self._session.row(sql, parameters)
        assert row is not None, "count(*) gives a row"
        return int(row[0])


def _row_of(case: StoredObjection) -> Row:
    who = (case.objection_id, case.part, case.raiser, case.owner, case.certificate)
    when = (case.state, to_ms(case.raised_at), case.due, to_ms(case.changed_at))
    received_at = None if case.received_at is None else to_ms(case.received_at)
    flags = (int(case.taking_back), int(case.escalated))
    return (*who, *when, case.app_id, case.baseline, case.refusal, *flags, received_at)


def _case(row: Row) -> StoredObjection:
    objection_id, part, raiser, owner, certificate, state, raised_at, due, changed_at, *rest = row
    app_id, baseline, refusal, taking_back, escalated, received_at = rest
    return StoredObjection(
        objection_id=objection_id,
        part=Part(part),
        raiser=raiser,
        owner=owner,
        certificate=certificate,
        state=CaseState(state),
        raised_at=from_ms(raised_at),
        due=due,
        changed_at=from_ms(changed_at),
        app_id=app_id,
        baseline=baseline,
        refusal=refusal,
        taking_back=bool(taking_back),
        escalated=bool(escalated),
        received_at=None if received_at is None else from_ms(received_at),
    )
