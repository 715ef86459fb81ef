"""Fused search: every province asked or left out has an outcome, and "none found" is never "nobody answered". DESIGN §2.3, §2.4."""

import asyncio
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from federation.methods import SEARCH, SUBMIT
from federation.model.application import Holder, Result, Verdict
from federation.model.evidence import EventType
from federation.model.refusal import Reason
from federation.model.search import Answer, Completeness, FusedAnswer, Item, Outcome, Query
from federation.ports import Incoming
from node.errors import RefusedError
from node.library.holder import make_citizen_id
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.library.record import Status
from node.ports.lists import Kind
from node.ports.services import SearchForm
from node.ports.store import Nouns
from node.usecases.exchange import Answered, Decision
from node.usecases.lists import _Held
from tests import virtual_time
from tests.node.usecases.mesh import (
    ANHUI,
    CALLER,
    HOLDER,
    JIANGSU,
    SHANGHAI,
    ZHEJIANG,
    Mesh,
    line,
    outcome,
    record,
)
from trust.entry_tree import EMPTY_BUCKETS

OTHER = Holder(code=make_citizen_id(JIANGSU, date(1980, 1, 1), 1), type_code="111", name="他人")


async def ask(mesh: Mesh, query: Query, *, sender: str = JIANGSU, exchange_id: str = "e1") -> Answer:
    """Query Zhejiang as a peer would."""
    post = mesh[sender].direct
    draft = post.draft_request(query, recipients=(ZHEJIANG,), exchange_id=exchange_id)
    reply = await mesh.network.peers_of(sender).ask(ZHEJIANG, SEARCH, draft, post.sign(draft), 1.0)
    answer: Answer = reply.message
    return answer


def query(apply: str, **changes: Any) -> Query:
    return replace(Query(apply_id=apply, holder=HOLDER, type_codes=(MINING_TYPE, LAND_TYPE)), **changes)


async def test_every_member_has_one_outcome(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG))
    _, answer = await mesh.found()
    words = {one.province: one.outcome for one in answer.outcomes}

    assert words == {
        SHANGHAI: Outcome.SKIPPED,
        JIANGSU: Outcome.EMPTY,
        ZHEJIANG: Outcome.OK,
        ANHUI: Outcome.EMPTY,
    }
    assert answer.completeness is Completeness.COMPLETE


async def test_a_province_that_the_line_does_not_name_is_skipped_with_the_reason(mesh: Mesh) -> None:
    _, answer = await mesh.found()
    refusal = outcome(answer, SHANGHAI).refusal

    assert refusal is not None
    assert refusal.reason is Reason.USE_LIST_MISSING


async def test_a_province_that_does_not_offer_the_type_is_skipped_with_the_reason(mesh: Mesh) -> None:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    one = outcome(await mesh.jiangsu.find(apply_id, type_codes=(MINING_TYPE,)), ANHUI)

    assert one.outcome is Outcome.SKIPPED
    assert one.refusal is not None
    assert one.refusal.reason is Reason.TYPE_NOT_OFFERED


async def test_a_province_beyond_the_areas_asked_is_skipped_and_not_called(mesh: Mesh) -> None:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    before = len(mesh.network.calls)
    answer = await mesh.jiangsu.find(apply_id, area_codes=(ZHEJIANG,))

    assert outcome(answer, ANHUI).outcome is Outcome.SKIPPED
    assert [call.receiver for call in mesh.network.calls[before:]] == [ZHEJIANG]


@pytest.mark.parametrize(
    ("fault", "word"),
    [pytest.param("down", Outcome.ERROR, id="down"), pytest.param("silent", Outcome.TIMEOUT, id="silent")],
)
def test_a_peer_without_an_answer_makes_the_answer_incomplete_and_is_named(
    tmp_path: Path, fault: str, word: Outcome
) -> None:
    async def searched() -> FusedAnswer:
        mesh = await Mesh(tmp_path).ready()
        await mesh.zhejiang.keep(record(ZHEJIANG))
        apply_id = (await mesh.jiangsu.submit()).application.apply_id
        getattr(mesh.network, fault)(ANHUI)
        return await mesh.jiangsu.find(apply_id)

    answer = virtual_time.run(searched)

    assert (answer.completeness, outcome(answer, ANHUI).outcome) == (Completeness.INCOMPLETE, word)
    assert [one.provinces for one in answer.items] == [(ZHEJIANG,)]


def test_the_answer_comes_at_the_deadline_with_a_silent_peer(tmp_path: Path) -> None:
    async def took() -> tuple[float, float]:
        mesh = await Mesh(tmp_path).ready()
        apply_id = (await mesh.jiangsu.submit()).application.apply_id
        mesh.network.silent(ZHEJIANG)
        loop, began = asyncio.get_running_loop(), time.monotonic()
        start = loop.time()
        await mesh.jiangsu.find(apply_id, deadline_ms=2_000)
        return loop.time() - start, time.monotonic() - began

    waited, worked = virtual_time.run(took)

    assert 2 - worked <= waited <= 2, "what the work before the questions took is a part of the deadline"


async def test_a_tampered_answer_is_an_error_and_its_items_are_not_shown(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    mesh.network.tamper(ZHEJIANG)
    answer = await mesh.jiangsu.find(apply_id)
    one = outcome(answer, ZHEJIANG)

    assert (one.outcome, answer.items) == (Outcome.ERROR, ())
    assert one.refusal is not None
    assert one.refusal.reason is Reason.SIGNATURE_INVALID


async def test_a_province_that_rejected_the_application_is_denied_and_the_answer_complete(mesh: Mesh) -> None:
    await mesh.zhejiang.decide(line(), status="REJECTED")
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    answer = await mesh.jiangsu.find(apply_id)
    one = outcome(answer, ZHEJIANG)

    assert (one.outcome, answer.completeness) == (Outcome.DENIED, Completeness.COMPLETE)
    assert one.refusal is not None
    assert one.refusal.reason is Reason.USE_LIST_REJECTED


async def test_a_province_whose_catalogue_never_came_is_asked_and_its_silence_makes_the_answer_incomplete(
    mesh: Mesh,
) -> None:
    """A node that starts while a peer is down knows nothing of it; that must not look like "does not offer the type"."""
    mesh.jiangsu.lists._held[Kind.CATALOGUE, ZHEJIANG] = _Held(0, EMPTY_BUCKETS)
    mesh.network.down(ZHEJIANG)
    _, answer = await mesh.found()

    assert outcome(answer, ZHEJIANG).outcome is Outcome.ERROR
    assert answer.completeness is Completeness.INCOMPLETE


@pytest.mark.parametrize(
    ("changes", "caller", "reason"),
    [
        pytest.param({"type_codes": ("T",)}, {}, Reason.MATTER_MISMATCH, id="a type beyond the application"),
        pytest.param({"holder": OTHER}, {}, Reason.MATTER_MISMATCH, id="another holder"),
        pytest.param({"holder": replace(HOLDER, code="X")}, {}, Reason.HOLDER_CODE_INVALID, id="a malformed holder"),
        pytest.param({"apply_id": "none"}, {}, Reason.USE_CODE_SPENT, id="no such application"),
        pytest.param({}, {"app_id": "other"}, Reason.USE_CODE_SPENT, id="an application of another line system"),
    ],
)
async def test_a_search_beyond_the_application_is_refused_on_record_and_asks_nobody(
    mesh: Mesh, changes: dict[str, Any], caller: dict[str, Any], reason: Reason
) -> None:
    form = SearchForm(apply_id=(await mesh.jiangsu.submit()).application.apply_id, holder=HOLDER)
    before = len(mesh.network.calls)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.search.fused(replace(CALLER, **caller), replace(form, **changes))
    (refused,) = mesh.jiangsu.entries(type="SEARCH")

    assert caught.value.refusal.reason is reason
    assert (refused["step"], refused["refusal"]["reason"]) == ("refused", reason.value)
    assert mesh.network.calls[before:] == []


async def test_an_application_is_in_force_for_half_an_hour(mesh: Mesh) -> None:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    mesh.clock.move(minutes=30)
    await mesh.jiangsu.find(apply_id)
    mesh.clock.move(seconds=1)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.find(apply_id)

    assert caught.value.refusal.reason is Reason.USE_CODE_SPENT


async def test_only_the_types_asked_for_come_back(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG), record(ZHEJIANG, LAND_TYPE))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    answer = await mesh.jiangsu.find(apply_id, type_codes=(LAND_TYPE,))

    assert [one.item.type_code for one in answer.items] == [LAND_TYPE]


async def test_a_peer_that_answers_with_other_types_is_in_error(mesh: Mesh) -> None:
    """Data that was not asked for is not taken. REQUIREMENTS 8.2."""
    item = Item(**dict.fromkeys(Item.__dataclass_fields__, "x") | {"disputed": False})  # type: ignore[arg-type]

    async def greedy(incoming: Incoming[Query]) -> Answered:
        def decide(_: Nouns) -> Decision[Answer]:
            return Decision(answer=Answer(outcome=Outcome.OK, items=(item,)), event=EventType.SEARCH)

        return await mesh.zhejiang.exchange.answer(incoming, SEARCH.path, decide)

    mesh.network.join(mesh.zhejiang.post, mesh.zhejiang.handlers() | {SEARCH.path: greedy})
    _, answer = await mesh.found()

    assert (outcome(answer, ZHEJIANG).outcome, answer.items) == (Outcome.ERROR, ())


async def test_the_provider_narrows_a_query_to_the_types_of_its_verdict(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG), record(ZHEJIANG, LAND_TYPE))
    apply_id = (await mesh.jiangsu.submit(type_codes=(LAND_TYPE,))).application.apply_id
    answer = await ask(mesh, query(apply_id))

    assert [item.type_code for item in answer.items] == [LAND_TYPE]


@pytest.mark.parametrize(
    "exists", [pytest.param(True, id="where one exists"), pytest.param(False, id="where none does")]
)
@pytest.mark.parametrize(
    ("sender", "changes", "reason"),
    [
        pytest.param(SHANGHAI, {}, Reason.USE_CODE_SPENT, id="a stranger"),
        pytest.param(JIANGSU, {"apply_id": "none"}, Reason.USE_CODE_SPENT, id="no application"),
        pytest.param(JIANGSU, {"holder": OTHER}, Reason.MATTER_MISMATCH, id="another holder"),
        pytest.param(JIANGSU, {"type_codes": ("T",)}, Reason.MATTER_MISMATCH, id="other types"),
        pytest.param(JIANGSU, {"type_codes": ()}, Reason.MATTER_MISMATCH, id="no types"),
    ],
)
async def test_who_may_not_ask_cannot_tell_none_from_not_allowed(
    mesh: Mesh, sender: str, changes: dict[str, Any], reason: Reason, *, exists: bool
) -> None:
    if exists:
        await mesh.zhejiang.keep(record(ZHEJIANG), record(ZHEJIANG, serial="2", holders=(OTHER,)))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    answer = await ask(mesh, query(apply_id, **changes), sender=sender)
    refusal = answer.refusal

    assert refusal is not None
    assert (answer, refusal.reason) == (
        Answer(outcome=Outcome.DENIED, refusal=refusal, catalogue_version=1),
        reason,
    )


async def test_a_denied_query_is_on_record(mesh: Mesh) -> None:
    await ask(mesh, query("none"), sender=SHANGHAI)
    (searched,) = mesh.zhejiang.entries(type="SEARCH")

    assert (searched["peer"], searched["outcome"], searched["refusal"]["code"]) == (SHANGHAI, "DENIED", 211)


def on(mesh: Mesh, days: int) -> date:
    """A day from today in China."""
    return (mesh.clock.now + timedelta(hours=8, days=days)).date()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        pytest.param({"valid_until": -1}, "EXPIRED", id="past its last day"),
        pytest.param({"valid_from": 1}, "NOT_ACTIVE", id="before its first day"),
        pytest.param({"status": Status.REVOKED}, "REVOKED", id="revoked"),
        pytest.param({"status": Status.SUSPENDED}, "SUSPENDED", id="suspended"),
        pytest.param(
            {"status": Status.SUPERSEDED, "valid_until": -1}, "SUPERSEDED", id="superseded and past its last day"
        ),
    ],
)
async def test_a_certificate_that_is_not_valid_today_is_shown_only_where_asked_for(
    mesh: Mesh, changes: dict[str, Any], status: str
) -> None:
    values: dict[str, Any] = {
        name: on(mesh, value) if isinstance(value, int) else value for name, value in changes.items()
    }
    await mesh.zhejiang.keep(record(ZHEJIANG, **values))
    apply_id, valid = await mesh.found()
    every = await mesh.jiangsu.find(apply_id, include_invalid=True)

    assert (valid.items, outcome(valid, ZHEJIANG).outcome) == ((), Outcome.EMPTY)
    assert [one.item.status for one in every.items] == [status]


@pytest.mark.parametrize("changes", [{"valid_until": 0}, {"valid_from": 0}], ids=["its last day", "its first day"])
async def test_a_certificate_is_valid_on(mesh: Mesh, changes: dict[str, int]) -> None:
    values: dict[str, Any] = {name: on(mesh, value) for name, value in changes.items()}
    await mesh.zhejiang.keep(record(ZHEJIANG, **values))
    _, answer = await mesh.found()

    assert [one.item.status for one in answer.items] == ["VALID"]


async def test_each_of_several_holders_finds_the_certificate(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG, holders=(OTHER, HOLDER)))
    _, mine = await mesh.found()
    apply_id = (await mesh.jiangsu.submit(holder=OTHER)).application.apply_id
    theirs = await mesh.jiangsu.search.fused(CALLER, SearchForm(apply_id=apply_id, holder=OTHER))

    assert mine.items == theirs.items != ()


async def test_a_number_narrows_the_answer(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG, serial="1"), record(ZHEJIANG, serial="2"))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    answer = await mesh.jiangsu.find(apply_id, number="号2")

    assert [one.item.number for one in answer.items] == ["号2"]


async def test_the_same_certificate_in_two_provinces_is_one_item_with_both_named(mesh: Mesh) -> None:
    one = record(ZHEJIANG, LAND_TYPE)
    await mesh.zhejiang.keep(one)
    await mesh.anhui.keep(one)
    _, answer = await mesh.found()

    assert [item.provinces for item in answer.items] == [(ZHEJIANG, ANHUI)]


async def test_valid_certificates_come_first_and_then_the_newest(mesh: Mesh) -> None:
    days = {"old": date(2020, 1, 1), "new": date(2024, 1, 1), "newest": date(2025, 1, 1)}
    await mesh.zhejiang.keep(
        record(ZHEJIANG, serial="1", number="old", issued=days["old"]),
        record(ZHEJIANG, serial="2", number="newest", issued=days["newest"], status=Status.REVOKED),
    )
    await mesh.anhui.keep(record(ANHUI, LAND_TYPE, number="new", issued=days["new"]))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    answer = await mesh.jiangsu.find(apply_id, include_invalid=True)

    assert [one.item.number for one in answer.items] == ["new", "old", "newest"]


async def test_the_items_hold_no_holder_and_no_face_data(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG))
    _, answer = await mesh.found()
    shown = repr(answer)

    assert not [text for text in (HOLDER.code, HOLDER.name, "面值") if text in shown]


async def test_the_consumers_outcomes_quote_the_providers_signed_answers(mesh: Mesh) -> None:
    _, answer = await mesh.found()
    (searched,) = mesh.zhejiang.entries(exchange=answer.exchange_id)

    assert outcome(answer, ZHEJIANG).answer_digest == searched["answer"]
    assert outcome(answer, ZHEJIANG).catalogue_version == searched["catalogue_version"] == 1


async def test_an_empty_result_is_on_record_at_the_provider(mesh: Mesh) -> None:
    _, answer = await mesh.found()
    (searched,) = mesh.anhui.entries(exchange=answer.exchange_id)

    assert (searched["type"], searched["outcome"]) == ("SEARCH", "EMPTY")


async def test_a_peers_rejection_without_a_reason_does_not_break_the_search(mesh: Mesh) -> None:
    async def curt(incoming: Incoming[Any]) -> Answered:
        def decide(nouns: Nouns) -> Decision[Verdict]:
            verdict = mesh.zhejiang.verifier.decide(nouns, incoming.sender, incoming.message)
            bare = replace(verdict, result=Result.REJECT, reasons=(), use_code="")
            said = {"apply": verdict.apply_id, "result": "REJECT"}
            return Decision(answer=bare, event=EventType.VERIFY, members=said)

        return await mesh.zhejiang.exchange.answer(incoming, SUBMIT.path, decide)

    mesh.network.join(mesh.zhejiang.post, mesh.zhejiang.handlers() | {SUBMIT.path: curt})
    _, answer = await mesh.found()
    one = outcome(answer, ZHEJIANG)

    assert one.outcome is Outcome.DENIED
    assert one.refusal is not None
    assert one.refusal.reason is Reason.PEER_ERROR
