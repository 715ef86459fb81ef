"""The province's certificates in SQLite. See `node.ports.certificates.Certificates`."""

from collections.abc import Iterable, Sequence
from functools import cache

from node.ports.certificates import StoredCertificate
from node.storage.sqlite.session import Row, Session
from node.storage.sqlite.values import from_array, to_array

_STAGE = """
INSERT OR REPLACE INTO staged_certificate (import_id, identifier, holder_digests, name, type_name, type_code, number, area_code,
  issuer_name, issuer_code, issued, valid_from, valid_until, status, superseded_by, file_sm3, file_size, file_format, sealed)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_COUNT_REPLACED = """
SELECT count(*) FROM staged_certificate JOIN certificate USING (identifier) WHERE import_id = ?
"""
_FORGET_HOLDERS = """
DELETE FROM certificate_holder WHERE certificate_id IN
  (SELECT id FROM staged_certificate JOIN certificate USING (identifier) WHERE import_id = ?)
"""
_PUBLISH = """
INSERT INTO certificate (identifier, holder_digests, name, type_name, type_code, number, area_code,
  issuer_name, issuer_code, issued, valid_from, valid_until, status, superseded_by, file_sm3, file_size, file_format, sealed)
SELECT identifier, holder_digests, name, type_name, type_code, number, area_code,
  issuer_name, issuer_code, issued, valid_from, valid_until, status, superseded_by, file_sm3, file_size, file_format, sealed
FROM staged_certificate WHERE import_id = ?
ON CONFLICT (identifier) DO UPDATE SET holder_digests = excluded.holder_digests, name = excluded.name,
  type_name = excluded.type_name, type_code = excluded.type_code, number = excluded.number, area_code = excluded.area_code,
  issuer_name = excluded.issuer_name, issuer_code = excluded.issuer_code, issued = excluded.issued,
  valid_from = excluded.valid_from, valid_until = excluded.valid_until, status = excluded.status,
  superseded_by = excluded.superseded_by, file_sm3 = excluded.file_sm3, file_size = excluded.file_size,
  file_format = excluded.file_format, sealed = excluded.sealed
"""
_PUBLISH_HOLDERS = """
INSERT OR IGNORE INTO certificate_holder (holder_digest, type_code, issued, certificate_id)
SELECT holder.value, certificate.type_code, certificate.issued, certificate.id
FROM staged_certificate JOIN certificate USING (identifier), json_each(certificate.holder_digests) AS holder
WHERE import_id = ?
"""
_DROP_STAGED = "DELETE FROM staged_certificate WHERE import_id = ?"
_DROP_ALL_STAGED = "DELETE FROM staged_certificate"
_COLUMNS = """
SELECT identifier, holder_digests, name, type_name, certificate.type_code, number, area_code, issuer_name, issuer_code,
  certificate.issued, valid_from, valid_until, status, superseded_by, file_sm3, file_size, file_format, sealed, disputed
"""
# CROSS JOIN: through the holder's certificates, never by the index of identifiers, which knows those of everybody.
_BY_HOLDER = f"""{_COLUMNS}
FROM certificate_holder CROSS JOIN certificate ON certificate.id = certificate_id
WHERE holder_digest = ? AND certificate_holder.type_code IN (%s)%s
ORDER BY certificate_holder.issued DESC, identifier LIMIT ?
"""
_OF_NUMBER = " AND number = ?"
_VALID_ON = " AND status = 'VALID' AND valid_from <= ? AND (valid_until = '' OR valid_until >= ?)"
_OF_HOLDER = f"""{_COLUMNS}
FROM certificate_holder CROSS JOIN certificate ON certificate.id = certificate_id
WHERE holder_digest = ? AND certificate_holder.type_code IN (%s) AND identifier = ?
"""
_GET = _COLUMNS + "FROM certificate WHERE identifier = ?"
_SUPERSEDE = "UPDATE certificate SET superseded_by = ? WHERE identifier = ?"
_DISPUTE = "UPDATE certificate SET disputed = ? WHERE identifier = ?"
_COUNT = "SELECT amount FROM tally WHERE name = 'certificates'"


class SqliteCertificates:
    """Tables certificate, certificate_holder and staged_certificate."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def stage(self, import_id: str, certificates: Iterable[StoredCertificate]) -> None:
        """Put rows aside."""
        self._session.write_many(_STAGE, ((import_id, *_row(certificate)) for certificate in certificates))

    def publish(self, import_id: str) -> tuple[int, int]:
        """Show the staged rows."""
        found = self._session.row(_COUNT_REPLACED, (import_id,))
        replaced = int(found[0]) if found else 0
        if replaced:
            self._session.write(_FORGET_HOLDERS, (import_id,))
        self._session.write(_PUBLISH, (import_id,))
        self._session.write(_PUBLISH_HOLDERS, (import_id,))
        return self.drop_staged(import_id) - replaced, replaced

    def drop_staged(self, import_id: str | None = None) -> int:
        """Forget staged rows."""
        if import_id is None:
            return self._session.write(_DROP_ALL_STAGED)
        return self._session.write(_DROP_STAGED, (import_id,))

    def by_holder(
        self, holder_digest: str, type_codes: Sequence[str], limit: int, number: str = "", valid_on: str = ""
    ) -> Sequence[StoredCertificate]:
        """Certificates of a holder, newest first."""
        numbers, days = ([number] if number else []), ([valid_on, valid_on] if valid_on else [])
        sql = _by_holder(len(type_codes), numbered=bool(number), valid=bool(valid_on))
        rows = self._session.rows(sql, (holder_digest, *type_codes, *numbers, *days, limit))
        return [_certificate(row) for row in rows]

    def get(self, identifier: str) -> StoredCertificate | None:
        """One certificate."""
        row = self._session.row(_GET, (identifier,))
        return None if row is None else _certificate(row)

    def of_holder(self, holder_digest: str, type_codes: Sequence[str], identifier: str) -> StoredCertificate | None:
        """One certificate of a holder."""
        sql = _OF_HOLDER % ", ".join("?" * len(type_codes))
        row = self._session.row(sql, (holder_digest, *type_codes, identifier))
        return None if row is None else _certificate(row)

    def dispute(self, identifier: str, *, disputed: bool) -> bool:
        """Mark a certificate, or take the mark away."""
        return self._session.write(_DISPUTE, (int(disputed), identifier)) == 1

    def supersede(self, identifier: str, by: str) -> bool:
        """Point to the one that counts instead."""
        return self._session.write(_SUPERSEDE, (by, identifier)) == 1

    def count(self) -> int:
        """How many."""
        row = self._session.row(_COUNT)
        assert row is not None, "the migration inserts the row"
        return int(row[0])


@cache
def _by_holder(types: int, *, numbered: bool, valid: bool) -> str:
    """The look-up for so many types; passing them as one JSON array would double its time."""
    narrowed = (_OF_NUMBER if numbered else "") + (_VALID_ON if valid else "")
    return _BY_HOLDER % (", ".join("?" * types), narrowed)


def _row(c: StoredCertificate) -> Row:
    """The columns from identifier to sealed."""
    issue = (c.issuer_name, c.issuer_code, c.issued, c.valid_from, c.valid_until, c.status, c.superseded_by)
    kind = (c.name, c.type_name, c.type_code, c.number, c.area_code)
    return (c.identifier, to_array(c.holder_digests), *kind, *issue, c.file_sm3, c.file_size, c.file_format, c.sealed)


def _certificate(row: Row) -> StoredCertificate:
    """The record of a row of `_COLUMNS`."""
    identifier, holders, name, type_name, type_code, number, area_code, issuer_name, issuer_code, *rest = row
    issued, valid_from, valid_until, status, superseded_by, file_sm3, file_size, file_format, sealed, disputed = rest
    return StoredCertificate(
        identifier=identifier,
        holder_digests=from_array(holders),
        name=name,
        type_name=type_name,
        type_code=type_code,
        number=number,
        area_code=area_code,
        issuer_name=issuer_name,
        issuer_code=issuer_code,
        issued=issued,
        valid_from=valid_from,
        valid_until=valid_until,
        status=status,
        superseded_by=superseded_by,
        file_sm3=file_sm3,
        file_size=file_size,
        file_format=file_format,
        sealed=sealed,
        disputed=bool(disputed),
    )
