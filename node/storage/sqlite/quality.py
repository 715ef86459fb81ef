"""Findings of data quality in SQLite. See `node.ports.quality.Quality`. Triggers keep the counts."""

from collections.abc import Iterable, Sequence

from node.ports.quality import FindingCount, FindingKey, Source, StoredFinding
from node.storage.sqlite.session import Session
from node.storage.sqlite.values import from_ms, to_ms

_FORGET = "DELETE FROM quality_finding WHERE source = ? AND certificate = ?"
_PUT = "INSERT INTO quality_finding VALUES (?, ?, ?, ?, ?, ?, ?)"
_CLEAR = """
DELETE FROM quality_finding WHERE (source, certificate, word) IN (
  SELECT source, certificate, word FROM quality_finding WHERE source = ? LIMIT ?
)
"""
_FITS = "(:type = '' OR type_code = :type) AND (:issuer = '' OR issuer_code = :issuer)"
_COUNTS = f"""
SELECT source, province, type_code, issuer_code, word, amount FROM quality_count WHERE amount > 0 AND {_FITS}
ORDER BY province, type_code, issuer_code, word, source
"""  # noqa: S608 - constants
_PAGE = f"""
SELECT source, certificate, word, province, type_code, issuer_code, found_at FROM quality_finding
WHERE (source, certificate, word) > (:source, :certificate, :word) AND {_FITS}
ORDER BY source, certificate, word LIMIT :limit
"""  # noqa: S608 - constants


class SqliteQuality:
    """Tables quality_finding and quality_count."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def replace(self, source: Source, key: str, findings: Iterable[StoredFinding]) -> None:
        """Keep these in place of all that was found of this certificate."""
        self._session.write(_FORGET, (source.value, key))
        for one in findings:
            row = (one.source.value, one.key, one.word, one.province, one.type_code, one.issuer_code)
            self._session.write(_PUT, (*row, to_ms(one.found_at)))

    def clear(self, source: Source, limit: int) -> int:
        """Forget what was found there."""
        return self._session.write(_CLEAR, (source.value, limit))

    def counts(self, *, type_code: str, issuer_code: str) -> Sequence[FindingCount]:
        """How many certificates have which finding."""
        return [
            FindingCount(
                source=Source(source),
                province=province,
                type_code=kind,
                issuer_code=issuer,
                word=word,
                count=count,
            )
            for source, province, kind, issuer, word, count in self._session.rows(
                _COUNTS, {"type": type_code, "issuer": issuer_code}
            )
        ]

    def page(
        self, *, type_code: str, issuer_code: str, after: FindingKey | None, limit: int
    ) -> Sequence[StoredFinding]:
        """The findings themselves."""
        source, certificate, word = after or ("", "", "")
        asked = {"source": source, "certificate": certificate, "word": word, "limit": limit}
        rows = self._session.rows(_PAGE, {**asked, "type": type_code, "issuer": issuer_code})
        return [
            StoredFinding(
                source=Source(place),
                key=key,
                word=word,
                province=province,
                type_code=kind,
                issuer_code=issuer,
                found_at=from_ms(found_at),
            )
            for place, key, word, province, kind, issuer, found_at in rows
        ]
