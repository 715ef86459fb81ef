"""An application is erased, held and aged whole, with all that a node keeps of it, on either side. node.usecases.erasure, .beside."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.reports import ReportOf
from node.ports.retrieving import RetrieveForm
from node.usecases.erasure import Erasure
from node.usecases.forgetting import RECEIPTS_KEPT, forget
from tests.node.storage.contract.test_reviews import REVIEW
from tests.node.usecases.mesh import CALLER, HOLDER, JIANGSU, ZHEJIANG, Mesh, Province, record
from tests.node.usecases.papers import sealed_file
from tests.node.usecases.test_erasure import KEEPER

KEPT = timedelta(days=400)
LAND = record(ZHEJIANG)


def erasure(province: Province) -> Erasure:
    return Erasure(
        store=province.store,
        recorder=province.recorder,
        clock=province.clock,
        digest=lambda account: f"digest of {len(account)}",
        kept=KEPT,
        sweep=lambda: province.downloads.sweep(expired=False),
    )


@pytest.fixture
async def used(mesh: Mesh) -> tuple[Mesh, RetrieveForm]:
    """Face data were handed out under an application."""
    await mesh.zhejiang.keep(LAND)
    wish = await mesh.wish(LAND, key="k")
    await mesh.jiangsu.retrieval.data(CALLER, wish)
    return mesh, wish


async def test_at_the_consumer_nothing_of_an_erased_application_can_be_opened(used: tuple[Mesh, RetrieveForm]) -> None:
    mesh, wish = used
    jiangsu = mesh.jiangsu
    told = await erasure(jiangsu).erase(KEEPER, wish.apply_id, "REQUESTED", "")
    read = jiangsu.store.read
    own = read.applications.own(wish.apply_id)
    assert own is not None

    assert (own.sealed, own.holder_digest) == (b"", "")
    assert {one.label for one in read.contents.of(wish.apply_id, 99)} == {"application", "verdict", "data"}
    assert not read.contents.left(wish.apply_id, 99)
    assert not read.applications.received(wish.apply_id)
    assert not read.applications.found(wish.apply_id, LAND.identifier)
    (entry,) = jiangsu.entries(type="ERASE")
    assert (entry["kinds"], entry["labels"]["data"], entry["exchange"]) == (told["kinds"], 1, f"erase-{wish.apply_id}")
    assert (entry["kinds"]["application"], entry["kinds"]["found"]) == (1, 1)
    assert HOLDER.code not in json.dumps(entry)


async def _find(mesh: Mesh, wish: RetrieveForm) -> Any:
    return await mesh.jiangsu.find(wish.apply_id)


async def _data(mesh: Mesh, wish: RetrieveForm) -> Any:
    return await mesh.jiangsu.retrieval.data(CALLER, wish)


async def _other(mesh: Mesh, wish: RetrieveForm) -> Any:
    return await mesh.jiangsu.retrieval.data(CALLER, replace(wish, key="other"))


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(_find, id="a search"),
        pytest.param(_data, id="the same use again"),
        pytest.param(_other, id="another use"),
    ],
)
@pytest.mark.parametrize("at", [JIANGSU, ZHEJIANG])
async def test_under_an_erased_application_nothing_goes_on(
    used: tuple[Mesh, RetrieveForm], at: str, use: Callable[[Mesh, RetrieveForm], Awaitable[Any]]
) -> None:
    mesh, wish = used
    await erasure(mesh[at]).erase(KEEPER, wish.apply_id, "WITHDRAWN", "")
    mesh.clock.move(seconds=1)

    if (at, use) == (ZHEJIANG, _find):
        outcomes = {one.province: one for one in (await use(mesh, wish)).outcomes}
        refusal = outcomes[ZHEJIANG].refusal
    else:
        with pytest.raises(RefusedError) as caught:
            await use(mesh, wish)
        refusal = caught.value.refusal
    assert refusal is not None
    assert refusal.reason is Reason.USE_CODE_SPENT


async def test_at_the_provider_verdict_review_and_live_answers_go_too(used: tuple[Mesh, RetrieveForm]) -> None:
    mesh, wish = used
    zhejiang, apply_id = mesh.zhejiang, wish.apply_id
    review = replace(REVIEW, consumer=JIANGSU, apply_id=apply_id)
    await zhejiang.store.transact(lambda nouns: nouns.reviews.put(review))
    exchanges = zhejiang.store.read.contents.exchanges(apply_id)

    told = await erasure(zhejiang).erase(KEEPER, apply_id, "ORDERED", "")

    read = zhejiang.store.read
    given = read.applications.given(JIANGSU, apply_id)
    assert given is not None
    assert (given.holder_digest, given.use_cause, given.operator, given.use_code_digest) == ("", "", "", "")
    assert read.reviews.get(JIANGSU, apply_id) is None
    assert not read.contents.left(apply_id, 99)
    assert (told["kinds"]["given"], told["kinds"]["review"], told["kinds"]["answer"] > 0) == (1, 1, True)
    assert len(exchanges) == 3, "of the application, the search and the use"


async def test_an_address_that_waits_and_the_report_on_its_file_go_too(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(LAND, file=sealed_file(LAND.identifier))
    wish = await mesh.wish(LAND, key="k")
    received = await mesh.jiangsu.retrieval.file(CALLER, wish)
    await mesh.jiangsu.downloads.offer(CALLER, received)
    mesh.jiangsu.retrieval.release(received)

    told = await erasure(mesh.jiangsu).erase(KEEPER, wish.apply_id, "REQUESTED", "")

    assert (told["kinds"]["download"], told["kinds"]["report"], mesh.jiangsu.shelf.names()) == (1, 1, [])
    assert mesh.jiangsu.store.read.reports.get(ReportOf.RECEIVED, received.exchange_id) is None


async def test_by_age_all_goes_when_the_application_has_long_ended_unless_it_is_on_hold(
    used: tuple[Mesh, RetrieveForm],
) -> None:
    mesh, wish = used
    for side in (mesh.jiangsu, mesh.zhejiang):
        await erasure(side).hold(KEEPER, wish.apply_id, "LITIGATION", "")
    mesh.clock.move(days=KEPT.days + 40)
    for side in (mesh.jiangsu, mesh.zhejiang):
        assert await erasure(side).aged() == 0
        assert {one.label for one in side.store.read.contents.left(wish.apply_id, 99)} >= {"application", "data"}
        await erasure(side).release(KEEPER, wish.apply_id, "")
        assert await erasure(side).aged() > 0
        assert await erasure(side).aged() == 0
        assert not side.store.read.contents.left(wish.apply_id, 99)
        assert side.entries(type="ERASE", ground="AGED")[-1]["applications"] == [wish.apply_id]
    own = mesh.jiangsu.store.read.applications.own(wish.apply_id)
    given = mesh.zhejiang.store.read.applications.given(JIANGSU, wish.apply_id)
    assert own is not None
    assert given is not None
    assert (own.sealed, given.holder_digest) == (b"", "")


async def test_a_hold_on_an_application_keeps_the_proofs_of_its_exchanges(used: tuple[Mesh, RetrieveForm]) -> None:
    mesh, wish = used
    held = mesh.jiangsu.store.read.contents.exchanges(wish.apply_id)
    other = (await mesh.jiangsu.submit(key="other")).exchange_id
    receipts = mesh.jiangsu.store.read.receipts
    assert all(receipts.every(one) for one in (*held, other))
    await erasure(mesh.jiangsu).hold(KEEPER, wish.apply_id, "LITIGATION", "")

    await forget(mesh.jiangsu.store, mesh.clock() + RECEIPTS_KEPT + timedelta(days=1))

    assert [bool(receipts.every(one)) for one in (*held, other)] == [True] * len(held) + [False]
