"""Deferrals among the provinces of a use: told to them, honoured for uses of theirs, ended by who gave them. Clause 8.4."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation.errors import PeerError
from federation.model.event import Event
from node.ports.deferrals import Deferral, Subject
from node.ports.store import Nouns
from node.usecases.telling.deferral_events import ENDED, GIVEN, MOST, MOST_OF
from tests.node.usecases.mesh import ANHUI, CALLER, JIANGSU, SHANGHAI, ZHEJIANG, Mesh
from tests.node.usecases.telling.test_deferring import REVIEWER, defer, waiting, wanted
from tests.node.usecases.test_notice import CERTIFICATE, received, use

NUMBER = "110101199003077715"
INVESTIGATOR = JIANGSU  # the consumer: its unit knows why the holder may not learn of it yet


async def post(mesh: Mesh, sender: str, *receivers: str) -> None:
    """Deliver all that a province has to tell these."""
    for receiver in receivers:
        while await mesh[sender].outbox.deliver_next(receiver):
            pass


async def deferred_by_the_consumer(mesh: Mesh) -> tuple[Deferral, str]:
    """Jiangsu defers an application of its own, tells the providers, and then uses a certificate of Zhejiang."""
    await mesh.zhejiang.keep(CERTIFICATE)
    form = await mesh.wish(CERTIFICATE)
    given, _ = await defer(mesh[INVESTIGATOR], wanted(mesh, form.apply_id, kind=Subject.APPLICATION))
    await post(mesh, INVESTIGATOR, ZHEJIANG, ANHUI)
    used = await mesh.jiangsu.retrieval.data(CALLER, form)
    return given, used.exchange_id


def held(mesh: Mesh, province: str) -> list[Deferral]:
    return list(mesh[province].store.read.deferrals.page(None, 99))


async def test_the_consumers_deferral_holds_the_providers_notice_until_it_ends_it(mesh: Mesh) -> None:
    given, exchange_id = await deferred_by_the_consumer(mesh)
    await post(mesh, ZHEJIANG, JIANGSU)
    before = waiting(mesh), received(mesh, JIANGSU)
    await mesh[INVESTIGATOR].deferrals.release(REVIEWER, given.deferral_id)
    await post(mesh, INVESTIGATOR, ZHEJIANG)
    await post(mesh, ZHEJIANG, JIANGSU)

    assert before == ({"DEFERRED": 1}, [])
    assert [one.exchange_id for one in received(mesh, JIANGSU)] == [exchange_id]


async def test_every_province_ends_it_by_itself_when_its_time_is_over(mesh: Mesh) -> None:
    given, _ = await deferred_by_the_consumer(mesh)
    mesh.clock.now = given.until
    await mesh.zhejiang.deferrals.end_due()

    assert waiting(mesh) == {"PENDING": 1}


async def test_it_is_told_to_the_providers_of_the_application_and_to_nobody_else(mesh: Mesh) -> None:
    given, _ = await deferred_by_the_consumer(mesh)
    (theirs,) = held(mesh, ZHEJIANG)

    assert (theirs.province, theirs.law, theirs.article, theirs.until) == (
        INVESTIGATOR,
        given.law,
        given.article,
        given.until,
    )
    assert theirs.manager == ""
    assert [len(held(mesh, one)) for one in (ZHEJIANG, ANHUI, SHANGHAI)] == [1, 1, 0]
    assert not [target for target, _ in mesh.jiangsu.store.read.notices.outbox_counts() if target == SHANGHAI]


async def test_the_providers_deferral_of_a_use_is_told_to_its_consumer(mesh: Mesh) -> None:
    exchange_id = await use(mesh)
    await defer(mesh.zhejiang, wanted(mesh, exchange_id))
    await post(mesh, ZHEJIANG, JIANGSU)

    assert [one.province for one in held(mesh, JIANGSU)] == [ZHEJIANG]
    assert held(mesh, ANHUI) == []


async def test_both_sides_have_it_on_record_with_whose_it_is(mesh: Mesh) -> None:
    await deferred_by_the_consumer(mesh)
    (mine,) = mesh.jiangsu.entries(type="NOTICE", step="deferred")
    (theirs,) = mesh.zhejiang.entries(type="NOTICE", step="deferred")

    assert mine["by"] == theirs["by"] == INVESTIGATOR
    assert mine["deferral"] == theirs["deferral"]
    assert (mine["law"], mine["apply"]) == (theirs["law"], theirs["apply"])
    assert ("manager" in mine, "manager" in theirs) == (True, False)


async def test_whoever_has_to_tell_can_end_another_provinces_deferral_for_itself(mesh: Mesh) -> None:
    await deferred_by_the_consumer(mesh)
    (theirs,) = held(mesh, ZHEJIANG)
    _, freed = await mesh.zhejiang.deferrals.release(REVIEWER, theirs.deferral_id)
    (mine,) = held(mesh, INVESTIGATOR)

    assert (freed, waiting(mesh)) == (1, {"PENDING": 1})
    assert mine.ended_at is None


def event(mesh: Mesh, sender: str, what: str, number: int = 1, **data: Any) -> Event:
    told = {
        "deferral": f"d{number}",
        "kind": "EXCHANGE",
        "subject": "e1",
        "law": "个人信息保护法",
        "article": "第三十五条",
        "until": (mesh.clock() + timedelta(days=9)).isoformat(),
    }
    time = mesh.clock().isoformat()
    return Event(id=f"x{number}", province=sender, type=what, time=time, subject="", data=told | data)


async def tell(mesh: Mesh, sender: str, *events: Event) -> None:
    """A province tells Zhejiang, whatever its desk would say to that."""
    for one in events:
        await mesh[sender].store.transact(
            lambda nouns, one=one: mesh[sender].teller.tell(nouns, ZHEJIANG, one)  # type: ignore[misc]
        )
    await post(mesh, sender, ZHEJIANG)


async def test_a_province_that_is_no_part_of_a_use_cannot_hold_its_notices(mesh: Mesh) -> None:
    """Neither those that wait nor those that come: an exchange and an application may be named by anybody."""
    exchange_id = await use(mesh)
    form = await mesh.wish(CERTIFICATE)
    await tell(
        mesh,
        SHANGHAI,
        event(mesh, SHANGHAI, GIVEN, 1, subject=exchange_id),
        event(mesh, SHANGHAI, GIVEN, 2, subject=form.apply_id, kind="APPLICATION"),
    )
    await mesh.jiangsu.retrieval.data(CALLER, form)

    assert len(held(mesh, ZHEJIANG)) == 2
    assert waiting(mesh) == {"PENDING": 2}


async def test_only_the_province_that_gave_it_ends_it(mesh: Mesh) -> None:
    given, _ = await deferred_by_the_consumer(mesh)
    await tell(mesh, SHANGHAI, event(mesh, SHANGHAI, ENDED, deferral=given.deferral_id))

    assert waiting(mesh) == {"DEFERRED": 1}


async def test_a_province_that_gives_anothers_id_to_one_of_its_own_stops_nothing(mesh: Mesh) -> None:
    """Ids are told to every province of a use, and so can be used by each of them first."""
    await tell(mesh, SHANGHAI, event(mesh, SHANGHAI, GIVEN, subject="e2"))
    await tell(mesh, JIANGSU, event(mesh, JIANGSU, GIVEN))
    await tell(mesh, SHANGHAI, event(mesh, SHANGHAI, ENDED, 2, deferral="d1"))

    assert {one.province: one.ended_at is None for one in held(mesh, ZHEJIANG)} == {SHANGHAI: False, JIANGSU: True}


async def test_what_a_province_has_in_force_is_bounded(mesh: Mesh) -> None:
    await tell(mesh, JIANGSU, event(mesh, JIANGSU, GIVEN))
    (one,) = held(mesh, ZHEJIANG)

    def fill(nouns: Nouns) -> None:
        for number in range(MOST_OF - 2):
            nouns.deferrals.give(replace(one, deferral_id=f"{JIANGSU}:f{number}", subject=f"f{number}"))

    await mesh.zhejiang.store.transact(fill)
    await tell(mesh, JIANGSU, *(event(mesh, JIANGSU, GIVEN, number, subject=f"e{number}") for number in (2, 3, 4)))
    await tell(mesh, SHANGHAI, event(mesh, SHANGHAI, GIVEN, 5))

    count = mesh.zhejiang.store.read.deferrals.count
    assert (count(JIANGSU), count(SHANGHAI)) == (MOST_OF, 1)


async def test_a_province_defers_one_subject_a_few_times_and_not_without_end(mesh: Mesh) -> None:
    await tell(mesh, JIANGSU, *(event(mesh, JIANGSU, GIVEN, number) for number in range(MOST + 3)))

    assert len(held(mesh, ZHEJIANG)) == MOST


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"law": ""}, id="no law"),
        pytest.param({"article": "11010519491231002X"}, id="a person's number as the article"),
        pytest.param({"until": ""}, id="no end"),
        pytest.param({"until": "2999-01-01T00:00:00+08:00"}, id="an end too far away"),
        pytest.param({"until": "yesterday"}, id="an end that is no time"),
        pytest.param({"kind": "HOLDER"}, id="of a whole holder"),
        pytest.param({"subject": "张三"}, id="a subject that is no id"),
        pytest.param({"subject": NUMBER}, id="a person's number as the subject"),
        pytest.param({"deferral": NUMBER}, id="a person's number as the id"),
        pytest.param({"certificate_identifier": NUMBER}, id="a person's number in a member that is none of its"),
        pytest.param({"exchange_id": "张三"}, id="a name in a member that is none of its"),
        pytest.param({"addressee": "x" * 9_000}, id="a book in a member that is none of its"),
        pytest.param({"deferral": ""}, id="no id"),
        pytest.param({"deferral": 7}, id="an id that is a number"),
    ],
)
async def test_a_deferral_without_ground_or_end_is_refused(mesh: Mesh, data: dict[str, Any]) -> None:
    with pytest.raises(PeerError):
        await tell(mesh, JIANGSU, event(mesh, JIANGSU, GIVEN, **data))

    assert held(mesh, ZHEJIANG) == []
