"""Uses that are rare and honest are proven like any other, by either side. Clause 8.5."""

from datetime import timedelta
from pathlib import Path

import pytest

from federation.model.application import Kind, Output
from federation.proof_bundle import BundleVerdict, Check, State, verify_bundle
from node.errors import RefusedError
from node.library.invented import LAND_TYPE
from node.ports.retrieving import RetrieveForm
from tests.node.usecases.consent.offices import STANDING_LINE, consenting
from tests.node.usecases.mesh import CALLER, JIANGSU, ZHEJIANG, Mesh, Province, documents, record
from tests.node.usecases.papers import sealed_file, unsigned_file
from tests.node.usecases.proving.making import fingerprint, proofs_of
from trust.ofd import Verdict


async def proven(mesh: Mesh, province: Province, exchange: str, *, file: bytes = b"") -> BundleVerdict:
    made = await proofs_of(province).make(exchange, file=file)
    verdict = verify_bundle(made.bundle, fingerprint(mesh))
    assert verdict.ok, verdict.problems
    return verdict


@pytest.mark.parametrize("code", [JIANGSU, ZHEJIANG])
async def test_of_a_standing_application_each_use_rests_on_the_verdict_before_it(tmp_path: Path, code: str) -> None:
    mesh = await consenting(tmp_path)
    await mesh.zhejiang.keep(record(ZHEJIANG, LAND_TYPE))
    applied = await mesh.jiangsu.submit(use_list_id=STANDING_LINE, kind=Kind.STANDING)
    await mesh.jiangsu.find(applied.application.apply_id)
    wish = RetrieveForm(apply_id=applied.application.apply_id, identifier=record(ZHEJIANG, LAND_TYPE).identifier)
    used = []
    for _ in range(3):
        used.append((await mesh.jiangsu.retrieval.data(CALLER, wish)).exchange_id)
        mesh.clock.now += timedelta(minutes=31)
    for exchange in used:
        verdict = await proven(mesh, mesh[code], exchange)
        assert verdict.finding(Check.VERDICT).state is State.PASSED


@pytest.mark.parametrize("code", [JIANGSU, ZHEJIANG])
async def test_a_file_that_the_consumer_does_not_accept_is_proven_not_to_have_been_taken(mesh: Mesh, code: str) -> None:
    mesh.zhejiang.handout._documents = documents(mesh.zhejiang.identity, Verdict.UNSIGNED)
    certificate = record(ZHEJIANG, LAND_TYPE)
    await mesh.zhejiang.keep(certificate, file=unsigned_file(certificate.identifier))
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.file(CALLER, await mesh.wish(certificate))
    use = (await proven(mesh, mesh[code], caught.value.exchange_id)).use

    assert use is not None
    assert (use.outcome, use.not_taken, use.received) == ("OK", "FILE_MISMATCH", "")


@pytest.mark.parametrize("code", [JIANGSU, ZHEJIANG])
async def test_an_original_is_proven(mesh: Mesh, code: str) -> None:
    certificate = record(ZHEJIANG, LAND_TYPE)
    await mesh.zhejiang.keep(certificate, file=sealed_file(certificate.identifier))
    received = await mesh.jiangsu.retrieval.file(CALLER, await mesh.wish(certificate, original=True))
    data = received.path.read_bytes()
    mesh.jiangsu.retrieval.release(received)
    verdict = await proven(mesh, mesh[code], received.exchange_id, file=data)

    assert verdict.use is not None
    assert verdict.use.output == Output.ORIGINAL
    assert verdict.finding(Check.FILE).state is State.PASSED
