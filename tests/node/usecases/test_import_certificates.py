"""Importing certificates: everything or nothing, every mistake named, one entry on record. The rows' own rules: tests/node/library."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import pytest

from federation.model.refusal import Reason
from node.errors import RefusedError
from node.library.demo import DemoCertificate, SealMaker, demo_certificates
from node.library.files import FileStore, StoredFile
from node.library.manifest import ManifestError, write_manifest
from node.ports.reports import ReportOf
from node.ports.retrieving import RetrieveForm
from node.ports.store import StoreError
from node.usecases.import_certificates import BATCH_ROWS, Importer, ImportReport
from node.usecases.retrieval.delivery import open_record
from node.usecases.retrieval.handout import report_label
from tests.node.usecases.mesh import CALLER, ZHEJIANG, Mesh, Province, record
from tests.node.usecases.papers import DEMO_CA, sealed_file, unsigned_file
from tests.trust.ofd.signatures.makers import changed
from tests.trust.ofd.signatures.makers import sealed as sealed_entries
from trust.ofd import UsageTerms
from trust.ofd.signatures import write_package

DEMO = list(demo_certificates(ZHEJIANG, SealMaker(DEMO_CA), per_type=2))


def source(folder: Path, certificates: list[DemoCertificate] | None = None) -> Path:
    pairs = [(one.record, one.file) for one in (DEMO if certificates is None else certificates)]
    return write_manifest(pairs, folder / "source")


async def run(
    province: Province, path: Path, seen: list[int] | None = None, *, kept: FileStore | None = None
) -> ImportReport:
    importer = Importer(
        province=province.code,
        store=province.store,
        documents=province.documents,
        files=kept or province.files,
        vault=province.vault,
        recorder=province.recorder,
        clock=province.clock,
        new_id=province.new_id,
    )
    return await importer.run(path, (seen if seen is not None else []).append)


def spoil(manifest: Path, old: str, new: str, *, row: int) -> None:
    """Change one text in one row (from 1, below the header)."""
    lines = manifest.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    assert old in lines[row]
    lines[row] = lines[row].replace(old, new)
    manifest.write_text("".join(lines), encoding="utf-8-sig")


def file_of(folder: Path, certificate: DemoCertificate) -> Path:
    """Where a certificate's file lies in a source."""
    (path,) = [one for one in folder.rglob("*") if one.is_file() and one.read_bytes() == certificate.file]
    return path


def rows(province: Province) -> int:
    return province.store.read.certificates.count()


async def staged(province: Province) -> int:
    return await province.store.transact(lambda nouns: nouns.certificates.drop_staged())


async def test_a_good_source_is_imported_whole(mesh: Mesh, tmp_path: Path) -> None:
    seen: list[int] = []
    report = await run(mesh.zhejiang, source(tmp_path), seen)

    assert (report.rows, report.new, report.replaced, report.errors) == (len(DEMO), len(DEMO), 0, ())
    assert (rows(mesh.zhejiang), seen) == (len(DEMO), [len(DEMO)])


async def test_what_was_imported_opens_to_the_record_and_its_file(mesh: Mesh, tmp_path: Path) -> None:
    await run(mesh.zhejiang, source(tmp_path))
    one = DEMO[0]
    row = mesh.zhejiang.store.read.certificates.get(one.record.identifier)
    assert row is not None
    file = mesh.zhejiang.files.get(row.file_sm3, row.file_size)

    assert open_record(mesh.zhejiang.vault, row) == one.record
    assert file.path.read_bytes() == one.file


async def test_an_imported_certificate_is_found_and_delivered(mesh: Mesh, tmp_path: Path) -> None:
    await run(mesh.zhejiang, source(tmp_path))
    apply_id, answer = await mesh.found()
    (one,) = answer.items
    form = RetrieveForm(apply_id=apply_id, identifier=one.item.identifier, original=True)
    received = await mesh.jiangsu.retrieval.file(CALLER, form)

    assert received.path.read_bytes() == DEMO[0].file


async def test_an_import_is_one_entry_without_personal_data(mesh: Mesh, tmp_path: Path) -> None:
    await run(mesh.zhejiang, source(tmp_path))
    (entry,) = mesh.zhejiang.entries(type="IMPORT")
    text = json.dumps(entry, ensure_ascii=False)

    assert (entry["new"], "replaced" in entry) == (len(DEMO), True)
    assert not [one for one in DEMO for holder in one.record.holders if holder.code in text or holder.name in text]


async def test_a_second_import_replaces(mesh: Mesh, tmp_path: Path) -> None:
    manifest = source(tmp_path)
    await run(mesh.zhejiang, manifest)
    report = await run(mesh.zhejiang, manifest)

    assert (report.new, report.replaced, rows(mesh.zhejiang)) == (0, len(DEMO), len(DEMO))


async def test_one_bad_row_keeps_everything_out_and_is_named(mesh: Mesh, tmp_path: Path) -> None:
    manifest = source(tmp_path)
    spoil(manifest, "VALID", "NEVER", row=2)
    report = await run(mesh.zhejiang, manifest)
    (error,) = report.errors

    assert (error.row_number, error.column) == (3, "status")
    assert (report.ok, rows(mesh.zhejiang), await staged(mesh.zhejiang)) == (False, 0, 0)
    assert mesh.zhejiang.entries(type="IMPORT") == []


async def test_every_bad_row_is_named(mesh: Mesh, tmp_path: Path) -> None:
    manifest = source(tmp_path)
    for number in (1, 3):
        spoil(manifest, ZHEJIANG, "33000X", row=number)
    report = await run(mesh.zhejiang, manifest)

    assert sorted({error.row_number for error in report.errors}) == [2, 4]


async def test_a_bad_row_after_many_good_batches_keeps_all_of_them_out(mesh: Mesh, tmp_path: Path) -> None:
    good = [
        DemoCertificate(record=record(ZHEJIANG, serial=f"{number:04}"), file=b"") for number in range(BATCH_ROWS + 1)
    ]
    manifest = write_manifest([(one.record, None) for one in good], tmp_path / "source")
    spoil(manifest, "VALID", "NEVER", row=BATCH_ROWS + 1)
    seen: list[int] = []
    report = await run(mesh.zhejiang, manifest, seen)

    assert (seen, len(report.errors), rows(mesh.zhejiang)) == ([BATCH_ROWS], 1, 0)
    assert await staged(mesh.zhejiang) == 0


async def test_a_certificate_of_another_province_is_refused(mesh: Mesh, tmp_path: Path) -> None:
    report = await run(mesh.anhui, source(tmp_path))

    assert {(error.column, error.code.value) for error in report.errors} == {("certificateAreaCode", "AREA")}
    assert rows(mesh.anhui) == 0


async def test_what_was_in_the_library_stays_after_a_failed_import(mesh: Mesh, tmp_path: Path) -> None:
    await run(mesh.zhejiang, source(tmp_path / "first"))
    manifest = source(tmp_path / "second")
    spoil(manifest, "VALID", "NEVER", row=1)
    await run(mesh.zhejiang, manifest)

    assert rows(mesh.zhejiang) == len(DEMO)


async def test_a_file_that_changes_while_it_is_imported_is_refused(mesh: Mesh, tmp_path: Path) -> None:
    """It is read twice: when the row is checked, and when it is verified and copied in; here the second one changes between."""
    manifest = source(tmp_path, DEMO[:2])
    second = file_of(tmp_path, DEMO[1])

    class WrittenOver(FileStore):
        def put(self, source: bytes | BinaryIO) -> StoredFile:
            second.write_bytes(DEMO[0].file)
            return super().put(source)

    report = await run(mesh.zhejiang, manifest, kept=WrittenOver(tmp_path / "kept"))

    assert [(error.column, error.code.value) for error in report.errors] == [("file", "FILE")]
    assert rows(mesh.zhejiang) == 0


async def test_a_source_that_is_not_there_is_an_error_and_leaves_nothing(mesh: Mesh, tmp_path: Path) -> None:
    with pytest.raises(ManifestError):
        await run(mesh.zhejiang, tmp_path / "nowhere")

    assert await staged(mesh.zhejiang) == 0


async def test_a_store_that_fails_in_the_middle_leaves_nothing_visible(mesh: Mesh, tmp_path: Path) -> None:
    province = mesh.zhejiang

    def fails(size: int, root: bytes) -> bytes:
        raise StoreError("the disk is full")

    manifest = source(tmp_path)
    province.memory._nouns.evidence._sign = fails  # the last unit, which publishes and records, cannot commit
    with pytest.raises(StoreError):
        await run(province, manifest)

    assert rows(province) == 0


async def test_the_report_counts_what_is_unusual(mesh: Mesh, tmp_path: Path) -> None:
    words = [word for one in DEMO for word in one.record.data_quality]
    report = await run(mesh.zhejiang, source(tmp_path))

    assert report.quality == {word: words.count(word) for word in set(words)}


async def test_a_row_of_metadata_alone_is_imported_without_a_file(mesh: Mesh, tmp_path: Path) -> None:
    bare = replace(DEMO[0].record, file_sm3=None, file_size=0, file_format="")
    report = await run(mesh.zhejiang, write_manifest([(bare, None)], tmp_path / "source"))
    form = await mesh.wish(bare)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.file(CALLER, form)

    assert report.ok
    assert caught.value.refusal.reason is Reason.NO_RECORD


def with_file(file: bytes) -> list[DemoCertificate]:
    """One certificate with another file than the demonstration's."""
    return [DemoCertificate.of(DEMO[0].record, file)]


async def test_a_file_is_imported_with_its_report(mesh: Mesh, tmp_path: Path) -> None:
    report = await run(mesh.zhejiang, source(tmp_path, DEMO[:1]))
    kept = mesh.zhejiang.store.read.reports.get(ReportOf.ISSUED, DEMO[0].record.file_sm3 or "")

    assert kept is not None
    assert (kept.verdict, report.verdicts) == ("VALID", {"VALID": 1})
    opened = json.loads(mesh.zhejiang.vault.open(kept.sealed, report_label(ReportOf.ISSUED, kept.key)))
    assert [one["mathematics"] for one in opened["signatures"]] == ["valid"]


async def test_the_entry_of_an_import_counts_the_verdicts(mesh: Mesh, tmp_path: Path) -> None:
    await run(mesh.zhejiang, source(tmp_path))
    (entry,) = mesh.zhejiang.entries(type="IMPORT")

    assert entry["verdicts"] == {"VALID": len(DEMO)}


TAMPERED = changed(sealed_entries(), "OFD.xml", b"</", b" </")


@pytest.mark.parametrize(
    ("file", "word"),
    [
        pytest.param(unsigned_file(), "UNSIGNED", id="without a seal"),
        pytest.param(write_package(TAMPERED), "TAMPERED", id="changed after it was sealed"),
    ],
)
async def test_a_file_that_does_not_verify_is_refused_and_nothing_is_imported(
    mesh: Mesh, tmp_path: Path, file: bytes, word: str
) -> None:
    report = await run(mesh.zhejiang, source(tmp_path, [*with_file(file), *DEMO[1:]]))
    (error,) = report.errors

    assert (error.column, error.code.value) == ("file", "VERDICT")
    assert word in error.message
    assert (rows(mesh.zhejiang), await staged(mesh.zhejiang)) == (0, 0)


async def test_a_usage_copy_is_no_issued_file(mesh: Mesh, tmp_path: Path) -> None:
    now = mesh.clock.now
    terms = UsageTerms(
        creator="浙江省", cause="样例", using_unit="样例", exchange_id="e", created=now, expires=now + timedelta(days=1)
    )
    copy = mesh.zhejiang.documents.usage_copy(sealed_file(), terms)
    report = await run(mesh.zhejiang, source(tmp_path, with_file(copy)))

    assert [error.message for error in report.errors] == ["is a usage copy (加注件), not an issued file"]
