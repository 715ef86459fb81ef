"""Findings of data quality in memory. See `node.ports.quality.Quality`."""

from collections import Counter
from collections.abc import Iterable, Sequence

from node.ports.quality import FindingCount, FindingKey, Source, StoredFinding
from node.storage.memory.journal import Journal, Table


class MemoryQuality:
    """Keyed by source, certificate and word."""

    def __init__(self, journal: Journal) -> None:
        self._findings = Table[FindingKey, StoredFinding](journal)

    def replace(self, source: Source, key: str, findings: Iterable[StoredFinding]) -> None:
        """Keep these in place of all that was found of this certificate."""
        self._findings.drop(lambda one: (one.source, one.key) == (source, key), len(list(self._findings)))
        for one in findings:
            self._findings.put(_place(one), one)

    def clear(self, source: Source, limit: int) -> int:
        """Forget what was found there."""
        return self._findings.drop(lambda one: one.source is source, limit)

    def counts(self, *, type_code: str, issuer_code: str) -> Sequence[FindingCount]:
        """How many certificates have which finding."""
        fit = [one for one in self._findings if _fits(one, type_code, issuer_code)]
        counted = Counter((one.province, one.type_code, one.issuer_code, one.word, one.source) for one in fit)
        return [
            FindingCount(province=province, type_code=kind, issuer_code=issuer, word=word, source=source, count=count)
            for (province, kind, issuer, word, source), count in sorted(counted.items())
        ]

    def page(
        self, *, type_code: str, issuer_code: str, after: FindingKey | None, limit: int
    ) -> Sequence[StoredFinding]:
        """The findings themselves."""
        fit = [one for one in self._findings if _fits(one, type_code, issuer_code)]
        return sorted((one for one in fit if after is None or _place(one) > after), key=_place)[:limit]


def _fits(one: StoredFinding, type_code: str, issuer_code: str) -> bool:
    return type_code in ("", one.type_code) and issuer_code in ("", one.issuer_code)


def _place(one: StoredFinding) -> FindingKey:
    return one.source.value, one.key, one.word
