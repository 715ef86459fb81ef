"""What provinces say of one certificate, put together: versions that point onward, objections, and pages of one answer. Clause 8.2."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from federation.model.refusal import Reason
from federation.model.search import FusedAnswer
from node.errors import RefusedError
from node.library.identifier import make
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.library.record import CertificateRecord, Status
from node.ports.lists import Kind as ListKind
from tests.node.usecases.mesh import ANHUI, JIANGSU, ZHEJIANG, Mesh, entry, record
from trust.orders import Action, Kind


def versions(count: int) -> list[CertificateRecord]:
    """Versions of one certificate, each superseded by the next; the last is valid."""
    first = record(ZHEJIANG, LAND_TYPE)
    identifiers = [make(LAND_TYPE, first.issuer_code, "1", version + 1) for version in range(count)]
    return [
        record(
            ZHEJIANG,
            LAND_TYPE,
            identifier=identifier,
            version=version + 1,
            number=f"号{version + 1}",
            issued=date(2020 + version, 1, 1),
            status=Status.SUPERSEDED if version + 1 < count else Status.VALID,
            superseded_by=identifiers[version + 1] if version + 1 < count else None,
        )
        for version, identifier in enumerate(identifiers)
    ]


async def every(mesh: Mesh, **changes: Any) -> FusedAnswer:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    return await mesh.jiangsu.find(apply_id, include_invalid=True, **changes)


async def test_old_versions_point_to_the_newest_and_stand_behind_it(mesh: Mesh) -> None:
    old, older, newest = versions(3)
    await mesh.zhejiang.keep(old, older, newest)
    answer = await every(mesh)

    assert answer.items[0].item.identifier == newest.identifier
    assert [one.item.superseded_by for one in answer.items] == ["", newest.identifier, newest.identifier]


async def test_an_old_version_found_by_its_number_points_to_the_newest_too(mesh: Mesh) -> None:
    old, older, newest = versions(3)
    await mesh.zhejiang.keep(old, older, newest)
    (one,) = (await every(mesh, number=old.number)).items

    assert (one.item.identifier, one.item.superseded_by) == (old.identifier, newest.identifier)


async def test_versions_in_different_libraries_point_onward_across_them(mesh: Mesh) -> None:
    old, older, newest = versions(3)
    await mesh.zhejiang.keep(old, newest)
    await mesh.anhui.keep(older)
    answer = await every(mesh)

    assert {one.item.superseded_by for one in answer.items if one.item.status == "SUPERSEDED"} == {newest.identifier}
    assert {one.provinces for one in answer.items} == {(ZHEJIANG,), (ANHUI,)}


async def test_a_disputed_certificate_is_marked_in_the_answer(mesh: Mesh) -> None:
    one, other = record(ZHEJIANG, LAND_TYPE), record(ZHEJIANG, LAND_TYPE, serial="2")
    await mesh.zhejiang.keep(one, other)
    await mesh.zhejiang.store.transact(lambda nouns: nouns.certificates.dispute(one.identifier, disputed=True))
    answer = await every(mesh)

    assert {each.item.identifier: each.item.disputed for each in answer.items} == {
        one.identifier: True,
        other.identifier: False,
    }


async def test_the_pages_of_one_search_come_from_one_answer(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG))
    apply_id, first = await mesh.found()
    before = len(mesh.network.calls)
    await mesh.zhejiang.keep(record(ZHEJIANG, serial="2"))
    again = await mesh.jiangsu.find(apply_id, exchange_id=first.exchange_id)
    steps = [one["step"] for one in mesh.jiangsu.entries(exchange=first.exchange_id, type="SEARCH")]

    assert again == first
    assert mesh.network.calls[before:] == []
    assert steps == ["asked", "answered", "leafed"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"exchange_id": "none"}, id="no such search"),
        pytest.param({"number": "号1"}, id="another question"),
        pytest.param({"include_invalid": True}, id="a wider question"),
        pytest.param({"type_codes": (LAND_TYPE,)}, id="other types"),
    ],
)
async def test_only_the_answer_to_the_same_question_can_be_leafed_through(mesh: Mesh, changes: dict[str, Any]) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG))
    apply_id, first = await mesh.found()
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.find(apply_id, **{"exchange_id": first.exchange_id, **changes})

    assert caught.value.refusal.reason is Reason.NO_RECORD


async def test_an_answer_is_not_leafed_through_when_what_it_rests_on_is_stopped(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG))
    apply_id, first = await mesh.found()
    for code in (LAND_TYPE, MINING_TYPE):
        await mesh.zhejiang.orders.give(Kind.TYPE, code, Action.STOP, "样例")
    await mesh.zhejiang.order_exchange.carry(JIANGSU)
    with pytest.raises(RefusedError):
        await mesh.jiangsu.find(apply_id, exchange_id=first.exchange_id)


async def stopped(mesh: Mesh) -> None:
    await mesh.zhejiang.orders.give(Kind.TYPE, LAND_TYPE, Action.STOP, "样例")
    await mesh.zhejiang.order_exchange.carry(JIANGSU)


async def withdrawn(mesh: Mesh) -> None:
    await mesh.zhejiang.publications.publish(ListKind.CATALOGUE, [entry(ZHEJIANG, MINING_TYPE)])
    await mesh.jiangsu.publications.exchange_with(ZHEJIANG)


async def stopped_here(mesh: Mesh) -> None:
    await mesh.jiangsu.orders.give(Kind.TYPE, LAND_TYPE, Action.STOP, "样例")


@pytest.mark.parametrize(("change", "province"), [(stopped, ZHEJIANG), (withdrawn, ZHEJIANG), (stopped_here, JIANGSU)])
async def test_an_answer_is_not_leafed_through_when_one_of_its_types_is_handed_out_no_more(
    mesh: Mesh, change: Callable[[Mesh], Awaitable[None]], province: str
) -> None:
    await mesh[province].keep(record(province, LAND_TYPE))
    await mesh.zhejiang.keep(record(ZHEJIANG, MINING_TYPE, serial="2"))
    apply_id, first = await mesh.found()
    assert len((await mesh.jiangsu.find(apply_id, exchange_id=first.exchange_id)).items) == 2
    await change(mesh)
    with pytest.raises(RefusedError):
        await mesh.jiangsu.find(apply_id, exchange_id=first.exchange_id)

    assert len((await mesh.jiangsu.find(apply_id)).items) == 1
