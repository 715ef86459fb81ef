"""What the verification of files found."""

from dataclasses import replace

from node.ports.reports import ReportOf, StoredReport
from node.ports.store import Store
from tests.node.storage.samples import LATER, NOON

REPORT = StoredReport(
    about=ReportOf.ISSUED, key="ab" * 32, file_sm3="ab" * 32, verdict="VALID", sealed=b"\x00\xff", verified_at=NOON
)


async def test_a_report_comes_back_as_it_was_put(store: Store) -> None:
    await store.transact(lambda nouns: nouns.reports.put(REPORT))

    assert store.read.reports.get(ReportOf.ISSUED, REPORT.key) == REPORT
    assert store.read.reports.get(ReportOf.ISSUED, "other") is None


async def test_reports_on_issued_and_received_files_do_not_meet(store: Store) -> None:
    received = replace(REPORT, about=ReportOf.RECEIVED, verdict="UNSIGNED")
    await store.transact(lambda nouns: nouns.reports.put(REPORT))
    await store.transact(lambda nouns: nouns.reports.put(received))

    assert store.read.reports.get(ReportOf.ISSUED, REPORT.key) == REPORT
    assert store.read.reports.get(ReportOf.RECEIVED, REPORT.key) == received


async def test_a_later_report_replaces_the_earlier_one(store: Store) -> None:
    later = replace(REPORT, verdict="VALID_UNTRUSTED", sealed=b"later", verified_at=LATER)
    await store.transact(lambda nouns: nouns.reports.put(REPORT))
    await store.transact(lambda nouns: nouns.reports.put(later))

    assert store.read.reports.get(ReportOf.ISSUED, REPORT.key) == later
