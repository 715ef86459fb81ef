"""What a provider hands out: the issued file, or a usage copy (加注件) of it made for this one exchange. Clause 8.3, DESIGN §2.6.

Prepared before the unit of work that spends the use, since it takes milliseconds and the event loop must not wait; the unit then names
the prepared file's digest in answer and evidence. A copy is kept until no retry can ask for it any more, so that a stream can be resumed.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from federation.model.refusal import Reason, Refusal
from federation.model.retrieval import FileQuery
from node.errors import RefusedError
from node.library.documents import MAX_WHOLE, Documents, Examined, read_bounded
from node.library.files import FileStore, StoredFile
from node.ports.applications import GivenVerdict
from node.ports.certificates import StoredCertificate
from node.ports.reports import ReportOf, StoredReport
from node.ports.store import Store
from node.usecases.retrieval.space import Space
from node.vault import Vault
from trust.errors import DocumentError
from trust.ofd import UsageTerms

_log = structlog.get_logger(__name__)

T = TypeVar("T")

WORKERS = 2  # files worked on at once

GONE = Refusal(reason=Reason.USE_CODE_SPENT, detail="the file of this exchange is kept no longer")
"""A repeat of an exchange whose file went away: its use is spent, and another application gets another copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A file ready to be handed out: what is sent, of which original (SM3, hex), what was found of that, and a usage copy's terms.

    `repeated`: it is what this exchange got before, whatever stands in the library now.
    """

    file: StoredFile
    original_sm3: str
    verdict: str
    terms: UsageTerms | None = None
    repeated: bool = False


class Handout:
    """Prepares files for one node."""

    def __init__(
        self,
        *,
        store: Store,
        documents: Documents,
        originals: FileStore,
        copies: FileStore,
        vault: Vault,
        clock: Callable[[], datetime],
        lifetime: timedelta,
        space: Space,
    ) -> None:
        """Issued files are in `originals`, copies go into `copies` and hold for `lifetime` at most; a file held whole takes of `space`."""
        self._store = store
        self._documents = documents
        self._originals = originals
        self._copies = copies
        self._vault = vault
        self._clock = clock
        self._lifetime = lifetime
        self._space = space
        self._workers = asyncio.Semaphore(WORKERS)

    async def prepare(
        self, row: StoredCertificate, verdict: GivenVerdict, query: FileQuery, exchange_id: str
    ) -> Prepared | Refusal:
        """The file that answers `query`, or why there is none."""
        try:
            return await self._prepared(row, verdict, query, exchange_id)
        except RefusedError as error:
            return error.refusal

    async def again(self, before: Prepared, *, original: bool) -> Prepared | Refusal:
        """What was handed out before, a copy with the terms it holds; `GONE` where it is kept no longer."""
        if original:
            return before if await asyncio.to_thread(before.file.path.is_file) else GONE
        try:
            async with self._space.of(before.file.size):
                return replace(before, terms=await self._blocking(lambda: self._documents.terms(_read(before.file))))
        except RefusedError:
            return GONE

    def handed_out(self, sm3: str, size: int, *, original: bool) -> StoredFile:
        """Where a file stands that was prepared before."""
        return (self._originals if original else self._copies).get(sm3, size)

    async def drop(self, prepared: Prepared | Refusal | None) -> None:
        """Forget a copy that was prepared and not handed out, now or before."""
        if isinstance(prepared, Prepared) and prepared.terms is not None and not prepared.repeated:
            await asyncio.to_thread(self._copies.remove, prepared.file.sm3)

    async def _prepared(
        self, row: StoredCertificate, verdict: GivenVerdict, query: FileQuery, exchange_id: str
    ) -> Prepared:
        if not row.file_sm3:
            raise RefusedError(Reason.NO_RECORD, "no file is kept of this certificate")
        original = self._originals.get(row.file_sm3, row.file_size)
        found = await self._verdict(original)
        if not self._documents.accepts(found):
            raise RefusedError(Reason.NOT_DELIVERABLE, f"file {found}")
        if query.original:
            if not await asyncio.to_thread(original.path.is_file):
                raise _unreadable()
            return Prepared(file=original, original_sm3=original.sm3, verdict=found)
        terms = self._terms(verdict, query, exchange_id)
        if original.size > MAX_WHOLE:
            raise RefusedError(
                Reason.COPY_FAILED, f"a file of more than {MAX_WHOLE} bytes is handed out as the original alone"
            )
        async with self._space.of(original.size):
            copied = await self._blocking(lambda: self._copy(original, terms))
        return Prepared(file=copied, original_sm3=original.sm3, verdict=found, terms=terms)

    def _terms(self, verdict: GivenVerdict, query: FileQuery, exchange_id: str) -> UsageTerms:
        """For whom, for what, and until when: not later than this node allows, not later than was asked for."""
        now = self._clock()
        latest = now + self._lifetime
        if query.expires is not None and query.expires <= now:
            raise RefusedError(Reason.BAD_PARAMETER, "copyExpiringTime is over")
        try:
            return UsageTerms(
                creator=self._documents.creator,
                cause=verdict.use_cause.strip(),
                using_unit=verdict.use_org_name.strip(),
                exchange_id=exchange_id,
                created=now,
                expires=latest if query.expires is None else min(query.expires, latest),
            )
        except DocumentError as error:
            raise RefusedError(Reason.BAD_PARAMETER, str(error)) from error

    def _copy(self, original: StoredFile, terms: UsageTerms) -> StoredFile:
        data = _read(original)
        try:
            copy = self._documents.usage_copy(data, terms, sm3=bytes.fromhex(original.sm3))
        except DocumentError as error:
            raise RefusedError(Reason.COPY_FAILED, f"no usage copy can be made: {error}") from error
        try:
            return self._copies.put(copy)
        except OSError as error:
            _log.error("copies.failed", error=error.strerror)
            detail = "the usage copy cannot be kept on the disk of the province that makes it"
            raise RefusedError(Reason.INTERNAL, detail) from error

    async def _verdict(self, original: StoredFile) -> str:
        """What the import found; of a file that came before reports were kept, what is found now."""
        report = self._store.read.reports.get(ReportOf.ISSUED, original.sm3)
        if report is not None:
            return report.verdict
        examined = await self._blocking(lambda: self._examine(original))
        stored = stored_report(ReportOf.ISSUED, original.sm3, examined, self._vault, self._clock())
        await self._store.transact(lambda nouns: nouns.reports.put(stored))
        return stored.verdict

    def _examine(self, original: StoredFile) -> Examined:
        try:
            if not original.intact():
                raise _damaged()
            with original.path.open("rb") as file:
                return self._documents.examine(file, sm3=bytes.fromhex(original.sm3), at=self._clock())
        except OSError as error:
            raise _unreadable() from error
        except DocumentError as error:
            raise RefusedError(Reason.NOT_DELIVERABLE, "the file kept is not a readable OFD package") from error

    async def _blocking(self, work: Callable[[], T]) -> T:
        async with self._workers:
            working = asyncio.create_task(asyncio.to_thread(work), name="handout")
            try:
                return await asyncio.shield(working)
            finally:
                await asyncio.wait([working])  # a thread cannot be stopped: what it holds is held until it ends


def _read(file: StoredFile) -> bytes:
    """A kept file's bytes.

    Raises:
        RefusedError: it is gone or damaged; the operator has to put it back from a backup.
    """
    try:
        data = read_bounded(file.path)
    except (OSError, DocumentError) as error:
        raise _unreadable() from error
    if not file.fits(data):
        raise _damaged()
    return data


def _unreadable() -> RefusedError:
    return RefusedError(Reason.INTERNAL, "the file kept of this certificate cannot be read")


def _damaged() -> RefusedError:
    return RefusedError(Reason.INTERNAL, "the file kept of this certificate is damaged")


def stored_report(about: ReportOf, key: str, examined: Examined, vault: Vault, now: datetime) -> StoredReport:
    """A report as the store keeps it."""
    return StoredReport(
        about=about,
        key=key,
        file_sm3=examined.sm3.hex(),
        verdict=examined.original_verdict.value,
        sealed=vault.seal(examined.report, report_label(about, key)),
        verified_at=now,
    )


def report_label(about: ReportOf, key: str) -> bytes:
    """What binds a sealed report to its file."""
    return f"report\x1f{about.value}\x1f{key}".encode()
