"""Completeness receipts in SQLite. See `node.ports.receipts.Receipts`.

One row for each subject: a search writes one, and three would cost it twice the time. The proofs of a row stand one after the other, each
as its parts, each part behind its length (4 bytes, big endian); so do its stop orders, each behind its province.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from node.storage.sqlite.session import Session
from node.storage.sqlite.values import to_ms
from trust.envelope import LogProof
from trust.merkle import HASH_BYTES

_PUT = "INSERT OR IGNORE INTO answer_proofs (subject, kept_at, proofs, stops) VALUES (?, ?, ?, ?)"
_REPLACE = "UPDATE answer_proofs SET proofs = ?, stops = ? WHERE subject = ?"
_OF = "SELECT proofs FROM answer_proofs WHERE subject = ?"
_STOPS = "SELECT stops FROM answer_proofs WHERE subject = ?"
# Rows are kept in the order of time, so the first that stays ends the search.
_PURGE = """
DELETE FROM answer_proofs WHERE id IN (SELECT id FROM answer_proofs WHERE id <
  coalesce((SELECT id FROM answer_proofs WHERE kept_at >= ? ORDER BY id LIMIT 1), 9223372036854775807) ORDER BY id LIMIT ?)
"""
_LENGTH_BYTES = 4
_PARTS = 5  # province, entry, index, path, checkpoint


class SqliteReceipts:
    """Table answer_proofs."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(
        self, subject: str, proofs: Mapping[str, LogProof], stops: Mapping[str, Sequence[bytes]], kept_at: datetime
    ) -> None:
        """Keep or replace."""
        row = (subject, to_ms(kept_at), _joined(proofs), _joined_stops(stops))
        if (proofs or stops) and not self._session.write(_PUT, row):
            every = _joined({**self.of(subject), **proofs}), _joined_stops({**self.stops(subject), **stops})
            self._session.write(_REPLACE, (*every, subject))

    def of(self, subject: str) -> Mapping[str, LogProof]:
        """The proofs of a subject."""
        row = self._session.row(_OF, (subject,))
        return {} if row is None else dict(sorted(_proofs(row[0])))

    def stops(self, subject: str) -> Mapping[str, tuple[bytes, ...]]:
        """The stop orders of a subject."""
        row = self._session.row(_STOPS, (subject,))
        parts, found = _parts(row[0] if row else b""), dict[str, tuple[bytes, ...]]()
        for province, document in zip(parts, parts, strict=True):
            found[province.decode()] = (*found.get(province.decode(), ()), document)
        return dict(sorted(found.items()))

    def purge(self, before: datetime, limit: int) -> int:
        """Forget what was kept before."""
        return self._session.write(_PURGE, (to_ms(before), limit))


def _joined(proofs: Mapping[str, LogProof]) -> bytes:
    return _behind_lengths(
        part
        for province, one in proofs.items()
        for part in (province.encode(), one.entry, str(one.index).encode(), b"".join(one.path), one.checkpoint)
    )


def _joined_stops(stops: Mapping[str, Sequence[bytes]]) -> bytes:
    every = ((province.encode(), document) for province, documents in stops.items() for document in documents)
    return _behind_lengths(part for pair in every for part in pair)


def _behind_lengths(parts: Iterable[bytes]) -> bytes:
    return b"".join(piece for part in parts for piece in (len(part).to_bytes(_LENGTH_BYTES), part))


def _proofs(joined: bytes) -> Iterator[tuple[str, LogProof]]:
    parts = _parts(joined)
    for province, entry, index, path, checkpoint in zip(*[parts] * _PARTS, strict=True):
        hashes = tuple(path[at : at + HASH_BYTES] for at in range(0, len(path), HASH_BYTES))
        yield province.decode(), LogProof(entry=entry, index=int(index), path=hashes, checkpoint=checkpoint)


def _parts(joined: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(joined):
        begin = at + _LENGTH_BYTES
        at = begin + int.from_bytes(joined[at:begin])
        yield joined[begin:at]
