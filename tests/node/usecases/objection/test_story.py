"""An objection from the counter to the correction: who knows what, when, and what stands on record. P5."""

import json
from dataclasses import replace
from typing import Any

import pytest

from federation.errors import PeerError
from node.errors import RefusedError
from node.library.record import FaceField
from node.ports.objections import CaseState
from node.ports.retrieving import RetrieveForm
from tests.node.usecases.mesh import ANHUI, CALLER, FACE, HOLDER, JIANGSU, SHANGHAI, ZHEJIANG, record
from tests.node.usecases.objection.cases import CERTIFICATE, CLAIM, COUNTER_APP, HOME_APP, MANAGER, Bureaus
from trust.objection import begun, read, verify


async def shown_in_search(mesh: Bureaus) -> bool:
    answer = await mesh.mesh.jiangsu.find(mesh.apply_id)
    return {one.item.identifier: one.item.disputed for one in answer.items}[CERTIFICATE.identifier]


async def use_at(mesh: Bureaus, consumer: str) -> None:
    """Somebody used the certificate before."""
    use: dict[str, Any] = {"apply_id": "a", "period": 0, "output": "DATA", "exchange_id": "e"}
    redeem = {"consumer": consumer, "identifier": CERTIFICATE.identifier, **use}
    await mesh.mesh.zhejiang.store.transact(lambda nouns: nouns.applications.redeem(**redeem))


async def test_an_objection_goes_to_the_issuers_province_and_marks_the_certificate_until_it_is_answered(
    mesh: Bureaus,
) -> None:
    assert not await shown_in_search(mesh)
    raised = await mesh.jiangsu.office.raise_(CALLER, mesh.form(), "k")
    assert (raised.state, raised.owner, raised.delivered) == (CaseState.OPEN, ZHEJIANG, False)
    assert await shown_in_search(mesh), "where it was raised it is known at once"
    assert not mesh.zhejiang.disputed()
    assert mesh.jiangsu.woken == [ZHEJIANG]

    assert await mesh.jiangsu.tell(ZHEJIANG) == 1
    assert mesh.zhejiang.disputed()
    (seen,) = await mesh.jiangsu.office.show(CALLER, raised.objection_id)
    assert seen.delivered

    await mesh.zhejiang.desk.take(MANAGER, raised.objection_id)
    await mesh.zhejiang.tell(JIANGSU)
    (seen,) = await mesh.jiangsu.office.show(CALLER, "")
    assert seen.state is CaseState.CHECKING

    await mesh.zhejiang.desk.reject(MANAGER, raised.objection_id, "经核对，登记与批准文件一致")
    await mesh.zhejiang.tell(JIANGSU)
    (seen,) = await mesh.jiangsu.office.show(CALLER, raised.objection_id)
    assert [one.state for one in seen.moves] == [CaseState.CHECKING, CaseState.REJECTED]
    assert seen.moves[-1].reason == "经核对，登记与批准文件一致"
    assert not mesh.zhejiang.disputed()
    assert not await shown_in_search(mesh)


async def test_who_keeps_the_documents_can_show_them_to_a_stranger(mesh: Bureaus) -> None:
    raised = await mesh.raised()
    await mesh.zhejiang.desk.reject(MANAGER, raised.objection_id, "登记无误")
    await mesh.zhejiang.tell(JIANGSU)
    (seen,) = await mesh.jiangsu.office.show(CALLER, raised.objection_id)

    signed = [read(document) for document in seen.documents]
    for one in signed:
        verify(one, mesh.mesh.jiangsu.directory.membership)

    assert begun(signed).state.value == "REJECTED"
    assert CLAIM not in b"".join(seen.documents).decode()


async def test_a_new_version_is_pointed_to_and_every_province_that_used_the_old_one_hears_of_it(mesh: Bureaus) -> None:
    await use_at(mesh, ANHUI)
    raised = await mesh.raised()
    corrected = record(ZHEJIANG, serial="2")
    await mesh.mesh.zhejiang.keep(corrected)
    await mesh.zhejiang.desk.correct(MANAGER, raised.objection_id, corrected.identifier)
    for peer in (JIANGSU, ANHUI, SHANGHAI):
        await mesh.zhejiang.tell(peer)

    row = mesh.mesh.zhejiang.store.read.certificates.get(CERTIFICATE.identifier)
    assert row is not None
    assert (row.superseded_by, row.disputed) == (corrected.identifier, False)
    assert [one.state(raised.objection_id) for one in (mesh.jiangsu, mesh.anhui)] == ["CORRECTED", "CORRECTED"]
    assert mesh.shanghai.state(raised.objection_id) == "", "it has nothing to do with it"
    (seen,) = await mesh.jiangsu.office.show(CALLER, "")
    assert seen.moves[-1].correction == corrected.identifier


async def test_data_that_were_imported_anew_are_a_correction_and_unchanged_ones_are_none(mesh: Bureaus) -> None:
    raised = await mesh.raised()
    with pytest.raises(RefusedError, match="the data are what they were"):
        await mesh.zhejiang.desk.correct(MANAGER, raised.objection_id, "")
    await mesh.mesh.zhejiang.keep(CERTIFICATE)
    with pytest.raises(RefusedError, match="the data are what they were"):
        await mesh.zhejiang.desk.correct(MANAGER, raised.objection_id, "")

    mended = (FaceField(name="开采矿种", column="KZ_KIND", value="石灰岩"), *FACE[2:])
    await mesh.mesh.zhejiang.keep(record(ZHEJIANG, face=mended))
    told = await mesh.zhejiang.desk.correct(MANAGER, raised.objection_id, "", "已按批准文件更正")

    assert (told["state"], told["state_zh"]) == ("CORRECTED", "已更正")
    assert not mesh.zhejiang.disputed()


@pytest.mark.parametrize(
    "by",
    [
        pytest.param(CERTIFICATE, id="the same certificate"),
        pytest.param(record(ZHEJIANG, serial="9"), id="one that the library has not"),
    ],
)
async def test_what_is_pointed_to_has_to_be_another_certificate_of_the_holder(mesh: Bureaus, by: Any) -> None:
    raised = await mesh.raised()

    with pytest.raises(RefusedError, match="not another certificate"):
        await mesh.zhejiang.desk.correct(MANAGER, raised.objection_id, by.identifier)

    assert mesh.zhejiang.state(raised.objection_id) == "OPEN"


async def test_a_holder_objects_in_the_home_app_and_the_owner_knows_the_holder_by_the_handle(mesh: Bureaus) -> None:
    raised = await mesh.jiangsu.office.raise_(HOME_APP, mesh.of_holder(), "k")
    await mesh.jiangsu.tell(ZHEJIANG)

    assert raised.owner == ZHEJIANG, "the identifier names its issuer"
    assert mesh.zhejiang.disputed()
    told = await mesh.zhejiang.desk.show(MANAGER, raised.objection_id)
    assert (told["claim"], told["identifier"], told["raised_by"]) == (CLAIM, CERTIFICATE.identifier, "HOLDER")


async def test_two_objections_hold_the_mark_until_both_are_answered(mesh: Bureaus) -> None:
    first, second = await mesh.raised("k1"), await mesh.raised("k2")
    await mesh.zhejiang.desk.reject(MANAGER, first.objection_id, "登记无误")
    assert mesh.zhejiang.disputed()

    await mesh.zhejiang.desk.reject(MANAGER, second.objection_id, "登记无误")
    assert not mesh.zhejiang.disputed()


async def test_an_objection_at_the_issuers_own_province_needs_no_other(mesh: Bureaus) -> None:
    caller = replace(COUNTER_APP, use_org_code="11330000DEMA00216X")
    raised = await mesh.zhejiang.office.raise_(caller, mesh.of_holder(), "k")

    assert (raised.owner, raised.delivered, mesh.zhejiang.disputed()) == (ZHEJIANG, True, True)
    await mesh.zhejiang.office.withdraw(caller, raised.objection_id)
    await mesh.zhejiang.watch.look()
    assert (mesh.zhejiang.state(raised.objection_id), mesh.zhejiang.disputed()) == ("WITHDRAWN", False)


async def test_who_objected_takes_it_back_and_the_owner_closes_it(mesh: Bureaus) -> None:
    raised = await mesh.raised()
    await mesh.zhejiang.desk.take(MANAGER, raised.objection_id)
    await mesh.zhejiang.tell(JIANGSU)
    seen = await mesh.jiangsu.office.withdraw(CALLER, raised.objection_id)
    again = await mesh.jiangsu.office.withdraw(CALLER, raised.objection_id)
    assert (seen.state, seen.taking_back) == (CaseState.CHECKING, True)
    assert again == seen

    await mesh.jiangsu.tell(ZHEJIANG)
    await mesh.zhejiang.watch.look()
    assert (mesh.zhejiang.state(raised.objection_id), mesh.zhejiang.disputed()) == ("WITHDRAWN", False)
    await mesh.zhejiang.tell(JIANGSU)
    assert mesh.jiangsu.state(raised.objection_id) == "WITHDRAWN"


async def test_a_withdrawal_that_crosses_the_answer_changes_nothing(mesh: Bureaus) -> None:
    raised = await mesh.raised()
    await mesh.zhejiang.desk.reject(MANAGER, raised.objection_id, "登记无误")
    await mesh.jiangsu.office.withdraw(CALLER, raised.objection_id)
    await mesh.jiangsu.tell(ZHEJIANG)
    await mesh.zhejiang.watch.look()
    await mesh.zhejiang.tell(JIANGSU)

    assert [one.state(raised.objection_id) for one in (mesh.jiangsu, mesh.zhejiang)] == ["REJECTED", "REJECTED"]
    assert mesh.jiangsu.province.store.read.objections.errands() == {}


async def test_a_province_that_is_down_hears_of_it_when_it_is_back_once(mesh: Bureaus) -> None:
    mesh.mesh.network.down(ZHEJIANG)
    raised = await mesh.jiangsu.office.raise_(CALLER, mesh.form(), "k")
    for _ in range(3):
        with pytest.raises(PeerError):
            await mesh.jiangsu.teller.tell_next(ZHEJIANG)
    mesh.mesh.network.up(ZHEJIANG)
    mesh.mesh.jiangsu.health.alive(ZHEJIANG)  # as the prober finds out

    assert await mesh.jiangsu.tell(ZHEJIANG) == 1
    assert await mesh.jiangsu.tell(ZHEJIANG) == 0
    assert len(mesh.zhejiang.entries("answered")) == 1
    assert mesh.zhejiang.state(raised.objection_id) == "OPEN"


async def test_nothing_on_record_says_who_objects_or_what_is_claimed(mesh: Bureaus) -> None:
    raised = await mesh.jiangsu.office.raise_(HOME_APP, mesh.of_holder(), "k")
    await mesh.jiangsu.tell(ZHEJIANG)
    await mesh.zhejiang.desk.show(MANAGER, raised.objection_id)
    await mesh.zhejiang.desk.reject(MANAGER, raised.objection_id, "登记无误")
    await mesh.zhejiang.tell(JIANGSU)
    handle = mesh.mesh.jiangsu.vault.handle(HOLDER.type_code, HOLDER.code)

    for one in (mesh.jiangsu, mesh.zhejiang):
        text = json.dumps(one.province.entries(type="OBJECTION"), ensure_ascii=False)
        for secret in (CLAIM, HOLDER.code, HOLDER.name, handle, MANAGER.account):
            assert secret not in text
    steps = [[each["step"] for each in one.province.entries(type="OBJECTION")] for one in (mesh.jiangsu, mesh.zhejiang)]
    assert steps == [["raised", "asked", "told", "answered"], ["answered", "shown", "rejected", "asked", "told"]]
    held = mesh.zhejiang.province.store.read.contents.of(raised.objection_id, 9)
    assert CLAIM.encode() not in held[0].sealed


async def test_a_use_during_the_dispute_is_told_of_the_outcome(mesh: Bureaus) -> None:
    raised = await mesh.jiangsu.office.raise_(HOME_APP, mesh.of_holder(), "k")
    await mesh.jiangsu.tell(ZHEJIANG)
    wish = RetrieveForm(apply_id=mesh.apply_id, identifier=CERTIFICATE.identifier)
    await mesh.mesh.jiangsu.retrieval.data(CALLER, wish)
    await use_at(mesh, SHANGHAI)
    await mesh.zhejiang.desk.reject(MANAGER, raised.objection_id, "登记无误")
    await mesh.zhejiang.tell(SHANGHAI)

    assert mesh.shanghai.state(raised.objection_id) == "REJECTED"
    with pytest.raises(RefusedError, match="NO_RECORD"):
        await mesh.shanghai.desk.reject(MANAGER, raised.objection_id, "不归本省（市）答复")


async def test_what_is_handed_out_meanwhile_says_that_it_is_disputed(mesh: Bureaus) -> None:
    wish = RetrieveForm(apply_id=mesh.apply_id, identifier=CERTIFICATE.identifier, key="k")
    await mesh.jiangsu.office.raise_(HOME_APP, mesh.of_holder(), "k")
    here = await mesh.mesh.jiangsu.retrieval.data(CALLER, wish)
    await mesh.jiangsu.tell(ZHEJIANG)
    again = await mesh.mesh.jiangsu.retrieval.data(CALLER, wish)

    assert (here.disputed, again.disputed) == (True, True)
