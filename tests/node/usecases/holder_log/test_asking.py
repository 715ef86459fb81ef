"""Who used my certificates: every province tells, each with its own log's proof, and the whole is complete or says that it is not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from federation.model.evidence import EventType
from federation.model.holder_uses import MAX_ASKINGS, MAX_USES, Role, UseFacts
from federation.model.search import Completeness, Outcome
from node.errors import RefusedError
from node.library.holder import make_citizen_id
from node.library.invented import LAND_TYPE
from node.ports.holder_uses import What
from node.ports.store import Nouns
from node.usecases.explain.mishaps import Mishaps
from node.usecases.explain.timeline import TimelineReader
from node.usecases.holder_log.index import Part
from node.usecases.holder_log.pages import ANSWERS_KEPT, KEPT_FOR, UsesPages
from tests.node.usecases.holder_log.story import APP, CERTIFICATE, FORM, PERSON, ask, use, verify, wished
from tests.node.usecases.mesh import ANHUI, CALLER, JIANGSU, SHANGHAI, ZHEJIANG, Mesh, record

EPOCH = datetime.fromtimestamp(0, UTC)
OTHER_CODE = make_citizen_id(SHANGHAI, date(1981, 2, 3), 21)
OWN = record(JIANGSU, LAND_TYPE, holders=(PERSON,))


async def test_a_use_is_told_by_consumer_provider_and_home_with_who_for_what_and_when(mesh: Mesh) -> None:
    exchange_id = await use(mesh)
    told = await ask(mesh)
    (one,) = told.uses

    assert told.completeness is Completeness.COMPLETE
    assert [(one.province, one.outcome) for one in told.outcomes] == [
        (SHANGHAI, Outcome.OK),
        (JIANGSU, Outcome.OK),
        (ZHEJIANG, Outcome.OK),
        (ANHUI, Outcome.EMPTY),
    ]
    assert (one.exchange_id, one.what, one.told) == (exchange_id, What.USE, True)
    assert one.said_by == ((SHANGHAI, Role.HOME), (JIANGSU, Role.CONSUMER), (ZHEJIANG, Role.PROVIDER))
    assert (one.facts.use_org_name, one.facts.item_name, one.facts.output) == ("江苏样例大厅", "样例事项", "DATA")
    assert told.found == ()


async def test_a_use_of_our_own_and_a_verification_are_told_too(mesh: Mesh) -> None:
    own = await use(mesh, OWN)
    verified = await verify(mesh)
    told = await ask(mesh)
    said = {one.exchange_id: (one.what, one.facts.output, [role for _, role in one.said_by]) for one in told.uses}

    assert said == {
        own: (What.USE, "DATA", [Role.HOME, Role.OWN]),
        verified: (What.USE, "VERIFY", [Role.HOME, Role.CONSUMER, Role.PROVIDER]),
    }
    assert told.completeness is Completeness.COMPLETE


async def test_a_number_of_no_certificate_is_no_use_of_one(mesh: Mesh) -> None:
    await verify(mesh, number="no such")
    told = await ask(mesh)

    assert [one.what for one in told.uses] == [What.ATTEMPT]
    assert (told.completeness, told.found) == (Completeness.COMPLETE, ())


async def test_what_was_asked_for_and_refused_is_an_attempt(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(CERTIFICATE)
    form = await wished(mesh)
    mesh.network.down(ZHEJIANG)
    with pytest.raises(RefusedError):
        await mesh.jiangsu.retrieval.data(CALLER, form)
    mesh.network.up(ZHEJIANG)
    told = await ask(mesh)

    assert [one.what for one in told.uses] == [What.ATTEMPT]
    assert told.completeness is Completeness.COMPLETE


async def test_an_answer_that_was_lost_on_the_way_makes_nobody_a_liar(mesh: Mesh) -> None:
    """The provider delivered, and the consumer never got it: it has on record that it asked."""
    await mesh.zhejiang.keep(CERTIFICATE)
    form = await wished(mesh)
    mesh.network.lose_answers(ZHEJIANG)
    with pytest.raises(RefusedError):
        await mesh.jiangsu.retrieval.data(CALLER, form)
    told = await ask(mesh)

    assert [one.what for one in told.uses] == [What.USE]
    assert (told.completeness, told.found) == (Completeness.COMPLETE, ())


async def test_a_notice_that_has_not_arrived_yet_makes_nobody_a_liar(mesh: Mesh) -> None:
    await use(mesh, told=False)
    told = await ask(mesh)

    assert [(one.told, one.said_by) for one in told.uses] == [
        (False, ((JIANGSU, Role.CONSUMER), (ZHEJIANG, Role.PROVIDER)))
    ]
    assert (told.completeness, told.found) == (Completeness.COMPLETE, ())


async def test_the_uses_of_others_are_not_told(mesh: Mesh) -> None:
    await use(mesh)
    told = await ask(mesh, holder=replace(PERSON, code=OTHER_CODE))

    assert (told.uses, told.completeness) == ((), Completeness.COMPLETE)
    assert {one.outcome for one in told.outcomes} == {Outcome.EMPTY}


async def test_a_province_that_does_not_answer_leaves_the_whole_incomplete_and_is_named(mesh: Mesh) -> None:
    await use(mesh)
    mesh.network.down(ZHEJIANG)
    told = await ask(mesh)

    assert told.completeness is Completeness.INCOMPLETE
    assert {one.province: one.outcome for one in told.outcomes}[ZHEJIANG] is Outcome.ERROR
    assert [one.said_by for one in told.uses] == [((SHANGHAI, Role.HOME), (JIANGSU, Role.CONSUMER))]
    assert told.found == ()


async def test_uses_are_told_of_a_time_alone(mesh: Mesh) -> None:
    first = await use(mesh)
    mesh.clock.move(days=2)
    second = await use(mesh)
    now = mesh.clock()
    recent = await ask(mesh, since=now - timedelta(days=1))
    before = await ask(mesh, since=now - timedelta(days=3), until=now - timedelta(days=1))

    assert [one.exchange_id for one in recent.uses if one.what is What.USE] == [second]
    assert [one.exchange_id for one in before.uses] == [first]
    assert recent.completeness is before.completeness is Completeness.COMPLETE


async def test_more_uses_than_a_list_holds_are_told_to_be_more(mesh: Mesh) -> None:
    def many(nouns: Nouns) -> None:
        node = mesh.jiangsu
        handle = node.vault.handle(PERSON.type_code, PERSON.code)
        for number in range(MAX_USES):
            exchange_id = f"many-{number}"
            members = {"peer": ZHEJIANG, "output": "DATA"}
            index = nouns.evidence.append(node.recorder.entry(EventType.RETRIEVE, "asked", exchange_id, **members))
            part = Part(handle=handle, exchange_id=exchange_id, role=Role.CONSUMER, peer=ZHEJIANG)
            node.holder_index.begun(nouns, part, index, mesh.clock(), UseFacts(consumer=JIANGSU))

    await mesh.jiangsu.store.transact(many)
    told = await ask(mesh)

    assert told.completeness is Completeness.INCOMPLETE
    assert [one.truncated for one in told.outcomes] == [False, True, False, False]
    assert len(told.uses) == MAX_USES - MAX_ASKINGS


async def test_an_asking_is_itself_told_the_next_time(mesh: Mesh) -> None:
    first = await ask(mesh)
    told = await ask(mesh)

    assert [(one.exchange_id, one.what) for one in told.uses] == [(first.exchange_id, What.ASKING)]
    assert told.uses[0].said_by == (
        (SHANGHAI, Role.ASKER),
        *((code, Role.ANSWERER) for code in (JIANGSU, ZHEJIANG, ANHUI)),
    )
    assert told.uses[0].facts.use_org_name == APP.use_org_name


async def test_an_earlier_answer_is_leafed_in_without_asking_anybody(mesh: Mesh) -> None:
    first = await ask(mesh)
    calls = len(mesh.network.calls)
    again = await ask(mesh, exchange_id=first.exchange_id)

    assert (again, len(mesh.network.calls)) == (first, calls)
    assert len(mesh.shanghai.entries(type="DISCLOSE", step="leafed", exchange=first.exchange_id)) == 1
    for caller, holder in ((replace(APP, app_id="another"), PERSON), (APP, replace(PERSON, code=OTHER_CODE))):
        with pytest.raises(RefusedError, match="NO_RECORD"):
            await mesh.shanghai.uses.ask(caller, replace(FORM, holder=holder, exchange_id=first.exchange_id))


async def test_answers_are_held_for_a_while_and_within_bounds(mesh: Mesh) -> None:
    told = await ask(mesh)
    pages, now = UsesPages(), mesh.clock()
    for number in range(ANSWERS_KEPT + 1):
        pages.keep("a", "k", replace(told, exchange_id=f"e{number}"), now)
    with pytest.raises(RefusedError, match="NO_RECORD"):
        pages.of("e0", "a", "k")
    assert pages.of("e1", "a", "k").exchange_id == "e1"
    pages.keep("a", "k", told, now + KEPT_FOR + timedelta(seconds=1))
    with pytest.raises(RefusedError, match="NO_RECORD"):
        pages.of("e1", "a", "k")


async def test_asking_is_on_record_on_both_sides_and_no_entry_says_whose_uses_they_are(mesh: Mesh) -> None:
    used = await use(mesh)
    told = await ask(mesh)
    (asked,) = mesh.shanghai.entries(type="DISCLOSE", step="asked")
    (ended,) = mesh.shanghai.entries(type="DISCLOSE", step="answered")
    (answered,) = mesh.zhejiang.entries(type="DISCLOSE", step="answered")
    disclosed = repr([one.entries(type="DISCLOSE") for one in mesh.all.values()])

    assert (asked["app"], asked["place"], asked["exchange"]) == (APP.app_id, "HOME", told.exchange_id)
    assert (ended["verdict"], ended["count"]) == ("COMPLETE", 1)
    assert (answered["peer"], answered["request"], answered["count"]) == (SHANGHAI, asked["request"], 1)
    for secret in (PERSON.code, PERSON.name, mesh.shanghai.vault.handle("111", PERSON.code), used):
        assert secret not in disclosed


async def test_the_index_has_no_key_that_numbers_could_be_tried_with(mesh: Mesh) -> None:
    """What stands in two provinces' stores for one person is not the same, and is none of the digests that others can make."""
    await use(mesh)
    handle = mesh.jiangsu.vault.handle(PERSON.type_code, PERSON.code)
    keys = {code: mesh[code].holder_index.key(handle) for code in mesh.all}
    sealed = b"".join(
        row.sealed
        for code in mesh.all
        for row in mesh[code].store.read.holder_log.page(
            keys[code], frozenset(Role), since=EPOCH, until=mesh.clock(), limit=9
        )
    )

    assert len(set(keys.values())) == len(keys)
    assert handle not in keys.values()
    assert mesh.jiangsu.vault.holder_digest(PERSON.type_code, PERSON.code) not in keys.values()
    assert sealed
    assert "样例".encode() not in sealed


async def test_an_asking_is_explained_like_any_exchange(mesh: Mesh) -> None:
    await use(mesh)
    mesh.network.down(ANHUI)
    told = await ask(mesh)
    seen = {}
    for node in (mesh.shanghai, mesh.zhejiang):
        reader = TimelineReader(province=node.code, store=node.store, mishaps=Mishaps(node.clock), clock=node.clock)
        timeline = await reader.of(told.exchange_id)
        assert timeline is not None
        seen[node.code] = [(step.event, step.result.value, step.peer) for step in timeline.steps]

    assert {event for steps in seen.values() for event, _, _ in steps} == {"DISCLOSE"}
    assert ("DISCLOSE", "ERROR", ANHUI) in seen[SHANGHAI]
    assert ("DISCLOSE", "OK", ZHEJIANG) in seen[SHANGHAI]
    assert seen[SHANGHAI][-1] == ("DISCLOSE", "INCOMPLETE", "")
    assert ("DISCLOSE", "OK", SHANGHAI) in seen[ZHEJIANG]
