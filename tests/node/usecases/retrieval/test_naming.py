"""A certificate by holder, type and number: the second group of parameters. REQUIREMENTS 8.3, S6."""

from dataclasses import replace
from typing import Any

import pytest

from federation.model.application import Holder
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.library.record import Status
from node.ports.retrieving import Named, RetrieveForm
from tests.node.usecases.mesh import ANHUI, CALLER, HOLDER, JIANGSU, ZHEJIANG, Mesh, record, reissued
from tests.node.usecases.papers import sealed_file

CERTIFICATE = record(ZHEJIANG)
NAMED = Named(holder=HOLDER, type_code=MINING_TYPE, number=CERTIFICATE.number)


async def wish(mesh: Mesh, named: Named = NAMED, **changes: Any) -> RetrieveForm:
    await mesh.zhejiang.keep(CERTIFICATE, file=sealed_file(CERTIFICATE.identifier))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    return RetrieveForm(apply_id=apply_id, named=named, key="k", **changes)


async def refused(mesh: Mesh, form: RetrieveForm) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.data(CALLER, form)
    return caught.value


async def test_data_and_file_come_as_if_asked_for_by_identifier_without_a_search_before(mesh: Mesh) -> None:
    form = await wish(mesh)
    data = await mesh.jiangsu.retrieval.data(CALLER, form)
    file = await mesh.jiangsu.retrieval.file(CALLER, form)

    assert (data.identifier, data.province) == (file.identifier, file.province) == (CERTIFICATE.identifier, ZHEJIANG)


async def test_a_repeat_with_the_same_key_is_the_same_use(mesh: Mesh) -> None:
    form = await wish(mesh)
    first = await mesh.jiangsu.retrieval.data(CALLER, form)
    again = await mesh.jiangsu.retrieval.data(CALLER, replace(form, identifier=CERTIFICATE.identifier, named=None))

    assert first.exchange_id == again.exchange_id


async def test_the_own_library_is_named_by_the_same_rules(mesh: Mesh) -> None:
    own = record(JIANGSU, LAND_TYPE, serial="7")
    await mesh.jiangsu.keep(own)
    form = await wish(mesh, Named(holder=HOLDER, type_code=LAND_TYPE, number=own.number))

    assert (await mesh.jiangsu.retrieval.data(CALLER, form)).identifier == own.identifier


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"number": "another"}, Reason.NO_RECORD, id="another number"),
        pytest.param({"type_code": LAND_TYPE}, Reason.NO_RECORD, id="another type"),
        pytest.param({"type_code": "none"}, Reason.MATTER_MISMATCH, id="a type that was not applied for"),
        pytest.param(
            {"holder": Holder(code="91310000DEMA00213B", type_code="001")},
            Reason.HOLDER_CODE_INVALID,
            id="a wrong code",
        ),
    ],
)
async def test_what_is_not_found_under_the_application_is_not_retrieved(
    mesh: Mesh, changes: dict[str, Any], reason: Reason
) -> None:
    error = await refused(mesh, await wish(mesh, replace(NAMED, **changes)))

    assert error.refusal.reason is reason
    assert mesh.zhejiang.entries(type="RETRIEVE") == []
    assert mesh.jiangsu.entries(exchange=error.exchange_id)


async def test_none_found_while_a_province_is_silent_is_not_none_found(mesh: Mesh) -> None:
    form = await wish(mesh)
    mesh.network.down(ZHEJIANG)

    assert (await refused(mesh, form)).refusal.reason in {Reason.PEER_UNREACHABLE, Reason.PEER_DOWN}


async def test_several_of_one_number_have_to_be_told_apart(mesh: Mesh) -> None:
    other = record(ANHUI, LAND_TYPE, serial="5", number="n")
    await mesh.anhui.keep(other)
    await mesh.zhejiang.keep(record(ZHEJIANG, LAND_TYPE, serial="6", number="n"))
    form = await wish(mesh, Named(holder=HOLDER, type_code=LAND_TYPE, number="n"))
    error = await refused(mesh, form)

    assert (error.refusal.reason, "certificateID" in error.refusal.detail) == (Reason.BAD_PARAMETER, True)
    assert (await mesh.jiangsu.retrieval.data(CALLER, replace(form, province=ANHUI))).identifier == other.identifier


async def test_of_a_certificate_that_was_issued_again_the_newest_version_is_meant(mesh: Mesh) -> None:
    old, new = reissued(ZHEJIANG, "n")
    await mesh.zhejiang.keep(old, new)
    form = await wish(mesh, replace(NAMED, number="n"))

    assert (await mesh.jiangsu.retrieval.data(CALLER, form)).identifier == new.identifier


async def test_its_state_is_told_by_the_province_that_holds_it(mesh: Mesh) -> None:
    form = await wish(mesh)
    await mesh.zhejiang.keep(replace(CERTIFICATE, status=Status.REVOKED))
    refusal = (await refused(mesh, form)).refusal

    assert (refusal.reason, refusal.detail) == (Reason.NOT_DELIVERABLE, "REVOKED")
