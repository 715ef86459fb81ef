"""Handles that stand for holders: who mints them, whose they are, when they end, and what nobody learns by them."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from federation.methods import HOLDER_CHECK
from federation.model.application import Holder
from federation.model.evidence import EventType
from federation.model.holder import HolderCheck, HolderChecked
from federation.model.refusal import Reason
from federation.ports import Incoming, Reply
from node.errors import RefusedError
from node.library.holder import make_citizen_id
from node.usecases.exchange import Decision
from tests.node.usecases.mesh import CALLER, HOLDER, JIANGSU, SHANGHAI, ZHEJIANG, Mesh, record

CODE = make_citizen_id(SHANGHAI, date(1980, 2, 3), 21)
PERSON = Holder(code=CODE, type_code="111", name="持证人吴戊")
_EVENT = EventType.HOLDER
ABROAD = Holder(code="E12345678", type_code="414", name="持证人冯庚")
OUTSIDE = Holder(code=make_citizen_id("110000", date(1980, 2, 3), 21), type_code="111", name="持证人陈辛")


async def test_the_home_province_mints_the_handle_and_both_put_it_on_record(mesh: Mesh) -> None:
    told = await mesh.jiangsu.holders.check(CALLER, PERSON)
    (asked,) = mesh.jiangsu.entries(type="HOLDER", step="asked")
    (minted,) = mesh.jiangsu.entries(type="HOLDER", step="minted")
    (answered,) = mesh.shanghai.entries(type="HOLDER", step="answered")

    assert (told.minted_by, told.home, told.outcome, told.refusal) == (SHANGHAI, SHANGHAI, "OK", None)
    assert await mesh.jiangsu.holders.holder(CALLER, told.handle) == PERSON
    assert (asked["peers"], minted["minted_by"]) == ([SHANGHAI], SHANGHAI)
    assert (answered["peer"], answered["app"]) == (JIANGSU, CALLER.app_id)
    assert minted["answer"] == answered["answer"]


@pytest.mark.parametrize(
    ("holder", "home", "outcome"),
    [
        pytest.param(HOLDER, JIANGSU, "OK", id="a holder of our own"),
        pytest.param(ABROAD, "", "SKIPPED", id="a number that names no province"),
        pytest.param(OUTSIDE, "", "SKIPPED", id="a number of a province that is none of ours"),
    ],
)
async def test_this_node_mints_where_there_is_no_home_to_ask(
    mesh: Mesh, holder: Holder, home: str, outcome: str
) -> None:
    before = len(mesh.network.calls)
    told = await mesh.jiangsu.holders.check(CALLER, holder)

    assert (told.minted_by, told.home, told.outcome) == (JIANGSU, home, outcome)
    assert await mesh.jiangsu.holders.holder(CALLER, told.handle) == holder
    assert len(mesh.network.calls) == before


async def test_a_home_that_is_down_is_told_and_this_node_mints_in_its_place(mesh: Mesh) -> None:
    mesh.network.down(SHANGHAI)
    told = await mesh.jiangsu.holders.check(CALLER, PERSON)

    assert (told.minted_by, told.outcome) == (JIANGSU, "ERROR")
    assert told.refusal is not None
    assert told.refusal.reason is Reason.PEER_UNREACHABLE
    assert await mesh.jiangsu.holders.holder(CALLER, told.handle) == PERSON
    assert mesh.jiangsu.entries(type="HOLDER", step="minted")[0]["outcome"] == "ERROR"


async def test_a_handle_is_of_one_line_system_and_ends(mesh: Mesh) -> None:
    told = await mesh.jiangsu.holders.check(CALLER, PERSON)
    words = []
    for caller, handle, hours in (
        (replace(CALLER, app_id="another"), told.handle, 0),
        (CALLER, "0" * 64, 0),
        (CALLER, told.handle, 25),
    ):
        mesh.clock.move(hours=hours)
        with pytest.raises(RefusedError) as caught:
            await mesh.jiangsu.holders.holder(caller, handle)
        words.append((caught.value.refusal.reason, caught.value.refusal.detail))

    assert {reason for reason, _ in words} == {Reason.HANDLE_UNKNOWN}
    assert len({detail for _, detail in words}) == 1


async def test_each_check_makes_another_handle_and_none_names_the_person(mesh: Mesh) -> None:
    handles = {(await mesh.jiangsu.holders.check(CALLER, PERSON)).handle for _ in range(3)}
    stored = [mesh.jiangsu.store.read.handles.get(one) for one in handles]
    every = repr([one.entries() for one in mesh.all.values()]) + repr(stored) + repr(mesh.network.calls)

    assert len(handles) == 3
    for secret in (CODE, PERSON.name, mesh.jiangsu.vault.handle("111", CODE)):
        assert secret not in every


async def test_nothing_is_said_of_whether_the_person_has_certificates(mesh: Mesh) -> None:
    """The same calls, the same entries but for ids and digests, whether the home province holds a certificate or none."""

    def shape(entries: list[dict[str, Any]]) -> list[list[str]]:
        return [sorted(one) for one in entries]

    async def seen() -> tuple[Any, ...]:
        start = len(mesh.shanghai.entries())
        told = await mesh.jiangsu.holders.check(CALLER, PERSON)
        return told.minted_by, told.outcome, len(told.handle), shape(mesh.shanghai.entries()[start:])

    without = await seen()
    await mesh.shanghai.keep(record(SHANGHAI, holders=(PERSON,)))

    assert await seen() == without


async def test_a_wrong_number_is_refused_before_anybody_is_asked(mesh: Mesh) -> None:
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.holders.check(CALLER, replace(PERSON, code="110"))

    assert caught.value.refusal.reason is Reason.HOLDER_CODE_INVALID
    assert mesh.network.calls == []


async def asked_directly(mesh: Mesh, province: str, holder: Holder) -> HolderChecked:
    """What a province says to Jiangsu, whatever Jiangsu's own checks say."""
    post = mesh.jiangsu.direct
    draft = post.draft_request(HolderCheck(holder=holder, app_id="a"), recipients=(province,), exchange_id="e1")
    recorded = await mesh.jiangsu.store.transact(
        lambda nouns: mesh.jiangsu.recorder.sent(nouns, draft, _EVENT, "asked", {"peers": [province]})
    )
    envelope = await mesh.jiangsu.post.prove(recorded)
    reply: Reply[HolderChecked] = await mesh.jiangsu.peers.ask(province, HOLDER_CHECK, draft, envelope, 0.5)
    return reply.message


@pytest.mark.parametrize(
    ("holder", "reason"),
    [
        pytest.param(replace(PERSON, code="110"), Reason.HOLDER_CODE_INVALID, id="a wrong number"),
        pytest.param(HOLDER, Reason.BAD_PARAMETER, id="another province's holder"),
        pytest.param(ABROAD, Reason.BAD_PARAMETER, id="a number that names no province"),
    ],
)
async def test_the_home_province_judges_for_itself(mesh: Mesh, holder: Holder, reason: Reason) -> None:
    told = await asked_directly(mesh, SHANGHAI, holder)

    assert told.handle == ""
    assert told.refusal is not None
    assert told.refusal.reason is reason
    assert holder.code not in told.refusal.detail


def answer_always(mesh: Mesh, handle: str) -> None:
    """Have Shanghai answer with this handle, whoever is asked about."""
    provider = mesh.shanghai

    async def odd(incoming: Incoming[Any]) -> Any:
        answer = HolderChecked(handle=handle, expires_at=mesh.clock())
        decision = Decision(answer=answer, event=_EVENT, members={})
        return await provider.exchange.answer(incoming, HOLDER_CHECK.path, lambda _: decision)

    mesh.network.join(provider.post, provider.handlers() | {HOLDER_CHECK.path: odd}, health=provider.health)


@pytest.mark.parametrize("handle", ["", CODE, "x" * 64, "ab" * 40])
async def test_what_a_home_sends_for_a_handle_and_is_none_is_not_taken(mesh: Mesh, handle: str) -> None:
    answer_always(mesh, handle)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.holders.check(CALLER, PERSON)

    assert caught.value.refusal.reason is Reason.PEER_ERROR
    assert mesh.jiangsu.entries(type="HOLDER", step="refused")


async def test_this_node_mints_where_a_home_sends_the_handle_of_another(mesh: Mesh) -> None:
    answer_always(mesh, "ab" * 32)
    other = replace(PERSON, code=make_citizen_id(SHANGHAI, date(1981, 2, 3), 21))
    first = await mesh.jiangsu.holders.check(CALLER, PERSON)
    second = await mesh.jiangsu.holders.check(CALLER, other)
    (refused,) = mesh.jiangsu.entries(type="HOLDER", step="refused")

    assert (second.minted_by, second.outcome) == (JIANGSU, "ERROR")
    assert second.refusal is not None
    assert second.refusal.reason is Reason.PEER_ERROR
    assert (refused["exchange"], len(refused["answer"])) == (second.exchange_id, 64)
    assert await mesh.jiangsu.holders.holder(CALLER, first.handle) == PERSON
    assert await mesh.jiangsu.holders.holder(CALLER, second.handle) == other


async def test_a_handle_holds_no_longer_than_this_node_lets_one(mesh: Mesh) -> None:
    mesh.shanghai.mint = replace(mesh.shanghai.mint, lifetime=mesh.shanghai.mint.lifetime * 100)
    mesh.network.join(mesh.shanghai.post, mesh.shanghai.handlers(), health=mesh.shanghai.health)
    told = await mesh.jiangsu.holders.check(CALLER, PERSON)

    assert told.expires_at == mesh.clock() + mesh.jiangsu.mint.lifetime


async def test_a_search_goes_with_the_holder_that_a_handle_stands_for(mesh: Mesh) -> None:
    certificate = record(ZHEJIANG, holders=(PERSON,))
    await mesh.zhejiang.keep(certificate)
    told = await mesh.jiangsu.holders.check(CALLER, PERSON)
    holder = await mesh.jiangsu.holders.holder(CALLER, told.handle)
    submitted = await mesh.jiangsu.submit(holder=holder)

    assert submitted.application.holder == PERSON
