"""Two provinces compare the answers between them: what one of them lacks is named on both sides, with the proof the other holds."""

import json
from pathlib import Path
from typing import Any

import pytest

from node.ports.reconciliations import Result
from node.usecases.reconcile.answering import MAX_LEARNED
from tests.node.usecases.mesh import ANHUI, CALLER, JIANGSU, SHANGHAI, ZHEJIANG, Mesh, record
from tests.node.usecases.reconcile.pair import rebuilt, sides


@pytest.fixture
async def mesh(tmp_path: Path) -> Mesh:
    """Jiangsu applied in one exchange, searched in another and fetched data from Zhejiang in a third; the day is over."""
    made = await Mesh(tmp_path).ready()
    certificate = record(ZHEJIANG)
    await made.zhejiang.keep(certificate)
    form = await made.wish(certificate)
    await made.jiangsu.retrieval.data(CALLER, form)
    made.clock.move(hours=5)
    return made


def leaving_out(**members: Any) -> Any:
    return lambda entry: None if members.items() <= entry.items() else entry


async def test_two_logs_of_one_history_agree_and_say_so_on_one_side_in_one_question(mesh: Mesh) -> None:
    both = sides(mesh)
    mesh.network.calls.clear()
    done = await both[JIANGSU].compare(ZHEJIANG)

    assert (done.result, done.count, done.findings) == (Result.AGREED, 3, {})
    assert both[JIANGSU].missing() == both[ZHEJIANG].missing() == []
    (entry,) = both[JIANGSU].entries(step="compared")
    assert (entry["peer"], entry["result"], entry["count"]) == (ZHEJIANG, "AGREED", 3)
    assert both[ZHEJIANG].entries() == []
    assert len(mesh.network.calls) == 2  # to describe, and to show a sample


async def test_what_is_not_settled_yet_is_not_compared(mesh: Mesh) -> None:
    both = sides(mesh)
    mesh.clock.move(hours=-5)

    assert (await both[JIANGSU].compare(ZHEJIANG)).count == 0


async def test_third_provinces_learn_nothing(mesh: Mesh) -> None:
    both = sides(mesh)

    assert (await both[ZHEJIANG].compare(ANHUI)).count == 0
    assert (await both[SHANGHAI].compare(JIANGSU)).count == 0


async def test_an_answer_that_the_provider_struck_out_is_named_on_both_sides_with_its_proof(mesh: Mesh) -> None:
    both = sides(mesh)
    await rebuilt(mesh.zhejiang, leaving_out(type="RETRIEVE"))
    done = await both[JIANGSU].compare(ZHEJIANG)

    assert (done.result, done.findings["MISSING"]) == (Result.DIFFERENT, 1)
    assert both[JIANGSU].missing() == both[ZHEJIANG].missing() == [("MISSING", ZHEJIANG, "RETRIEVE")]
    found = next(one for one in both[JIANGSU].alarms if one.event == "RETRIEVE")
    proof = json.loads(found.proof)
    assert json.loads(proof["kept"]["entry"])["node"] == ZHEJIANG  # what it signed when it answered
    assert "MISSING" in {one["finding"] for one in both[JIANGSU].entries(step="compared")[0]["findings"]}
    assert [one["lacks"] for one in both[ZHEJIANG].entries(step="told")[0]["findings"]] == [ZHEJIANG]


async def test_a_request_that_the_consumer_struck_out_is_named_on_both_sides(mesh: Mesh) -> None:
    both = sides(mesh)
    await rebuilt(mesh.jiangsu, leaving_out(type="RETRIEVE"))
    done = await both[ZHEJIANG].compare(JIANGSU)

    assert done.findings["MISSING"] == 1
    assert both[ZHEJIANG].missing() == both[JIANGSU].missing() == [("MISSING", JIANGSU, "RETRIEVE")]
    found = next(one for one in both[ZHEJIANG].alarms if one.event == "RETRIEVE")
    assert json.loads(json.loads(found.proof)["kept"]["entry"])["step"] == "asked"


async def test_who_lacks_an_answer_learns_so_when_it_asks_as_well(mesh: Mesh) -> None:
    both = sides(mesh)
    await rebuilt(mesh.zhejiang, leaving_out(type="RETRIEVE"))
    done = await both[ZHEJIANG].compare(JIANGSU)

    assert done.findings["MISSING"] == 1
    assert both[ZHEJIANG].missing() == both[JIANGSU].missing() == [("MISSING", ZHEJIANG, "RETRIEVE")]


async def test_an_answer_lost_on_the_way_is_learned_without_an_alarm_and_both_agree_from_then_on(mesh: Mesh) -> None:
    both = sides(mesh)
    await rebuilt(mesh.jiangsu, leaving_out(type="RETRIEVE", step="received"))
    done = await both[ZHEJIANG].compare(JIANGSU)

    assert (done.result, done.findings) == (Result.AGREED, {"UNCONFIRMED": 1})
    assert both[ZHEJIANG].missing() == both[JIANGSU].missing() == []
    (told,) = both[JIANGSU].entries(step="told")
    assert [one["event"] for one in told["learned"]] == ["RETRIEVE"]
    assert [one["event"] for one in both[ZHEJIANG].entries()[0]["unconfirmed"]] == ["RETRIEVE"]
    assert (await both[ZHEJIANG].compare(JIANGSU)).findings == {}
    assert both[ZHEJIANG].alarms == both[JIANGSU].alarms == []


async def test_what_both_had_and_one_has_no_more_is_gone_and_not_lost_on_the_way(mesh: Mesh) -> None:
    both = sides(mesh)
    await both[ZHEJIANG].compare(JIANGSU)
    await rebuilt(mesh.jiangsu, leaving_out(type="RETRIEVE", step="received"))

    assert (await both[ZHEJIANG].compare(JIANGSU)).findings["GONE"] == 1
    assert both[ZHEJIANG].missing() == [("GONE", JIANGSU, "RETRIEVE")]


async def test_what_is_found_again_is_settled(mesh: Mesh) -> None:
    both, whole = sides(mesh), mesh.zhejiang.memory._nouns
    evidence, index = whole.evidence, whole.counterparts
    await rebuilt(mesh.zhejiang, leaving_out(type="RETRIEVE"))
    await both[JIANGSU].compare(ZHEJIANG)
    object.__setattr__(whole, "evidence", evidence)
    object.__setattr__(whole, "counterparts", index)
    mesh.clock.move(hours=1)

    assert (await both[JIANGSU].compare(ZHEJIANG)).result is Result.AGREED
    assert both[JIANGSU].missing() == []


async def test_a_peer_that_is_down_leaves_a_round_that_failed_on_record(mesh: Mesh) -> None:
    both = sides(mesh)
    await both[JIANGSU].compare(ZHEJIANG)
    mesh.network.down(ZHEJIANG)
    done = await both[JIANGSU].compare(ZHEJIANG)

    assert (done.result, done.reason) == (Result.FAILED, "PEER_UNREACHABLE")
    assert done.agreed_until_ms > 0
    assert [one["reason"] for one in both[JIANGSU].entries(step="failed")] == ["PEER_UNREACHABLE"]


async def test_entries_of_reconciliation_hold_no_personal_data_and_no_answer_of_their_own(mesh: Mesh) -> None:
    both = sides(mesh)
    await rebuilt(mesh.zhejiang, leaving_out(type="RETRIEVE"))
    await both[JIANGSU].compare(ZHEJIANG)
    entry = both[JIANGSU].entries()[0]

    assert set(entry["findings"][0]) == {"finding", "lacks", "use", "event", "issued", "digest"}
    assert "answer" not in entry


async def test_a_peer_cannot_have_more_than_so_many_answers_learned_in_a_day(mesh: Mesh) -> None:
    both = sides(mesh)
    await rebuilt(mesh.jiangsu, leaving_out(type="RETRIEVE", step="received"))
    both[JIANGSU].provider._learned[ZHEJIANG] = (mesh.clock().date(), MAX_LEARNED)
    await both[ZHEJIANG].compare(JIANGSU)
    assert both[JIANGSU].entries() == []

    mesh.clock.move(days=1)
    await both[ZHEJIANG].compare(JIANGSU)
    assert [len(one["learned"]) for one in both[JIANGSU].entries(step="told")] == [1]
