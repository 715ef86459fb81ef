"""The quality report: what imports and received files leave in it, that better rows mend it, and that it names nobody. P13."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node.library.identifier import make
from node.library.manifest import ManifestError, write_manifest
from node.ports.quality import Source
from node.usecases.quality import Findings, QualityReport
from tests.node.usecases.mesh import CALLER, HOLDER, ZHEJIANG, Mesh, Province, record
from tests.node.usecases.papers import sealed_file, unsigned_file
from tests.node.usecases.test_import_certificates import DEMO, run, source, spoil
from trust.ofd import Verdict

ONE = DEMO[0].record


async def listed(province: Province, **wanted: str) -> list[dict[str, Any]]:
    report = QualityReport(store=province.store)
    return [one async for rows in report.findings(**wanted) for one in rows]


def words(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(one["source"], one["certificate"], one["finding"]) for one in rows]


def summed(province: Province) -> dict[str, int]:
    return {one["finding"]: one["certificates"] for one in QualityReport(store=province.store).summary()}


async def test_good_certificates_leave_nothing(mesh: Mesh, tmp_path: Path) -> None:
    await run(mesh.zhejiang, source(tmp_path))

    assert await listed(mesh.zhejiang) == []


async def test_what_is_accepted_and_odd_is_found_by_certificate_type_and_issuer(mesh: Mesh, tmp_path: Path) -> None:
    manifest = source(tmp_path)
    spoil(manifest, ONE.issued.isoformat(), f"{ONE.issued:%Y/%m/%d}", row=1)
    assert (await run(mesh.zhejiang, manifest)).ok
    found = await listed(mesh.zhejiang)

    assert words(found) == [("IMPORTED", ONE.identifier, "DATE_FORM")]
    assert (found[0]["type"], found[0]["issuer"], found[0]["province"]) == (ONE.type_code, ONE.issuer_code, ZHEJIANG)
    assert found[0]["title"] == "日期书写不规范"
    assert await listed(mesh.zhejiang, type_code=ONE.type_code, issuer_code=ONE.issuer_code) == found
    assert await listed(mesh.zhejiang, issuer_code="another") == []


async def test_a_better_row_mends_what_was_found(mesh: Mesh, tmp_path: Path) -> None:
    manifest = source(tmp_path)
    spoil(manifest, ONE.issued.isoformat(), f"{ONE.issued:%Y/%m/%d}", row=1)
    await run(mesh.zhejiang, manifest)
    await run(mesh.zhejiang, source(tmp_path))

    assert summed(mesh.zhejiang) == {}


async def test_a_row_that_is_refused_is_found_until_the_next_import(mesh: Mesh, tmp_path: Path) -> None:
    manifest = source(tmp_path)
    wrong = ONE.identifier[:-1] + ("A" if ONE.identifier[-1] != "A" else "B")
    spoil(manifest, ONE.identifier, wrong, row=1)
    assert not (await run(mesh.zhejiang, manifest)).ok
    found = await listed(mesh.zhejiang)
    assert ("REFUSED", wrong, "REFUSED_CHECK") in words(found)
    assert {one["type"] for one in found} == {ONE.type_code}

    assert (await run(mesh.zhejiang, source(tmp_path))).ok
    assert await listed(mesh.zhejiang) == []


async def test_a_source_that_cannot_be_read_leaves_the_report_as_it_is(mesh: Mesh, tmp_path: Path) -> None:
    manifest = source(tmp_path)
    spoil(manifest, ONE.identifier, HOLDER.name, row=1)
    await run(mesh.zhejiang, manifest)
    before = await listed(mesh.zhejiang)
    with pytest.raises(ManifestError):
        await run(mesh.zhejiang, tmp_path / "mistyped.csv")

    assert before
    assert await listed(mesh.zhejiang) == before


async def test_a_refused_row_without_an_identifier_is_called_by_its_number(mesh: Mesh, tmp_path: Path) -> None:
    manifest = source(tmp_path)
    spoil(manifest, ONE.identifier, HOLDER.name, row=1)
    await run(mesh.zhejiang, manifest)
    found = await listed(mesh.zhejiang)

    assert "row 2" in {one["certificate"] for one in found}
    assert HOLDER.name not in repr(found)


async def test_a_seal_that_is_not_as_it_should_be_is_a_finding_of_its_own(mesh: Mesh, tmp_path: Path) -> None:
    one = record(ZHEJIANG)
    mesh.zhejiang.documents._accept = frozenset((*mesh.zhejiang.documents._accept, Verdict.UNSIGNED))
    pair = (replace(one, file_sm3="x"), unsigned_file(one.identifier))
    assert (await run(mesh.zhejiang, write_manifest([pair], tmp_path / "source"))).ok

    assert summed(mesh.zhejiang) == {"SEAL_UNSIGNED": 1}


async def test_a_file_of_another_province_is_judged_where_it_arrives(mesh: Mesh) -> None:
    one = record(ZHEJIANG)
    await mesh.zhejiang.keep(one, file=sealed_file())
    received = await mesh.jiangsu.retrieval.file(CALLER, await mesh.wish(one, original=True))
    found = await listed(mesh.jiangsu)

    assert received.verdict == "VALID"
    assert words(found) == [("RECEIVED", one.identifier, "FILE_UNNAMED")]
    assert (found[0]["province"], found[0]["type"]) == (ZHEJIANG, one.type_code)


async def test_a_good_file_of_another_province_leaves_nothing(mesh: Mesh) -> None:
    one = record(ZHEJIANG)
    await mesh.zhejiang.keep(one, file=sealed_file(one.identifier))
    await mesh.jiangsu.retrieval.file(CALLER, await mesh.wish(one, original=True))

    assert await listed(mesh.jiangsu) == []


async def test_a_certificate_named_by_its_holders_number_is_named_by_a_digest(mesh: Mesh, tmp_path: Path) -> None:
    number = "11010519491231002X"  # the example of GB 11643 itself
    one = record(ZHEJIANG, serial=number)
    await run(mesh.zhejiang, write_manifest([(one, None)], tmp_path / "source"))
    found = await listed(mesh.zhejiang)

    assert {one["finding"] for one in found} == {"NO_FILE"}
    assert number not in repr(found)
    assert found[0]["certificate"].startswith("hmac-sm3:")


@pytest.mark.parametrize(
    ("issuer", "told"),
    [
        pytest.param("11010519491231002X", "", id="a citizen's number: the example of GB 11643"),
        pytest.param("110105194912310021", "", id="one with a wrong check character"),
        pytest.param("110105491231002", "", id="one of 15 digits"),
        pytest.param(ONE.issuer_code, ONE.issuer_code, id="a unit's code"),
        pytest.param("113200000140000003", "113200000140000003", id="a unit's code that is all digits"),
        pytest.param("014000102", "014000102", id="a code of the old form"),
    ],
)
def test_a_persons_number_in_the_issuers_place_is_told_to_nobody(mesh: Mesh, issuer: str, told: str) -> None:
    findings = Findings(vault=mesh.zhejiang.vault, clock=mesh.clock)
    identifier = make(ONE.type_code, issuer, "1", 1)
    (found,) = findings.of(Source.IMPORTED, identifier, ZHEJIANG, ("NONSTANDARD_ISSUER",))

    assert (found.type_code, found.issuer_code) == (ONE.type_code, told)
