"""What of consents and handles is forgotten: their orders when they would have ended, their documents after three years."""

from datetime import timedelta

from node.ports.services import ConsentInquiry
from node.usecases.forgetting import CONSENTS_KEPT, forget
from tests.node.usecases.consent.offices import HOME_APP, PERSON, given, office, taken_back
from tests.node.usecases.mesh import CALLER, Mesh
from trust.orders import CONSENT_REMEMBERED


async def test_an_order_on_a_consent_is_handed_on_until_the_consent_would_have_ended(mesh: Mesh) -> None:
    await taken_back(mesh, await given(mesh))
    held = len(mesh.jiangsu.orders.shared())
    mesh.clock.now += CONSENT_REMEMBERED
    still = len(mesh.jiangsu.orders.shared())
    mesh.clock.move(days=1)
    mesh.jiangsu.orders.load()

    assert (held, still) == (1, 1)
    assert mesh.jiangsu.orders.shared() == ()
    assert len(mesh.jiangsu.orders.book) == 0
    assert {one.order_exchange._state() for one in mesh.all.values()} == {mesh.jiangsu.order_exchange._state()}


async def test_a_consent_stands_for_three_years_after_its_end_and_a_handle_no_longer_than_it_holds(mesh: Mesh) -> None:
    taken = await given(mesh, until=mesh.clock() + timedelta(days=1))
    handle = (await mesh.shanghai.holders.check(CALLER, PERSON)).handle
    mesh.clock.now += CONSENTS_KEPT
    await forget(mesh.shanghai.store, mesh.clock())
    kept = office(mesh.shanghai).show(HOME_APP, ConsentInquiry(holder=PERSON))
    mesh.clock.move(days=2)
    await forget(mesh.shanghai.store, mesh.clock())

    assert [one.consent_id for one in kept] == [taken.consent_id]
    assert office(mesh.shanghai).show(HOME_APP, ConsentInquiry(holder=PERSON)) == ()
    assert mesh.shanghai.store.read.handles.get(handle) is None
