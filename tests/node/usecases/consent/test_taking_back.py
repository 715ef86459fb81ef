"""A consent is taken back in one unit: whoever sees it revoked sees who took it back, wherever the store failed or another asked."""

import asyncio
from dataclasses import replace

import pytest

from node.ports.consenting import ConsentInquiry
from node.ports.store import StoreError
from tests.node.usecases.consent.offices import COUNTER_APP, HOME_APP, PERSON, given, given_at_counter, office
from tests.node.usecases.cutting import Cut
from tests.node.usecases.mesh import Mesh


@pytest.mark.parametrize("at", [1, 2])
async def test_whoever_took_a_consent_back_is_on_record_wherever_the_store_failed(mesh: Mesh, at: int) -> None:
    taken, home = await given(mesh), mesh.shanghai
    failing = Cut(home.store, at)
    home.orders._store = failing
    here = replace(office(home), store=failing)
    inquiry = ConsentInquiry(holder=PERSON, consent_id=taken.consent_id)
    if at == 1:
        with pytest.raises(StoreError):
            await here.revoke(HOME_APP, inquiry)
        assert (await here.show(HOME_APP, inquiry))[0].state == "IN_FORCE"
    back = await here.revoke(HOME_APP, inquiry)
    (entry,) = home.entries(type="CONSENT", step="revoked")

    assert back is not None
    assert back.state == "REVOKED"
    assert (entry["app"], entry["consent_id"]) == (HOME_APP.app_id, taken.consent_id)


async def test_two_who_take_a_consent_back_at_once_are_both_told_that_it_is(mesh: Mesh) -> None:
    taken = await given(mesh)
    inquiry = ConsentInquiry(holder=PERSON, consent_id=taken.consent_id)
    both = await asyncio.gather(*(office(mesh.shanghai).revoke(HOME_APP, inquiry) for _ in range(2)))

    assert [one and one.state for one in both] == ["REVOKED"] * 2
    assert len(mesh.shanghai.entries(type="CONSENT", step="revoked")) == 1


async def test_an_id_that_is_not_held_here_is_ordered_and_no_consent_is_told_as_taken_back(mesh: Mesh) -> None:
    taken = await given_at_counter(mesh)
    wrong = f"{int(taken.consent_id, 16) ^ 1:032x}"
    back = await office(mesh.shanghai).revoke(HOME_APP, ConsentInquiry(holder=PERSON, consent_id=wrong))
    (shown,) = await office(mesh.jiangsu).show(COUNTER_APP, ConsentInquiry(holder=PERSON))

    assert back is None
    assert shown.state == "IN_FORCE"
    assert [one["step"] for one in mesh.shanghai.entries(type="CONSENT")] == ["ordered"]
