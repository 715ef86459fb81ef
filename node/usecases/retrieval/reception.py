"""What a consumer demands of a file it received: the digest, the certificate and the verdict that were promised. Clause 8.3 and 11.2.

Bytes, chunks and the SM3 of the whole were checked before (`federation.stream`); here the document is opened and its signatures are
verified again, with this node's own trust list, a piece of the file at a time: it can be a gigabyte. The report is kept whatever it says.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from federation.model.retrieval import FileHead, FileQuery
from node.library.documents import Documents, Examined, same_mathematics
from node.library.quality import Word, identifier_words, seal_words
from node.ports.quality import Source, StoredFinding
from node.ports.reports import ReportOf, StoredReport
from node.usecases.quality import Findings
from node.usecases.retrieval.handout import WORKERS, stored_report
from node.vault import Vault
from trust import gm
from trust.errors import DocumentError
from trust.ofd import CopyReport, UsageTerms, Verdict

_OTHER_ORIGINAL = "another original than was promised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What was asked and what the provider said would come. `signing_keys` are the signing certificates that count."""

    query: FileQuery
    head: FileHead
    exchange_id: str
    signing_keys: frozenset[str]
    province: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """What became of a received file. `misfit` is the rule it breaks, "" where it may be handed on; `report` is None for no OFD package.

    `findings` are for the issuer to mend.
    """

    misfit: str
    report: StoredReport | None = None
    terms: UsageTerms | None = None
    findings: tuple[StoredFinding, ...] = ()

    @property
    def verdict(self) -> str:
        """What was found of the issued file."""
        return "" if self.report is None else self.report.verdict


class Receiver:
    """Examines received files for one node."""

    def __init__(self, *, documents: Documents, vault: Vault, clock: Callable[[], datetime]) -> None:
        """Verify with `documents`; reports are sealed with `vault`."""
        self._documents = documents
        self._vault = vault
        self._clock = clock
        self._findings = Findings(vault=vault, clock=clock)
        self._workers = asyncio.Semaphore(WORKERS)

    async def examine(self, path: Path, promise: Promise) -> Reception:
        """Verify a received file and compare it with what was promised."""
        async with self._workers:
            return await asyncio.to_thread(self._examine, path, promise)

    def _examine(self, path: Path, promise: Promise) -> Reception:
        now = self._clock()
        try:
            with path.open("rb") as file:
                examined = self._documents.examine(file, sm3=promise.head.sm3, at=now)
        except DocumentError as error:
            return Reception(misfit=f"not a readable OFD package: {error}")
        return Reception(
            misfit=misfit(examined, promise, now=now, accepts=self._documents.accepts),
            report=stored_report(ReportOf.RECEIVED, promise.exchange_id, examined, self._vault, now),
            terms=None if examined.copy is None else examined.copy.terms,
            findings=self._found(promise, examined),
        )

    def _found(self, promise: Promise, examined: Examined) -> tuple[StoredFinding, ...]:
        """What is amiss with the certificate itself: how it is named, and its issuer's seal."""
        identifier = promise.query.identifier
        unnamed = () if examined.identifier else (Word.FILE_UNNAMED.value,)
        words = (*identifier_words(identifier), *unnamed, *seal_words(examined.original_verdict))
        return self._findings.of(Source.RECEIVED, identifier, promise.province, words)


def misfit(examined: Examined, promise: Promise, *, now: datetime, accepts: Callable[[str], bool]) -> str:
    """The first rule that a received file breaks, "" where it breaks none. No personal data: the text goes into answers and logs."""
    verdict, promised = examined.original_verdict, promise.head.verdict
    rules = {
        "the file of another certificate": examined.identifier in {"", promise.query.identifier},
        f"the provider found {promised or 'nothing'}, here it is {verdict}": same_mathematics(verdict, promised),
        f"verdict {verdict} is not accepted here": accepts(verdict),
    }
    if promise.query.original:
        rules["a usage copy in place of the original"] = examined.copy is None
        rules[_OTHER_ORIGINAL] = examined.sm3 == promise.head.original_sm3
    else:
        rules["not a usage copy"] = examined.copy is not None
        rules |= {} if examined.copy is None else _copy_rules(examined, examined.copy, promise, now)
    return next((words for words, kept in rules.items() if not kept), "")


def _copy_rules(examined: Examined, copy: CopyReport, promise: Promise, now: datetime) -> dict[str, bool]:
    """The rules of a usage copy: made by this provider, for this exchange, of this original, and still in force."""
    latest, expires = promise.query.expires, copy.terms.expires
    signers = {gm.sm3(der or b"").hex() for der in examined.signers}
    return {
        "the usage copy of another exchange": copy.terms.exchange_id == promise.exchange_id,
        "the usage copy does not hold for the time that was asked for": now < expires
        and (latest is None or expires <= latest),
        "the usage copy is not signed by the province that sent it": bool(signers) and signers <= promise.signing_keys,
        f"the usage copy's own signature is {examined.verdict}": examined.verdict is Verdict.VALID,
        _OTHER_ORIGINAL: bytes.fromhex(copy.original_sm3) == promise.head.original_sm3,
    }
