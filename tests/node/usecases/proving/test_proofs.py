"""A node proves the uses that it was a side of, with or without contents, and nothing that a stranger would not believe. Clause 8.5."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from federation.model.refusal import Reason
from federation.proof_bundle import BundleVerdict, Check, State, verify_bundle
from node.errors import RefusedError
from node.library.invented import LAND_TYPE
from node.library.record import Status
from node.paper import sheet_of
from node.ports.lists import Kind
from node.ports.retrieving import RetrieveForm
from node.ports.services import Caller, SearchForm
from node.usecases.proving.making import MAX_FILE_BYTES
from tests.node.usecases.consent.offices import PERSON, applying, consenting, given
from tests.node.usecases.mesh import CALLER, HOLDER, JIANGSU, ZHEJIANG, Mesh, Province, form, record
from tests.node.usecases.papers import sealed_file
from tests.node.usecases.presented.test_info_verification import presented, verifying
from tests.node.usecases.proving.making import Used, fingerprint, proofs_of, used, used_data
from trust.bundle import read_bundle


async def proof(province: Province, use: Used, *, contents: bool = True, file: bool = True) -> bytes:
    made = await proofs_of(province).make(use.exchange, contents=contents, file=use.file if file and contents else b"")
    return made.bundle


def judged(mesh: Mesh, bundle: bytes) -> BundleVerdict:
    verdict = verify_bundle(bundle, fingerprint(mesh))
    assert verdict.ok, verdict.problems
    return verdict


def states(verdict: BundleVerdict, *checks: Check) -> set[State]:
    return {verdict.finding(one).state for one in checks}


async def test_a_file_is_proven_with_everything_that_it_rests_on(mesh: Mesh) -> None:
    verdict = judged(mesh, await proof(mesh.jiangsu, await used(mesh)))
    use = verdict.use

    checks = set(Check) - {Check.REVOCATION, Check.WITNESSES, Check.CONSENT, Check.DATA}
    assert states(verdict, *checks) == {State.PASSED}
    assert use is not None
    assert (use.consumer, use.provider, use.output, use.outcome) == (JIANGSU, ZHEJIANG, "FILE", "OK")
    assert use.use_cause == "样例用途"


async def test_face_data_are_proven_by_what_both_sides_bind(mesh: Mesh) -> None:
    bundle = await proof(mesh.jiangsu, await used_data(mesh, mesh.zhejiang))
    verdict = judged(mesh, bundle)

    assert verdict.finding(Check.DATA).state is State.PASSED
    assert json.loads(read_bundle(bundle)["contents/data.json"])["surface"]


@pytest.mark.parametrize("file", [True, False])
async def test_a_provinces_own_use_is_proven_by_its_own_entry(mesh: Mesh, file: bool) -> None:
    use = await (used(mesh, mesh.jiangsu) if file else used_data(mesh, mesh.jiangsu))
    verdict = judged(mesh, await proof(mesh.jiangsu, use))

    assert verdict.use is not None
    assert verdict.use.provider == JIANGSU
    assert "双方" not in "".join(one.zh for one in verdict.findings)
    assert "仅有该省（市）自己的条目" in sheet_of(verdict).conclusion
    assert states(verdict, Check.APPLICATION, Check.VERDICT, Check.USE_LIST) == {State.PASSED}


async def test_the_provider_can_prove_it_too(mesh: Mesh) -> None:
    use = await used(mesh)
    verdict = judged(mesh, await proof(mesh.zhejiang, use))

    assert (verdict.made_by, verdict.use and verdict.use.consumer) == (ZHEJIANG, JIANGSU)
    assert verdict.finding(Check.FILE).state is State.PASSED


async def test_without_contents_digests_are_proven_and_no_person_is_named(mesh: Mesh) -> None:
    use = await used(mesh)
    bundle = await proof(mesh.jiangsu, use, contents=False)
    verdict = judged(mesh, bundle)

    assert states(verdict, Check.EXCHANGE, Check.APPLICATION, Check.VERDICT, Check.USE_LIST) == {State.PASSED}
    assert verdict.use is not None
    assert (verdict.use.holder_code, verdict.use.operator, verdict.use.opened) == ("", "", frozenset())
    assert verdict.use.file_sm3
    for word in ("91320000DEMA00013N", "江苏样例矿业", "经办人", "样例用途"):
        assert word.encode() not in bundle


async def test_the_proof_is_on_record_with_what_left(mesh: Mesh) -> None:
    use = await used(mesh)
    await proof(mesh.jiangsu, use, contents=False)
    (entry,) = mesh.jiangsu.entries(type="PROOF")

    assert (entry["exchange"], entry["contents"]) == (use.exchange, False)


async def test_equal_parts_make_equal_bytes(mesh: Mesh) -> None:
    use = await used(mesh)
    one, other = read_bundle(await proof(mesh.jiangsu, use)), read_bundle(await proof(mesh.jiangsu, use))

    assert {name for name in one if one[name] != other.get(name)} <= {
        "manifest.json",
        "seal/manifest.tlog-proof",
        *(name for name in one if name.startswith("log/")),
    }


async def test_a_province_that_is_down_is_proven_by_what_came_with_its_answers(mesh: Mesh) -> None:
    use = await used(mesh)
    mesh.network.down(ZHEJIANG)

    judged(mesh, await proof(mesh.jiangsu, use))


async def test_erased_contents_leave_the_proof_of_digests(mesh: Mesh) -> None:
    use = await used(mesh)
    (asked,) = mesh.jiangsu.entries(type="RETRIEVE", step="asked")
    for one in mesh.jiangsu.store.read.contents.of(asked["apply"], 100):
        await mesh.jiangsu.store.transact(lambda nouns, one=one: nouns.contents.erase(one.commitment))  # type: ignore[misc]
    bundle = await proof(mesh.jiangsu, use)

    assert "contents/application.json" not in read_bundle(bundle)
    assert states(judged(mesh, bundle), Check.APPLICATION, Check.VERDICT) == {State.PASSED}


async def test_an_application_that_went_with_a_search_is_proven_by_the_searchs_entries(mesh: Mesh) -> None:
    certificate = record(ZHEJIANG)
    await mesh.zhejiang.keep(certificate)
    while (
        mesh.zhejiang.store.read.evidence.head().size < 9
    ):  # the verdict's entry is the tenth: its part's name sorts behind "…-10"
        await mesh.zhejiang.store.transact(lambda nouns: nouns.evidence.append({"node": ZHEJIANG}))
    application, exchange_id = await mesh.jiangsu.applications.register(CALLER, form())
    search = SearchForm(apply_id=application.apply_id, holder=HOLDER)
    await mesh.jiangsu.search.fused(CALLER, search, exchange_id)
    wish = RetrieveForm(apply_id=application.apply_id, identifier=certificate.identifier)
    received = await mesh.jiangsu.retrieval.data(CALLER, wish)
    verdict = judged(mesh, await proof(mesh.jiangsu, Used(exchange=received.exchange_id, file=b"")))

    assert {one.type for one in verdict.entries} >= {"SEARCH", "RETRIEVE"}
    assert verdict.finding(Check.USE_LIST).state is State.PASSED
    assert {one.index for one in verdict.entries if one.province == ZHEJIANG} >= {9, 10}


async def test_the_consent_is_shown_and_signed_by_who_took_it(tmp_path: Path) -> None:
    mesh = await consenting(tmp_path)
    taken = await given(mesh)
    certificate = record(ZHEJIANG, holders=(PERSON,))
    await mesh.zhejiang.keep(certificate)
    apply_id = (await mesh.jiangsu.submit(**applying(taken.document))).application.apply_id
    await mesh.jiangsu.search.fused(CALLER, SearchForm(apply_id=apply_id, holder=PERSON))
    wish = RetrieveForm(apply_id=apply_id, identifier=certificate.identifier)
    received = await mesh.jiangsu.retrieval.data(CALLER, wish)
    verdict = judged(mesh, await proof(mesh.jiangsu, Used(exchange=received.exchange_id, file=b"")))

    assert verdict.finding(Check.CONSENT).state is State.PASSED


async def refused(province: Province, exchange: str, caller: Caller | None = None, file: bytes = b"") -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        await proofs_of(province).make(exchange, caller=caller, file=file)
    return caught.value


async def test_a_line_system_gets_the_proofs_of_its_own_uses_alone(mesh: Mesh) -> None:
    use = await used(mesh)
    stranger = replace(CALLER, app_id="another")

    assert (await proofs_of(mesh.jiangsu).make(use.exchange, caller=CALLER)).verdict.ok
    assert (await refused(mesh.jiangsu, use.exchange, stranger)).refusal.reason is Reason.NO_RECORD
    assert (await refused(mesh.zhejiang, use.exchange, CALLER)).refusal.reason is Reason.NO_RECORD
    assert (await refused(mesh.shanghai, use.exchange)).refusal.reason is Reason.NO_RECORD
    assert (await refused(mesh.jiangsu, "unknown")).refusal.reason is Reason.NO_RECORD


async def test_what_a_stranger_would_not_believe_is_not_handed_out(mesh: Mesh) -> None:
    use = await used(mesh)
    other = await refused(mesh.jiangsu, use.exchange, file=use.file + b"\x00")

    assert other.refusal.reason is Reason.NOT_PROVEN
    assert "file.ofd" in other.refusal.detail
    assert (
        await refused(mesh.jiangsu, use.exchange, file=bytes(MAX_FILE_BYTES + 1))
    ).refusal.reason is Reason.TOO_LARGE


async def test_a_line_that_was_taken_off_since_is_still_shown(mesh: Mesh) -> None:
    use = await used(mesh)
    mesh.clock.move(minutes=1)
    await mesh.jiangsu.publications.publish(Kind.USELIST, [])
    verdict = judged(mesh, await proof(mesh.jiangsu, use))

    assert verdict.use is not None
    assert (verdict.use.use_list, verdict.use.publication_version) == ("JS-0001", 1)


@pytest.mark.parametrize("known", [True, False])
async def test_a_comparison_is_proven_with_its_result(tmp_path: Path, known: bool) -> None:
    mesh = await verifying(await Mesh(tmp_path).ready())
    changes: dict[str, Any] = {} if known else {"identifier": "1.2.3", "province": ZHEJIANG}
    told = await mesh.jiangsu.info_verification.verify_info(CALLER, await presented(mesh, **changes))
    use = judged(mesh, await proof(mesh.jiangsu, Used(exchange=told.exchange_id, file=b""))).use

    assert use is not None
    assert (use.output, use.outcome, use.result) == ("VERIFY", "OK", "0" if known else "5")


async def test_a_refusal_is_proven_too(mesh: Mesh) -> None:
    certificate = record(ZHEJIANG, LAND_TYPE)
    await mesh.zhejiang.keep(certificate)
    wish = replace(await mesh.wish(certificate), key="k")
    await mesh.zhejiang.keep(replace(certificate, status=Status.REVOKED))
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.data(CALLER, wish)
    verdict = judged(mesh, await proof(mesh.jiangsu, Used(exchange=caught.value.exchange_id, file=b"")))

    assert verdict.use is not None
    assert (verdict.use.outcome, verdict.use.received) == ("NOT_DELIVERABLE", "")


async def test_a_file_that_came_on_the_second_try_is_proven_by_the_answer_that_brought_it(mesh: Mesh) -> None:
    certificate = record(ZHEJIANG, LAND_TYPE)
    await mesh.zhejiang.keep(certificate, file=sealed_file(certificate.identifier, size=3 << 20))
    wish = await mesh.wish(certificate, key="k", original=True)
    mesh.network.break_stream(ZHEJIANG, 2)
    with pytest.raises(RefusedError):
        await mesh.jiangsu.retrieval.file(CALLER, wish)
    received = await mesh.jiangsu.retrieval.file(CALLER, wish)
    data = received.path.read_bytes()
    mesh.jiangsu.retrieval.release(received)
    verdict = judged(mesh, await proof(mesh.jiangsu, Used(exchange=received.exchange_id, file=data)))

    assert verdict.finding(Check.FILE).state is State.PASSED
