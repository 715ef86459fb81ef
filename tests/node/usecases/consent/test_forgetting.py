"""What of consents and handles is forgotten: their orders when they would have ended, their documents after three years."""

from dataclasses import replace
from datetime import timedelta

from node.ports.consenting import ConsentInquiry
from node.usecases.forgetting import CONSENTS_KEPT, forget
from tests.node.usecases.consent.offices import HOME_APP, PERSON, given, office, taken_back
from tests.node.usecases.mesh import CALLER, SHANGHAI, Mesh
from trust.orders import CONSENT_REMEMBERED
from trust.orders import book as books


async def test_an_order_on_a_consent_is_handed_on_until_the_consent_would_have_ended(mesh: Mesh) -> None:
    await taken_back(mesh, await given(mesh))
    held = len(mesh.jiangsu.orders.shared())
    mesh.clock.now += CONSENT_REMEMBERED
    still = len(mesh.jiangsu.orders.shared())
    mesh.clock.move(days=1)
    for one in mesh.all.values():
        await one.orders.forget()

    assert (held, still) == (1, 1)
    assert mesh.jiangsu.orders.shared() == ()
    assert len(mesh.jiangsu.orders.book) == 0
    assert not mesh.jiangsu.store.read.orders.all()
    assert mesh.jiangsu.stops.counts()["CONSENT"] == 0
    assert {one.order_exchange._state() for one in mesh.all.values()} == {mesh.jiangsu.order_exchange._state()}


async def test_a_consent_stands_for_three_years_after_its_end_and_a_handle_no_longer_than_it_holds(mesh: Mesh) -> None:
    taken = await given(mesh, until=mesh.clock() + timedelta(days=1))
    handle = (await mesh.shanghai.holders.check(CALLER, PERSON)).handle
    mesh.clock.now += CONSENTS_KEPT
    await forget(mesh.shanghai.store, mesh.clock())
    kept = await office(mesh.shanghai).show(HOME_APP, ConsentInquiry(holder=PERSON))
    mesh.clock.move(days=2)
    await forget(mesh.shanghai.store, mesh.clock())

    assert [one.consent_id for one in kept] == [taken.consent_id]
    assert await office(mesh.shanghai).show(HOME_APP, ConsentInquiry(holder=PERSON)) == ()
    assert mesh.shanghai.store.read.handles.get(handle) is None


async def test_a_holder_takes_a_consent_back_however_many_others_did_before(mesh: Mesh) -> None:
    await taken_back(mesh, await given(mesh))
    home = mesh.shanghai
    taken, (before,) = await given(mesh), tuple(home.orders.book)
    for number in range(books.MAX_CONSENTS_PER_PROVINCE):
        one = replace(before, digest=f"{number:064}", order=replace(before.order, subject=f"C-{number}"))
        home.orders.book.apply(books.Change(keep=one, drop=()))
    back = await office(home).revoke(HOME_APP, ConsentInquiry(holder=PERSON, consent_id=taken.consent_id))

    assert back is not None
    assert back.state == "REVOKED"
    assert home.stops.consent(SHANGHAI, taken.consent_id, "") is not None
