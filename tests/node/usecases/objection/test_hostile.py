"""What a member that means ill can sign about certificates and cases of others, and what becomes of it. P5."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation.errors import PeerError
from federation.model.refusal import Reason
from node.ports.retrieving import RetrieveForm
from tests.node.usecases.mesh import ANHUI, CALLER, JIANGSU, ZHEJIANG
from tests.node.usecases.objection.cases import CERTIFICATE, MANAGER, Bureau, Bureaus
from tests.node.usecases.objection.test_refused import held, signed_by, tell, verdict
from tests.node.usecases.objection.test_story import shown_in_search, use_at
from trust.objection import Raised, RaisedBy, Signed, State


def raised_by(one: Bureau, **changed: Any) -> Signed:
    """A case that a province owns itself, about whatever it likes."""
    now = one.province.clock()
    record = Raised(
        id="ab" * 16,
        province=one.province.code,
        owner=one.province.code,
        by=RaisedBy.HOLDER,
        unit="",
        certificate=CERTIFICATE.identifier,
        holder="ab" * 32,
        application="",
        fields=("KZ_KIND",),
        claim="cd" * 32,
        raised=now.isoformat(timespec="milliseconds"),
        due=(now + timedelta(days=7)).date().isoformat(),
    )
    return signed_by(one, replace(record, **changed))


async def test_a_province_marks_no_certificate_that_is_not_its_own(mesh: Bureaus) -> None:
    for peer in (JIANGSU, ZHEJIANG):
        await tell(mesh.shanghai, peer, raised_by(mesh.shanghai))
    data = await mesh.mesh.jiangsu.retrieval.data(
        CALLER, RetrieveForm(apply_id=mesh.apply_id, identifier=CERTIFICATE.identifier)
    )

    assert mesh.jiangsu.state("ab" * 16) == "OPEN", "it is known, and says nothing of another's certificate"
    assert (await shown_in_search(mesh), data.disputed) == (False, False)

    raised = await mesh.raised()
    await mesh.zhejiang.desk.reject(MANAGER, raised.objection_id, "登记无误")
    assert not mesh.zhejiang.disputed(), "the real case is over, and so is the mark"


async def test_who_was_told_of_a_case_hears_of_its_end_though_the_claim_was_erased(mesh: Bureaus) -> None:
    await use_at(mesh, ANHUI)
    raised = await mesh.raised()
    for peer in (ANHUI, JIANGSU):
        await mesh.zhejiang.tell(peer)
    (claim,) = mesh.mesh.zhejiang.store.read.contents.of(raised.objection_id, 9)
    await mesh.mesh.zhejiang.store.transact(lambda nouns: nouns.contents.erase(claim.commitment))

    await mesh.zhejiang.desk.reject(MANAGER, raised.objection_id, "登记无误")
    for peer in (ANHUI, JIANGSU):
        await mesh.zhejiang.tell(peer)

    assert [one.state(raised.objection_id) for one in (mesh.anhui, mesh.jiangsu)] == ["REJECTED", "REJECTED"]


NUMBER = "110101199003077715"


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"certificate": NUMBER}, id="as the certificate"),
        pytest.param({"certificate": f"1.2.156.{NUMBER}.X"}, id="inside the certificate"),
    ],
)
async def test_no_number_of_a_person_comes_into_our_log(mesh: Bureaus, changed: dict[str, Any]) -> None:
    with pytest.raises(PeerError) as caught:
        await tell(mesh.shanghai, JIANGSU, raised_by(mesh.shanghai, **changed))

    assert caught.value.refusal.reason is Reason.BAD_PARAMETER
    assert NUMBER not in str(mesh.jiangsu.province.entries())


async def told_by_owner(mesh: Bureaus, **changed: Any) -> tuple[str, Sequence[Signed]]:
    raised = await mesh.raised()
    documents = held(mesh.zhejiang, raised.objection_id)
    return raised.objection_id, [*documents, verdict(documents, mesh.zhejiang, State.CORRECTED, **changed)]


async def test_no_number_of_a_person_comes_as_a_correction(mesh: Bureaus) -> None:
    objection_id, documents = await told_by_owner(mesh, correction=NUMBER)
    with pytest.raises(PeerError):
        await tell(mesh.zhejiang, JIANGSU, *documents)

    assert mesh.jiangsu.state(objection_id) == "OPEN"


@pytest.mark.parametrize("days", [pytest.param(-2_000, id="long ago"), pytest.param(30_000, id="in 2099")])
async def test_an_owner_that_dates_its_move_otherwise_is_not_believed(mesh: Bureaus, days: int) -> None:
    at = mesh.mesh.clock() + timedelta(days=days)
    objection_id, documents = await told_by_owner(mesh, at=at.isoformat())
    with pytest.raises(PeerError) as caught:
        await tell(mesh.zhejiang, JIANGSU, *documents)

    assert caught.value.refusal.reason is Reason.BAD_PARAMETER
    assert mesh.jiangsu.state(objection_id) == "OPEN"
