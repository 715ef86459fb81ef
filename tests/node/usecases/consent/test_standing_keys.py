"""Keys under a standing application: a repeat stays in the period and with the province that it began in, and makes no second use."""

from dataclasses import replace
from datetime import timedelta

import pytest

from federation.model.application import Output
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.usecases.forgetting import forget
from tests.node.usecases.consent.test_standing import DAY, presented, uses
from tests.node.usecases.mesh import CALLER, JIANGSU, ZHEJIANG, Mesh, record

OWN = pytest.param(JIANGSU, LAND_TYPE, id="own library")
PEER = pytest.param(ZHEJIANG, MINING_TYPE, id="another province")


@pytest.mark.parametrize(("province", "type_code"), [OWN, PEER])
@pytest.mark.parametrize("later", [timedelta(minutes=71), DAY])
@pytest.mark.parametrize("searched", [True, False])
async def test_a_key_of_a_period_that_is_over_is_refused_before_anybody_is_asked_and_another_makes_a_use_that_both_are_told(
    mesh: Mesh, province: str, type_code: str, later: timedelta, *, searched: bool
) -> None:
    form = await presented(mesh, province, type_code)
    first = await mesh.jiangsu.retrieval.data(CALLER, form)
    mesh.clock.now += later
    await forget(mesh[province].store, mesh.clock())
    if searched:  # which has the verdicts renewed
        await mesh.jiangsu.find(form.apply_id)
    calls = len(mesh.zhejiang.entries())
    refused = []
    for wish in (mesh.jiangsu.retrieval.data, mesh.jiangsu.retrieval.data):
        with pytest.raises(RefusedError) as caught:
            await wish(CALLER, form)
        refused.append(caught.value)
    asked = len(mesh.zhejiang.entries()) - calls
    second = await mesh.jiangsu.retrieval.data(CALLER, replace(form, key="case-2"))

    assert [one.refusal.reason for one in refused] == [Reason.PERIOD_OVER] * 2
    assert {one.exchange_id for one in refused} == {first.exchange_id}
    assert all("another key" in one.refusal.detail for one in refused)
    assert asked == 0
    assert uses(mesh, province) == [(first.exchange_id, 2), (second.exchange_id, 2)]


@pytest.mark.parametrize("searched", [True, False])
async def test_a_repeat_across_the_end_of_its_period_gets_the_answer_that_is_kept(
    mesh: Mesh, *, searched: bool
) -> None:
    form = await presented(mesh, ZHEJIANG, MINING_TYPE)
    mesh.clock.move(minutes=20)
    first = await mesh.jiangsu.retrieval.data(CALLER, form)
    mesh.clock.move(minutes=35)
    if searched:
        await mesh.jiangsu.find(form.apply_id)
    again = await mesh.jiangsu.retrieval.data(CALLER, form)

    assert (again.exchange_id, again.data) == (first.exchange_id, first.data)
    assert uses(mesh, ZHEJIANG) == [(first.exchange_id, 2), (first.exchange_id, None)]


async def test_a_repeat_in_the_own_library_across_the_end_of_its_period_makes_no_use(mesh: Mesh) -> None:
    form = await presented(mesh, JIANGSU, LAND_TYPE)
    first = await mesh.jiangsu.retrieval.data(CALLER, form)
    mesh.clock.move(minutes=31)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.data(CALLER, form)

    assert caught.value.refusal.reason is Reason.PERIOD_OVER
    assert uses(mesh, JIANGSU) == [(first.exchange_id, 2)]


@pytest.mark.parametrize("output", [Output.DATA, Output.FILE])
async def test_a_repeat_of_which_the_province_keeps_no_answer_any_more_is_told_to_take_another_key(
    mesh: Mesh, output: Output
) -> None:
    form = await presented(mesh, ZHEJIANG, MINING_TYPE)
    here = mesh.jiangsu.retrieval
    if output is Output.DATA:
        await here.data(CALLER, form)
    else:
        here.release(await here.file(CALLER, form))
    mesh.clock.move(minutes=50)
    await forget(mesh.zhejiang.store, mesh.clock())
    await mesh.jiangsu.find(form.apply_id)
    with pytest.raises(RefusedError) as caught:
        await (here.data(CALLER, form) if output is Output.DATA else here.file(CALLER, form))
    said = caught.value.refusal
    (noted,) = mesh.jiangsu.entries(type="RETRIEVE", step="refused")

    assert said.reason is Reason.PERIOD_OVER
    assert "Idempotency-Key" in said.next_step
    assert "无须重新申请" in said.zh_step
    assert noted["refusal"]["reason"] == "USE_CODE_SPENT", "what the province said stays on record"
    assert len(uses(mesh, ZHEJIANG)) == 1


async def test_a_repeat_under_an_application_for_one_case_that_is_over_is_told_to_apply_anew(mesh: Mesh) -> None:
    certificate = record(ZHEJIANG)
    await mesh.zhejiang.keep(certificate)
    form = await mesh.wish(certificate, key="k")
    await mesh.jiangsu.retrieval.data(CALLER, form)
    mesh.clock.move(minutes=71)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.data(CALLER, form)

    assert caught.value.refusal.reason is Reason.USE_CODE_SPENT


async def test_a_stream_that_broke_goes_on_across_the_end_of_its_period(mesh: Mesh) -> None:
    form = replace(await presented(mesh, ZHEJIANG, MINING_TYPE), original=True)
    mesh.network.break_stream(ZHEJIANG, 2)
    mesh.clock.move(minutes=29)
    with pytest.raises(RefusedError) as broken:
        await mesh.jiangsu.retrieval.file(CALLER, form)
    mesh.clock.move(minutes=2)
    await mesh.jiangsu.find(form.apply_id)
    received = await mesh.jiangsu.retrieval.file(CALLER, form)

    assert received.exchange_id == broken.value.exchange_id
    assert uses(mesh, ZHEJIANG) == [(received.exchange_id, 2), (received.exchange_id, None)]


async def test_a_key_stays_with_the_province_that_it_began_at(mesh: Mesh) -> None:
    """Each province makes one use of what it holds: under one key there would be two."""
    form = await presented(mesh, ZHEJIANG, MINING_TYPE)
    first = await mesh.jiangsu.retrieval.data(CALLER, form)
    await mesh.jiangsu.store.transact(
        lambda nouns: nouns.applications.put_found(form.apply_id, [(form.identifier, "310000")])
    )
    again = await mesh.jiangsu.retrieval.data(CALLER, form)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.data(CALLER, replace(form, province=JIANGSU))

    assert again.province == first.province == ZHEJIANG
    assert caught.value.refusal.reason is Reason.REPLAYED
