"""Rounds of reconciliation and what is missing, in SQLite. See `node.ports.reconciliations.Reconciliations`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from federation.model.reconcile import Element, Finding
from node.ports.reconciliations import MissingRecord, Result, Round
from node.storage.sqlite.session import Row, Session
from node.storage.sqlite.values import from_ms, to_ms

_PUT_ROUND = "INSERT OR REPLACE INTO reconciliation (peer, held_at, outcome, told) VALUES (?, ?, ?, ?)"
_ROUNDS = "SELECT peer, held_at, outcome, told FROM reconciliation ORDER BY peer"
_NOTE = """
INSERT OR IGNORE INTO missing_record (peer, issued, answer, finding, lacks, exchange, event, proof, found_at, seen_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_AGAIN = """
UPDATE missing_record SET finding = ?, lacks = ?, exchange = ?, event = ?, proof = ?, seen_at = ?
WHERE peer = ? AND issued = ? AND answer = ?
"""
_SETTLE = "DELETE FROM missing_record WHERE peer = ? AND issued = ? AND answer = ?"
_MISSING = """
SELECT peer, issued, answer, finding, lacks, exchange, event, proof, found_at, seen_at
FROM missing_record WHERE (peer, issued, answer) > (?, ?, ?) ORDER BY peer, issued, answer LIMIT ?
"""
_COUNTS = "SELECT peer, finding, lacks, count(*) FROM missing_record GROUP BY peer, finding, lacks"
_TOLD = ("until_ms", "count", "fingerprint", "findings", "agreed_until_ms", "agreed_size", "reason")


class SqliteReconciliations:
    """Tables reconciliation and missing_record."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put_round(self, one: Round) -> None:
        """Keep a round."""
        told: dict[str, Any] = {name: getattr(one, name) for name in _TOLD}
        told["findings"] = dict(one.findings)
        row = (one.peer, to_ms(one.held_at), one.result.value, json.dumps(told).encode())
        self._session.write(_PUT_ROUND, row)

    def rounds(self) -> Sequence[Round]:
        """The newest round with each peer."""
        return [
            Round(peer=peer, held_at=from_ms(held_at), result=Result(outcome), **json.loads(told))
            for peer, held_at, outcome, told in self._session.rows(_ROUNDS)
        ]

    def note(self, one: MissingRecord) -> bool:
        """Keep it, or that it still is so."""
        place, seen = (one.peer, *one.element), to_ms(one.seen_at)
        known = (one.finding.value, one.lacks, one.exchange, one.event, one.proof)
        if self._session.write(_NOTE, (*place, *known, to_ms(one.found_at), seen)):
            return True
        self._session.write(_AGAIN, (*known, seen, *place))
        return False

    def settle(self, peer: str, elements: Sequence[Element]) -> int:
        """Forget what is not missing any more."""
        return sum(self._session.write(_SETTLE, (peer, *one)) for one in elements)

    def missing(self, after: tuple[str, Element] | None, limit: int) -> Sequence[MissingRecord]:
        """What is missing, in order."""
        place: tuple[Any, ...] = ("", 0, b"") if after is None else (after[0], *after[1])
        return [_missing(row) for row in self._session.rows(_MISSING, (*place, limit))]

    def counts(self) -> Mapping[tuple[str, Finding, str], int]:
        """How many there are."""
        return {(peer, Finding(finding), lacks): number for peer, finding, lacks, number in self._session.rows(_COUNTS)}


def _missing(row: Row) -> MissingRecord:
    peer, issued, answer, finding, lacks, exchange, event, proof, found_at, seen_at = row
    return MissingRecord(
        peer=peer,
        element=Element(issued, answer),
        finding=Finding(finding),
        lacks=lacks,
        exchange=exchange,
        event=event,
        proof=proof,
        found_at=from_ms(found_at),
        seen_at=from_ms(seen_at),
    )
