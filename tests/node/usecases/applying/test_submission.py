"""A repeated submit is the same application; application and search in one call leave what the steps one by one leave. Clause 7.2."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from federation.methods import SEARCH, SUBMIT
from federation.model.application import Output, Result
from federation.model.refusal import Reason
from federation.model.search import Completeness, Outcome
from node.errors import RefusedError
from node.library.invented import LAND_TYPE
from node.ports.services import ApplicationForm, OpenedUse, Submitted, UseForm
from node.ports.timeline import State
from node.usecases.applying.submission import Submissions
from node.usecases.explain.mishaps import Mishaps
from node.usecases.explain.timeline import TimelineReader
from node.usecases.turns import Turns
from node.usecases.use import Uses
from tests.node.usecases.mesh import (
    ANHUI,
    CALLER,
    JIANGSU,
    OPERATOR,
    ZHEJIANG,
    Mesh,
    Province,
    form,
    line,
    outcome,
    record,
)
from tests.node.usecases.receipts import checked, receipt_of
from tests.node.usecases.watching import verdicts_of


def submissions(one: Province) -> Submissions:
    return Submissions(
        store=one.store,
        vault=one.vault,
        applications=one.applications,
        verdicts=verdicts_of(one),
        turns=Turns(2.0),
    )


async def submit(mesh: Mesh, key: str = "k1", **changes: Any) -> Submitted:
    return await submissions(mesh.jiangsu).submit(CALLER, form(key=key, **changes))


async def use(mesh: Mesh, key: str = "k1", **changes: Any) -> OpenedUse:
    uses = Uses(submissions=submissions(mesh.jiangsu), search=mesh.jiangsu.search)
    return await uses.open(CALLER, UseForm(application=form(key=key), **changes))


def results(submitted: Submitted) -> dict[str, Result | None]:
    return {one.province: one.verdict.result if one.verdict else None for one in submitted.verdicts}


async def test_a_repeat_is_the_same_application_with_the_same_verdicts_and_use_codes(mesh: Mesh) -> None:
    first, second = await submit(mesh), await submit(mesh)
    codes = [{one.province: one.verdict.use_code for one in each.verdicts if one.verdict} for each in (first, second)]

    assert first.application == second.application
    assert codes[0] == codes[1]
    assert len({code for code in codes[0].values() if code}) == len(codes[0])


async def test_a_repeat_asks_nobody_who_has_decided(mesh: Mesh) -> None:
    await submit(mesh)
    before = len(mesh.network.calls)
    await submit(mesh)

    assert mesh.network.calls[before:] == []


async def test_a_repeat_asks_who_was_silent(mesh: Mesh) -> None:
    mesh.network.down(ZHEJIANG)
    first = await submit(mesh)
    mesh.network.up(ZHEJIANG)
    before = len(mesh.network.calls)
    second = await submit(mesh)

    assert (results(first)[ZHEJIANG], results(second)[ZHEJIANG]) == (None, Result.PASS)
    assert [call.receiver for call in mesh.network.calls[before:]] == [ZHEJIANG]


async def test_a_repeat_while_the_first_is_under_way_waits_for_it(mesh: Mesh) -> None:
    one = submissions(mesh.jiangsu)
    both = await asyncio.gather(*(one.submit(CALLER, form(key="k1")) for _ in range(5)))

    assert len({each.application.apply_id for each in both}) == 1
    assert len([entry for entry in mesh.zhejiang.entries(type="VERIFY") if entry["result"] == "PASS"]) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [pytest.param("k1", "k2", id="another key"), pytest.param("", "", id="no key")],
)
async def test_another_application_is(mesh: Mesh, first: str, second: str) -> None:
    ids = {(await submit(mesh, key)).application.apply_id for key in (first, second)}

    assert len(ids) == 2


async def test_the_key_of_another_line_system_is_another_key(mesh: Mesh) -> None:
    one = submissions(mesh.jiangsu)
    ids = {
        (await one.submit(replace(CALLER, app_id=app_id), form(key="k1"))).application.apply_id
        for app_id in ("line-system", "other-system")
    }

    assert len(ids) == 2


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"use_cause": "其他用途"}, id="purpose"),
        pytest.param({"biz_num": "2026-2"}, id="case"),
        pytest.param({"type_codes": (LAND_TYPE,)}, id="types"),
        pytest.param({"outputs": (Output.DATA,)}, id="outputs"),
        pytest.param({"operator": replace(OPERATOR, account="clerk-8")}, id="operator"),
        pytest.param({"holder": replace(form().holder, name="他人")}, id="the holder's name"),
    ],
)
async def test_a_key_stands_for_one_application(mesh: Mesh, changes: dict[str, Any]) -> None:
    await submit(mesh)
    with pytest.raises(RefusedError) as caught:
        await submit(mesh, **changes)

    assert caught.value.refusal.reason is Reason.REPLAYED


async def test_a_first_try_that_was_refused_leaves_the_key_free(mesh: Mesh) -> None:
    with pytest.raises(RefusedError):
        await submit(mesh, item_code="ITEM-9")

    assert (await submit(mesh)).verdicts


async def test_a_repeat_is_counted_once(mesh: Mesh) -> None:
    for _ in range(3):
        await submit(mesh)
    asked = [one for one in mesh.jiangsu.entries(type="APPLY", step="asked") if "line" in one]

    assert len(asked) == 1


async def test_one_call_applies_and_searches_with_one_round_trip_to_each_province(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG))
    opened = await use(mesh)

    assert sorted((call.receiver, call.path) for call in mesh.network.calls) == [
        (ZHEJIANG, SEARCH.path),
        (ANHUI, SEARCH.path),
    ]
    assert [one.provinces for one in opened.found.items] == [(ZHEJIANG,)]
    assert opened.found.completeness is Completeness.COMPLETE


async def test_it_leaves_the_entries_of_the_steps_one_by_one(mesh: Mesh) -> None:
    def kinds(one: Province) -> list[tuple[str, str]]:
        steps = {
            (entry["type"], "given" if entry["step"] in {"decided", "answered"} else entry["step"])
            for entry in one.entries()
        }
        return sorted(steps)

    await mesh.zhejiang.keep(record(ZHEJIANG))
    await use(mesh)
    together = {one.code: kinds(one) for one in mesh.all.values()}
    await mesh.jiangsu.find((await submit(mesh, "k2")).application.apply_id)

    assert {one.code: kinds(one) for one in mesh.all.values()} == together
    assert ("VERIFY", "given") in together[ZHEJIANG]
    assert ("VERIFY", "own") in together[JIANGSU]


async def test_the_first_call_is_one_exchange_from_the_application_to_the_answer(mesh: Mesh) -> None:
    opened = await use(mesh)
    entries = mesh.jiangsu.entries(exchange=opened.found.exchange_id)
    timeline = TimelineReader(province=JIANGSU, store=mesh.jiangsu.store, mishaps=Mishaps(mesh.clock), clock=mesh.clock)
    mesh.clock.move(hours=1)
    told = await timeline.of(opened.found.exchange_id)

    assert [(one["type"], one["step"]) for one in entries] == [
        ("APPLY", "asked"),
        ("VERIFY", "own"),
        ("SEARCH", "asked"),
        ("APPLY", "answered"),
        ("SEARCH", "answered"),
    ]
    assert told is not None
    assert (told.state, told.faults) == (State.DONE, ())


async def test_its_receipt_is_one_as_any(mesh: Mesh) -> None:
    await mesh.anhui.decide(line(), status="REJECTED")
    for _ in range(2):  # the second time Anhui's rejection is known
        opened = await use(mesh)
        report = checked(mesh, await receipt_of(mesh, opened.found))

        assert report.ok, report
        assert outcome(opened.found, ANHUI).outcome is Outcome.DENIED


async def test_its_repeat_is_the_same_application_searched_once_more(mesh: Mesh) -> None:
    first, second = await use(mesh), await use(mesh)

    assert first.application == second.application
    assert first.found.exchange_id != second.found.exchange_id
    assert SUBMIT.path not in {call.path for call in mesh.network.calls}


async def test_what_the_application_may_not_is_refused_before_anybody_is_asked(mesh: Mesh) -> None:
    one = Uses(submissions=submissions(mesh.jiangsu), search=mesh.jiangsu.search)
    bad: ApplicationForm = form(item_code="ITEM-9")
    with pytest.raises(RefusedError):
        await one.open(CALLER, UseForm(application=bad))

    assert mesh.network.calls == []
    assert mesh.jiangsu.entries(type="APPLY", step="refused")


async def test_a_silent_province_gives_its_verdict_when_the_call_is_repeated(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG))
    mesh.network.down(ZHEJIANG)
    first = await use(mesh)
    mesh.network.up(ZHEJIANG)
    second = await use(mesh)

    assert [one.found.completeness for one in (first, second)] == [Completeness.INCOMPLETE, Completeness.COMPLETE]
    assert (first.found.items, len(second.found.items)) == ((), 1)
    assert (first.absent.reason, second.absent.reason) == (Reason.PEER_UNREACHABLE, Reason.NO_RECORD)
