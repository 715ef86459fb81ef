"""A certificate that several provinces named is retrieved from one that can give it; its own comes first. Clause 8.3."""

from dataclasses import replace

import pytest

from federation.model.decision import Ruling
from federation.model.refusal import Reason
from federation.peers import PATIENCE_S
from node.errors import RefusedError
from node.library.invented import LAND_TYPE
from node.ports.lists import Kind
from node.ports.retrieving import Named, RetrieveForm
from tests.node.usecases.mesh import ANHUI, CALLER, HOLDER, ZHEJIANG, Mesh, line, record

CERTIFICATE = record(ZHEJIANG, LAND_TYPE, serial="3")


async def named_by_both(mesh: Mesh) -> RetrieveForm:
    for province in (mesh.zhejiang, mesh.anhui):
        await province.keep(CERTIFICATE)
    return await mesh.wish(CERTIFICATE, key="k")


async def source(mesh: Mesh, form: RetrieveForm) -> str:
    return (await mesh.jiangsu.retrieval.data(CALLER, form)).province


async def refused(mesh: Mesh, form: RetrieveForm) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.data(CALLER, form)
    return caught.value


async def test_its_own_province_comes_first(mesh: Mesh) -> None:
    assert await source(mesh, await named_by_both(mesh)) == ZHEJIANG


async def test_where_its_own_is_known_to_be_down_another_gives_it(mesh: Mesh) -> None:
    form = await named_by_both(mesh)
    mesh.jiangsu.health.silent(ZHEJIANG, PATIENCE_S)

    assert await source(mesh, form) == ANHUI


async def test_where_its_own_admits_nothing_any_more_another_gives_it(mesh: Mesh) -> None:
    form = await named_by_both(mesh)
    await mesh.zhejiang.decide(line(), status=Ruling.SUSPENDED)
    await mesh.jiangsu.hold(mesh.zhejiang, Kind.DECISIONS)

    assert await source(mesh, form) == ANHUI


async def test_a_silent_one_is_no_end_the_refusal_names_the_other(mesh: Mesh) -> None:
    form = await named_by_both(mesh)
    mesh.network.down(ZHEJIANG)
    error = await refused(mesh, form)

    assert error.refusal.reason is Reason.PEER_UNREACHABLE
    assert f"{ANHUI} named it, too" in error.refusal.detail
    assert await source(mesh, replace(form, province=ANHUI, key="k2")) == ANHUI


async def test_a_key_stays_with_the_province_it_began_with(mesh: Mesh) -> None:
    form = await named_by_both(mesh)
    assert await source(mesh, form) == ZHEJIANG
    mesh.jiangsu.health.silent(ZHEJIANG, PATIENCE_S)

    assert (await refused(mesh, form)).refusal.reason is Reason.PEER_DOWN


async def test_one_that_nobody_else_named_is_refused_as_it_is(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(CERTIFICATE)
    form = await mesh.wish(CERTIFICATE, key="k")
    mesh.jiangsu.health.silent(ZHEJIANG, PATIENCE_S)
    refusal = (await refused(mesh, form)).refusal

    assert (refusal.reason, refusal.detail) == (Reason.PEER_DOWN, "")


async def test_by_its_number_it_is_found_at_the_other_all_the_same(mesh: Mesh) -> None:
    form = await named_by_both(mesh)
    mesh.jiangsu.health.silent(ZHEJIANG, PATIENCE_S)
    named = Named(holder=HOLDER, type_code=LAND_TYPE, number=CERTIFICATE.number)

    assert await source(mesh, replace(form, identifier="", named=named)) == ANHUI
