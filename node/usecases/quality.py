"""The quality report for issuers: what imports and received files showed of certificates' data, by type and issuer. P13, C9-6.

Findings are made where certificates are read (`import_certificates`, `reception`) and are kept by certificate: a better row takes the place
of what was found of the one before. No personal data: certificates are named by `vault.reference`, and a person's number that stands in
the issuer's place is left out.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from node.library.holder import CITIZEN_ID, HolderCodeError, check_holder_code, is_credit_code
from node.library.identifier import WRONG_CHECK
from node.library.manifest import RowError
from node.library.quality import TITLES
from node.ports.quality import FindingCount, Source, StoredFinding
from node.ports.store import Nouns, Store
from node.vault import Vault

MAX_REFUSED = 10_000  # rows of one import that are kept as refused; the report of the import itself shows the rest
_PAGE = 500
_PARTS = re.compile(r"1\.2\.156\.[0-9]+\.[0-9]+\.(?P<type>[0-9A-Z]{21})\.(?P<issuer>[0-9A-Z]{6,18})\..*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Makes findings for one node."""

    vault: Vault
    clock: Callable[[], datetime]

    def of(self, source: Source, identifier: str, province: str, words: Iterable[str]) -> tuple[StoredFinding, ...]:
        """One finding for each word about one certificate."""
        return self._made(source, self.vault.reference(identifier), identifier, province, words)

    def refused(self, error: RowError, province: str) -> StoredFinding:
        """A mistake for which a row was not taken; a row that names no certificate is called by its number, never by its file's name."""
        word = "REFUSED_CHECK" if error.message == WRONG_CHECK else f"REFUSED_{error.code.value}"
        key = self.vault.reference(error.identifier) if error.identifier else f"row {error.row_number}"
        (finding,) = self._made(Source.REFUSED, key, error.identifier, province, (word,))
        return finding

    def _made(
        self, source: Source, key: str, identifier: str, province: str, words: Iterable[str]
    ) -> tuple[StoredFinding, ...]:
        parts, now = _PARTS.fullmatch(identifier), self.clock()
        return tuple(
            StoredFinding(
                source=source,
                key=key,
                word=word,
                province=province,
                type_code=parts["type"] if parts else "",
                issuer_code=self._issuer(parts["issuer"]) if parts else "",
                found_at=now,
            )
            for word in dict.fromkeys(words)
        )

    def _issuer(self, code: str) -> str:
        """The issuer that an identifier names; "" where a citizen's number stands there, or what looks like one and is no unit's code."""
        if _is_citizen(code) or (self.vault.reference(code) != code and not is_credit_code(code)):
            return ""
        return code


def _is_citizen(code: str) -> bool:
    try:
        check_holder_code(CITIZEN_ID, code)
    except HolderCodeError:
        return False
    return True


def keep_refused(nouns: Nouns, findings: Sequence[StoredFinding]) -> None:
    """Keep what was refused, by certificate or row."""
    by_key: dict[str, dict[str, StoredFinding]] = {}
    for one in findings:
        by_key.setdefault(one.key, {})[one.word] = one
    for key, words in by_key.items():
        nouns.quality.replace(Source.REFUSED, key, words.values())


class QualityReport:
    """Reads the findings."""

    def __init__(self, *, store: Store) -> None:
        """Read `store`."""
        self._store = store

    def summary(self, *, type_code: str = "", issuer_code: str = "") -> list[dict[str, Any]]:
        """How many certificates have which finding, by province, type and issuer."""
        counts = self._store.read.quality.counts(type_code=type_code, issuer_code=issuer_code)
        return [_count(one) for one in counts]

    async def findings(self, *, type_code: str = "", issuer_code: str = "") -> AsyncIterator[list[dict[str, Any]]]:
        """Every finding, in slices, as they are read: the loop is given up in between."""
        after = None
        while rows := self._store.read.quality.page(
            type_code=type_code, issuer_code=issuer_code, after=after, limit=_PAGE
        ):
            yield [_finding(one) for one in rows]
            last = rows[-1]
            after = (last.source.value, last.key, last.word)
            await asyncio.sleep(0)


def _count(one: FindingCount) -> dict[str, Any]:
    return {
        "source": one.source.value,
        "province": one.province,
        "type": one.type_code,
        "issuer": one.issuer_code,
        "finding": one.word,
        "title": TITLES.get(one.word, one.word),
        "certificates": one.count,
    }


def _finding(one: StoredFinding) -> dict[str, Any]:
    return {
        "source": one.source.value,
        "province": one.province,
        "type": one.type_code,
        "issuer": one.issuer_code,
        "certificate": one.key,
        "finding": one.word,
        "title": TITLES.get(one.word, one.word),
        "found": one.found_at.isoformat(timespec="milliseconds"),
    }
