"""Taking certificates into the province's own library: every row checked, everything or nothing. Issue: `certmesh import`.

Rows are put aside in batches while they are read; only when all of them are good do they become visible, in one transaction with the
evidence entry. A crash leaves rows aside that the next start forgets, and files that nothing names yet.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

from federation.model.evidence import EventType
from node.library.documents import Documents
from node.library.files import FileStore
from node.library.manifest import Row, RowError, read_manifest
from node.library.quality import seal_words
from node.library.record import CertificateRecord
from node.library.row import Fault
from node.ports.certificates import StoredCertificate
from node.ports.quality import Source, StoredFinding
from node.ports.reports import ReportOf, StoredReport
from node.ports.store import Nouns, Store
from node.usecases.quality import MAX_REFUSED, Findings, keep_refused
from node.usecases.record import Recorder
from node.usecases.retrieval.delivery import certificate_label
from node.usecases.retrieval.handout import stored_report
from node.vault import Vault
from trust import gm
from trust.errors import DocumentError
from trust.ofd import Verdict

BATCH_ROWS = 200
CLEARED = 2_000  # findings forgotten in one unit of work


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of an import. With errors, nothing was imported."""

    rows: int
    new: int
    replaced: int
    errors: tuple[RowError, ...]
    quality: dict[str, int]
    verdicts: dict[str, int]

    @property
    def ok(self) -> bool:
        """Whether the rows are in the library now."""
        return not self.errors


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A row to be put aside, with what was found of its file."""

    row: StoredCertificate
    report: StoredReport | None
    findings: tuple[StoredFinding, ...]


@dataclass(slots=True)
class _Tally:
    """What the reading of the rows has gathered so far."""

    rows: int
    errors: list[RowError]
    quality: dict[str, int]
    verdicts: dict[str, int]
    digest: gm.Sm3Hash


class Importer:
    """Imports one source at a time into one library."""

    def __init__(
        self,
        *,
        province: str,
        store: Store,
        documents: Documents,
        files: FileStore,
        vault: Vault,
        recorder: Recorder,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        """Rows into `store`, files that `documents` accepts into `files`."""
        self._province = province
        self._store = store
        self._documents = documents
        self._files = files
        self._vault = vault
        self._recorder = recorder
        self._clock = clock
        self._new_id = new_id
        self._findings = Findings(vault=vault, clock=clock)

    async def run(self, source: Path, progress: Callable[[int], None]) -> ImportReport:
        """Import a folder or a manifest; `progress` is told the number of rows read so far.

        Raises:
            ManifestError: the source itself cannot be read.
            StoreError: the store failed; nothing was imported.
        """
        import_id = self._new_id()
        tally = _Tally(rows=0, errors=[], quality={}, verdicts={}, digest=gm.new_sm3())
        rows = read_manifest(source)
        try:
            while batch := await asyncio.to_thread(self._prepare, rows, tally):
                await self._stage(import_id, batch)
                progress(tally.rows)
            await self._forget_refused()
            await self._keep_refused(tally.errors)
            if not tally.errors:
                return await self._store.transact(lambda nouns: self._publish(nouns, import_id, tally))
        except BaseException:
            await asyncio.shield(self._forget(import_id))
            raise
        await self._forget(import_id)
        return _report(tally, new=0, replaced=0)

    async def _forget_refused(self) -> None:
        """What the import before refused is this one's to find again, once it has read all of its source."""
        while await self._store.transact(lambda nouns: nouns.quality.clear(Source.REFUSED, CLEARED)):
            pass

    async def _keep_refused(self, errors: list[RowError]) -> None:
        """What the issuer has to mend before these rows can be taken."""
        kept = [self._findings.refused(one, self._province) for one in errors[:MAX_REFUSED]]
        for start in range(0, len(kept), BATCH_ROWS):
            await self._store.transact(partial(keep_refused, findings=kept[start : start + BATCH_ROWS]))

    async def _stage(self, import_id: str, batch: list[_Ready]) -> None:
        """Put rows aside. A report is about bytes, and findings are about what the issuer delivered: they may stand before the row does."""

        def unit(nouns: Nouns) -> None:
            nouns.certificates.stage(import_id, [one.row for one in batch])
            for one in batch:
                nouns.quality.replace(Source.IMPORTED, self._vault.reference(one.row.identifier), one.findings)
                if one.report is not None:
                    nouns.reports.put(one.report)

        await self._store.transact(unit)

    async def _forget(self, import_id: str) -> None:
        await self._store.transact(lambda nouns: nouns.certificates.drop_staged(import_id))

    def _prepare(self, rows: Iterator[Row | RowError], tally: _Tally) -> list[_Ready]:
        """Read, check, verify, seal and file the next rows; off the loop. An empty list is the end: bad rows are counted, not returned."""
        batch: list[_Ready] = []
        while not batch:
            taken = list(islice(rows, BATCH_ROWS))
            if not taken:
                return batch
            for row in taken:
                if isinstance(row, RowError):
                    tally.errors.append(row)
                elif (ready := self._ready(row, tally)) is not None:
                    batch.append(ready)
        return batch

    def _ready(self, row: Row, tally: _Tally) -> _Ready | None:
        """A row as the store keeps it, with its file verified and copied in; None where it must not be kept."""
        tally.rows += 1
        record = row.record
        if record.area_code[:2] != self._province[:2]:
            tally.errors.append(
                _error(row, "certificateAreaCode", Fault.AREA, "is of another province than this node's")
            )
            return None
        report = None
        seal: tuple[str, ...] = ()
        if row.file is not None:
            report = self._filed(row, row.file, tally)
            if report is None:
                return None
            seal = seal_words(Verdict(report.verdict))
        for word in record.data_quality:
            tally.quality[word] = tally.quality.get(word, 0) + 1
        tally.digest.update(record.identifier.encode() + b"\n")
        words = (*record.data_quality, *seal)
        findings = self._findings.of(Source.IMPORTED, record.identifier, self._province, words)
        return _Ready(row=stored_certificate(record, self._vault), report=report, findings=findings)

    def _filed(self, row: Row, path: Path, tally: _Tally) -> StoredReport | None:
        """Verify a row's file and copy it in; None where it must not be kept."""
        try:
            digest = bytes.fromhex(row.record.file_sm3 or "")
            with path.open("rb") as file:
                examined = self._documents.examine(file, sm3=digest, at=self._clock())
        except (DocumentError, OSError):  # it was readable when the row was checked
            tally.errors.append(_error(row, "file", Fault.FILE, "changed while it was being imported"))
            return None
        verdict = examined.verdict
        tally.verdicts[verdict] = tally.verdicts.get(verdict, 0) + 1
        if examined.copy is not None:
            tally.errors.append(_error(row, "file", Fault.FILE, "is a usage copy (加注件), not an issued file"))
        elif not self._documents.accepts(verdict):
            tally.errors.append(_error(row, "file", Fault.VERDICT, _not_accepted(verdict)))
        elif self._copied_in(path) != row.record.file_sm3:
            tally.errors.append(_error(row, "file", Fault.FILE, "changed while it was being imported"))
        else:
            return stored_report(ReportOf.ISSUED, examined.sm3.hex(), examined, self._vault, self._clock())
        return None

    def _copied_in(self, path: Path) -> str:
        """The SM3 (hex) of what was copied in; "" where it went away in the meantime."""
        try:
            with path.open("rb") as file:
                return self._files.put(file).sm3
        except FileNotFoundError:
            return ""

    def _publish(self, nouns: Nouns, import_id: str, tally: _Tally) -> ImportReport:
        new, replaced = nouns.certificates.publish(import_id)
        entry = self._recorder.entry(
            EventType.IMPORT,
            "imported",
            import_id,
            new=new,
            replaced=replaced,
            identifiers=tally.digest.hexdigest(),
            verdicts=dict(sorted(tally.verdicts.items())),
        )
        nouns.evidence.append(entry)
        return _report(tally, new=new, replaced=replaced)


def _report(tally: _Tally, *, new: int, replaced: int) -> ImportReport:
    return ImportReport(
        rows=tally.rows,
        new=new,
        replaced=replaced,
        errors=tuple(tally.errors),
        quality=tally.quality,
        verdicts=tally.verdicts,
    )


def _not_accepted(verdict: Verdict) -> str:
    """What a row's error says of a file that was verified and is not taken."""
    step = "see `certmesh ofd verify` for the reasons"
    if verdict is Verdict.TAMPERED:
        return f"the file is {verdict}: it is not what was signed; {step}"
    return f"the file is {verdict}, which documents.accept does not name; {step}, and check documents.trust"


def _error(row: Row, column: str, fault: Fault, message: str) -> RowError:
    return RowError(
        row_number=row.row_number,
        source=row.source,
        column=column,
        code=fault,
        message=message,
        identifier=row.record.identifier,
    )


def stored_certificate(record: CertificateRecord, vault: Vault) -> StoredCertificate:
    """A record as the store keeps it: list metadata in the clear, the whole under the storage key."""
    plain = json.dumps(record.to_dict(), ensure_ascii=False).encode()
    return StoredCertificate(
        identifier=record.identifier,
        holder_digests=tuple(vault.holder_digest(one.type_code, one.code) for one in record.holders),
        name=record.name,
        type_name=record.type_name,
        type_code=record.type_code,
        number=record.number,
        area_code=record.area_code,
        issuer_name=record.issuer_name,
        issuer_code=record.issuer_code,
        issued=record.issued.isoformat(),
        valid_from=record.valid_from.isoformat(),
        valid_until=record.valid_until.isoformat() if record.valid_until else "",
        status=record.status.value,
        superseded_by=record.superseded_by or "",
        file_sm3=record.file_sm3 or "",
        file_size=record.file_size,
        file_format=record.file_format,
        sealed=vault.seal(plain, certificate_label(record.identifier)),
    )
