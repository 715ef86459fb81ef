"""A province that leaves out a use is caught by another that does not, named with the proof, and it is on record and an alarm."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from federation.holder_uses import Kind
from federation.model.evidence import EventType
from federation.model.holder_uses import Place, Role, UsesAnswer, UsesQuery
from federation.model.search import Completeness, Outcome
from federation.ports import Incoming
from node.ports.deferrals import Deferral, Subject
from node.ports.holder_uses import UsesTold
from node.ports.store import Nouns
from node.usecases.exchange import Decision
from node.usecases.holder_log.answering import members_of
from node.usecases.holder_log.index import Part
from tests.node.usecases.holder_log.story import (
    AT_COUNTER,
    COUNTER,
    PERSON,
    answering,
    answering_raw,
    ask,
    leaving_out,
    use,
)
from tests.node.usecases.mesh import ANHUI, JIANGSU, SHANGHAI, ZHEJIANG, Mesh

EPOCH = datetime.fromtimestamp(0, UTC)


async def at_counter(mesh: Mesh, province: str) -> UsesTold:
    return await mesh[province].uses.ask(COUNTER, AT_COUNTER)


def named(told: UsesTold) -> list[tuple[str, str, Kind, str]]:
    return [(one.province, one.exchange_id, one.kind, one.accuser) for one in told.found]


@pytest.mark.parametrize(
    ("liar", "accuser"),
    [
        pytest.param(JIANGSU, ZHEJIANG, id="the consumer leaves it out: the provider shows it"),
        pytest.param(ZHEJIANG, SHANGHAI, id="the provider leaves it out: consumer and home kept its proofs"),
        pytest.param(SHANGHAI, ZHEJIANG, id="the home leaves it out: the provider has its receipt"),
    ],
)
async def test_whoever_leaves_a_use_out_is_named(mesh: Mesh, liar: str, accuser: str) -> None:
    exchange_id = await use(mesh)
    answering(mesh, liar, leaving_out(exchange_id))
    told = await at_counter(mesh, ANHUI)

    assert named(told) == [(liar, exchange_id, Kind.OMITTED, accuser)]
    assert told.completeness is Completeness.INCOMPLETE
    assert [one.exchange_id for one in told.uses] == [exchange_id]
    assert liar not in {code for code, _ in told.uses[0].said_by}


async def test_a_provider_is_caught_before_any_notice_arrived_by_what_the_consumer_received(mesh: Mesh) -> None:
    exchange_id = await use(mesh, told=False)
    answering(mesh, ZHEJIANG, leaving_out(exchange_id))

    assert named(await ask(mesh)) == [(ZHEJIANG, exchange_id, Kind.OMITTED, JIANGSU)]


async def test_an_omission_is_on_record_with_a_file_and_an_alarm_once(mesh: Mesh) -> None:
    exchange_id = await use(mesh)
    answering(mesh, JIANGSU, leaving_out(exchange_id))
    told = await ask(mesh)
    await ask(mesh)
    (kept,) = mesh.shanghai.store.read.holder_log.omissions(9)
    entry = mesh.shanghai.entries(type="DISCLOSE", step="answered", exchange=told.exchange_id)[0]
    file = mesh.shanghai.exhibits.folder / kept.exhibit

    assert (kept.province, kept.exchange_id, kept.accuser, kept.asked) == (
        JIANGSU,
        exchange_id,
        ZHEJIANG,
        told.exchange_id,
    )
    assert entry["found"] == [{"province": JIANGSU, "use": exchange_id, "kind": "OMITTED", "by": ZHEJIANG}]
    assert mesh.shanghai.omitted == [JIANGSU]
    assert json.loads(file.read_text())["use"] == exchange_id
    assert PERSON.code not in file.read_text()


async def test_where_the_provinces_own_log_shows_it_nothing_is_left_to_deny(mesh: Mesh) -> None:
    """The consumer kept the proof that came with the provider's answer."""
    exchange_id = await use(mesh, told=False)
    answering(mesh, ZHEJIANG, leaving_out(exchange_id))
    (one,) = (await ask(mesh)).found

    assert (one.province, one.accuser, one.certain) == (ZHEJIANG, JIANGSU, True)


async def test_the_holders_home_shows_what_consumer_and_provider_leave_out_together(mesh: Mesh) -> None:
    exchange_id = await use(mesh)
    for liar in (JIANGSU, ZHEJIANG):
        answering(mesh, liar, leaving_out(exchange_id))
    told = await ask(mesh)

    assert named(told) == [(ZHEJIANG, exchange_id, Kind.OMITTED, SHANGHAI)]
    assert told.found[0].certain  # its own notice shows it


async def test_a_list_that_forgot_and_is_mended_when_asked_again_is_no_omission(mesh: Mesh) -> None:
    """As where a clock differs, or a list was cut short: the use is told when it is named."""
    exchange_id = await use(mesh)
    node, once = mesh.jiangsu, [True]

    def forgetting(answer: UsesAnswer) -> UsesAnswer:
        return leaving_out(exchange_id)(answer) if once and once.pop() else answer

    answering(mesh, node.code, forgetting)
    told = await ask(mesh)

    assert (named(told), told.completeness) == ([], Completeness.COMPLETE)
    assert (JIANGSU, Role.CONSUMER) in told.uses[0].said_by
    assert [one.get("confronted") for one in mesh.shanghai.entries(type="DISCLOSE", step="asked")] == [None, 1]


async def test_to_say_nothing_when_asked_again_does_not_help(mesh: Mesh) -> None:
    exchange_id = await use(mesh)

    def silent_then(answer: UsesAnswer) -> UsesAnswer:
        mesh.network.down(JIANGSU)  # from its first answer on
        return leaving_out(exchange_id)(answer)

    answering(mesh, JIANGSU, silent_then)
    fresh = await ask(mesh)
    mesh.network.up(JIANGSU)
    mesh.clock.move(hours=1)
    told = await ask(mesh)

    assert (named(fresh), fresh.completeness) == ([], Completeness.INCOMPLETE)  # its clock may be another
    assert named(told) == [(JIANGSU, exchange_id, Kind.OMITTED, ZHEJIANG)]
    assert named(await ask(mesh)) == []  # who is silent altogether is named as silent


async def test_who_asked_for_this_log_and_leaves_that_out_is_named(mesh: Mesh) -> None:
    asked = (await at_counter(mesh, ANHUI)).exchange_id
    answering(mesh, ANHUI, leaving_out(asked))
    told = await ask(mesh)

    assert {(one.province, one.exchange_id) for one in told.found} == {(ANHUI, asked)}


async def test_two_that_do_not_say_the_same_of_a_use_are_named(mesh: Mesh) -> None:
    exchange_id = await use(mesh)
    node = mesh.jiangsu

    def another(nouns: Nouns) -> None:
        members = {"peer": ZHEJIANG, "certificate": "1.2.3", "output": "DATA"}
        entry = node.recorder.entry(EventType.RETRIEVE, "received", exchange_id, **members)
        handle = node.vault.handle(PERSON.type_code, PERSON.code)
        part = Part(handle=handle, exchange_id=exchange_id, role=Role.CONSUMER, peer=ZHEJIANG)
        node.holder_index.ended(nouns, part, nouns.evidence.append(entry), mesh.clock())

    await node.store.transact(another)

    assert named(await ask(mesh)) == [(ZHEJIANG, exchange_id, Kind.DIFFERS, JIANGSU)]


QUERY = UsesQuery(holder=PERSON, place=Place.HOME, app_id="a", since=EPOCH, until=datetime(2100, 1, 1, tzinfo=UTC))
Make = Callable[[Mesh, Incoming[Any], UsesAnswer], tuple[UsesAnswer, dict[str, Any]]]


def other_list(_: Mesh, __: Incoming[Any], answer: UsesAnswer) -> tuple[UsesAnswer, dict[str, Any]]:
    """The entry means the whole list, and the message holds less."""
    return replace(answer, uses=(), outcome=Outcome.EMPTY), {"outcome": "EMPTY", "count": 0}


def other_count(_: Mesh, __: Incoming[Any], answer: UsesAnswer) -> tuple[UsesAnswer, dict[str, Any]]:
    return answer, {"count": 7}


def other_word(_: Mesh, __: Incoming[Any], answer: UsesAnswer) -> tuple[UsesAnswer, dict[str, Any]]:
    return replace(answer, outcome=Outcome.EMPTY), {}


def other_salt(_: Mesh, __: Incoming[Any], answer: UsesAnswer) -> tuple[UsesAnswer, dict[str, Any]]:
    return replace(answer, salt=bytes(32)), {}


@pytest.mark.parametrize("make", [other_list, other_count, other_word, other_salt])
async def test_an_answer_that_its_own_entry_does_not_bear_out_is_no_answer(mesh: Mesh, make: Make) -> None:
    await use(mesh)
    listed: list[UsesAnswer] = []
    node = mesh.zhejiang

    async def prepared() -> None:
        listed.append(await node.uses_provider.teller.listed(QUERY, "x"))

    def odd(incoming: Incoming[Any]) -> Decision[UsesAnswer]:
        answer, changes = make(mesh, incoming, listed[0])
        query = incoming.message
        members = members_of(node.vault, incoming.exchange_id, query, query.holder, listed[0]) | changes
        return Decision(answer=answer, event=EventType.DISCLOSE, members=members, lasting=False)

    await prepared()
    answering_raw(mesh, ZHEJIANG, odd)
    told = await ask(mesh)

    assert {one.province: one.outcome for one in told.outcomes}[ZHEJIANG] is Outcome.ERROR
    assert ZHEJIANG not in {code for code, _ in told.uses[0].said_by}
    assert (told.found, told.completeness) == ((), Completeness.INCOMPLETE)


def changed_entry(answer: UsesAnswer) -> UsesAnswer:
    first, *others = answer.uses
    entry = replace(first.entry, entry=first.entry.entry.replace(b"DATA", b"FILE"))
    return replace(answer, uses=(replace(first, entry=entry), *others))


def another_part(answer: UsesAnswer) -> UsesAnswer:
    first, *others = answer.uses
    return replace(answer, uses=(replace(first, role=Role.HOME), *others))


def another_use(answer: UsesAnswer) -> UsesAnswer:
    first, *others = answer.uses
    return replace(answer, uses=(replace(first, exchange_id="another"), *others))


def twice(answer: UsesAnswer) -> UsesAnswer:
    return replace(answer, uses=answer.uses * 2)


@pytest.mark.parametrize("change", [changed_entry, another_part, another_use, twice])
async def test_a_use_that_its_log_does_not_show_makes_the_whole_list_worth_nothing(
    mesh: Mesh, change: Callable[[UsesAnswer], UsesAnswer]
) -> None:
    await use(mesh)
    answering(mesh, ZHEJIANG, change)
    told = await ask(mesh)

    assert {one.province: one.outcome for one in told.outcomes}[ZHEJIANG] is Outcome.ERROR
    assert told.found == ()


def deferred(mesh: Mesh, exchange_id: str) -> Callable[[Nouns], None]:
    """A manager of a province holds a use back from its holder, as the law says."""
    given = Deferral(
        deferral_id="d1",
        province=ZHEJIANG,
        kind=Subject.EXCHANGE,
        subject=exchange_id,
        law="样例法",
        article="第十八条",
        until=mesh.clock() + timedelta(days=30),
        manager="ab" * 32,
        given_at=mesh.clock(),
    )
    return lambda nouns: nouns.deferrals.give(given)


async def test_a_use_that_the_law_holds_back_is_not_listed_until_the_deferral_ends(mesh: Mesh) -> None:
    exchange_id = await use(mesh, told=False)
    for node in (mesh.jiangsu, mesh.zhejiang):
        await node.store.transact(deferred(mesh, exchange_id))
    hidden = await ask(mesh)
    mesh.clock.move(days=31)
    shown = await ask(mesh)

    assert (hidden.uses, hidden.completeness) == ((), Completeness.COMPLETE)
    assert exchange_id in {one.exchange_id for one in shown.uses}


async def test_who_holds_a_use_back_alone_is_no_liar(mesh: Mesh) -> None:
    """The other province shows it; asked by name, the one that held it back does not deny it."""
    exchange_id = await use(mesh, told=False)
    await mesh.zhejiang.store.transact(deferred(mesh, exchange_id))
    told = await ask(mesh)

    assert (told.found, told.completeness) == ((), Completeness.COMPLETE)
    assert (ZHEJIANG, Role.PROVIDER) in told.uses[0].said_by
