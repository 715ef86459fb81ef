"""Receipts in SQLite. See `node.ports.receipts.Receipts`.

One row for all that one unit keeps of an exchange: a search writes one, and three would cost it twice the time. The proofs of a row stand
one after the other, each as its parts, each part behind its length (4 bytes, big endian); so do its stop orders, each behind its province.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from node.ports.receipts import MAX_OF_EXCHANGE, KeptProof
from node.storage.sqlite.session import Row, Session
from node.storage.sqlite.values import to_ms
from trust.envelope import LogProof
from trust.merkle import HASH_BYTES

_PUT = "INSERT INTO exchange_proofs (subject, of_peer, kept_at, proofs, stops) VALUES (?, ?, ?, ?, ?)"
_OF = "SELECT id, proofs FROM exchange_proofs WHERE subject = ? AND of_peer = ? ORDER BY id LIMIT ?"
_STOPS = "SELECT stops FROM exchange_proofs WHERE subject = ? AND of_peer = 0 ORDER BY id LIMIT ?"
_SINCE = "SELECT id, proofs FROM exchange_proofs WHERE id > ? ORDER BY id LIMIT ?"
_LAST = "SELECT coalesce(max(id), 0) FROM exchange_proofs"
# Rows are kept in the order of time, so the first that stays ends the search.
_PURGE = """
DELETE FROM exchange_proofs WHERE id IN (SELECT id FROM exchange_proofs WHERE id <
  coalesce((SELECT id FROM exchange_proofs WHERE kept_at >= ? ORDER BY id LIMIT 1), 9223372036854775807)
  AND subject NOT IN (SELECT exchange_id FROM held_exchange) ORDER BY id LIMIT ?)
"""
_LENGTH_BYTES = 4
_PARTS = 5  # province, entry, index, path, checkpoint


class SqliteReceipts:
    """Table exchange_proofs."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(
        self,
        subject: str,
        proofs: Mapping[str, LogProof],
        stops: Mapping[str, Sequence[bytes]],
        kept_at: datetime,
        *,
        of_peer: bool = False,
    ) -> None:
        """Keep one more row."""
        if proofs or stops:
            row = (subject, int(of_peer), to_ms(kept_at), _joined(proofs), _joined_stops(stops))
            self._session.write(_PUT, row)

    def of(self, subject: str) -> Mapping[str, LogProof]:
        """The newest by province."""
        return dict(sorted({one.province: one.proof for one in self.every(subject)}.items()))

    def every(self, subject: str, *, of_peer: bool = False) -> Sequence[KeptProof]:
        """All proofs of a subject."""
        rows = self._session.rows(_OF, (subject, int(of_peer), MAX_OF_EXCHANGE))
        return list(islice(_kept(rows), MAX_OF_EXCHANGE))

    def stops(self, subject: str) -> Mapping[str, tuple[bytes, ...]]:
        """The stop orders of a subject."""
        found = dict[str, tuple[bytes, ...]]()
        for (joined,) in self._session.rows(_STOPS, (subject, MAX_OF_EXCHANGE)):
            found |= _orders(joined)
        return dict(sorted(found.items()))

    def since(self, row: int, limit: int) -> Sequence[KeptProof]:
        """Proofs behind a row."""
        return list(_kept(self._session.rows(_SINCE, (row, limit))))

    def last(self) -> int:
        """The newest row."""
        row = self._session.row(_LAST)
        return 0 if row is None else int(row[0])

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


def _kept(rows: Iterable[Row]) -> Iterator[KeptProof]:
    for row, joined in rows:
        for province, proof in _proofs(joined):
            yield KeptProof(row=row, province=province, proof=proof)


def _proofs(joined: bytes) -> Iterator[tuple[str, LogProof]]:
    parts = _parts(joined)
    for province, entry, index, path, checkpoint in zip(*[parts] * _PARTS, strict=True):
        hashes = tuple(path[at : at + HASH_BYTES] for at in range(0, len(path), HASH_BYTES))
        yield province.decode(), LogProof(entry=entry, index=int(index), path=hashes, checkpoint=checkpoint)


def _orders(joined: bytes) -> dict[str, tuple[bytes, ...]]:
    parts, found = _parts(joined), dict[str, tuple[bytes, ...]]()
    for province, document in zip(parts, parts, strict=True):
        found[province.decode()] = (*found.get(province.decode(), ()), document)
    return found


def _parts(joined: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(joined):
        begin = at + _LENGTH_BYTES
        at = begin + int.from_bytes(joined[at:begin])
        yield joined[begin:at]
